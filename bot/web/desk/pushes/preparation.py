"""Prepare a push: for which story, to whom, when; try it, ask another person to agree, confirm it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from aiohttp import web

from bot.broadcasts.agreement import SecondNeededError
from bot.broadcasts.broadcasts import BroadcastStatus
from bot.broadcasts.pilots.pilot import MINUTES
from bot.broadcasts.pilots.pilot_words import may_have_pilot, preview_lines
from bot.broadcasts.preparation.choices import Choices
from bot.broadcasts.preparation.preview import Preview
from bot.broadcasts.preparation.sample_words import groups
from bot.editors.actors import person_of
from bot.editors.desk_address import PATH
from bot.editors.roles import Right
from bot.errors import InvalidInputError
from bot.i18n import languages, mark
from bot.stories.review.decisions import Decision
from bot.web.desk.pushes.trial import SEND_TEST
from bot.web.desk.pushes.words import counts, state_of
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from bot.web.message_html import buttons_of, payload_to_html
from storage.words import ChatKind, DecisionAction, StoryState

_SHOWN = 20  # stories to choose from
_EARLIER = 3  # pushes of the same story
_MOST_NAMED = 5  # languages; the others together


async def choose_story(visit: Visit) -> web.Response:
    """Show the story of the address with a button that prepares its push, or the newest to choose from."""
    asked = visit.asked("story")
    if not asked:
        newest = await visit.services.stories.newest(limit=_SHOWN)
        return visit.render("pushes/choose.html", stories=newest)
    item = await visit.services.review.look(_number(asked))
    return visit.render("pushes/choose.html", stories=[item.story])


async def begin(visit: Visit) -> web.Response:
    """Open this editor's push of a story; begin one if there is none."""
    story_id = _number((await visit.form()).get("story", ""))
    number = await visit.services.preparation.prepare(story_id, editor=visit.editor.person_id)
    return _to(visit, number)


async def show(visit: Visit) -> web.Response:
    """Show a push in preparation: the choices, who would get it, and what they would get."""
    number, services, texts = visit.number("id"), visit.services, visit.texts
    preview = await services.preparation.preview(number, exact=False)
    broadcast = preview.broadcast
    asker = person_of(broadcast.asked_by or "")
    messages = await services.preparation.messages(number)
    return visit.render(
        "pushes/prepare.html",
        preview=preview,
        broadcast=broadcast,
        story=preview.story,
        pilot_lines=preview_lines(preview, texts),
        pilot_minutes=MINUTES if may_have_pilot(preview) else (),
        topics=await services.preparation.topics(),
        chosen={topic.id for topic in preview.topics},
        languages=[(code, texts.language_name(code)) for code in languages()],
        sample=groups(preview.sample, texts, languages=_MOST_NAMED),
        takes=texts.span(preview.lasts) if preview.lasts > timedelta(minutes=1) else "",
        earlier=[_earlier(visit, preview, place) for place in range(len(preview.earlier[:_EARLIER]))],
        messages=[
            (code, texts.language_name(code), payload_to_html(body), buttons_of(body))
            for code, body in messages.items()
        ],
        asker=await visit.name_of(asker) if asker is not None else (broadcast.asked_by or ""),
        may_agree=(broadcast.asked_by not in {None, visit.editor.actor} and visit.may(Right.PUBLISH)),
        is_draft=preview.story.state is StoryState.DRAFT,
        is_tried=visit.asked("tried") == "1",
    )


async def choose(visit: Visit) -> web.Response:
    """Make the choices of the form."""
    form = await visit.form()
    at: datetime | None = None
    if form.get("when") == "later":
        at = visit.moment(form.get("at", ""))
    choices = Choices(
        topics=tuple(_number(one) for one in await visit.choices("topic")),
        languages=tuple(await visit.choices("language")),
        at=at,
        urgent="urgent" in form,
        paid="paid" in form,
        pilot=_number(form["pilot"]) if form.get("pilot") else None,
    )
    await visit.services.preparation.choose(visit.number("id"), choices, actor=visit.editor.actor)
    return _to(visit)


async def try_it(visit: Visit) -> web.Response:
    """Send the very message to the editor, in their chat with the bot, and to nobody else."""
    person, number = visit.editor.person_id, visit.number("id")
    reader = await visit.services.subscribers.meet(person, ChatKind.PRIVATE, visit.texts.language)
    body = await visit.services.preparation.body(number, reader)
    await visit.request.app[SEND_TEST](person, body)
    visit.go(f"{PATH}/pushes/{number}/prepare?tried=1")


async def confirm(visit: Visit) -> web.Response:
    """Confirm it or agree to it; where another person has to agree first, they are asked.

    A draft is published with it, which can be undone for some seconds.
    """
    form, number, services = await visit.form(), visit.number("id"), visit.services
    version, seen = _number(form.get("version", "")), _number(form.get("seen", ""))
    actor = visit.editor.actor
    story = (await services.preparation.preview(number, exact=False)).story
    try:
        if story.state is StoryState.PUBLISHED:
            await services.preparation.confirm(number, actor=actor, version=version, seen=seen)
        else:
            decision = Decision(DecisionAction.PUSH, story.id, actor, version, number, seen)
            if (await services.decisions.decide(decision)).waits:
                return visit.go(f"{PATH}/stories/{story.id}")
    except SecondNeededError as needed:
        if not needed.others:
            raise
        await services.preparation.ask(number, actor=actor)
        return _to(visit, number)
    return visit.go(f"{PATH}/pushes/{number}")


async def decline(visit: Visit) -> web.Response:
    """Decline to agree: nothing is sent, and it stays in preparation."""
    await visit.services.preparation.decline(visit.number("id"), actor=visit.editor.actor)
    visit.go(f"{PATH}/pushes?state=preparing")


async def drop(visit: Visit) -> web.Response:
    """Delete it: nothing is sent."""
    await visit.services.preparation.preview(visit.number("id"))
    await visit.services.preparation.drop(visit.number("id"))
    visit.go(f"{PATH}/pushes")


def _to(visit: Visit, number: int | None = None) -> web.Response:
    visit.go(f"{PATH}/pushes/{visit.number('id') if number is None else number}/prepare")


def _number(written: str) -> int:
    if not (written.isascii() and written.isdecimal() and len(written) < 16):  # noqa: PLR2004  # below 2**53
        raise InvalidInputError(mark("This form is out of date. Load the page again."))
    return int(written)


def _earlier(visit: Visit, preview: Preview, place: int) -> Mapping[str, object]:
    """Return what is shown of an earlier push of the same story."""
    push = preview.earlier[place]
    status = BroadcastStatus(push.broadcast, push.progress)
    return {
        "id": push.broadcast.id,
        "state": state_of(push.broadcast, visit.texts),
        "at": push.broadcast.started_at or push.broadcast.start_at,
        "sent": counts(status, visit.texts)[0][1],
    }


ROUTES = (
    Route("GET", "/pushes/new", choose_story),
    Route("POST", "/pushes/new", begin),
    Route("GET", "/pushes/{id}/prepare", show),
    Route("POST", "/pushes/{id}/choices", choose),
    Route("POST", "/pushes/{id}/test", try_it),
    Route("POST", "/pushes/{id}/confirm", confirm),
    Route("POST", "/pushes/{id}/decline", decline, Right.PUBLISH),
    Route("POST", "/pushes/{id}/drop", drop),
)
