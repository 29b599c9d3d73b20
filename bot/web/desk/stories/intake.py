"""New Stories: an editor adds one by its link, as a file, or as a text."""

from dataclasses import dataclass
from typing import NoReturn

from aiohttp import web

from bot.articles.article import LARGEST
from bot.editors.desk_address import PATH
from bot.errors import InvalidInputError, UserError
from bot.i18n import mark
from bot.stories.intake import submissions
from bot.stories.intake.analysis import Analysis
from bot.stories.intake.intake import DOUBTFUL, NOT_ADDED, Added, IntakeResult
from bot.stories.intake.submissions import Submission, SubmittedFile
from bot.web.desk.errors import in_words, status_of
from bot.web.desk.numbers import number_in
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit

_MB = 1024**2
_LARGEST_FORM = 3 * LARGEST  # a file that is somewhat too large gets an answer in the form
_LONGEST_NAME = 60  # characters of a file's name in a sentence
_ANYWAY, _NEXT, _UPDATE = "anyway", "next", "update"
"""What may be done with a Story that is like a stored one: add it, add it as what follows, or replace."""


@dataclass(frozen=True, slots=True)
class _Given:
    """What the editor sent. `how`: what to do if there is a Story like it, and `like`: the one they saw."""

    link: str = ""
    text: str = ""
    file: tuple[bytes, str] | None = None
    how: str = ""
    like: int = 0

    def submission(self) -> Submission:
        """Return what is to be read. Raises InvalidInputError unless it is exactly one thing."""
        given = [one for one in (self.link, self.text, self.file) if one]
        if len(given) != 1:
            raise InvalidInputError(mark("Fill in one of the three: a link, a file, or the story’s text."))
        if self.file is not None:
            data, name = self.file
            return SubmittedFile(data, name[-_LONGEST_NAME:])
        if self.link:
            return self.link if "://" in self.link else f"https://{self.link}"
        return SubmittedFile(self.text.encode("utf-8", "replace"), "text.txt")


async def ask(visit: Visit) -> web.Response:
    """Show the form."""
    return _page(visit, _Given())


async def add(visit: Visit) -> web.Response:
    """Read what was sent, and add it as a draft; if that cannot be, say why and keep what was typed."""
    form = await visit.form()
    given = _Given(
        form.get("link", "").strip(),
        form.get("text", "").strip(),
        await visit.file("file"),
        form.get("how", ""),
        number_in(form.get("like", "")) or 0,
    )
    try:
        analysis = await _read(visit, given.submission())
    except UserError as error:  # whatever a site answered: for the editor it is what they gave us
        return _page(visit, given, await in_words(visit, error), status=400)
    try:
        added = await _store(visit, given, analysis)
    except UserError as error:
        return _page(visit, given, await in_words(visit, error), status=status_of(error))
    if not added.fresh:
        return _page(visit, given, added=added, status=409)
    if added.related is not None or analysis.article.is_doubtful:
        return _page(visit, _Given(), added=added, remark=DOUBTFUL if analysis.article.is_doubtful else "")
    return _go(visit, added.story.id, "added")


async def continue_story(visit: Visit) -> web.Response:
    """Let a Story continue an earlier one that is similar."""
    story_id, earlier = visit.number("id"), number_in((await visit.form()).get("earlier", ""))
    if earlier is None:
        raise web.HTTPNotFound
    await visit.services.editing.continue_story(story_id, earlier, version=None, actor=visit.editor.actor)
    return _go(visit, story_id, "saved")


async def _store(visit: Visit, given: _Given, analysis: Analysis) -> Added:
    """Add the Story, or do what the editor chose since there is one like it."""
    services, actor = visit.services, visit.editor.actor
    if given.how == _UPDATE and given.like:
        await services.stories.update(given.like, analysis, actor=actor)
        _go(visit, given.like, "updated")
    added = await services.stories.add(analysis, actor=actor, anyway=given.how in {_ANYWAY, _NEXT})
    if added.fresh:
        await services.review.mark_announced(added.story.id)
    if added.fresh and given.how == _NEXT and given.like:
        await services.editing.continue_story(added.story.id, given.like, version=None, actor=actor)
    return added


async def _read(visit: Visit, submission: Submission) -> Analysis:
    """Return the analysis of what was sent. Raises InvalidInputError if there is no story in it."""
    services = visit.services
    [analysis] = await submissions.analyse_all([submission], services.fetcher, services.pool)
    if isinstance(analysis, UserError):
        raise analysis
    return analysis


def _page(
    visit: Visit,
    given: _Given,
    sentence: str = "",
    *,
    added: Added | None = None,
    remark: str = "",
    status: int = 200,
) -> web.Response:
    """Draw the form with what was typed. `added`: the new Story, or the one that is like what was sent."""
    like = added.story if added is not None and not added.fresh else None
    if added is not None and like is not None:
        sentence = visit.texts.say(NOT_ADDED[added.result], number=like.id)
    return visit.render(
        "stories/new.html",
        status=status,
        given=given,
        sentence=sentence,
        like=like,
        can_add=added is not None and added.result is not IntakeResult.SAME,
        added=added if added is not None and added.fresh else None,
        remark=visit.texts.say(remark) if remark else "",
        megabytes=LARGEST // _MB,
        largest=LARGEST,
    )


def _go(visit: Visit, story_id: int, done: str) -> NoReturn:
    visit.go(f"{PATH}/stories/{story_id}?done={done}")


ROUTES = (
    Route("GET", "/stories/new", ask),
    Route("POST", "/stories/new", add, largest=_LARGEST_FORM),
    Route("POST", "/stories/{id}/continue", continue_story),
)
