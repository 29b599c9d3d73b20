"""The week: goes from moment to moment, and publishes what the feeds have told."""

import asyncio
import gc
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from storage.models import Story
from tests.load.soak import plan
from tests.load.soak.accidents import Accidents
from tests.load.soak.deeds import Deeds
from tests.load.soak.diary import Push, Withdrawal
from tests.load.soak.house import House
from tests.load.soak.plan import Moment
from tests.load.soak.stories import Tale, tales

STORIES_A_DAY = 40
_AT_ONCE = STORIES_A_DAY // len(plan.PUBLISHING)
_GRACE_S = 11.0  # a decision acts ten seconds after the tap
_AHEAD = 2  # publishing hours for which drafts lie ready
_INTAKE_S = 180.0
_IMPATIENT_S = 8.0
_A_MINUTE_S = 60.0
_LOOK_S = 0.1
_WITHDRAWING = 2  # the publishing hour after which a story is taken back, once a day
_ACTOR = "soak"


class Week:
    """So many days; or only the first so many `moments` of each.

    `memory` has the MiB of each process at the end of each day, by its role; `lived` counts the days.
    """

    def __init__(self, house: House, *, days: int, seed: int, appeal: int, moments: int | None) -> None:
        self._house = house
        self._days = days
        self._moments = moments
        self._appeal = appeal
        self._deeds = Deeds(house, seed)
        self._accidents = Accidents(house)
        self._stories: dict[int, int] = {}
        self._tales = tales(days * STORIES_A_DAY)
        self.memory: dict[str, list[float]] = {one.role: [] for one in house.processes}
        self.lived = 0

    async def run(self, minutes: float | None = None) -> None:
        """Live through the week, or through as many days as fit into so many minutes."""
        first, started = plan.first_day(datetime.now(UTC)), time.monotonic()
        house = self._house
        for batch in range(_AHEAD):
            self._tell(self._batch(0, batch))
        for number in range(self._days):
            began = time.monotonic()
            day = first + timedelta(days=number)
            for moment in plan.moments(house.diary.readers, day, number, house.store.accidents)[
                : self._moments
            ]:
                await self._live(moment, number)
            for process in house.processes:
                self.memory[process.role].append(process.memory_mib())
            gc.collect()  # while nobody waits for an answer
            gc.freeze()
            took = time.monotonic() - began
            parts = ", ".join(f"{what} {seconds:.0f}" for what, seconds in sorted(house.took.items()))
            house.took.clear()
            house.say(f"day {number + 1}: {house.telegram.sent:,} messages so far, {took:.0f} s ({parts})")
            self.lived = number + 1
            if minutes is not None and time.monotonic() - started + took > minutes * 60:
                break

    async def _live(self, moment: Moment, day: int) -> None:
        house = self._house
        await house.go_to(moment.at)
        await house.settle()
        await house.timed("pages", self._deeds.open_some())
        if moment.batch is not None:
            await self._publish(moment, day, moment.batch)
            await house.timed("readers", self._deeds.come_and_go())
            if moment.batch == _WITHDRAWING:
                await self._withdraw(day)

    def _batch(self, day: int, batch: int) -> Sequence[Tale]:
        first = (day * len(plan.PUBLISHING) + batch) * _AT_ONCE
        return self._tales[first : first + _AT_ONCE]

    def _tell(self, batch: Sequence[Tale]) -> None:
        for tale in batch:
            self._house.diary.tales[tale.number] = tale
            self._house.feeds.tell(tale)

    async def _publish(self, moment: Moment, day: int, batch: int) -> None:
        """Publish and push: one story by the editor's taps, the others as the command line does."""
        house, told = self._house, self._batch(day, batch)
        await house.timed("intake", self._take_in(told))
        began, before = house.now(), house.telegram.sent
        by_hand, *others = told
        await house.timed("taps", house.people.publish(by_hand, self._stories[by_hand.number]))
        self._tell(self._batch(*divmod(day * len(plan.PUBLISHING) + batch + _AHEAD, len(plan.PUBLISHING))))
        await house.go_on(_GRACE_S)
        for one in others:
            await house.services.review.publish(self._stories[one.number], actor=_ACTOR, push=True)
        await house.timed("accidents", self._accidents.suffer(moment.accident, before, by_night=batch == 0))
        if moment.accident == "flood":
            await self._deeds.stop_in_the_middle()
        await house.settle()
        ended = house.now()
        house.diary.pushes += [Push(began, ended, one.number) for one in told]
        self._accidents.end(began, ended)

    async def _take_in(self, batch: Sequence[Tale]) -> None:
        """Wait until all of these are drafts; let some of them ask for help."""
        house, began = self._house, time.monotonic()
        wanted = {one.headline: one for one in batch}
        while len(known := await self._drafts(list(wanted))) < len(wanted):
            waited = time.monotonic() - began
            if waited > _INTAKE_S:
                raise TimeoutError(f"not taken in: {sorted(wanted.keys() - known.keys())}")
            await asyncio.sleep(_LOOK_S)
            if waited > _IMPATIENT_S:  # what a killed process had in hand is free again after some minutes
                await house.go_on(_A_MINUTE_S)
        for headline, tale in wanted.items():
            self._stories[tale.number] = known[headline]
            if tale.with_appeal:
                await house.services.editing.set_appeal(
                    known[headline], self._appeal, version=None, actor=_ACTOR
                )

    async def _drafts(self, headlines: Sequence[str]) -> dict[str, int]:
        async with self._house.database.read() as session:
            found = select(Story.headline, Story.id).where(Story.headline.in_(headlines))
            return {row.headline: row.id for row in await session.execute(found)}

    async def _withdraw(self, day: int) -> None:
        """Take back one story of this morning."""
        house, tale = self._house, self._batch(day, 1)[0]
        began = house.now()
        await house.services.corrections.withdraw(self._stories[tale.number], actor=_ACTOR)
        await house.settle()
        house.diary.withdrawals.append(Withdrawal(began, house.now(), tale.number))
