"""What editors type about an Appeal: the bot asks for one field after another, or for the one to change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from telegram import Message as Answer
from telegram import Update

from bot.appeals import fields
from bot.appeals.appeals import require_replaceable
from bot.appeals.fields import AppealField, checked
from bot.appeals.found_links import found_in
from bot.editors.roles import Right
from bot.errors import InvalidInputError, RefusedError
from bot.i18n import Texts, languages, mark, own_name
from bot.rendering import render
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import CANCEL
from bot.rendering.message import Button, Composer, Message, in_pairs, shorten
from bot.subscribers import language_parser
from handlers import dialogues
from handlers.context import Context
from handlers.editors.appeals import cards
from handlers.editors.appeals.buttons import AnswerButton, AppealAction, AppealButton, ProposeButton
from handlers.editors.appeals.screens import show_card
from handlers.editors.buttons import FOUND, NONE, OUTDATED
from handlers.guards import actor_of, require_right
from storage.models import Appeal, Story
from storage.words import AppealState

_LABEL = 40
_LONGEST_LANGUAGE = 60  # characters of an answer
_QUESTIONS = {
    AppealField.URL: mark(
        "Where can people help? Reply with the full link, such as https://example.org/help"
    ),
    AppealField.ORGANISATION: mark("Who is asking for help? Reply with the name of the organisation."),
    AppealField.PURPOSE: mark("What is the help for? Reply with one sentence for readers."),
    AppealField.LANGUAGE: mark("Which language is the page in? Tap one, or reply with another."),
    AppealField.REGISTRATION: mark("Is the organisation in a public register? Reply with its number there."),
}
_ORDER = tuple(AppealField)
_OPTIONAL = (AppealField.LANGUAGE, AppealField.REGISTRATION)
_LONGEST = {
    AppealField.URL: fields.LONGEST_LINK,
    AppealField.ORGANISATION: fields.LONGEST_ORGANISATION,
    AppealField.PURPOSE: fields.LONGEST_PURPOSE,
    AppealField.LANGUAGE: _LONGEST_LANGUAGE,
    AppealField.REGISTRATION: fields.LONGEST_REGISTRATION,
}


@dataclass(frozen=True, slots=True)
class ProposalQuestion:
    """The answer is a field of an Appeal that is being proposed.

    `given`: the fields so far. `story_id`: the Story that is to name the Appeal; 0 for none.
    """

    for_editors: ClassVar[bool] = True

    field: AppealField
    story_id: int
    given: Mapping[str, str]

    @property
    def again(self) -> str:
        return ProposeButton(self.story_id).data()

    def dump(self) -> dict[str, Any]:
        return {"propose": self.field.value, "story": self.story_id, "given": dict(self.given)}

    def example(self, context: Context) -> str:
        return context.texts.say(fields.FIELDS[self.field])

    def reads(self, message: Answer, /) -> bool:
        return _reads(self.field, message)

    async def use(self, update: Update, context: Context, message: Answer) -> bool:
        return await self.take(update, context, dialogues.words_of(message))

    async def choices(self, context: Context) -> Sequence[Sequence[Button]]:
        story = await _story(context, self.story_id)
        return [*_found_rows(self.field, story, context.texts), *_rows(self.field, context.texts)]

    async def found(self, context: Context) -> str:
        """Return what was found for the field in the Story."""
        return _found(self.field, await _story(context, self.story_id))

    async def take(self, update: Update, context: Context, text: str) -> bool:
        """Take a field, and ask for the next one; after the last one, propose. Return whether it was that.

        Raises InvalidInputError if the field cannot hold the text.
        """
        given = {**self.given, self.field.value: checked(self.field, _read(self.field, text))}
        left = [field for field in _ORDER if field.value not in given]
        if left:
            await _ask_next(update, context, ProposalQuestion(left[0], self.story_id, given))
            return False
        appeal = await context.services.appeals.propose(
            organisation=given["organisation"],
            url=given["url"],
            purpose=given["purpose"],
            language=given["language"],
            registration=given["registration"],
            story_id=self.story_id or None,
            actor=actor_of(update),
        )
        await show_card(update, context, appeal.id)
        return True


@dataclass(frozen=True, slots=True)
class ChangeQuestion:
    """The answer changes a field of an Appeal.

    `version`: that of the Appeal when it was asked. `hides`: the question said that readers see it now.
    """

    for_editors: ClassVar[bool] = True

    field: AppealField
    appeal_id: int
    version: int
    hides: bool

    @property
    def again(self) -> str:
        return AppealButton(AppealAction.ASK, self.appeal_id, self.version, self.field).data()

    def dump(self) -> dict[str, Any]:
        return {
            "change": self.field.value,
            "appeal": self.appeal_id,
            "version": self.version,
            "hides": self.hides,
        }

    def example(self, context: Context) -> str:
        return context.texts.say(fields.FIELDS[self.field])

    def reads(self, message: Answer, /) -> bool:
        return _reads(self.field, message)

    async def use(self, update: Update, context: Context, message: Answer) -> bool:
        return await self.take(update, context, dialogues.words_of(message))

    async def choices(self, context: Context) -> Sequence[Sequence[Button]]:
        return _rows(self.field, context.texts)

    async def found(self, _context: Context) -> str:
        """Refuse: nothing was looked for."""
        raise InvalidInputError(OUTDATED)

    async def take(self, update: Update, context: Context, text: str) -> bool:
        """Change the field, and show the card; if another editor was quicker, say so and change nothing."""
        services, value = context.services, checked(self.field, _read(self.field, text))
        try:
            await services.appeals.change(
                self.appeal_id,
                {self.field: value},
                actor=actor_of(update),
                version=self.version,
                hides=self.hides,
            )
        except RefusedError as error:
            await context.show(update, _unused(self, error, context.texts))
            return True
        await show_card(update, context, self.appeal_id)
        return True


AppealQuestion = ProposalQuestion | ChangeQuestion


def load(stored: Mapping[str, Any]) -> AppealQuestion | None:
    """Return the question, if that is what is stored."""
    match stored:
        case {"propose": str(field), "story": int(story_id), "given": dict(given)}:
            return ProposalQuestion(AppealField(field), story_id, given)
        case {"change": str(field), "appeal": int(appeal_id), "version": int(version), "hides": bool(hides)}:
            return ChangeQuestion(AppealField(field), appeal_id, version, hides)
        case _:
            return None


async def begin(update: Update, context: Context, button: ProposeButton) -> None:
    """Begin to propose an Appeal, with the question for its link."""
    story = await _story(context, button.story_id)
    if story is not None:
        require_replaceable(story)
    await _ask_next(update, context, ProposalQuestion(AppealField.URL, button.story_id, {}))


async def begin_with(update: Update, context: Context, story: Story, link: str) -> None:
    """Begin to propose an Appeal with a link that was found in a Story: ask whose it is."""
    require_replaceable(story)
    given = {AppealField.URL.value: link}
    await _ask_next(update, context, ProposalQuestion(AppealField.ORGANISATION, story.id, given))


async def ask(update: Update, context: Context, button: AppealButton) -> None:
    """Ask for the new value of the field that the button names."""
    field = next((one for one in AppealField if one == button.field), None)
    if field is None:
        raise InvalidInputError(OUTDATED)
    appeal = (await context.services.appeals.details(button.appeal_id)).appeal
    hides = appeal.state is AppealState.VERIFIED
    if hides:
        await require_right(update, context, Right.PUBLISH)
    # The version of what the question shows, which may be newer than the button's.
    question = ChangeQuestion(field, appeal.id, appeal.version, hides)
    texts, composer = context.texts, Composer()
    composer.line(texts.say(_QUESTIONS[field]), "bold")
    composer.line(texts.say("Current value: {value}", value=_present(appeal, field, texts)))
    if hides:
        composer.line().line(texts.say(cards.HIDES))
    await _ask(update, context, question, composer)


async def answer(update: Update, context: Context, button: AnswerButton) -> None:
    """Answer the question above by the tap on one of its buttons."""
    chat, message = update.effective_chat, update.effective_message
    if chat is None or message is None:
        return
    asked = await context.services.dialogues.replied(
        chat.id, message.message_id, open_prompt=context.subscriber.open_prompt
    )
    question = load(asked.about) if asked is not None and asked.is_open else None
    if question is None or question.field is not button.field:
        raise RefusedError(mark("This question is closed. Nothing has changed."))
    text = "" if button.value == NONE else button.value
    if button.value == FOUND:
        text = await question.found(context)
    if await question.take(update, context, text):
        await dialogues.end(context)


async def _ask_next(update: Update, context: Context, question: ProposalQuestion) -> None:
    """Ask for a field of a proposal; below what was given so far stands what one should look at twice."""
    texts, given, composer = context.texts, question.given, Composer()
    story = await _story(context, question.story_id)
    if story is not None:
        headline = without_links(shorten(story.headline, render.HEADLINE))
        composer.line(texts.say("For story {number}: {headline}", number=story.id, headline=headline))
    if "url" in given:
        composer.line(cards.shown_address(given["url"]))
    if "organisation" in given:
        composer.line(without_links(given["organisation"]))
    if question.field is AppealField.PURPOSE:
        found = await context.services.appeals.namesakes(given["organisation"], given["url"])
        for line in cards.doubts(found, texts):
            composer.line(line)
    if composer.pieces:
        composer.line()
    composer.line(texts.say(_QUESTIONS[question.field]), "bold")
    await _ask(update, context, question, composer)


async def _ask(update: Update, context: Context, question: AppealQuestion, composer: Composer) -> None:
    """Send the question, with buttons for the answers that need no typing."""
    rows = await question.choices(context)
    for row in rows:
        composer.buttons(*row)
    if rows:
        composer.buttons(Button(context.texts.say("Never mind"), CANCEL))
    await dialogues.ask(update, context, question, composer.message())


def _rows(field: AppealField, texts: Texts) -> list[Sequence[Button]]:
    """Return rows of buttons that answer without typing, whatever the Story is."""
    codes = languages() if field is AppealField.LANGUAGE else ()
    buttons = [Button(own_name(code), AnswerButton(field, code).data()) for code in codes]
    rows = in_pairs(buttons)
    if field in _OPTIONAL:
        rows.append([Button(texts.say("Leave it empty"), AnswerButton(field, NONE).data())])
    return rows


def _found_rows(field: AppealField, story: Story | None, texts: Texts) -> list[list[Button]]:
    """Return the button that takes what was found in the Story, if anything was."""
    found = _found(field, story)
    if not found:
        return []
    shown = render.host(found) if field is AppealField.URL else found
    label = texts.say("As in the story: {value}", value=shorten(shown, _LABEL))
    return [[Button(label, AnswerButton(field, FOUND).data())]]


def _found(field: AppealField, story: Story | None) -> str:
    """Return what was found for a field in the Story; "" if nothing that it can hold was."""
    return found_in(story).get(field, "") if story else ""


async def _story(context: Context, story_id: int) -> Story | None:
    return (await context.services.review.look(story_id)).story if story_id else None


def _reads(field: AppealField, message: Answer) -> bool:
    """Return whether words that reply to nothing may answer: an editor types and sends much else."""
    text = (message.text or "").strip()
    if field is AppealField.URL and " " in text:
        return False
    return 1 <= len(text) <= _LONGEST[field] and "\n" not in text


def _read(field: AppealField, text: str) -> str:
    """Return the typed text as the field takes it: of a language its code, if it has one."""
    return language_parser.parse(text) or text if field is AppealField.LANGUAGE and text else text


def _present(appeal: Appeal, field: AppealField, texts: Texts) -> str:
    """Return what the field holds now, as editors read it."""
    value = str(getattr(appeal, field))
    if field is AppealField.LANGUAGE and value:
        return texts.language_name(value)
    return cards.shown_address(value) or texts.say("none")


def _unused(question: ChangeQuestion, error: RefusedError, texts: Texts) -> Message:
    """Return the message that says why an answer changed nothing, with the way to the Appeal."""
    composer = Composer().line(texts.say(error.sentence, **error.values))
    composer.line(texts.say("Your reply was not used. You can still copy it from above."))
    card = AppealButton(AppealAction.CARD, question.appeal_id, question.version)
    return composer.buttons(Button(texts.say("Show the appeal"), card.data())).message()
