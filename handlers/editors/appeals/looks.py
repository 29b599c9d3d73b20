"""What an editor says after a look at the page of an Appeal: it is still right, or it is right: verify it."""

from telegram import Update

from bot.appeals.appeals import LookalikeError
from bot.appeals.verification import PageUnreadError, Verified
from bot.editors.roles import Right
from bot.errors import UserError
from bot.i18n import Texts
from bot.rendering.autolinks import without_links
from bot.rendering.message import Button, Composer, shorten
from bot.rendering.render import host
from handlers.context import Context
from handlers.editors.appeals.buttons import LookAction, LookButton
from handlers.editors.appeals.screens import show_card
from handlers.editors.intake import READ
from handlers.guards import actor_of, require_right
from storage.models import Appeal

_ORGANISATION = 100  # characters
_UNLIKE = (LookAction.UNLIKE, LookAction.ANYWAY)
_UNREAD = (LookAction.UNREAD, LookAction.ANYWAY)


async def look(update: Update, context: Context, button: LookButton) -> None:
    """Note the look, or verify the Appeal; its page is read in a job, which holds up nobody."""
    await require_right(update, context, Right.VERIFY)
    if button.action is LookAction.RIGHT:
        appeal = await context.services.appeals.look(
            button.appeal_id, actor=actor_of(update), version=button.version
        )
        await _show_noted(update, context, appeal)
    else:
        try:
            await _verify(update, context, button)
        except LookalikeError as error:
            unlike = LookAction.ANYWAY if button.action is LookAction.UNREAD else LookAction.UNLIKE
            await _ask(update, context, button, error, unlike)
        except PageUnreadError as error:
            unread = LookAction.ANYWAY if button.action is LookAction.UNLIKE else LookAction.UNREAD
            await _ask(update, context, button, error, unread)


async def _verify(update: Update, context: Context, button: LookButton) -> None:
    services, number, actor = context.services, button.appeal_id, actor_of(update)
    like = await _like(context, button)
    if context.job_content is None:
        await services.appeals.may_verify(number, actor=actor, version=button.version, although_like=like)
        context.come_back(READ)
        return
    verified = await services.verification.verify(
        number,
        actor=actor,
        version=button.version,
        although_like=like,
        although_unread=button.action in _UNREAD,
    )
    await show_card(update, context, number, heading=_way(verified, context.texts))


def _way(verified: Verified, texts: Texts) -> str:
    """Return where the link ends, if that is another host than its own."""
    ends_at = verified.leads_to
    if ends_at is None or host(ends_at) == host(verified.appeal.url):
        return ""
    return texts.say("The link leads to {address}", address=without_links(ends_at))


async def _like(context: Context, button: LookButton) -> str | None:
    """Return the host that the Appeal's looks like, if the editor was shown that and goes on."""
    if button.action not in _UNLIKE:
        return None
    appeal = (await context.services.appeals.details(button.appeal_id)).appeal
    found = await context.services.appeals.lookalike(appeal.url)
    return found.original if found else None


async def _ask(
    update: Update, context: Context, button: LookButton, error: UserError, action: LookAction
) -> None:
    """Say what speaks against verifying, with a button that does it all the same."""
    texts = context.texts
    anyway = LookButton(action, button.appeal_id, button.version)
    composer = Composer().line(without_links(texts.say(error.sentence, **error.values)))
    composer.buttons(Button(texts.say("Verify anyway"), anyway.data()))
    if isinstance(error, PageUnreadError):
        composer.buttons(Button(texts.say("Try again"), button.data()))
    await context.show(update, composer.message())


async def _show_noted(update: Update, context: Context, appeal: Appeal) -> None:
    texts = context.texts
    composer = Composer().line(shorten(without_links(appeal.organisation), _ORGANISATION), "bold")
    composer.line(without_links(host(appeal.url))).line()
    composer.line(texts.say("You looked at this page. The next look is due in 90 days."))
    button = Button(texts.say("Open the link"), url=appeal.url)
    await context.show(update, composer.buttons(button).message())
