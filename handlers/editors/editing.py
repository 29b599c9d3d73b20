"""The editing screens of a story's card: what is set, and what may be chosen instead."""

from collections.abc import Iterable
from dataclasses import replace

from babel import localedata
from telegram import Update

from bot.appeals.appeals import checked_link
from bot.errors import InvalidInputError
from bot.i18n import Texts, languages, mark, own_name
from bot.rendering import render
from bot.rendering.message import Button, Composer, Message, shorten
from bot.stories.review import ReviewItem
from handlers.callbacks import OUTDATED, StoryButton, act_of
from handlers.context import Context
from handlers.editors import corrections
from handlers.editors.review import sketch
from handlers.guards import actor_of
from storage.models import Appeal, Story
from storage.words import AppealState, StoryState

_TOPICS_SHOWN = 80  # a keyboard holds about 100 buttons
_APPEALS_SHOWN = 20
_THREADS_SHOWN = 10
_LABEL = 48  # units that a phone shows of a button
_COMMON = ("en", "uk", "pl", "de", "fr", "es")
_NONE = "none"
_SHOWN_TO_READERS = {"headline", "summary", "appeal", "language", "thread"}


async def choose(update: Update, context: Context) -> None:
    """A button of an editing screen: open a screen, or change something."""
    act = act_of(update)
    if act.what in _SCREENS:
        waiting = await context.services.review.look(act.story_id)
        await context.show(update, await _screen(context, waiting, act))
        return
    await _change(act, context, actor_of(update))
    if act.what == "topic":  # several are chosen in a row
        waiting = await context.services.review.look(act.story_id)
        await context.show(update, await _screen(context, waiting, replace(act, what="topics")))
    else:
        await after_change(update, context, act)


async def after_change(update: Update, context: Context, act: StoryButton) -> None:
    """A Story was changed, by a button or by a reply: show it as it is now, ready for the next change.

    `act.what` is what was changed: headline, summary, topic, appeal, language, thread or translation. Where
    messages show that, and are in chats already, ask whether these shall be mended.
    """
    waiting = await context.services.review.look(act.story_id)
    await context.show(update, await _screen(context, waiting, replace(act, what="edit")))
    if waiting.story.state is StoryState.PUBLISHED and act.what in _SHOWN_TO_READERS:
        question = await corrections.offer(context, act.story_id)
        if question is not None:
            await context.send(context.subscriber.chat_id, question)


async def _change(act: StoryButton, context: Context, actor: str) -> None:
    editing, story_id, version = context.services.editing, act.story_id, act.version
    match act.what, act.value:
        case "topic", value if value[:-1].isdecimal() and value[-1] in "+-":
            chosen = value.endswith("+")
            await editing.set_topic(story_id, int(value[:-1]), chosen=chosen, version=version, actor=actor)
        case "appeal", "found":
            appeal_id = await _propose_found(context, story_id, actor)
            await editing.set_appeal(story_id, appeal_id, version=version, actor=actor)
        case "appeal", value if value == _NONE or value.isdecimal():
            await editing.set_appeal(story_id, _number(value), version=version, actor=actor)
        case "language", code if code:
            await editing.set_language(story_id, code, version=version, actor=actor)
        case "thread", "new":
            await editing.begin_thread(story_id, version=version, actor=actor)
        case "thread", value if value == _NONE or value.isdecimal():
            await editing.set_thread(story_id, _number(value), version=version, actor=actor)
        case "translation", value if value == _NONE:
            await editing.set_translation(story_id, None, version=version, actor=actor)
        case _:
            raise InvalidInputError(OUTDATED)


def _number(value: str) -> int | None:
    return None if value == _NONE else int(value)


async def _propose_found(context: Context, story_id: int, actor: str) -> int:
    """The Appeal of the link that was found in the story: proposed, unless there is one already."""
    story = (await context.services.review.look(story_id)).story
    link = checked_link(story.help_url or "")
    for appeal in await _open_appeals(context):
        if appeal.url == link:
            return appeal.id
    organisation = story.help_organisation or render.host(link)
    proposed = await context.services.appeals.propose(organisation=organisation, url=link, actor=actor)
    return proposed.id


async def _open_appeals(context: Context) -> list[Appeal]:
    """Those that a story may name, newest first."""
    listed = await context.services.appeals.listed()
    return [appeal for appeal in reversed(listed) if appeal.state is not AppealState.RETIRED]


async def _screen(context: Context, waiting: ReviewItem, act: StoryButton) -> Message:
    """A screen as the story is now: its buttons carry its version."""
    act = replace(act, version=waiting.story.version, value="")
    if act.what == "edit":
        drawn = await sketch(context.services, context.reader, waiting, act.length)
        return replace(drawn, rows=tuple(_edit_rows(waiting, act, context.texts)))
    composer = Composer().line(shorten(waiting.story.headline, 300), "bold").line()
    composer.line(context.texts.say(_SCREENS[act.what]))
    match act.what:
        case "topics":
            await _topics(composer, context, waiting.story, act)
        case "appeals":
            await _appeals(composer, context, waiting.story, act)
        case "languages":
            _languages(composer, context.texts, waiting.story, act)
        case "threads":
            await _threads(composer, context, waiting.story, act)
        case _:
            _translations(composer, context.texts, waiting.story, act)
    back = Button(context.texts.say("‹ Back"), replace(act, what="edit").data())
    return composer.buttons(back).message()


_SCREENS = {
    "edit": "",
    "topics": mark("What is this story about? Tap a topic to add or remove it."),
    "appeals": mark("Which appeal belongs to this story? Readers see it once it is verified."),
    "languages": mark("In which language is this story?"),
    "threads": mark("Which running story does this one belong to?"),
    "translations": mark("Does this story say the same as another one in another language?"),
}


def _edit_rows(waiting: ReviewItem, act: StoryButton, texts: Texts) -> Iterable[tuple[Button, ...]]:
    """What may be changed, and what it is now."""
    story = waiting.story
    none = texts.say("none")
    about = ", ".join(topic.name for topic in story.topics) or none
    appeal = story.appeal.organisation if story.appeal else none
    thread = waiting.thread.title if waiting.thread else none
    original = texts.say("of story {number}", number=story.translation_of) if story.translation_of else none
    yield (
        Button(texts.say("Headline"), replace(act, what="ask", value="headline").data()),
        Button(texts.say("Summary"), replace(act, what="ask", value="summary").data()),
    )
    for label, screen in (
        (texts.say("Topics: {names}", names=about), "topics"),
        (texts.say("Appeal: {organisation}", organisation=appeal), "appeals"),
        (texts.say("Language: {name}", name=_name(story.language)), "languages"),
        (texts.say("Thread: {title}", title=thread), "threads"),
        (texts.say("Translation: {original}", original=original), "translations"),
    ):
        yield (Button(shorten(label, _LABEL), replace(act, what=screen).data()),)
    yield (Button(texts.say("‹ Back"), replace(act, what="card").data()),)


async def _topics(composer: Composer, context: Context, story: Story, act: StoryButton) -> None:
    chosen = {topic.id for topic in story.topics}
    for topic in (await context.services.stories.topics())[:_TOPICS_SHOWN]:
        sign = "-" if topic.id in chosen else "+"
        picked = replace(act, what="topic", value=f"{topic.id}{sign}")
        composer.buttons(_ticked(topic.name, picked, chosen=topic.id in chosen))
    _ask(composer, context.texts.say("Another topic …"), act, "topic")


async def _appeals(composer: Composer, context: Context, story: Story, act: StoryButton) -> None:
    texts = context.texts
    offered = (await _open_appeals(context))[:_APPEALS_SHOWN]
    for appeal in offered:
        verified = appeal.state is AppealState.VERIFIED
        state = texts.say("verified") if verified else texts.say("proposed")
        label = f"{shorten(appeal.organisation, _LABEL)} ({state})"
        picked = replace(act, what="appeal", value=str(appeal.id))
        composer.buttons(_ticked(label, picked, chosen=appeal.id == story.appeal_id))
    if story.help_url and story.help_url not in {appeal.url for appeal in offered}:
        host = shorten(render.host(story.help_url), _LABEL)
        composer.line().line(
            texts.say("A link was found in the story: {address}", address=story.help_url[:300])
        )
        label = texts.say("Propose the found link: {host}", host=host)
        composer.buttons(Button(label, replace(act, what="appeal", value="found").data()))
    nothing = replace(act, what="appeal", value=_NONE)
    composer.buttons(_ticked(texts.say("No appeal"), nothing, chosen=story.appeal_id is None))


def _languages(composer: Composer, texts: Texts, story: Story, act: StoryButton) -> None:
    for code in dict.fromkeys([story.language, *_COMMON, *languages()]):
        if code == story.language or localedata.exists(code):
            picked = replace(act, what="language", value=code[:12].lower())
            composer.buttons(_ticked(_name(code), picked, chosen=code == story.language))
    _ask(composer, texts.say("Another language …"), act, "language")


async def _threads(composer: Composer, context: Context, story: Story, act: StoryButton) -> None:
    texts = context.texts
    for thread in await context.services.review.threads(_THREADS_SHOWN):
        picked = replace(act, what="thread", value=str(thread.id))
        composer.buttons(
            _ticked(
                shorten(thread.title, _LABEL) or str(thread.id), picked, chosen=thread.id == story.thread_id
            )
        )
    _ask(composer, texts.say("Continues another story …"), act, "earlier")
    if story.thread_id is None:
        composer.buttons(Button(texts.say("New thread"), replace(act, what="thread", value="new").data()))
    nothing = replace(act, what="thread", value=_NONE)
    composer.buttons(_ticked(texts.say("No thread"), nothing, chosen=story.thread_id is None))


def _translations(composer: Composer, texts: Texts, story: Story, act: StoryButton) -> None:
    if story.translation_of is not None:
        composer.line().line(texts.say("It translates story {number}.", number=story.translation_of))
    _ask(composer, texts.say("Translates another story …"), act, "translation")
    nothing = replace(act, what="translation", value=_NONE)
    composer.buttons(_ticked(texts.say("No translation"), nothing, chosen=story.translation_of is None))


def _ask(composer: Composer, label: str, act: StoryButton, what: str) -> None:
    composer.buttons(Button(label, replace(act, what="ask", value=what).data()))


def _ticked(label: str, act: StoryButton, *, chosen: bool) -> Button:
    return Button(f"✓ {label}" if chosen else label, act.data())


def _name(code: str) -> str:
    """What its speakers call a language; the bare code where nobody knows it."""
    return own_name(code) if localedata.exists(code) else code
