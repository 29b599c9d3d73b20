"""/appeals: the list of Appeals, and what editors do with one: verify it, pause it, change it, retire it."""

from telegram import Update

from bot.editors.roles import Right
from bot.errors import InvalidInputError
from bot.i18n import mark
from handlers.context import Context
from handlers.editors.appeals import cards, looks, questions
from handlers.editors.appeals.buttons import (
    AppealAction,
    AppealButton,
    AppealsButton,
    LookAction,
    LookButton,
    ProposeButton,
)
from handlers.editors.appeals.screens import present, show_card, zone_of
from handlers.editors.buttons import OUTDATED
from handlers.guards import actor_of, require_right
from storage.words import SuspensionReason

_NEEDED = {  # by actions that need more than to be an editor; the use cases check it once more
    AppealAction.LOOK: Right.VERIFY,
    AppealAction.VERIFY: Right.VERIFY,
    AppealAction.PAUSE: Right.PUBLISH,
    AppealAction.ASK_TO_RETIRE: Right.PUBLISH,
    AppealAction.RETIRE: Right.PUBLISH,
}


async def appeals(update: Update, context: Context) -> None:
    """List the Appeals; with a number show that one, with "new" begin to propose one."""
    words = " ".join(context.args or []).lower()
    if not words:
        await show_page(update, context, AppealsButton())
    elif words == "new":
        await questions.begin(update, context, ProposeButton())
    elif words.isascii() and words.isdecimal():
        await show_card(update, context, int(words[:9]))
    else:
        raise InvalidInputError(mark("Use /appeals 3 for one appeal, or /appeals for all of them."))


async def show_page(update: Update, context: Context, button: AppealsButton) -> None:
    """Show a page of the list; first stands what this editor may verify."""
    services, person = context.services, update.effective_user
    listed = await services.appeals.listed()
    waiting = await services.appeals.to_verify(person.id) if person else frozenset()
    await context.show(update, cards.listing(listed, waiting, button.page, context.texts))


async def act(update: Update, context: Context, button: AppealButton) -> None:
    """Do what a button of an Appeal's card says."""
    await require_right(update, context, _NEEDED.get(button.action, Right.WRITE))
    services, number, actor = context.services, button.appeal_id, actor_of(update)
    match button.action:
        case AppealAction.VERIFY:
            await looks.look(update, context, LookButton(LookAction.VERIFY, number, button.version))
            return
        case AppealAction.PAUSE:
            await services.appeals.suspend(number, reason=SuspensionReason.EDITOR, actor=actor)
        case AppealAction.RETIRE:
            await services.appeals.retire(number, actor=actor, version=button.version)
        case AppealAction.CARD:
            pass
        case _:
            await _show_screen(update, context, button)
            return
    await show_card(update, context, number)


async def _show_screen(update: Update, context: Context, button: AppealButton) -> None:
    """Show the step before an action: what to look at, what to change, or whether to retire.

    Where the Appeal is in another state by now, show it as it is.
    """
    view, texts = await present(update, context, button.appeal_id), context.texts
    if not view.may(button.action):
        await context.show(update, cards.card(view, texts, zone_of(context)))
        return
    match button.action:
        case AppealAction.LOOK:
            screen = cards.checklist(view, texts)
        case AppealAction.CHANGE:
            screen = cards.changes(view, texts)
        case AppealAction.ASK_TO_RETIRE:
            screen = cards.ending(view, texts)
        case _:
            raise InvalidInputError(OUTDATED)
    await context.show(update, screen)
