"""Reports: an editor writes what became of an Appeal, sees it as readers will, and a publisher sends it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from telegram import Message as Answer
from telegram import Update
from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.editors.roles import Right
from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering import reports as drawing
from bot.rendering.autolinks import without_links
from bot.rendering.message import Button, Composer, Message, first_words, shorten
from handlers import dialogues
from handlers.context import Context
from handlers.editors.appeals.buttons import ReportAction, ReportButton, SendReportButton
from handlers.editors.broadcasts.broadcasts import show as show_progress
from handlers.editors.names import name_of
from handlers.guards import actor_of
from handlers.keyboards import parameters
from storage.models import Report
from storage.words import ReportState

_SENT_SHOWN = 5
_WORDS = 80  # characters of a sent report in the list


async def choose(update: Update, context: Context, button: ReportButton) -> None:
    """Do what a button of the screen of an Appeal's Reports says."""
    match button.action:
        case ReportAction.SHOW:
            await context.show(update, await _screen(update, context, button.appeal_id))
        case ReportAction.WRITE:
            await _ask(update, context, button.appeal_id)
        case ReportAction.TEST:
            await _test(update, context, button.appeal_id)
        case ReportAction.DROP:
            draft = await context.services.reports.draft(button.appeal_id)
            if draft is not None:
                await context.services.reports.drop(draft.id, actor=actor_of(update))
            await context.show(update, await _screen(update, context, button.appeal_id))
        case ReportAction.REQUEST:
            await _request(update, context, button.appeal_id)


async def send(update: Update, context: Context, button: SendReportButton) -> None:
    """Send the draft that was shown; the message then shows the progress."""
    chat_id = context.subscriber.chat_id
    number = await context.services.reports.send(button.report_id, actor=actor_of(update), starter=chat_id)
    await show_progress(update, context, number)


@dataclass(frozen=True, slots=True)
class ReportQuestion:
    """The answer is the Report: a text, or a picture with one; a link may be its last line.

    It must be a reply: an editor types much else meanwhile.
    """

    for_editors: ClassVar[bool] = True

    appeal_id: int

    @property
    def again(self) -> str:
        return ReportButton(ReportAction.WRITE, self.appeal_id).data()

    def dump(self) -> dict[str, Any]:
        return {"report": self.appeal_id}

    def example(self, context: Context) -> str:
        return context.texts.say("The bridge is open again. Thank you!")

    def reads(self, _message: Answer, /) -> bool:
        return False

    async def use(self, update: Update, context: Context, message: Answer) -> bool:
        """Store the draft, and show it as readers will see it."""
        text, link = _parts(message)
        picture = message.photo[-1].file_id if message.photo else None
        await context.services.reports.write(
            self.appeal_id,
            text,
            link=link,
            picture=picture,
            language=context.texts.language,
            actor=actor_of(update),
        )
        await context.show(update, await _screen(update, context, self.appeal_id))
        return True

    async def choices(self, _context: Context) -> Sequence[Sequence[Button]]:
        return []


def load(stored: Mapping[str, Any]) -> ReportQuestion | None:
    """Return the question, if that is what is stored."""
    match stored:
        case {"report": int(appeal_id)}:
            return ReportQuestion(appeal_id)
        case _:
            return None


def _parts(message: Answer) -> tuple[str, str | None]:
    """Return the text of an answer and its link, which is alone on the last line; None: there is none."""
    words = (message.text or message.caption or "").strip()
    if not words:
        raise InvalidInputError(mark("A report needs words. Write them below the picture, as its caption."))
    before, _, last = words.rpartition("\n")
    is_link = last.strip().lower().startswith(("https://", "http://")) and len(last.split()) == 1
    return (before.strip(), last.strip()) if is_link else (words, None)


async def _ask(update: Update, context: Context, appeal_id: int) -> None:
    texts, (appeal, _) = context.texts, await _reports(context, appeal_id)
    composer = Composer().line(texts.say("What became of this appeal? Reply to this message."), "bold")
    composer.line(shorten(without_links(appeal), drawing.CAPTION_LIMIT)).line()
    composer.line(
        texts.say(
            "A few sentences, up to {limit} characters. You can send a picture with the text, and "
            "add a link on the last line.",
            limit=texts.number(drawing.LONGEST_TEXT),
        )
    )
    await dialogues.ask(update, context, ReportQuestion(appeal_id), composer.message())


async def _screen(update: Update, context: Context, appeal_id: int) -> Message:
    """Draw the Reports of an Appeal: the draft as readers will see it, and those that were sent."""
    texts, (appeal, found) = context.texts, await _reports(context, appeal_id)
    zone = context.services.preferences.pacing(context.subscriber).zone
    composer = Composer().line(texts.say("Reports: {organisation}", organisation=appeal), "bold").line()
    draft = next((one for one in found if one.state is ReportState.DRAFT), None)
    if draft is not None:
        await _add_draft(composer, update, context, draft)
    sent = [one for one in found if one.state is ReportState.SENT][:_SENT_SHOWN]
    for one in sent:
        when = texts.short_moment(one.sent_at, zone) if one.sent_at else ""
        composer.line(texts.say("Sent {moment}:", moment=when), "italic")
        composer.line(without_links(first_words(one.text, _WORDS)))
    if draft is None:
        if not sent:
            composer.line(texts.say("Nobody has yet reported what became of this appeal."))
        write = ReportButton(ReportAction.WRITE, appeal_id)
        composer.buttons(Button(texts.say("Write a report"), write.data()))
    return composer.message()


async def _add_draft(composer: Composer, update: Update, context: Context, draft: Report) -> None:
    """Add the draft as readers will see it, who gets it, and what can be done with it."""
    texts, services = context.texts, context.services
    preview = await services.reports.preview(draft.id)
    shown = drawing.report(draft, texts)
    composer.append(Message(shown.text, shown.entities)).line().line()
    reader = update.effective_user.id if update.effective_user else None
    who = await name_of(context.bot, draft.written_by, texts, reader=reader)
    composer.line(texts.say("Draft by {name}. Nothing was sent.", name=who), "italic")
    if draft.picture is not None:
        composer.line(texts.say("It has a picture: send yourself a test to see it."), "italic")
    composer.line(
        texts.count(
            "{number} chat gets it: of those who helped or follow.",
            "{number} chats get it: of those who helped or follow.",
            preview.reach,
        ),
        "italic",
    )
    composer.line()
    link = Button(texts.say("Open the link"), url=draft.link) if draft.link else None
    composer.buttons(link)
    if await _may_send(update, context, draft):
        label = texts.say("Send to {number}", number=texts.number(preview.reach))
        composer.buttons(Button(label, SendReportButton(draft.id).data()))
    else:
        composer.line(texts.say("Another publisher or owner has to send it."))
        label = texts.say("Ask them to send it")
        composer.buttons(Button(label, ReportButton(ReportAction.REQUEST, draft.appeal_id).data()))
    for label, action in (
        (texts.say("Send me a test"), ReportAction.TEST),
        (texts.say("Write it again"), ReportAction.WRITE),
        (texts.say("Delete this draft"), ReportAction.DROP),
    ):
        composer.buttons(Button(label, ReportButton(action, draft.appeal_id).data()))


async def _may_send(update: Update, context: Context, draft: Report) -> bool:
    """Return whether this person may send the draft, alone or as the second who looks at it."""
    is_allowed = await context.may(update, Right.PUBLISH)
    return is_allowed and not await context.services.reports.needs_another(draft, actor=actor_of(update))


async def _request(update: Update, context: Context, appeal_id: int) -> None:
    """Ask the others who may send the draft."""
    texts = context.texts
    await context.services.reports.ask_to_send(appeal_id, actor=actor_of(update))
    composer = Composer().line(texts.say("I have asked them."))
    back = ReportButton(ReportAction.SHOW, appeal_id)
    await context.show(update, composer.buttons(Button(texts.say("‹ Back"), back.data())).message())


def request(appeal_id: int, name: str, texts: Texts) -> Message:
    """Draw the message that asks to send the draft of an Appeal, which `name` wrote."""
    composer = Composer().line(texts.say("{name} has written a report and asks you to send it.", name=name))
    look = Button(texts.say("Look at the report"), ReportButton(ReportAction.SHOW, appeal_id).data())
    return composer.buttons(look).message()


async def _test(update: Update, context: Context, appeal_id: int) -> None:
    """Send the very message to the editor who tapped, and to nobody else."""
    draft, person = await context.services.reports.draft(appeal_id), update.effective_user
    if draft is None or person is None:
        await context.show(update, await _screen(update, context, appeal_id))
        return
    await send_test(context.bot, person.id, draft, context.texts)


async def send_test(bot: ExtBot[Lane], person_id: int, draft: Report, texts: Texts) -> None:
    """Send a draft to this person alone, with all that readers will see of it."""
    shown = parameters(drawing.report(draft, texts))
    if draft.picture is None:
        await bot.send_message(person_id, **shown)
    else:
        caption = {"caption": shown["text"], "caption_entities": shown["entities"]}
        await bot.send_photo(person_id, draft.picture, **caption, reply_markup=shown["reply_markup"])


async def _reports(context: Context, appeal_id: int) -> tuple[str, Sequence[Report]]:
    """Return the organisation of an Appeal, and its Reports. Raises NotFoundError without the Appeal."""
    found = await context.services.reports.of(appeal_id)
    appeal = await context.services.reports.appeal(appeal_id)
    return shorten(appeal.organisation, _WORDS), found
