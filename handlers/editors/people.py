"""/editors: who may do what; owners invite, change and remove people here."""

from contextlib import suppress

from telegram import BotCommandScopeChat, Chat, Update
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.editors.editors import INVITATION_DAYS, ListedEditor
from bot.editors.roles import Right
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark
from bot.rendering.message import Button, Composer, ticked
from bot.rendering.words.editors import MAY, ROLES
from handlers.context import Context
from handlers.editors.buttons import OUTDATED, EditorAction, EditorButton, InviteButton, RoleButton
from handlers.editors.names import name_of_person
from handlers.guards import actor_of, require_right
from storage.models import AuditEntry
from storage.words import EditorRole

INVITED = "editor_"
"""How the payload of an invitation's link begins."""

_SUBJECTS = {
    "story": mark("story {number}"),
    "broadcast": mark("broadcast {number}"),
    "appeal": mark("appeal {number}"),
}


async def people(update: Update, context: Context) -> None:
    """Show all editors with their roles, and what each of them did last."""
    texts, editors = context.texts, await context.services.editors.listed()
    may_manage = await context.may(update, Right.MANAGE)
    composer = Composer().line(texts.say("Editors"), "bold").line()
    for one in editors:
        name = await name_of_person(context.bot, one.person_id)
        composer.text(name, "bold").line(f" · {texts.say(ROLES[one.role])}")
        composer.line(_last(one.last, context)).line()
        if may_manage and not one.in_settings:
            composer.buttons(Button(name, EditorButton(EditorAction.SHOW, one.person_id).data()))
    if may_manage:
        composer.buttons(Button(texts.say("Invite an editor"), InviteButton().data()))
    await context.show(update, composer.message())


async def desk(update: Update, context: Context) -> None:
    """/desk: send what opens the desk, to the editor alone: a link, and where that can be a Mini App."""
    person, texts = update.effective_user, context.texts
    if person is None or update.effective_chat is None or update.effective_chat.type != Chat.PRIVATE:
        raise RefusedError(mark("This is about one person: please send it to me in a private chat."))
    sessions = context.services.sessions
    address, mini_app = await sessions.link(person.id), sessions.address.mini_app
    composer = Composer().line(texts.say("The desk"), "bold").line()
    if mini_app is not None:
        composer.line(texts.say("You can open it here in Telegram, or in your browser.")).line()
        composer.line(texts.say("The link for the browser works once, within five minutes."))
        composer.buttons(Button(texts.say("Open it here"), app=mini_app))
        composer.buttons(Button(texts.say("Open it in the browser"), url=address))
    else:
        composer.line(texts.say("This link opens it in your browser. It works once, within five minutes."))
        composer.buttons(Button(texts.say("Open the desk"), url=address))
    await context.show(update, composer.message())


async def act(update: Update, context: Context, button: EditorButton) -> None:
    """Show the editors or one of them, or remove one after a question."""
    await require_right(update, context, Right.WRITE if button.action is EditorAction.LIST else Right.MANAGE)
    match button.action:
        case EditorAction.LIST:
            await people(update, context)
        case EditorAction.SHOW:
            await _show(update, context, button.person_id)
        case EditorAction.ASK_TO_REMOVE:
            await _ask_to_remove(update, context, button.person_id)
        case EditorAction.REMOVE:
            await context.services.editors.remove(button.person_id, actor=actor_of(update))
            await forget_menu(context.bot, button.person_id)
            await people(update, context)


async def forget_menu(bot: ExtBot[Lane], person_id: int) -> None:
    """Let somebody who is no editor any more see the commands of readers."""
    with suppress(TelegramError):  # they may have blocked the bot
        await bot.delete_my_commands(BotCommandScopeChat(person_id))


async def change(update: Update, context: Context, button: RoleButton) -> None:
    """Give an editor another role."""
    await _require_editor(context, button.person_id)
    await context.services.editors.put(button.person_id, button.role, actor=actor_of(update))
    await _show(update, context, button.person_id)


async def invite(update: Update, context: Context, button: InviteButton) -> None:
    """Ask which role an invitation gives, or make the invitation."""
    await require_right(update, context, Right.MANAGE)
    texts, composer = context.texts, Composer()
    if not button.role:
        composer.line(texts.say("What should the new editor be able to do?"), "bold")
        for role in EditorRole:
            composer.line().text(texts.say(ROLES[role]), "bold").line(f": {texts.say(MAY[role])}")
            composer.buttons(Button(texts.say(ROLES[role]), InviteButton(role.value).data()))
        await context.show(update, composer.buttons(_back(context)).message())
        return
    role = EditorRole(button.role)
    secret = await context.services.editors.invite(role, actor=actor_of(update))
    composer.line(texts.say("Invitation"), "bold").line(texts.say(ROLES[role])).line()
    composer.line(invitation_link(context.bot, secret)).line()
    composer.line(
        texts.count(
            "Send this link to one person only. It works once, for {number} day.",
            "Send this link to one person only. It works once, for {number} days.",
            INVITATION_DAYS,
        )
    )
    await context.show(update, composer.buttons(_back(context)).message())


def invitation_link(bot: ExtBot[Lane], secret: str) -> str:
    """Return the link that makes an editor of the first person who opens it."""
    return f"https://t.me/{bot.username}?start={INVITED}{secret}"


async def accept(update: Update, context: Context, secret: str) -> None:
    """Give the role of an invitation to the person who opened its link, and notify the owners."""
    person, chat = update.effective_user, update.effective_chat
    if person is None or chat is None or chat.type != Chat.PRIVATE:
        raise InvalidInputError(mark("Please open this invitation in a private chat with me."))
    editors, texts = context.services.editors, context.texts
    role = await editors.accept(secret, person.id)
    composer = Composer().line(texts.say("Welcome to the editors!"), "bold").line()
    composer.text(texts.say(ROLES[role]), "bold").line(f": {texts.say(MAY[role])}")
    composer.line(texts.say("All commands: /help"))
    await context.show(update, composer.message())
    for owner in sorted(await editors.with_right(Right.MANAGE) - {person.id}):
        await _tell_owner(context, owner, person.id, role)


async def _tell_owner(context: Context, owner: int, person_id: int, role: EditorRole) -> None:
    texts = await context.services.subscribers.texts_of(owner)
    name = await name_of_person(context.bot, person_id)
    composer = Composer().text(name, "bold")
    composer.line(f" · {texts.say(ROLES[role])}").line(texts.say("They accepted an invitation: /editors"))
    with suppress(BadRequest, Forbidden):  # an owner who never wrote to the bot; /editors shows it too
        await context.send(owner, composer.message())


async def _show(update: Update, context: Context, person_id: int) -> None:
    editor, texts = await _require_editor(context, person_id), context.texts
    composer = Composer().line(await name_of_person(context.bot, person_id), "bold")
    composer.line(texts.say(MAY[editor.role])).line(_last(editor.last, context))
    for role in EditorRole:
        label = ticked(texts.say(ROLES[role]), chosen=role is editor.role)
        composer.buttons(Button(label, RoleButton(person_id, role).data()))
    remove = EditorButton(EditorAction.ASK_TO_REMOVE, person_id)
    composer.buttons(Button(texts.say("Remove …"), remove.data()))
    await context.show(update, composer.buttons(_back(context)).message())


async def _ask_to_remove(update: Update, context: Context, person_id: int) -> None:
    await _require_editor(context, person_id)
    texts = context.texts
    composer = Composer().line(await name_of_person(context.bot, person_id), "bold")
    composer.line(texts.say("Remove this editor? They stay a reader, and what they did stays."))
    remove = EditorButton(EditorAction.REMOVE, person_id)
    composer.buttons(Button(texts.say("Yes, remove"), remove.data()))
    back = EditorButton(EditorAction.SHOW, person_id)
    await context.show(update, composer.buttons(Button(texts.say("‹ Back"), back.data())).message())


async def _require_editor(context: Context, person_id: int) -> ListedEditor:
    """Return an editor who has a row. Raises NotFoundError for anybody else."""
    for one in await context.services.editors.listed():
        if one.person_id == person_id and not one.in_settings:
            return one
    raise NotFoundError(OUTDATED)


def _last(entry: AuditEntry | None, context: Context) -> str:
    """Return when somebody did something last, and to what."""
    texts = context.texts
    if entry is None:
        return texts.say("No activity yet")
    when = texts.short_moment(entry.at, context.services.preferences.pacing(context.subscriber).zone)
    subject = _SUBJECTS.get(entry.subject)
    if subject is None:
        return texts.say("Last active: {when}", when=when)
    what = texts.say(subject, number=entry.subject_id)
    return texts.say("Last active: {when} ({what})", when=when, what=what)


def _back(context: Context) -> Button:
    return Button(context.texts.say("‹ Back"), EditorButton(EditorAction.LIST).data())
