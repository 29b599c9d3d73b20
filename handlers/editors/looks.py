"""What an editor says after a look at the page of an Appeal: it is still right, or it is right again."""

from telegram import Update

from bot.appeals.verification import PageUnreadError
from bot.editors.roles import Right
from bot.rendering.autolinks import without_links
from bot.rendering.message import Button, Composer, shorten
from bot.rendering.render import host
from handlers.context import Context
from handlers.editors.buttons import LookAction, LookButton
from handlers.editors.intake import READ
from handlers.guards import actor_of, require_right
from storage.models import Appeal

_ORGANISATION = 100  # characters


async def look(update: Update, context: Context, button: LookButton) -> None:
    """Note the look, or verify the Appeal again; its page is read in a job, which holds up nobody."""
    await require_right(update, context, Right.VERIFY)
    if button.action is not LookAction.RIGHT:
        if context.job_content is None:
            await context.services.appeals.may_verify(
                button.appeal_id, actor=actor_of(update), version=button.version
            )
            context.come_back(READ)
        else:
            await _verify(update, context, button)
        return
    appeal = await context.services.appeals.look(
        button.appeal_id, actor=actor_of(update), version=button.version
    )
    done = context.texts.say("You looked at this page. The next look is due in 90 days.")
    await _show(update, context, appeal, done)


async def _verify(update: Update, context: Context, button: LookButton) -> None:
    verification, texts = context.services.verification, context.texts
    try:
        verified = await verification.verify(
            button.appeal_id,
            actor=actor_of(update),
            version=button.version,
            although_unread=button.action is LookAction.UNREAD,
        )
    except PageUnreadError as error:
        anyway = LookButton(LookAction.UNREAD, button.appeal_id, button.version)
        composer = Composer().line(texts.say(error.sentence, **error.values))
        composer.buttons(Button(texts.say("Verify all the same"), anyway.data()))
        composer.buttons(Button(texts.say("Try again"), button.data()))
        await context.show(update, composer.message())
        return
    await _show(update, context, verified.appeal, texts.say("Verified: readers see this appeal again."))


async def _show(update: Update, context: Context, appeal: Appeal, done: str) -> None:
    composer = Composer().line(shorten(without_links(appeal.organisation), _ORGANISATION), "bold")
    composer.line(without_links(host(appeal.url))).line().line(done)
    button = Button(context.texts.say("Open the link"), url=appeal.url)
    await context.show(update, composer.buttons(button).message())
