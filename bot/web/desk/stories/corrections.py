"""What readers have of a published Story: correct it in sent messages, or withdraw it."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.broadcasts.corrections import LONGEST_NOTICE
from bot.editors.desk_address import PATH
from bot.editors.roles import Right
from bot.errors import RefusedError, UserError
from bot.i18n import mark
from bot.stories.review.decisions import Decision
from bot.web.desk.errors import in_words, status_of
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from storage.words import DecisionAction, StoryState


async def ask_correct(visit: Visit) -> web.Response:
    """Show how many messages a correction changes, and ask what was wrong."""
    return await _page(visit, "stories/correct.html")


async def ask_withdraw(visit: Visit) -> web.Response:
    """Show what a withdrawal does, and ask why."""
    return await _page(visit, "stories/withdraw.html")


async def correct(visit: Visit) -> web.Response:
    """Correct the messages that readers have."""

    async def change(story_id: int, words: str | None) -> str:
        await visit.services.corrections.correct(story_id, actor=visit.editor.actor, note=words)
        return "correcting"

    return await _act(visit, change, "stories/correct.html")


async def withdraw(visit: Visit) -> web.Response:
    """Withdraw the Story, here and in the chats; for some seconds this can be undone."""

    async def change(story_id: int, words: str | None) -> str:
        decision = Decision(DecisionAction.WITHDRAW, story_id, visit.editor.actor, reason=words)
        decided = await visit.services.decisions.decide(decision)
        return "" if decided.waits else "withdrawn"

    return await _act(visit, change, "stories/withdraw.html")


async def _act(
    visit: Visit, change: Callable[[int, str | None], Awaitable[str]], template: str
) -> web.Response:
    """Do it with the sentence for readers, if there is one; if that cannot be, say why and keep the words.

    `change` returns what the Story's page then says.
    """
    story_id, words = visit.number("id"), (await visit.form()).get("words", "").strip()
    try:
        done = await change(story_id, words or None)
    except UserError as error:
        sentence = await in_words(visit, error)
        return await _page(visit, template, words, sentence, status=status_of(error))
    return visit.go(f"{PATH}/stories/{story_id}?done={done}")


async def _page(
    visit: Visit, template: str, words: str = "", sentence: str = "", status: int = 200
) -> web.Response:
    """Draw one of the two pages. `words`: what the editor typed; `sentence`: why that could not be done."""
    story = await visit.services.stories.inspect(visit.number("id"))
    if story.state is not StoryState.PUBLISHED and not sentence:
        raise RefusedError(mark("Readers cannot see story {number}: nothing was sent."), number=story.id)
    return visit.render(
        template,
        status=status,
        story=story,
        reach=await visit.services.corrections.reach(story.id),
        words=words,
        sentence=sentence,
        longest=LONGEST_NOTICE,
    )


ROUTES = (
    Route("GET", "/stories/{id}/correct", ask_correct, Right.PUBLISH),
    Route("POST", "/stories/{id}/correct", correct, Right.PUBLISH),
    Route("GET", "/stories/{id}/withdraw", ask_withdraw, Right.PUBLISH),
    Route("POST", "/stories/{id}/withdraw", withdraw, Right.PUBLISH),
)
