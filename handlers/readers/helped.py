"""“I helped”, under a help card and as /helped: no appeal comes for a while, and reports do."""

from telegram import Chat, Update

from bot.errors import RefusedError
from bot.i18n import Texts, mark
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import DONATE, HelpedButton, HelpedChoice, StoryView
from bot.rendering.message import Button, Composer, Message, shorten, ticked
from bot.subscribers.help_given import DEFAULT_MONTHS, MONTHS, GivenHelp
from handlers.context import Context
from handlers.keyboards import read_button

_OUTDATED = mark("This button is out of date. Try again: /helped")
_OFFERED = 6  # appeals with a button of their own
_LISTED = 6
_NAME = 60  # characters of an organisation in a sentence
_LABEL = 30  # and on a button


async def helped(update: Update, context: Context) -> None:
    """/helped: say that one helped, and see or end what that does."""
    if update.effective_chat is None or update.effective_chat.type != Chat.PRIVATE:
        raise RefusedError(mark("This is about one person: please send it to me in a private chat."))
    await context.show(update, await _screen(context, HelpedButton(HelpedChoice.OPEN)))


async def choose(update: Update, context: Context) -> None:
    """Do what a button of the screen says, or the one under a help card, and show how it is now."""
    button, services = read_button(update, HelpedButton, _OUTDATED), context.services
    chat_id = context.subscriber.chat_id
    if button.choice is HelpedChoice.ERASE:
        await services.help_given.erase(chat_id)
    elif button.choice is not HelpedChoice.OPEN:
        months = button.choice.months or DEFAULT_MONTHS
        await services.help_given.declare(chat_id, months=months, appeal_id=button.appeal_id)
    await context.reload()
    await context.show(update, await _screen(context, button))


async def _screen(context: Context, button: HelpedButton) -> Message:
    """Draw what the reader said, and what they may say now; `button` was tapped and leads back."""
    given, texts = await context.services.help_given.of(context.subscriber), context.texts
    composer = Composer()
    if given.until is not None:
        _thank(composer, context, given)
    elif button.choice is HelpedChoice.ERASE:
        composer.line(
            texts.say("You will see appeals as before, and I have forgotten that you helped."), "bold"
        )
    else:
        composer.line(texts.say("Did you help?"), "bold").line()
        composer.line(texts.say("If you did, no appeals will come with your stories for a few months."))
    _add_reports(composer, given, texts)
    if button.choice is not HelpedChoice.ERASE:
        composer.line().line(texts.say("Only you see this: our editors never see who helped."))
    if given.until is not None:
        composer.buttons(*(_months(one, button, texts) for one in MONTHS[:2]))
        composer.buttons(*(_months(one, button, texts) for one in MONTHS[2:]))
    await _add_appeals(composer, context, given, button.view)
    if given.until is not None or given.appeals:
        erase = HelpedButton(HelpedChoice.ERASE, view=button.view)
        composer.buttons(Button(texts.say("Show appeals as before"), erase.data()))
    back = Button(texts.say("‹ Back"), button.view.data()) if button.view else None
    return composer.buttons(back or Button(texts.say("How to help"), DONATE)).message()


def _thank(composer: Composer, context: Context, given: GivenHelp) -> None:
    """Say until when no Appeal comes."""
    texts, zone = context.texts, context.services.preferences.pacing(context.subscriber).zone
    composer.line(texts.say("Thank you for helping!"), "bold").line()
    if given.until is not None:
        day = texts.date(given.until, zone)
        composer.line(texts.say("No appeals will come with your stories before {date}.", date=day))
    composer.line(texts.say("You can see all appeals at any time: /donate"))


def _add_reports(composer: Composer, given: GivenHelp, texts: Texts) -> None:
    """Name the Appeals on which the reader gets Reports."""
    if given.appeals:
        names = [_name(one.organisation, _NAME) for one in given.appeals[-_LISTED:]]
        composer.line(
            texts.say("I will tell you what comes of your help for {names}.", names=texts.listed(names))
        )


async def _add_appeals(
    composer: Composer, context: Context, given: GivenHelp, view: StoryView | None
) -> None:
    """Add a button for each Appeal that the reader may have helped, and one for help elsewhere."""
    texts, said = context.texts, {one.id for one in given.appeals}
    shown = [one for one in await context.services.appeals.showable() if one.id not in said]
    for appeal in shown[:_OFFERED]:
        label = texts.say("I helped {organisation}", organisation=_name(appeal.organisation, _LABEL))
        composer.buttons(Button(label, HelpedButton(HelpedChoice.DECLARE, appeal.id, view).data()))
    if given.until is None:
        elsewhere = HelpedButton(HelpedChoice.DECLARE, None, view)
        composer.buttons(Button(texts.say("I helped elsewhere"), elsewhere.data()))


def _months(months: int, button: HelpedButton, texts: Texts) -> Button:
    """Return the button that chooses so many months, with a tick if it was tapped last."""
    choice = HelpedChoice.of(months)
    tapped = (button.choice.months or DEFAULT_MONTHS) if button.choice is not HelpedChoice.OPEN else None
    label = texts.count("{number} month", "{number} months", months)
    data = HelpedButton(choice, button.appeal_id, button.view).data()
    return Button(ticked(label, chosen=tapped == months), data)


def _name(organisation: str, limit: int) -> str:
    return without_links(shorten(organisation, limit))
