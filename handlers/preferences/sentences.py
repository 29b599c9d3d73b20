"""Pure: what a chat prefers, in whole sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.i18n import Texts, own_name
from bot.subscribers.pacing import Preferences, is_away
from bot.subscribers.subscribers import Choice
from bot.subscribers.timezones import city_of
from handlers.preferences import topics
from storage.models import Subscriber
from storage.words import SENTENCES, AppealRhythm, Length, Rhythm, SubscriberState

_DAYS = range(7)


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to tell: `followed` is how many Threads; `now` is in their zone."""

    subscriber: Subscriber
    preferences: Preferences
    topics: Sequence[Choice]
    followed: int
    now: datetime


def sentences(choices: Choices, texts: Texts) -> list[str]:
    """One after another, as they are shown line by line."""
    subscriber, preferences = choices.subscriber, choices.preferences
    return [
        *_state(subscriber, choices.now, texts),
        _languages(subscriber, texts),
        texts.say("A story comes in {sentences}.", sentences=length(subscriber.length, texts)),
        *_about(choices, texts),
        _rhythm(preferences, texts),
        *_peace(preferences, texts),
        _appeals(subscriber.appeal_rhythm, texts),
        *_sound(subscriber, texts),
    ]


def length(of: Length, texts: Texts) -> str:
    """So many sentences."""
    return texts.count("{number} sentence", "{number} sentences", SENTENCES[of])


def appeals_button(rhythm: AppealRhythm, texts: Texts) -> str:
    """How a button says how often an Appeal may ride along."""
    return {
        AppealRhythm.EVERY_STORY: texts.say("With every story"),
        AppealRhythm.WEEKLY: texts.say("Once a week at most"),
        AppealRhythm.MONTHLY: texts.say("Once a month at most"),
        AppealRhythm.ON_REQUEST: texts.say("Only when I ask"),
    }[rhythm]


def _state(subscriber: Subscriber, now: datetime, texts: Texts) -> list[str]:
    if subscriber.state is not SubscriberState.ACTIVE:
        return [texts.say("New stories do not come to you now.")]
    if is_away(subscriber.away_until, now) and subscriber.away_until is not None:
        day = texts.day(subscriber.away_until, now.tzinfo) if now.tzinfo else ""
        return [texts.say("You have a day off. It ends on {day}.", day=day)]
    return []


def _languages(subscriber: Subscriber, texts: Texts) -> str:
    own, told = own_name(subscriber.language), subscriber.story_languages.split()
    if not told:
        return texts.say("I speak {language}; stories come in any language.", language=own)
    named = texts.listed([own_name(code) for code in told])
    return texts.say("I speak {language}; stories come in {languages}.", language=own, languages=named)


def _about(choices: Choices, texts: Texts) -> list[str]:
    about = topics.in_words(choices.subscriber, choices.topics, texts)
    said = [texts.say("You get: {topics}.", topics=about)]
    if choices.followed:
        number = choices.followed
        said.append(
            texts.count("You follow {number} running story.", "You follow {number} running stories.", number)
        )
    return said


def _rhythm(preferences: Preferences, texts: Texts) -> str:
    city = city_of(preferences.zone.key, texts.language)
    hour = texts.hour(preferences.hour)
    match preferences.rhythm:
        case Rhythm.AT_ONCE:
            return texts.say("They come at once, {city} time.", city=city)
        case Rhythm.DAILY:
            return texts.say("Daily at {hour}, {city} time.", hour=hour, city=city)
        case Rhythm.WEEKLY:
            day = texts.weekday(preferences.weekday)
            return texts.say("Weekly ({day}) at {hour}, {city} time.", day=day, hour=hour, city=city)


def _peace(preferences: Preferences, texts: Texts) -> list[str]:
    start, end = preferences.quiet_from, preferences.quiet_until
    days = [texts.weekday(day) for day in _DAYS if preferences.rest_days >> day & 1]
    said = [texts.say("No quiet hours.")]
    if start is not None and end is not None:
        said = [
            texts.say(
                "Nothing comes between {start} and {end}.", start=texts.hour(start), end=texts.hour(end)
            )
        ]
    return [*said, texts.say("Days of rest: {days}.", days=texts.listed(days))] if days else said


def _appeals(rhythm: AppealRhythm, texts: Texts) -> str:
    return {
        AppealRhythm.EVERY_STORY: texts.say("Help may be mentioned with every story."),
        AppealRhythm.WEEKLY: texts.say("Help is mentioned at most once a week."),
        AppealRhythm.MONTHLY: texts.say("Help is mentioned at most once a month."),
        AppealRhythm.ON_REQUEST: texts.say("Help is mentioned only when you ask: /donate"),
    }[rhythm]


def _sound(subscriber: Subscriber, texts: Texts) -> list[str]:
    said = [texts.say("They come without a sound.")] if subscriber.silent else []
    if subscriber.allows_urgent:
        said.append(texts.say("Urgent news may come at any hour."))
    return said
