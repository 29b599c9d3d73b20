"""The screens of a push in preparation: who gets it, when, how long it takes, and what may be chosen."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta, tzinfo

from bot.broadcasts.broadcasts import BroadcastStatus
from bot.broadcasts.pilots.pilot_words import preview_lines
from bot.broadcasts.preparation.cost import STARS
from bot.broadcasts.preparation.preview import Preview
from bot.broadcasts.preparation.sample_words import groups
from bot.i18n import Texts, languages, mark, own_name
from bot.rendering.message import Button, Composer, Message, shorten, ticked
from bot.rendering.words.broadcasts import STATES
from handlers.editors.appeals.cards import missing_button, without_help
from handlers.editors.broadcasts.buttons import (
    Choice,
    HourButton,
    LanguageButton,
    PaidButton,
    PreparationAction,
    PreparationButton,
    SendButton,
    TopicButton,
    UrgentButton,
)
from handlers.editors.broadcasts.pilots import preview_button
from handlers.editors.broadcasts.progress import counts
from handlers.editors.buttons import CardButton
from handlers.editors.moments import moment_there
from storage.models import Topic
from storage.words import StoryState

WITHDRAWN_BEFORE = mark(
    "⚠ Readers who had this story were informed that it was withdrawn. A push sends it to them once more."
)
"""What editors are warned of before they publish a withdrawn Story again."""

_HEADLINE = 200  # characters
_LABEL = 40
_MOST_NAMED = 3  # languages; the others together
_TOPICS_SHOWN = 40  # Telegram allows about 100 buttons
_EARLIER_SHOWN = 3


def whole(preview: Preview, texts: Texts, zone: tzinfo) -> Message:
    """Draw the preview with all its buttons."""
    broadcast, story = preview.broadcast, preview.story
    composer = Composer().line(texts.say("Check before sending"), "bold")
    _add_lines(composer, preview, texts, zone)
    composer.buttons(missing_button(story, texts) if preview.lacks_appeal else None)
    send = SendButton(broadcast.id, story.version, preview.seen)
    composer.buttons(Button(_send_label(preview, texts, zone), send.data()))
    composer.buttons(_button(texts.say("Send me a test"), PreparationAction.TEST, preview))
    composer.buttons(
        _button(_topics_label(preview, texts), PreparationAction.TOPICS, preview),
        _button(_languages_label(preview, texts), PreparationAction.LANGUAGES, preview),
    )
    composer.buttons(
        _button(texts.say("Choose the time …"), PreparationAction.HOURS, preview),
        _urgent_button(preview, texts),
    )
    composer.buttons(preview_button(preview, texts))
    composer.buttons(_paid_button(preview, texts))
    drop = _button(texts.say("Do not send"), PreparationAction.DROP, preview)
    return composer.buttons(drop).message()


def _add_lines(composer: Composer, preview: Preview, texts: Texts, zone: tzinfo) -> None:
    """Add what is sent, to whom and when."""
    composer.line(shorten(preview.story.headline, _HEADLINE)).line()
    lines = (
        *_audience_lines(preview, texts),
        *_time_lines(preview, texts, zone),
        *_earlier_lines(preview, texts, zone),
    )
    for line in lines:
        composer.line(line)
    if preview.lacks_appeal:
        composer.line().line(without_help(preview.story, texts))


def topics(preview: Preview, every: Sequence[Topic], texts: Texts) -> Message:
    """Draw the choice of Topics."""
    chosen = {topic.id for topic in preview.topics}
    composer = Composer().line(texts.say("Readers of which topics should get this story?"), "bold")
    composer.line(
        texts.say(
            "If you choose none, the story goes to readers of its own topics. Readers of all "
            "topics get every story."
        )
    )
    composer.line().line(_number(preview, texts))
    for topic in every[:_TOPICS_SHOWN]:
        is_chosen = topic.id in chosen
        button = TopicButton(preview.broadcast.id, topic.id, _other(chosen=is_chosen))
        composer.buttons(Button(ticked(topic.name, chosen=is_chosen), button.data()))
    return composer.buttons(_back(preview, texts)).message()


def languages_of(preview: Preview, texts: Texts) -> Message:
    """Draw the choice of languages."""
    composer = Composer().line(texts.say("Readers of which languages should get this story?"), "bold")
    composer.line(texts.say("If you choose none, the story goes to readers of all languages.")).line().line(
        _number(preview, texts)
    )
    for code in languages():
        is_chosen = code in preview.languages
        button = LanguageButton(preview.broadcast.id, code, _other(chosen=is_chosen))
        composer.buttons(Button(ticked(own_name(code), chosen=is_chosen), button.data()))
    return composer.buttons(_back(preview, texts)).message()


def hour(preview: Preview, now: datetime, zone: tzinfo, texts: Texts) -> Message:
    """Draw the choice of the hour: the usual ones as buttons, and one that asks for any other."""
    number = preview.broadcast.id
    composer = Composer().line(texts.say("When should sending start?"), "bold")
    composer.line(texts.say("It is now {moment}.", moment=moment_there(now, zone, texts)))
    for row in usual_hours(number, now, zone, texts):
        composer.buttons(*row)
    composer.buttons(another_hour(number, texts))
    return composer.buttons(_back(preview, texts)).message()


def usual_hours(number: int, now: datetime, zone: tzinfo, texts: Texts) -> list[list[Button]]:
    """Return a row with a button for each usual hour of a push, the first one for "as soon as I confirm"."""
    at_once = Button(texts.say("As soon as I confirm"), HourButton(number, 0).data())
    moments = [(texts.short_moment(at, zone), int(at.timestamp()) // 60) for at in _usual(now, zone)]
    return [[at_once], *([Button(label, HourButton(number, minute).data())] for label, minute in moments)]


def another_hour(number: int, texts: Texts) -> Button:
    """Return the button that asks for any other hour of a push."""
    return Button(texts.say("Another time …"), PreparationButton(PreparationAction.ASK_HOUR, number).data())


def price(preview: Preview, texts: Texts) -> Message:
    """Draw the price of sending it faster, with the button that agrees to pay."""
    composer = Composer().line(texts.say("Faster, for Stars?"), "bold")
    composer.line(_cost(preview, texts))
    free, paid = texts.span(preview.takes(preview.rate)), texts.span(preview.takes(preview.paid_rate))
    composer.line(texts.say("It takes {span} instead of {longer}.", span=paid, longer=free))
    composer.line(texts.say("Telegram takes the Stars from the bot’s balance while the push runs."))
    composer.line(texts.say("If Telegram cannot take them, the push goes on at the free rate."))
    pay = texts.count("Pay up to {number} Star", "Pay up to {number} Stars", preview.stars)
    composer.buttons(Button(pay, PaidButton(preview.broadcast.id, paid=True).data()))
    return composer.buttons(_back(preview, texts)).message()


def request(preview: Preview, texts: Texts, zone: tzinfo, asker: str) -> Message:
    """Draw what a second person is asked: the whole preview, with buttons that agree or decline.

    `asker` is the name of the one who wants to send it.
    """
    composer = Composer().line(texts.say("{name} asks you to agree to a push", name=asker), "bold")
    _add_lines(composer, preview, texts, zone)
    send = SendButton(preview.broadcast.id, preview.story.version, preview.seen)
    composer.buttons(Button(_send_label(preview, texts, zone), send.data()))
    composer.buttons(_button(texts.say("Send me a test"), PreparationAction.TEST, preview))
    composer.buttons(Button(texts.say("Show the story"), CardButton(preview.story.id).data()))
    return composer.buttons(_button(texts.say("Decline"), PreparationAction.DECLINE, preview)).message()


def declined(preview: Preview, texts: Texts, zone: tzinfo) -> Message:
    """Draw what the one who asked gets when a second person declines: that, and the preview."""
    composer = Composer().line(texts.say("Another editor declined to send this push."), "bold").line()
    return composer.append(whole(preview, texts, zone)).message()


def _button(label: str, action: PreparationAction, preview: Preview) -> Button:
    return Button(label, PreparationButton(action, preview.broadcast.id).data())


def _audience_lines(preview: Preview, texts: Texts) -> list[str]:
    sample = preview.sample
    lines = [_number(preview, texts)]
    if not sample.size:
        return lines
    if not sample.whole:
        lines.append(texts.say("In a sample of {number} of them:", number=texts.number(sample.size)))
    parted = groups(sample, texts, languages=_MOST_NAMED)
    return lines + [f"· {', '.join(f'{name} {size}' for name, size in parts)}" for _, parts in parted]


def _number(preview: Preview, texts: Texts) -> str:
    return texts.count(
        "{number} subscriber will get it.", "{number} subscribers will get it.", preview.number
    )


def _time_lines(preview: Preview, texts: Texts, zone: tzinfo) -> list[str]:
    broadcast = preview.broadcast
    at = broadcast.start_at
    starts = texts.say("Sending starts as soon as you confirm.")
    lines = ["", texts.say("Starts: {moment}", moment=moment_there(at, zone, texts)) if at else starts]
    if at and preview.story.state is not StoryState.PUBLISHED:
        lines.append(texts.say("Readers cannot see the story before."))
    if broadcast.paid:
        lines.append(_cost(preview, texts))
    if preview.lasts > timedelta(minutes=1):
        rate = texts.number(preview.pace)
        lines.append(
            texts.say(
                "At {rate} messages a second it takes {span}.", rate=rate, span=texts.span(preview.lasts)
            )
        )
    if broadcast.urgent:
        lines.append(texts.say("Urgent: it also arrives during quiet hours, for readers who allow that."))
    lines += preview_lines(preview, texts)
    if broadcast.asked_by is not None:
        lines.append(texts.say("Another publisher or owner has to agree. They have been asked."))
    return lines


def _earlier_lines(preview: Preview, texts: Texts, zone: tzinfo) -> list[str]:
    """Return the warnings that it was pushed before, so that nobody gets it twice by mistake."""
    lines = []
    for push in preview.earlier[:_EARLIER_SHOWN]:
        broadcast = push.broadcast
        at = broadcast.started_at or broadcast.start_at
        lines.append(
            texts.say(
                "⚠ Already pushed: broadcast {number}, {state}, {moment} ({counts})",
                number=broadcast.id,
                state=texts.say(STATES[broadcast.state]),
                moment=texts.short_moment(at, zone) if at else "",
                counts=counts(BroadcastStatus(broadcast, push.progress), texts),
            )
        )
    if preview.story.is_withdrawn and lines:
        lines.append(texts.say(WITHDRAWN_BEFORE))
    return ["", *lines] if lines else []


def _send_label(preview: Preview, texts: Texts, zone: tzinfo) -> str:
    number, at = texts.number(preview.number), preview.broadcast.start_at
    if at is not None:
        return texts.say(_send_at(preview), hour=texts.clock(at, zone))
    send = texts.say(_send_to(preview), number=number)
    if not preview.broadcast.paid:
        return send
    paid = texts.count("for up to {number} Star", "for up to {number} Stars", preview.stars)
    return f"{send} ({paid})"


def _send_at(preview: Preview) -> str:
    if preview.story.is_withdrawn:
        return mark("Publish again and send at {hour}")
    if preview.story.state is StoryState.DRAFT:
        return mark("Publish and send at {hour}")
    return mark("Send again at {hour}") if preview.is_repeat else mark("Send at {hour}")


def _send_to(preview: Preview) -> str:
    if preview.story.is_withdrawn:
        return mark("Publish again and send to {number}")
    if preview.story.state is StoryState.DRAFT:
        return mark("Publish and send to {number}")
    return mark("Send again to {number}") if preview.is_repeat else mark("Send to {number}")


def _topics_label(preview: Preview, texts: Texts) -> str:
    named = ", ".join(topic.name for topic in preview.topics)
    return texts.say(
        "Topics: {topics}", topics=shorten(named, _LABEL, texts.more) or texts.say("the story’s")
    )


def _languages_label(preview: Preview, texts: Texts) -> str:
    named = ", ".join(texts.language_name(code) for code in preview.languages)
    return texts.say(
        "Languages: {languages}", languages=shorten(named, _LABEL, texts.more) or texts.say("all")
    )


def _urgent_button(preview: Preview, texts: Texts) -> Button:
    number = preview.broadcast.id
    if not preview.broadcast.urgent:
        return Button(texts.say("Urgent …"), UrgentButton(number, urgent=True).data())
    return Button(texts.say("Not urgent"), UrgentButton(number, urgent=False).data())


def _cost(preview: Preview, texts: Texts) -> str:
    return texts.count(
        "It costs up to {number} Star: {part} for each message above the free rate.",
        "It costs up to {number} Stars: {part} for each message above the free rate.",
        preview.stars,
        part=texts.number(STARS),
    )


def _paid_button(preview: Preview, texts: Texts) -> Button | None:
    if preview.broadcast.paid:
        return Button(texts.say("Do not pay"), PaidButton(preview.broadcast.id, paid=False).data())
    if not preview.can_be_paid:
        return None
    return _button(texts.say("Faster, for Stars …"), PreparationAction.PRICE, preview)


def _usual(now: datetime, zone: tzinfo) -> list[datetime]:
    """Return the next four of 8:00, 12:00 and 18:00, today and tomorrow."""
    today = now.astimezone(zone).date()
    found = [
        datetime.combine(today + timedelta(days=days), time(at), tzinfo=zone)
        for days in range(2)
        for at in (8, 12, 18)
    ]
    return [at for at in found if at > now][:4]


def _other(*, chosen: bool) -> Choice:
    """Return what a tap does with a choice that is made or not."""
    return Choice.REMOVE if chosen else Choice.ADD


def _back(preview: Preview, texts: Texts) -> Button:
    return _button(texts.say("‹ Back"), PreparationAction.SHOW, preview)
