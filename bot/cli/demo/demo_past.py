"""The past of a new demo: what its people did before a newcomer opens it, so that there is something to see.

All of it is done by the services, by the running bot and by the people in their chats, with the clocks moved
back by some days.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from bot import tasks
from bot.clock import MovedClock, utc_now
from bot.editors.actors import actor_of
from bot.rendering.buttons import SendLetter
from bot.sandbox.world.world import World, buttons
from bot.services import Services
from bot.stories.intake.analysis import TOO_SLOW, Analysis, analyse_file
from storage.words import BroadcastState, EditorRole, Rhythm

OLENA, TOM, EDITH, OMAR = 1001, 1003, 1009, 1010  # of the first people of a sandbox
_BY_EDITH, _BY_OMAR = actor_of(EDITH), actor_of(OMAR)

_STORIES = files("bot.cli.demo") / "demo_stories"
_ORIGINAL, _BRIDGE = "original-story.txt", ("bridge-1.txt", "bridge-2.txt", "bridge-3.txt")
_BRIDGE_UK, _SOUP, _BUS, _BOOKS = "bridge-3-uk.txt", "soup-kitchen.txt", "school-bus.txt", "book-bus.txt"

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_MORNING, _EVENING = 9, 18  # UTC: between them it is day for readers from London to Kyiv
_AHEAD = timedelta(hours=4)  # of the push that is scheduled
_TO_DIGEST = timedelta(hours=3)
_CLICKS = 3
_LETTER = "My father is a carpenter and could come for the last weekend. Whom should he write to?"
_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class _Sample:
    """A story file, how many days before the push it came in, and its Topics. A draft is published later."""

    file: str
    days: int
    topics: tuple[str, ...] = ()
    is_draft: bool = False


_SAMPLES = (  # in the order of their numbers
    _Sample(_ORIGINAL, 6, ("Ukraine", "People"), is_draft=True),  # published at the end, as the newest one
    _Sample(_BRIDGE[0], 5, ("Neighbours", "Building")),
    _Sample("library.txt", 4, ("Ukraine", "Books")),
    _Sample(_BRIDGE[1], 3, ("Neighbours", "Building")),
    _Sample("sewing-room.txt", 2, ("Neighbours", "Clothes")),
    _Sample(_BRIDGE[2], 0, ("Neighbours", "Building"), is_draft=True),  # published with its push
    _Sample(_BRIDGE_UK, 0),  # has the Topics of its original
    _Sample(_BOOKS, 0, ("Books", "Schools"), is_draft=True),  # published with its push
)
_WAITING = (  # for review, now
    _Sample(_SOUP, 0, ("Neighbours", "Food"), is_draft=True),
    _Sample(_BUS, 0, ("Ukraine", "Schools"), is_draft=True),
)


class Past:
    """Fills an empty demo. `clock` is the bot's, which this moves together with the sandbox's."""

    def __init__(self, services: Services, world: World, clock: MovedClock) -> None:
        self._services = services
        self._world = world
        self._clock = clock
        now = utc_now()
        self._ago = _last_daytime(now) - now  # when the push was sent; negative
        self._analyses: Mapping[str, Analysis] = {}
        self._story_ids: dict[str, int] = {}
        self._bridge_fund = 0

    async def prepare(self) -> None:
        """Add editors, stories and appeals before the bot runs; then it is the hour of the push."""
        await self._services.editors.put(OMAR, EditorRole.PUBLISHER, actor=_BY_EDITH)
        self._analyses = await _analyses(self._services)
        for sample in _SAMPLES:
            self._move(self._ago - sample.days * _DAY)
            await self._add(sample)
        later = [self._story_ids[sample.file] for sample in _SAMPLES if sample.is_draft]
        await self._services.review.mark_announced(*later)  # they will not wait for review
        await self._connect()
        await self._add_verified_appeals()
        self._move(self._ago)

    async def play(self) -> None:
        """Let readers and editors act while the bot runs; then it is now."""
        jonas = self._world.add_person("Jonas", "de", username="jonas").id
        ruth = self._world.add_person("Ruth", "en", username="ruth").id
        await tasks.all_of(self._start(person) for person in (OLENA, TOM, EDITH, OMAR, jonas, ruth))
        await self._services.preferences.set_story_languages(jonas, ["de", "en"])
        await self._services.preferences.set_rhythm(ruth, Rhythm.DAILY, hour=_coming_hour(utc_now()))
        await self._push()
        await self._react(jonas)
        self._move(timedelta(0))
        self._world.clock_moved()
        await self._leave_open()

    async def _add(self, sample: _Sample) -> None:
        """Add a story as Omar; publish it as Edith unless it is a draft."""
        added = await self._services.stories.add(self._analyses[sample.file], sample.topics, actor=_BY_OMAR)
        self._story_ids[sample.file] = added.story.id
        if not sample.is_draft:
            await self._services.review.publish(added.story.id, actor=_BY_EDITH, push=False)

    async def _connect(self) -> None:
        """Make a thread of the stories about the bridge, and a translation of the last one."""
        editing = self._services.editing
        first, second, third = (self._story_ids[file] for file in _BRIDGE)
        await editing.continue_story(second, first, version=None, actor=_BY_EDITH)
        await editing.continue_story(third, second, version=None, actor=_BY_EDITH)
        await editing.set_translation(self._story_ids[_BRIDGE_UK], third, version=None, actor=_BY_EDITH)

    async def _add_verified_appeals(self) -> None:
        """Add two Appeals, each proposed by one of the editors and verified by the other."""
        appeals = self._services.appeals
        baranova = await appeals.propose(
            organisation="Baranova 27",
            purpose="Relief for people in Ukraine. (The link of this demo is a stand-in.)",
            url="https://example.org/baranova-27",  # the real link could not be checked here
            story_id=self._story_ids[_ORIGINAL],
            actor=_BY_EDITH,
        )
        await appeals.verify(baranova.id, actor=_BY_OMAR)
        bridge_fund = await appeals.propose(
            organisation="Tarnhollow Bridge Fund",
            purpose="Nine larch beams for the footbridge. (Invented, as the story is.)",
            url="https://tarnhollow-bridge.example.org/",
            story_id=self._story_ids[_BRIDGE[2]],
            actor=_BY_OMAR,
        )
        await appeals.verify(bridge_fund.id, actor=_BY_EDITH)
        self._bridge_fund = bridge_fund.id

    async def _start(self, person: int) -> None:
        """Press START and wait for the bot's answer."""
        sent = self._world.start(person)
        await self._world.bot_message(person, after=sent["message_id"])

    async def _push(self) -> None:
        """Push the newest story of the bridge, and wait until the worker has sent it to everyone."""
        number = await self._schedule(_BRIDGE[2])
        status = self._services.broadcasts.status
        while (await status(number)).broadcast.state is not BroadcastState.FINISHED:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)  # no event tells the end

    async def _schedule(self, file: str, at: datetime | None = None) -> int:
        """Publish a draft with a push, as Edith does in her chat. Return the push's id."""
        story_id, preparation = self._story_ids[file], self._services.preparation
        number = await preparation.prepare(story_id, editor=EDITH)
        await preparation.choose_hour(number, at)
        await self._services.review.publish(story_id, actor=_BY_EDITH, push=True, broadcast_id=number)
        return number

    async def _react(self, jonas: int) -> None:
        """Let readers follow the help link, take a day off, and write to the editors about the push."""
        for _ in range(_CLICKS):
            await self._services.clicks.follow(self._bridge_fund, counted=True)
        await self._world.ask(jonas, "/dayoff 3 Tage")
        [pushed] = self._world.messages(TOM, limit=1)
        sent = self._world.say(TOM, TOM, _LETTER, reply_to=pushed["message_id"])
        offer = await self._world.bot_message(TOM, after=sent["message_id"])
        await self._world.press(TOM, TOM, offer["message_id"], _letter_button(offer))

    async def _leave_open(self) -> None:
        """Leave something to do: a scheduled push, two drafts, and an Appeal that Omar proposes to Edith."""
        await self._schedule(_BOOKS, self._clock() + _AHEAD)
        await self._services.review.publish(self._story_ids[_ORIGINAL], actor=_BY_EDITH, push=False)
        for sample in _WAITING:
            await self._add(sample)
        await self._services.appeals.propose(
            organisation="Lindenau Supper Circle",
            purpose="Cooks, drivers, rice and potatoes for the winter. (Invented, as the story is.)",
            url="https://supper-circle.example.org/",
            story_id=self._story_ids[_SOUP],
            actor=_BY_OMAR,
        )
        await self._world.ask(EDITH, "/broadcasts")

    def _move(self, offset: timedelta) -> None:
        """Move the bot's and the sandbox's clock so far from the real time."""
        self._world.clock.reset()
        self._world.clock.move_by(offset.total_seconds())
        self._clock.offset = offset


async def _analyses(services: Services) -> Mapping[str, Analysis]:
    """Return what the process pool makes of each file."""
    names = [sample.file for sample in (*_SAMPLES, *_WAITING)]

    async def analyse(file: str) -> Analysis:
        return await services.pool.run(file, TOO_SLOW, analyse_file, (_STORIES / file).read_bytes(), file)

    return dict(zip(names, await tasks.all_of(map(analyse, names)), strict=True))


def _last_daytime(now: datetime) -> datetime:
    """Return a moment at least an hour ago at which no reader sleeps: an hour ago, or the last evening."""
    ago = now - _HOUR
    if ago.hour < _MORNING:
        ago -= _DAY
    return ago if _MORNING <= ago.hour < _EVENING else ago.replace(hour=_EVENING, minute=0)


def _coming_hour(now: datetime) -> int:
    """Return the hour of a Digest that still holds the push when the demo begins, in any zone near UTC."""
    return (now + _TO_DIGEST).hour


def _letter_button(offer: Mapping[str, Any]) -> str:
    """Return what the button “Send to the editors” carries."""
    carried = (str(button.get("callback_data")) for button in buttons(dict(offer)))
    return next(data for data in carried if data.startswith(SendLetter.PREFIX))
