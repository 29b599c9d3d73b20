"""The ordered tables of commands and buttons, from which the menu and /help are made."""

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeChat,
    BotCommandScopeDefault,
    Chat,
    Message,
    Update,
)
from telegram.error import BadRequest
from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ExtBot,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.delivery.rate.pacer import Lane
from bot.errors import InvalidInputError
from bot.i18n import SOURCE_LANGUAGE, Texts, in_language, languages, mark
from bot.inbox.jobs import name_handler
from bot.rendering.buttons import (
    CANCEL,
    DONATE,
    KEEP,
    START,
    STOP,
    CommandButton,
    DayOffButton,
    DigestPage,
    FollowedThreads,
    FollowThread,
    ForgetMe,
    HelpedButton,
    LatestPage,
    LetterButton,
    PreferencesButton,
    ReportView,
    SearchPage,
    SendLetter,
    ShareStory,
    SilenceButton,
    StoryView,
    ThreadPage,
    WelcomeButton,
)
from bot.rendering.callbacks import FormData
from handlers import dialogues, errors
from handlers.chats import groups, inline
from handlers.context import ComebackApplication, Context, Handler
from handlers.editors import buttons, canaries, editing, intake, letters, people, replies, review
from handlers.editors.appeals import appeals, looks, questions, reports
from handlers.editors.appeals import buttons as appeal_buttons
from handlers.editors.broadcasts import broadcasts, corrections, preparation
from handlers.editors.broadcasts import buttons as broadcast_buttons
from handlers.guards import admins_only, editors_only, known, tapped
from handlers.keyboards import EXPIRED, read_button
from handlers.preferences import day_off, muted_words, preferences, timezone, topics
from handlers.preferences.languages import language
from handlers.readers import (
    checking,
    digests,
    donate,
    feedback,
    helped,
    privacy,
    search,
    sharing,
    silence,
    start,
    stories,
    threads,
    typed,
    welcome,
)


class HelpGroup(StrEnum):
    """The groups of commands in /help, in this order; the value is the title."""

    READ = mark("Read and help")
    CHOOSE = mark("Choose what you get")
    ABOUT = mark("About you and this bot")
    EDIT = mark("For editors")


READ, CHOOSE, ABOUT = HelpGroup.READ, HelpGroup.CHOOSE, HelpGroup.ABOUT


@dataclass(frozen=True, slots=True)
class Command:
    """A command, its handler, and its line in the menu.

    `changes`: it changes what the chat gets, and in a group only admins may use it. `everywhere`: editors may
    use it in a group, too.
    """

    name: str
    handler: Handler
    description: str
    group: HelpGroup = READ
    for_editors: bool = False
    changes: bool = False
    everywhere: bool = False

    @property
    def help_group(self) -> HelpGroup:
        """The group of /help that lists it."""
        return HelpGroup.EDIT if self.for_editors else self.group

    @property
    def guarded(self) -> Handler:
        """The handler, which refuses those who may not use it."""
        if self.for_editors:
            return editors_only(self.handler, everywhere=self.everywhere)
        return admins_only(self.handler) if self.changes else self.handler


def descriptions(texts: Texts, editor: bool) -> Sequence[tuple[str, str]]:
    """Return name and description of each command that this person may use, for the menu and /help."""
    return [
        (command.name, texts.say(command.description))
        for command in COMMANDS
        if editor or not command.for_editors
    ]


def help_groups(texts: Texts, editor: bool) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    """Return the commands that this person may use as /help lists them, in groups with a title each."""
    found = []
    for group in HelpGroup:
        listed = [one for one in COMMANDS if one.help_group is group and (editor or not one.for_editors)]
        if listed:
            lines = [(command.name, texts.say(command.description)) for command in listed]
            found.append((texts.say(group), lines))
    return found


async def _begin(update: Update, context: Context) -> None:
    """/start. An editor who had no chat with the bot when the menus were set gets theirs now."""
    payload = (context.args or [""])[0]
    if payload.startswith(people.INVITED):
        await people.accept(update, context, payload.removeprefix(people.INVITED))
    else:
        await start.start(update, context)
    chat = update.effective_chat
    if chat and chat.type == Chat.PRIVATE and await context.may(update):
        await _set_menu(context.bot, BotCommandScopeChat(chat.id), editor=True)


COMMANDS = (
    Command("latest", stories.latest, mark("see the latest stories")),
    Command("summary", stories.summary, mark("read the latest story, or find one by number or words")),
    Command("search", search.search, mark("search the stories")),
    Command("donate", donate.donate, mark("see how to help, with checked links")),
    Command("check", checking.check, mark("check whether a link is genuine")),
    Command("helped", helped.helped, mark("say that you helped, and get fewer appeals")),
    Command("topics", topics.topics, mark("choose your topics"), CHOOSE),
    Command("subscribe", topics.subscribe, mark("get new stories, or add a topic"), CHOOSE, changes=True),
    Command(
        "unsubscribe",
        topics.unsubscribe,
        mark("remove a topic (to stop everything: /stop)"),
        CHOOSE,
        changes=True,
    ),
    Command(
        "preferences",
        preferences.preferences,
        mark("choose what you get, when, and in which language"),
        CHOOSE,
    ),
    Command("language", language, mark("choose the language of this bot"), CHOOSE),
    Command("mute", muted_words.mute, mark("mute a word or a name"), CHOOSE, changes=True),
    Command("unmute", muted_words.unmute, mark("unmute a word"), CHOOSE, changes=True),
    Command("dayoff", day_off.day_off, mark("take a break from new stories"), CHOOSE, changes=True),
    Command("catchup", day_off.catch_up, mark("see what you missed, in one message"), CHOOSE, changes=True),
    Command("share", sharing.share, mark("get the link to this bot, and a QR code for posters"), ABOUT),
    Command(
        "mydata",
        privacy.mydata,
        mark("get everything I keep about this chat, as a file"),
        ABOUT,
        changes=True,
    ),
    Command("forgetme", privacy.forgetme, mark("delete your data and stop all stories"), ABOUT, changes=True),
    Command("privacy", privacy.privacy, mark("see what I keep, and why"), ABOUT),
    Command("new", intake.new, mark("add a story: a link or a text"), for_editors=True),
    Command("review", review.review, mark("review new stories"), for_editors=True),
    Command("editors", people.people, mark("see who the editors are, and invite one"), for_editors=True),
    Command("desk", people.desk, mark("open the desk, the page for editors"), for_editors=True),
    Command("broadcasts", broadcasts.broadcasts, mark("see the progress of pushes"), for_editors=True),
    Command("appeals", appeals.appeals, mark("propose, verify and change appeals"), for_editors=True),
    Command(
        "testchat",
        canaries.canary,
        mark("watch this chat as a test chat (owners only)"),
        for_editors=True,
        everywhere=True,
    ),
    Command("help", start.help_with(help_groups), mark("see all commands"), ABOUT),
    Command("start", _begin, mark("get new stories from now on"), CHOOSE, changes=True),
    Command("stop", start.stop, mark("stop everything"), CHOOSE, changes=True),
)

UNLISTED: Mapping[str, Handler] = {"cancel": dialogues.cancel}
"""Commands that no menu lists: an open question names them where they are of use."""

_QUESTIONS = (
    timezone.load,
    day_off.load,
    muted_words.load,
    replies.load,
    reports.load,
    corrections.load,
    preparation.load_hour,
    questions.load,
)
"""What the bot asks people to type."""


async def _do(update: Update, context: Context) -> None:
    """Do what a button says that was offered in place of a command with a typing error."""
    button = read_button(update, CommandButton, EXPIRED)
    command = next((one for one in COMMANDS if one.name == button.command and not one.for_editors), None)
    if command is None:
        raise InvalidInputError(EXPIRED)
    context.args = button.words.split()
    await command.guarded(update, context)


_B = TypeVar("_B", bound=FormData)
_Pattern = str | re.Pattern[str]


def _for_editors(
    family: type[_B],
    handler: Callable[[Update, Context, _B], Coroutine[Any, Any, None]],
    pattern: _Pattern | None = None,
) -> tuple[_Pattern, Handler]:
    """Return the route of an editors' button; `pattern`: which buttons, if not exactly the family."""

    async def handle(update: Update, context: Context) -> None:
        await handler(update, context, read_button(update, family, buttons.OUTDATED))

    return pattern or family.PATTERN, editors_only(review.overtakable(handle))


BUTTONS: Sequence[tuple[_Pattern, Handler]] = (
    (StoryView.PREFIX, stories.turn),
    (LatestPage.PREFIX, stories.latest_page),
    (SearchPage.PREFIX, search.search_page),
    (DigestPage.PREFIX, digests.turn),
    (ReportView.PREFIX, digests.show_report),
    (ShareStory.PREFIX, sharing.share_story),
    (FollowThread.PREFIX, threads.follow),
    (ThreadPage.PREFIX, threads.list_stories),
    (FollowedThreads.PREFIX, threads.followed),
    (PreferencesButton.PREFIX, preferences.choose),
    (DayOffButton.PREFIX, day_off.choose),
    (WelcomeButton.PREFIX, welcome.choose),
    (SilenceButton.PATTERN, silence.choose),
    (rf"{DONATE}$", donate.donate),
    (HelpedButton.PREFIX, helped.choose),
    (ForgetMe.PREFIX, admins_only(privacy.forget)),
    (CommandButton.PREFIX, _do),
    (SendLetter.PREFIX, feedback.send),
    (rf"{CANCEL}$", dialogues.cancel),
    (rf"{START}$", admins_only(_begin)),
    (rf"{STOP}$", admins_only(start.stop)),
    (rf"{KEEP}$", start.keep),
    _for_editors(buttons.QueueButton, review.show_queued),
    _for_editors(buttons.CardButton, review.show_as_it_is),
    _for_editors(buttons.StoryButton, replies.ask, buttons.ASKING),
    _for_editors(buttons.StoryButton, review.decide, buttons.DECIDING),
    _for_editors(buttons.StoryButton, editing.choose, r"review:"),
    _for_editors(buttons.ContinueButton, intake.continue_story),
    _for_editors(buttons.SubmissionButton, intake.again, r"again:"),
    _for_editors(broadcast_buttons.CorrectionButton, corrections.decide, r"correct:"),
    (LetterButton.PREFIX, editors_only(letters.decide)),
    _for_editors(buttons.LettersButton, letters.read, r"letters:"),
    _for_editors(appeal_buttons.LookButton, looks.look),
    _for_editors(appeal_buttons.AppealsButton, appeals.show_page),
    _for_editors(appeal_buttons.AppealButton, questions.ask, appeal_buttons.ASKING_OF_APPEAL),
    _for_editors(appeal_buttons.AppealButton, appeals.act, r"appeal:"),
    _for_editors(appeal_buttons.ProposeButton, questions.begin),
    _for_editors(appeal_buttons.AnswerButton, questions.answer, r"answer:"),
    (rf"{broadcast_buttons.BROADCASTS}$", editors_only(broadcasts.broadcasts)),
    _for_editors(broadcast_buttons.BroadcastButton, broadcasts.control),
    (rf"{broadcast_buttons.CHOOSE_STORY}$", editors_only(preparation.choose_story)),
    _for_editors(broadcast_buttons.PushButton, preparation.begin),
    _for_editors(broadcast_buttons.PreparationButton, preparation.act),
    _for_editors(broadcast_buttons.SendButton, preparation.send),
    _for_editors(broadcast_buttons.TopicButton, preparation.choose_topic),
    _for_editors(broadcast_buttons.LanguageButton, preparation.choose_language),
    _for_editors(broadcast_buttons.HourButton, preparation.choose_hour),
    _for_editors(broadcast_buttons.PaidButton, preparation.choose_paid),
    _for_editors(broadcast_buttons.UrgentButton, preparation.choose_urgent),
    _for_editors(broadcast_buttons.PilotButton, preparation.choose_pilot),
    _for_editors(appeal_buttons.ReportButton, reports.choose),
    _for_editors(appeal_buttons.SendReportButton, reports.send),
    _for_editors(buttons.RoleButton, people.change),
    _for_editors(buttons.InviteButton, people.invite),
    _for_editors(buttons.EditorButton, people.act),
    (r"draft:", editors_only(preparation.outdated)),
    (r"", start.expired),
)


class _RepliesToUs(filters.MessageFilter):
    """Matches a reply to a message of this bot."""

    def filter(self, message: Message) -> bool:
        above = message.reply_to_message
        return bool(above and above.from_user and above.from_user.id == message.get_bot().id)


async def _ignore(_update: Update, _context: Context) -> None:
    """Answer nothing: in a group people talk to each other."""


def name_of_button(pattern: _Pattern) -> str:
    """Return the name of the buttons of one route, such as "button story"; several routes may share it."""
    text = pattern if isinstance(pattern, str) else pattern.pattern
    first = re.match(r"[a-z]+", text)
    return f"button {first[0]}" if first else "button, outdated"


def _named(name: str, handler: Handler) -> Handler:
    """Return the handler, whose time is measured under this name."""

    async def named(update: Update, context: Context) -> None:
        name_handler(name)
        await handler(update, context)

    return named


def install(application: ComebackApplication) -> None:
    """Add every handler, in this order."""
    plain = filters.UpdateType.MESSAGE
    in_private = filters.ChatType.PRIVATE
    asked = plain | filters.UpdateType.CHANNEL_POST
    for command in COMMANDS:
        handler = _named(f"/{command.name}", known(dialogues.ends_dialogue(command.guarded)))
        application.add_handler(CommandHandler(command.name, handler, filters=asked))
    for name, cancelling in UNLISTED.items():
        handler = _named(f"/{name}", known(cancelling))
        application.add_handler(CommandHandler(name, handler, filters=asked))
    for pattern, tapping in BUTTONS:
        handler = _named(name_of_button(pattern), known(tapped(tapping)))
        application.add_handler(CallbackQueryHandler(handler, pattern=pattern))
    application.add_handler(InlineQueryHandler(_named("inline query", inline.offer)))
    member = _named("membership", groups.membership)
    application.add_handler(ChatMemberHandler(member, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(
        MessageHandler(filters.StatusUpdate.MIGRATE, _named("migration", groups.migration))
    )
    names = [command.name for command in COMMANDS if not command.for_editors]
    unknown = typed.unknown_with(names)
    application.add_handler(
        MessageHandler(plain & in_private & filters.COMMAND, _named("unknown command", known(unknown)))
    )
    anything_else = plain & in_private & ~filters.StatusUpdate.ALL
    look_up = typed.look_up_or(names, start.not_understood)
    prose = dialogues.answer_or(_QUESTIONS, intake.paste_or(start.stop_or(look_up)))
    answer = _named("message", known(letters.answer_or(prose)))
    application.add_handler(MessageHandler(anything_else, answer))
    in_group = dialogues.answer_or(_QUESTIONS, _ignore)
    answer_in_group = _named("message in a group", known(in_group))
    application.add_handler(MessageHandler(plain & ~in_private & _RepliesToUs(), answer_in_group))
    application.add_error_handler(errors.answer)


async def set_menus(bot: ExtBot[Lane], editors: Sequence[int]) -> None:
    """Set the menu in every language; `editors` see their commands too."""
    await _set_menu(bot, BotCommandScopeDefault(), editor=False)
    for editor in editors:
        with suppress(BadRequest):  # an editor who never wrote to the bot has no chat with it: see _begin
            await _set_menu(bot, BotCommandScopeChat(editor), editor=True)


async def _set_menu(bot: ExtBot[Lane], scope: BotCommandScope, *, editor: bool) -> None:
    for menu_language in languages():
        code = None if menu_language == SOURCE_LANGUAGE else menu_language
        menu = [BotCommand(name, text) for name, text in descriptions(in_language(menu_language), editor)]
        await bot.set_my_commands(menu, scope, language_code=code)
