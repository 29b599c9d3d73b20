"""The editing screens of a Story's card: what the Story has now, and what may be chosen instead."""

from collections.abc import Iterable
from dataclasses import replace

from telegram import Update

from bot.appeals.fields import checked_link
from bot.appeals.found_links import appeal_of, open_appeals
from bot.errors import InvalidInputError
from bot.i18n import Texts, capital, languages, mark, own_name
from bot.rendering import render, warnings
from bot.rendering.message import Button, Composer, Message, shorten, ticked
from bot.rendering.words.appeals import with_state
from bot.stories.review.review import ReviewItem
from handlers.context import Context
from handlers.editors.appeals import questions
from handlers.editors.appeals.buttons import ProposeButton
from handlers.editors.appeals.cards import shown_address
from handlers.editors.broadcasts import corrections
from handlers.editors.buttons import FOUND, NEW, NONE, OUTDATED, PROPOSED, StoryAction, StoryButton
from handlers.editors.review import plea_in_words, sketch
from handlers.guards import actor_of
from storage.models import Story
from storage.words import ContentWarning

_TOPICS_SHOWN = 80  # a keyboard holds about 100 buttons
_APPEALS_SHOWN = 20
_THREADS_SHOWN = 10
_LABEL = 48  # units that a phone shows of a button
_COMMON = ("en", "uk", "pl", "de", "fr", "es")
_SHOWN_TO_READERS = {
    StoryAction.HEADLINE,
    StoryAction.SUMMARY,
    StoryAction.PLEA,
    StoryAction.APPEAL,
    StoryAction.LANGUAGE,
    StoryAction.THREAD,
    StoryAction.WARNING,
}
_QUESTIONS = {  # the screens on which something is chosen
    StoryAction.TOPICS: mark("What is this story about? Tap a topic to add or remove it."),
    StoryAction.APPEALS: mark("Which appeal belongs to this story? Readers see it once it is verified."),
    StoryAction.LANGUAGES: mark("Which language is this story in?"),
    StoryAction.THREADS: mark("Which thread does this story belong to?"),
    StoryAction.WARNINGS: mark("What should readers be warned about? They see the warning before the story."),
    StoryAction.PLEAS: mark("Which words of the story ask for help? Readers see them below the summary."),
    StoryAction.TRANSLATIONS: mark("Is this story a translation of another one?"),
}


_SEVERAL = {StoryAction.TOPIC: StoryAction.TOPICS, StoryAction.WARNING: StoryAction.WARNINGS}
"""What a Story can have several of, and the screen that is shown again after each choice."""


async def choose(update: Update, context: Context, button: StoryButton) -> None:
    """Open an editing screen, or change the Story and show what it has now."""
    if button.action is StoryAction.EDIT or button.action in _QUESTIONS:
        await _show(update, context, button)
        return
    if button.action is StoryAction.APPEAL and button.value == FOUND:
        await _propose_found(update, context, button)
        return
    await _change(context, button, actor_of(update))
    several = _SEVERAL.get(button.action)
    if several is not None and button.value not in (PROPOSED, NONE):
        await _show(update, context, button.to(several))
    else:
        await after_change(update, context, button)


async def after_change(update: Update, context: Context, button: StoryButton) -> None:
    """Show a Story that was changed, by a button or by a reply, ready for the next change.

    `button.action` is what was changed. Where messages in chats show that, ask whether to correct them.
    """
    story = await _show(update, context, button.to(StoryAction.EDIT))
    if button.action in _SHOWN_TO_READERS:
        await corrections.offer(context, story)


async def _show(update: Update, context: Context, button: StoryButton) -> Story:
    """Show the screen of the button with the Story as it is now. Return that Story."""
    item = await context.services.review.look(button.story_id)
    await context.show(update, await _screen(context, item, button))
    return item.story


async def _change(context: Context, button: StoryButton, actor: str) -> None:
    """Change the Story. Raises InvalidInputError for a value that this version does not know."""
    editing, story_id, version = context.services.editing, button.story_id, button.version
    match button.action:
        case StoryAction.TOPIC:
            topic_id, chosen = button.topic
            await editing.set_topic(story_id, topic_id, chosen=chosen, version=version, actor=actor)
        case StoryAction.WARNING:
            await _change_warnings(context, button, actor)
        case StoryAction.APPEAL:
            await editing.set_appeal(story_id, button.chosen_id, version=version, actor=actor)
        case StoryAction.PLEA if button.value == FOUND:
            await editing.agree_to_plea(story_id, version=version, actor=actor)
        case StoryAction.PLEA if button.value == NONE:
            await editing.set_plea(story_id, None, version=version, actor=actor)
        case StoryAction.LANGUAGE if button.value:
            await editing.set_language(story_id, button.value, version=version, actor=actor)
        case StoryAction.THREAD if button.value == NEW:
            await editing.begin_thread(story_id, version=version, actor=actor)
        case StoryAction.THREAD:
            await editing.set_thread(story_id, button.chosen_id, version=version, actor=actor)
        case StoryAction.TRANSLATION if button.value == NONE:
            await editing.set_translation(story_id, None, version=version, actor=actor)
        case _:
            raise InvalidInputError(OUTDATED)


async def _change_warnings(context: Context, button: StoryButton, actor: str) -> None:
    """Warn of what the button says besides what the Story warns of already, or no longer."""
    story = (await context.services.review.look(button.story_id)).story
    own, named = set(story.warnings.split()), button.value.removeprefix("no-")
    if button.value == PROPOSED:
        own |= set(story.proposed_warnings.split())
    elif button.value == NONE:
        own = set()
    elif named not in set(ContentWarning):
        raise InvalidInputError(OUTDATED)
    else:
        own = own | {named} if named == button.value else own - {named}
    chosen, version = [ContentWarning(one) for one in own], button.version
    await context.services.editing.set_warnings(button.story_id, chosen, version=version, actor=actor)


async def _propose_found(update: Update, context: Context, button: StoryButton) -> None:
    """Let the Story name the Appeal of the link that was found in it; propose one if there is none.

    Where no organisation was found with the link, ask for it.
    """
    services, story_id, actor = context.services, button.story_id, actor_of(update)
    story = (await services.review.look(story_id)).story
    link = checked_link(story.help_url or "")
    known = appeal_of(story, open_appeals(await services.appeals.listed()))
    if known is None and not story.help_organisation:
        await questions.begin_with(update, context, story, link)
        return
    appeal = known or await services.appeals.propose(
        organisation=story.help_organisation or "", url=link, actor=actor
    )
    await services.editing.set_appeal(story_id, appeal.id, version=button.version, actor=actor)
    await after_change(update, context, button)


async def _screen(context: Context, item: ReviewItem, button: StoryButton) -> Message:
    """Draw a screen with the Story as it is now; its buttons carry that version."""
    story, texts = item.story, context.texts
    button = StoryButton(button.action, story.id, story.version, button.length)
    if button.action is StoryAction.EDIT:
        drawn = await sketch(context.services, context.reader, item, button.length)
        return replace(drawn, rows=tuple(_edit_rows(item, button, texts)))
    composer = Composer().line(shorten(story.headline, 300), "bold").line()
    composer.line(texts.say(_QUESTIONS[button.action]))
    match button.action:
        case StoryAction.TOPICS:
            await _topics(composer, context, story, button)
        case StoryAction.APPEALS:
            await _appeals(composer, context, story, button)
        case StoryAction.WARNINGS:
            _warnings(composer, texts, story, button)
        case StoryAction.LANGUAGES:
            _languages(composer, texts, story, button)
        case StoryAction.PLEAS:
            _pleas(composer, texts, story, button)
        case StoryAction.THREADS:
            await _threads(composer, context, story, button)
        case _:
            _translations(composer, texts, story, button)
    back = Button(texts.say("‹ Back"), button.to(StoryAction.EDIT).data())
    return composer.buttons(back).message()


def _edit_rows(item: ReviewItem, button: StoryButton, texts: Texts) -> Iterable[tuple[Button, ...]]:
    """Yield the rows of buttons that open the screens, each with what the Story has now."""
    story = item.story
    none = texts.say("none")
    about = ", ".join(topic.name for topic in story.topics) or none
    appeal = story.appeal.organisation if story.appeal else none
    thread = item.thread.title if item.thread else none
    warned = warnings.names(warnings.of(story), texts) or none
    original = texts.say("of story {number}", number=story.translation_of) if story.translation_of else none
    yield (
        _question(texts.say("Headline"), button, StoryAction.HEADLINE),
        _question(texts.say("Summary"), button, StoryAction.SUMMARY),
    )
    plea = story.plea or (texts.say("one proposed") if story.proposed_plea else none)
    for label, screen in (
        (texts.say("Plea: {plea}", plea=plea), StoryAction.PLEAS),
        (texts.say("Topics: {names}", names=about), StoryAction.TOPICS),
        (texts.say("Appeal: {organisation}", organisation=appeal), StoryAction.APPEALS),
        (texts.say("Warnings: {names}", names=warned), StoryAction.WARNINGS),
        (texts.say("Language: {name}", name=texts.language_name(story.language)), StoryAction.LANGUAGES),
        (texts.say("Thread: {title}", title=thread), StoryAction.THREADS),
        (texts.say("Translation: {original}", original=original), StoryAction.TRANSLATIONS),
    ):
        yield (Button(shorten(label, _LABEL, texts.more), button.to(screen).data()),)
    yield (Button(texts.say("‹ Back"), button.to(StoryAction.CARD).data()),)


async def _topics(composer: Composer, context: Context, story: Story, button: StoryButton) -> None:
    chosen = {topic.id for topic in story.topics}
    for topic in (await context.services.stories.topics())[:_TOPICS_SHOWN]:
        is_chosen = topic.id in chosen
        composer.buttons(
            _ticked(topic.name, button.to_topic(topic.id, chosen=not is_chosen), chosen=is_chosen)
        )
    composer.buttons(_question(context.texts.say("Another topic …"), button, StoryAction.TOPIC))


async def _appeals(composer: Composer, context: Context, story: Story, button: StoryButton) -> None:
    texts = context.texts
    offered = open_appeals(await context.services.appeals.listed())[:_APPEALS_SHOWN]
    for appeal in offered:
        label = with_state(appeal, texts, _LABEL)
        picked = button.to(StoryAction.APPEAL, str(appeal.id))
        composer.buttons(_ticked(label, picked, chosen=appeal.id == story.appeal_id))
    if story.help_url and story.help_url not in {appeal.url for appeal in offered}:
        host = shorten(render.host(story.help_url), _LABEL)
        address = shown_address(story.help_url)
        composer.line().line(texts.say("A link was found in the story: {address}", address=address))
        label = texts.say("Propose this link: {host}", host=host)
        composer.buttons(Button(label, button.to(StoryAction.APPEAL, FOUND).data()))
    nothing = button.to(StoryAction.APPEAL, NONE)
    composer.buttons(_ticked(texts.say("No appeal"), nothing, chosen=story.appeal_id is None))
    composer.buttons(Button(texts.say("Another appeal …"), ProposeButton(story.id).data()))


def _warnings(composer: Composer, texts: Texts, story: Story, button: StoryButton) -> None:
    own, proposed = story.warnings.split(), story.proposed_warnings.split()
    for warning in ContentWarning:
        label = capital(warnings.name(warning, texts))
        if warning in proposed and warning not in own:
            label = texts.say("{warning} (proposed)", warning=label)
        tapped = button.to_warning(warning, chosen=warning not in own)
        composer.buttons(_ticked(label, tapped, chosen=warning in own))
    nothing = button.to(StoryAction.WARNING, NONE)
    composer.buttons(_ticked(texts.say("No warning"), nothing, chosen=not own))


def _pleas(composer: Composer, texts: Texts, story: Story, button: StoryButton) -> None:
    if story.plea:
        composer.line().line(texts.say("The current plea:"))
        composer.line(plea_in_words(story.plea, story.plea_speaker, texts), "blockquote")
    if story.proposed_plea:
        composer.line().line(texts.say("Proposed, not visible to readers:"))
        composer.line(plea_in_words(story.proposed_plea, story.proposed_plea_speaker, texts), "blockquote")
        agree = button.to(StoryAction.PLEA, FOUND)
        composer.buttons(Button(texts.say("Accept the proposed plea"), agree.data()))
    composer.buttons(_question(texts.say("Another plea …"), button, StoryAction.PLEA))
    nothing = button.to(StoryAction.PLEA, NONE)
    composer.buttons(_ticked(texts.say("No plea"), nothing, chosen=not (story.plea or story.proposed_plea)))


def _languages(composer: Composer, texts: Texts, story: Story, button: StoryButton) -> None:
    for code in dict.fromkeys([story.language, *_COMMON, *languages()]):
        picked = button.to(StoryAction.LANGUAGE, code[:12].lower())
        composer.buttons(_ticked(own_name(code), picked, chosen=code == story.language))
    composer.buttons(_question(texts.say("Another language …"), button, StoryAction.LANGUAGE))


async def _threads(composer: Composer, context: Context, story: Story, button: StoryButton) -> None:
    texts = context.texts
    for thread in await context.services.review.threads(_THREADS_SHOWN):
        label = shorten(thread.title, _LABEL, texts.more) or str(thread.id)
        picked = button.to(StoryAction.THREAD, str(thread.id))
        composer.buttons(_ticked(label, picked, chosen=thread.id == story.thread_id))
    composer.buttons(_question(texts.say("Continues another story …"), button, StoryAction.EARLIER))
    if story.thread_id is None:
        composer.buttons(Button(texts.say("New thread"), button.to(StoryAction.THREAD, NEW).data()))
    nothing = button.to(StoryAction.THREAD, NONE)
    composer.buttons(_ticked(texts.say("No thread"), nothing, chosen=story.thread_id is None))


def _translations(composer: Composer, texts: Texts, story: Story, button: StoryButton) -> None:
    if story.translation_of is not None:
        composer.line().line(texts.say("It is a translation of story {number}.", number=story.translation_of))
    composer.buttons(_question(texts.say("Translation of another story …"), button, StoryAction.TRANSLATION))
    nothing = button.to(StoryAction.TRANSLATION, NONE)
    composer.buttons(_ticked(texts.say("No translation"), nothing, chosen=story.translation_of is None))


def _question(label: str, button: StoryButton, action: StoryAction) -> Button:
    """Return the button that asks for a text to be typed."""
    return Button(label, button.to(StoryAction.ASK, action).data())


def _ticked(label: str, button: StoryButton, *, chosen: bool) -> Button:
    return Button(ticked(label, chosen=chosen), button.data())
