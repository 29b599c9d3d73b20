"""The two questions of /start, each answered by one tap: where a reader is, and how often stories come."""

from telegram import Update

from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering.buttons import (
    DONATE,
    LatestPage,
    PreferencesButton,
    StoryView,
    WelcomeButton,
    WelcomeQuestion,
)
from bot.rendering.message import Button, Composer, Message
from bot.subscribers.places import likely_cities
from handlers.context import Context
from handlers.guards import require_admin
from handlers.keyboards import read_button
from handlers.preferences import languages, quiet_hours, rhythm, timezone
from handlers.readers.stories import show_story
from storage.models import Story
from storage.words import Rhythm

_OUTDATED = mark("This button is out of date. Start again: /start")
_LOOKED_AT = 10  # newest stories, of which the first one in the reader's languages is shown


def first_screen(greeting: Composer, context: Context, language_code: str | None) -> Message:
    """Return the message of /start: the greeting, and the first question where no place is known.

    language_code: Telegram's, by which the cities are guessed.
    """
    if context.subscriber.zone is None:
        return _ask_place(greeting.line(), context, language_code)
    return first_buttons(greeting, context.texts).message()


def first_buttons(composer: Composer, texts: Texts) -> Composer:
    """Add the buttons that a new reader needs first."""
    composer.buttons(Button(texts.say("Latest stories"), LatestPage().data()))
    composer.buttons(
        Button(texts.say("Topics"), PreferencesButton("topics").data()),
        Button(texts.say("Preferences"), PreferencesButton("overview").data()),
    )
    return composer.buttons(Button(texts.say("How to help"), DONATE))


async def choose(update: Update, context: Context) -> None:
    """Take the answer to a question, and show what comes next."""
    tapped = read_button(update, WelcomeButton, _OUTDATED)
    await require_admin(update, context)
    if tapped.question is WelcomeQuestion.PLACE:
        await _take_place(update, context, tapped.answer)
    else:
        await _take_rhythm(update, context, tapped.answer)


def _ask_place(composer: Composer, context: Context, language_code: str | None) -> Message:
    """Say what holds for now, and ask where the reader is."""
    texts = context.texts
    composer.line(texts.say("For now:"))
    holds = (
        timezone.now_there(context),
        *rhythm.sentences(context, zone=False),
        *quiet_hours.sentences(context),
    )
    for sentence in holds:
        composer.line(sentence)
    composer.line().line(texts.say("Where are you?"), "bold")
    guessed = likely_cities.likely(language_code, texts.language)
    buttons = [_place_button(city.name(texts.language), str(city.id)) for city in guessed]
    return (
        composer.pairs(buttons)
        .buttons(
            _place_button(texts.say("Another city"), WelcomeButton.ASK),
            _place_button(texts.say("Not now"), WelcomeButton.LATER),
        )
        .message()
    )


async def _take_place(update: Update, context: Context, answer: str) -> None:
    """Set the city, unless the reader wants to type one or to answer later; then ask the second question.

    The question for a typed city is a message of its own, which waits beside the second question.
    """
    if answer == WelcomeButton.AGAIN:
        person = update.effective_user
        language_code = person.language_code if person else None
        await context.show(update, _ask_place(Composer(), context, language_code))
        return
    if answer.isdecimal():
        await context.services.preferences.set_city(context.subscriber.chat_id, int(answer))
        await context.reload()
    elif answer not in {WelcomeButton.ASK, WelcomeButton.LATER}:
        raise InvalidInputError(_OUTDATED)
    await context.show(update, _ask_rhythm(context))
    if answer == WelcomeButton.ASK:
        await timezone.ask_city(update, context)


def _ask_rhythm(context: Context) -> Message:
    texts = context.texts
    composer = Composer().line(timezone.now_there(context)).line()
    composer.line(texts.say("How often should new stories arrive?"), "bold")
    composer.line(
        texts.say(
            "If you choose once a day or once a week, you get all stories in one message, the most "
            "important first."
        )
    )
    for button in rhythm.choice_buttons(
        context, lambda one: WelcomeButton(WelcomeQuestion.RHYTHM, one).data()
    ):
        composer.buttons(button)
    return composer.buttons(_place_button(texts.say("‹ Back"), WelcomeButton.AGAIN)).message()


async def _take_rhythm(update: Update, context: Context, answer: str) -> None:
    """Set the rhythm; then show the newest story, or what to expect."""
    if answer not in set(Rhythm):
        raise InvalidInputError(_OUTDATED)
    await context.services.preferences.set_rhythm(context.subscriber.chat_id, Rhythm(answer))
    await context.reload()
    texts = context.texts
    what_holds = [*rhythm.sentences(context), *await languages.missing(context)]
    what_holds.append(texts.say("Choose what you get and when: /preferences. To take a break: /dayoff"))
    newest = await _newest(context)
    if newest is not None:
        view = StoryView(newest.id, context.subscriber.length)
        await show_story(update, context, view, footer="\n".join(what_holds))
        return
    composer = Composer().line(texts.say("All set!"), "bold").line()
    composer.line(texts.say("There are no stories yet. Please check back later."))
    for sentence in what_holds:
        composer.line(sentence)
    await context.show(update, first_buttons(composer, texts).message())


async def _newest(context: Context) -> Story | None:
    """Return the newest story in a language that the reader accepts, else the newest; None without any."""
    found, _ = await context.services.published.latest(limit=_LOOKED_AT, language=context.texts.language)
    accepted = context.subscriber.story_languages.split()
    return next((story for story in found if story.language in accepted), next(iter(found), None))


def _place_button(label: str, answer: str) -> Button:
    return Button(label, WelcomeButton(WelcomeQuestion.PLACE, answer).data())
