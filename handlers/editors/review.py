"""/review: the card of a Story, drawn just as readers will see it, with what editors may decide."""

from collections.abc import Sequence
from dataclasses import replace

from telegram import Update

from bot.errors import InvalidInputError, RefusedError, UserError
from bot.i18n import Texts, mark
from bot.rendering import render, warnings
from bot.rendering.buttons import StoryView
from bot.rendering.message import Button, Composer, Message, shorten
from bot.rendering.paging import page_buttons
from bot.rendering.render import Reader
from bot.rendering.words.stories import ABOUT_TO, MEANINGS
from bot.services import Services
from bot.stories import origins
from bot.stories.conflicts import ConflictError
from bot.stories.locks import EDITABLE
from bot.stories.review.decisions import Decision
from bot.stories.review.review import ReviewItem
from handlers.context import Context, Handler
from handlers.editors import decisions, names
from handlers.editors.appeals import cards
from handlers.editors.broadcasts import broadcasts, preparation, previews
from handlers.editors.broadcasts.buttons import (
    BroadcastAction,
    BroadcastButton,
    CorrectionAction,
    CorrectionButton,
    PushButton,
)
from handlers.editors.buttons import OUTDATED, PROPOSED, CardButton, QueueButton, StoryAction, StoryButton
from handlers.editors.moments import moment_there
from handlers.editors.names import LONGEST_NAME
from handlers.guards import actor_of
from handlers.keyboards import data_of
from storage.models import Appeal, Story
from storage.words import ContentWarning, DecisionAction, Length, StoryState

_LONGEST_SENTENCE = 240
_CHANGE = (mark("Change …"), StoryAction.EDIT)
_DECISIONS = {  # the buttons of a card in each state
    StoryState.DRAFT: (
        (mark("Publish and push"), StoryAction.PUSH),
        (mark("Publish quietly"), StoryAction.QUIET),
        (mark("Reject"), StoryAction.REJECT),
        _CHANGE,
    ),
    StoryState.SCHEDULED: (_CHANGE,),
    StoryState.PUBLISHED: (_CHANGE,),
    StoryState.REJECTED: ((mark("Undo"), StoryAction.RESTORE),),
    StoryState.WITHDRAWN: (
        (mark("Publish again and push"), StoryAction.PUSH),
        (mark("Publish again quietly"), StoryAction.QUIET),
    ),
}
_DECIDED = (StoryState.PUBLISHED, StoryState.REJECTED, StoryState.WITHDRAWN)


async def review(update: Update, context: Context) -> None:
    """Show the Stories that wait for review, one at a time; with a number that Story, in whatever state."""
    words = " ".join(context.args or [])
    if not words:
        await show_queued(update, context, QueueButton(0))
    elif words.isascii() and words.isdecimal():
        await show_card(update, context, int(words[:9]))
    else:
        raise InvalidInputError(mark("Use /review 12 for one story, or /review for all that are waiting."))


async def show_card(update: Update, context: Context, story_id: int, *, length: Length | None = None) -> None:
    """Show a Story's card, by default with the Length that the editor prefers."""
    await context.services.decisions.settle(story_id)
    item = await context.services.review.look(story_id)
    chosen = length or context.subscriber.length
    await context.show(update, await card(context.services, context.reader, item, chosen))


async def card(services: Services, reader: Reader, item: ReviewItem, length: Length) -> Message:
    """Draw a Story as readers see it, with the buttons of what editors may do."""
    drawn = await sketch(services, reader, item, length)
    rows = _card_rows(item, length, reader.texts)
    if item.story.state in EDITABLE and services.appeals.is_missing(item.story):
        rows = (*rows, (cards.missing_button(item.story, reader.texts),))
    return replace(drawn, rows=rows)


async def sketch(services: Services, reader: Reader, item: ReviewItem, length: Length) -> Message:
    """Draw a Story as readers see it who opened it, with lines for editors below, without buttons."""
    story, texts, reader = item.story, reader.texts, replace(reader, covers=False)
    appeal = services.appeals.shown_with(story)
    lines = [
        _origins_in_words(story, length, texts),
        _proposed_plea_in_words(story, texts),
        _help_in_words(appeal, story, texts),
        _help_sentence_in_words(story, texts),
        _proposed_warnings_in_words(story, texts),
    ]
    if item.place is None:
        lines += await _state_in_words(services, reader, item)
    else:
        reach = await services.broadcasts.reach(story.id)
        lines.append(
            texts.count(
                "A push would reach {number} subscriber.", "A push would reach {number} subscribers.", reach
            )
        )
        place, total = item.place + 1, item.total
        lines.append(texts.say("Waiting for review: {place} of {total}", place=place, total=total))
    footer = "\n".join(filter(None, lines))
    drawn = render.story(story, StoryView(story.id, length), appeal, reader, footer)
    return replace(drawn, rows=())


async def _state_in_words(services: Services, reader: Reader, item: ReviewItem) -> Sequence[str]:
    """Return the lines on the state of a Story that does not wait for review, and on its hour."""
    story, texts, push = item.story, reader.texts, item.push
    lines = [texts.say(MEANINGS[story.state])] if story.state in _DECIDED else []
    if story.state is StoryState.SCHEDULED and push is not None and push.start_at is not None:
        hour = moment_there(push.start_at, reader.zone, texts)
        lines.append(texts.say("Scheduled for {moment}: readers cannot see it before.", moment=hour))
    if story.is_withdrawn and any(one.counts for one in await services.broadcasts.pushes_of(story.id)):
        lines.append(texts.say(previews.WITHDRAWN_BEFORE))
    return [*lines, texts.say(ABOUT_TO[item.decision.action])] if item.decision else lines


async def decide(update: Update, context: Context, button: StoryButton) -> None:
    """Do what a button of a Story's card says that decides about it, or shows another view of it."""
    review, story_id, actor = context.services.review, button.story_id, actor_of(update)
    match button.action:
        case StoryAction.CARD:
            await show_card(update, context, story_id, length=button.length)
        case StoryAction.BODY if button.value.isdecimal():
            await _show_body(update, context, button)
        case StoryAction.REJECT:
            decision = Decision(DecisionAction.REJECT, story_id, actor, button.version)
            await decisions.conclude(update, context, decision)
        case StoryAction.RESTORE:
            await review.restore(story_id, actor=actor)
            await show_card(update, context, story_id, length=button.length)
        case StoryAction.UNDO:
            await _undo(update, context, button)
        case StoryAction.PUSH:
            await context.services.decisions.settle(story_id)
            await review.agree(story_id, version=button.version)
            await preparation.begin(update, context, PushButton(story_id))
        case StoryAction.QUIET:
            decision = Decision(DecisionAction.PUBLISH, story_id, actor, button.version)
            await decisions.conclude(update, context, decision)
        case _:
            raise InvalidInputError(OUTDATED)


async def _undo(update: Update, context: Context, button: StoryButton) -> None:
    """Undo the decision that has not acted yet, and show the Story as it is."""
    story_id = button.story_id
    try:
        undone = await context.services.decisions.undo(story_id, actor=actor_of(update))
    except RefusedError:
        await show_card(update, context, story_id, length=button.length)
        raise
    if undone.action is DecisionAction.PUSH:
        await broadcasts.hide(update, context)
    await show_card(update, context, story_id, length=button.length)


def overtakable(handler: Handler) -> Handler:
    """Return the handler, with an answer for an editor whom another one overtook.

    The answer names the other editor and what they did, and the card shows the Story as it is now.
    """

    async def guarded(update: Update, context: Context) -> None:
        try:
            await handler(update, context)
        except ConflictError as overtaken:
            button = StoryButton.parse(data_of(update))
            is_own = overtaken.actor == actor_of(update) and overtaken.is_decision
            if button is not None and not is_own:  # after a double tap the first one's answer stays
                await show_card(update, context, button.story_id, length=button.length)
            raise await named(update, context, overtaken) from overtaken

    return guarded


async def named(update: Update, context: Context, overtaken: ConflictError) -> UserError:
    """Return the error with the other editor's name, in the words of the editor of this update."""
    zone = context.services.preferences.pacing(context.subscriber).zone
    person = update.effective_user
    reader = person.id if person else None
    return await names.named(context.bot, overtaken, context.texts, zone, reader=reader)


async def show_queued(update: Update, context: Context, button: QueueButton) -> None:
    """Show the Story at a place among those that wait for review."""
    story, _, _ = await context.services.review.waiting(button.place)
    if story is None:
        nothing = context.texts.say("No story is waiting for review.")
        await context.show(update, Composer().text(nothing).message())
        return
    await show_card(update, context, story.id)


async def show_as_it_is(update: Update, context: Context, button: CardButton) -> None:
    """Show the card of a Story as it is now."""
    await show_card(update, context, button.story_id)


async def _show_body(update: Update, context: Context, button: StoryButton) -> None:
    """Show a page of the whole Story, as readers see it, with an editor's buttons to other pages and back."""
    story = (await context.services.review.look(button.story_id)).story
    view = StoryView(story.id, button.length, int(button.value))
    drawn = render.story(story, view, None, replace(context.reader, covers=False))
    rows = [tuple(_for_editor(one, button) for one in row) for row in drawn.rows]
    await context.show(update, replace(drawn, rows=tuple(rows)))


def _for_editor(reader_button: Button, shown: StoryButton) -> Button:
    """Turn a reader's button under a page of the Story into the editor's button to the same page."""
    view = StoryView.parse(reader_button.data or "")
    if view is None:
        return reader_button
    there = shown.to(StoryAction.BODY, str(view.page)) if view.page else shown.to(StoryAction.CARD)
    return Button(reader_button.text, there.data())


def _card_rows(item: ReviewItem, length: Length, texts: Texts) -> tuple[tuple[Button, ...], ...]:
    """Return the buttons of a card: what the Story's state allows, other Lengths, neighbours in the queue."""
    story = item.story
    button = StoryButton(StoryAction.CARD, story.id, story.version, length)
    composer = Composer()
    if item.decision is not None:
        composer.buttons(decisions.undo_button(story, texts))
    for label, action in () if item.decision is not None else _DECISIONS.get(story.state, ()):
        composer.buttons(Button(texts.say(label), button.to(action).data()))
    if story.state is StoryState.SCHEDULED and item.push is not None:
        look = BroadcastButton(BroadcastAction.LOOK, item.push.id)
        composer.buttons(Button(texts.say("Show its push"), look.data()))
    if story.state in EDITABLE and (proposed := _proposed_warnings(story)):
        label = texts.say("Add the warning: {warnings}", warnings=warnings.names(proposed, texts))
        composer.buttons(Button(label, button.to(StoryAction.WARNING, PROPOSED).data()))
    if story.proposed_plea and story.state in EDITABLE:
        composer.buttons(Button(texts.say("Check the proposed plea"), button.to(StoryAction.PLEAS).data()))
    if story.state is StoryState.PUBLISHED and item.decision is None:
        withdraw = CorrectionButton(CorrectionAction.ASK_TO_WITHDRAW, story.id)
        composer.buttons(Button(texts.say("Push …"), PushButton(story.id).data()))
        composer.buttons(Button(texts.say("Withdraw"), withdraw.data()))
    composer.buttons(
        *render.length_buttons(length, lambda other: replace(button, length=other).data(), texts)
    )
    composer.buttons(Button(texts.say("Full story"), button.to(StoryAction.BODY, "1").data()))
    if item.place is not None:
        turn = page_buttons(item.place, item.total, lambda place: QueueButton(place).data(), texts)
        composer.buttons(*turn)
    return tuple(composer.rows)


def _origins_in_words(story: Story, length: Length, texts: Texts) -> str:
    """Return in which paragraph each sentence of the Summary stands; "" where there is no Summary."""
    summary = {one.length: one.text for one in story.summaries}.get(length, "")
    if not summary:
        return ""
    numbers = origins.paragraphs_of(summary, story.body)
    if not any(numbers):  # an editor wrote it
        return ""
    places = ", ".join("–" if number is None else str(number) for number in numbers)
    return texts.say("The summary’s sentences come from these paragraphs: {places}", places=places)


def _proposed_warnings(story: Story) -> Sequence[ContentWarning]:
    """Return the content warnings that were proposed, and that the Story does not have."""
    codes, own = story.proposed_warnings.split(), warnings.of(story)
    return [one for one in ContentWarning if one in codes and one not in own]


def _proposed_warnings_in_words(story: Story, texts: Texts) -> str:
    """Return which warnings the words of the Story suggest; "" where none are open."""
    proposed = _proposed_warnings(story)
    if not proposed:
        return ""
    return texts.say(
        "Proposed warning: {warnings}. Readers see it once you agree.",
        warnings=warnings.names(proposed, texts),
    )


def plea_in_words(plea: str, speaker: str | None, texts: Texts) -> str:
    """Return a plea in quotation marks, with its speaker."""
    return texts.quoted(plea) + (f" {texts.spoken_by(shorten(speaker, LONGEST_NAME))}" if speaker else "")


def _proposed_plea_in_words(story: Story, texts: Texts) -> str:
    """Return the plea that an editor has to decide about; "" if there is none."""
    if not story.proposed_plea:
        return ""
    plea = plea_in_words(story.proposed_plea, story.proposed_plea_speaker, texts)
    return texts.say("Proposed plea, not visible to readers yet: {plea}", plea=plea)


def _help_sentence_in_words(story: Story, texts: Texts) -> str:
    """Return the sentence that may say how to help, where no Appeal answers it; "" if there is none."""
    if story.help_sentence is None or story.appeal is not None:
        return ""
    sentence = texts.quoted(shorten(story.help_sentence, _LONGEST_SENTENCE))
    return texts.say("Possible way to help: {words}", words=sentence)


def _help_in_words(shown: Appeal | None, story: Story, texts: Texts) -> str:
    """Return what readers will have behind the help button, which editors' cards do not have."""
    if shown is not None:
        organisation, address = shown.organisation, render.host(shown.url)
        return texts.say("Help button: {organisation}, {host}", organisation=organisation, host=address)
    return cards.without_help(story, texts)
