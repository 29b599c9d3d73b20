"""The daily check: spread over the day, one host at a time; a change of hands suspends by itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.appeals.appeals import Appeals
from bot.appeals.pages.fingerprints import Fingerprint, PageSigns, Sign
from bot.appeals.pages.pages import AppealPages
from bot.appeals.pages.rechecks import Rechecks
from bot.appeals.verification import PageUnreadError, Verification
from bot.articles.fetch.errors import FetchRefusedError
from bot.editors.rights import Rights
from bot.errors import RefusedError, UserError
from storage import audit
from storage.appeals import appeals, rechecks
from storage.database import Database
from storage.models import Appeal, AppealNotice, Recheck
from storage.words import AppealNews, AppealState, SuspensionReason
from tests.factories import NOON, MovableClock

URL = "https://bridge.example.org/help"
SIGNS = PageSigns("Donate", has_name=True, payments=("PayPal",), accounts=("PayPal bridge",))
RIGHT = Fingerprint(URL, ("bridge.example.org",), "", SIGNS)
ROBBED = replace(RIGHT, page=replace(SIGNS, payments=("evil.example.net",), accounts=()))
ODD = replace(RIGHT, page=replace(SIGNS, payments=("PayPal", "Stripe")))
DOWN = FetchRefusedError("{host} is down", host="bridge.example.org")


class Pages(AppealPages):
    """Pages that are as the test says: by host, what each next reading finds; the last one stays."""

    def __init__(self) -> None:
        self.found: dict[str, list[Fingerprint | UserError]] = {}
        self.read_urls: list[str] = []
        self.under_way: list[str] = []
        self.twice_at_once: list[str] = []

    async def read(self, url: str, organisation: str) -> Fingerprint:  # noqa: ARG002  # of the real one
        host = url.split("/")[2]
        self.twice_at_once += [host] * (host in self.under_way)
        self.under_way.append(host)
        await asyncio.sleep(0)
        self.under_way.remove(host)
        self.read_urls.append(url)
        found = self.found.get(host, [RIGHT])
        one = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(one, UserError):
            raise one
        return one


@dataclass(frozen=True)
class Desk:
    """The services around the check, a clock, and the page of an Appeal."""

    database: Database
    clock: MovableClock
    service: Appeals
    pages: Pages
    verification: Verification
    rechecks: Rechecks

    async def propose(self, url: str = URL) -> int:
        return (await self.service.propose(organisation="Bridge Friends", url=url, actor="test")).id

    async def verified(self, url: str = URL) -> int:
        number = await self.propose(url)
        await self.verification.verify(number, actor="editor 1")
        return number

    async def appeal(self, number: int) -> Appeal:
        async with self.database.read() as session:
            found = await appeals.get(session, number)
        assert found is not None
        return found

    async def check(self, number: int) -> Recheck:
        async with self.database.read() as session:
            found = await rechecks.of(session, number)
        assert found is not None
        return found

    async def a_day_later(self, *found: Fingerprint | UserError) -> Sequence[AppealNotice]:
        """Let the page be so from now on, and check it; what editors are to be told."""
        self.pages.found["bridge.example.org"] = list(found)
        self.clock.advance(days=1)
        assert await self.rechecks.check_due() == 1
        return await self.rechecks.untold()


@pytest.fixture
def desk(database: Database, clock: MovableClock) -> Desk:
    service, pages = Appeals(database, clock, Rights({1})), Pages()
    rechecks = Rechecks(database, clock, service, pages)
    return Desk(database, clock, service, pages, Verification(service, pages), rechecks)


async def test_verifying_keeps_what_the_page_shows(desk: Desk) -> None:
    """The Fingerprint is stored with the desk.verification, and the next check is a day away."""
    number = await desk.propose()
    done = await desk.verification.verify(number, actor="editor 1")
    check = await desk.check(number)
    assert done.leads_to == URL
    assert Fingerprint.load(check.verified or {}) == RIGHT
    assert (check.checked_at, check.next_at) == (NOON, NOON + timedelta(days=1))


async def test_a_page_that_cannot_be_read_is_verified_only_on_demand(desk: Desk) -> None:
    """The editor reads so in one sentence. If they verify it even so, the next reading is the first."""
    number = await desk.propose()
    desk.pages.found["bridge.example.org"] = [DOWN]
    with pytest.raises(PageUnreadError, match="cannot be read right now"):
        await desk.verification.verify(number, actor="editor 1")
    assert (await desk.appeal(number)).state is AppealState.PROPOSED
    await desk.verification.verify(number, actor="editor 1", although_unread=True)
    assert (await desk.check(number)).verified is None
    assert await desk.a_day_later(RIGHT) == []
    assert Fingerprint.load((await desk.check(number)).verified or {}) == RIGHT


async def test_who_may_not_verify_makes_no_request(desk: Desk) -> None:
    """A wrong version is refused before the page is read."""
    number = await desk.propose()
    with pytest.raises(RefusedError, match="has changed"):
        await desk.verification.verify(number, actor="editor 1", version=2)
    assert desk.pages.read_urls == []


async def test_a_change_of_hands_suspends(desk: Desk) -> None:
    """Readers no longer see it; editors and the audit log get what was there before and after."""
    number = await desk.verified()
    [notice] = await desk.a_day_later(ROBBED)
    appeal = await desk.appeal(number)
    assert (appeal.state, appeal.suspended_for) == (AppealState.SUSPENDED, SuspensionReason.CHANGED)
    assert (notice.news, notice.appeal.id) == (AppealNews.CHANGED, number)
    [difference] = notice.differences
    assert difference == {"sign": "payment", "before": "PayPal", "after": "evil.example.net"}
    async with desk.database.read() as session:
        entry = await audit.last(session, "appeal", number)
    assert entry is not None
    assert (entry.actor, entry.action) == ("daily check", "suspend")
    assert (entry.before["payment"], entry.after["payment"]) == ("PayPal", "evil.example.net")


async def test_what_the_next_reading_does_not_show_is_nothing(desk: Desk) -> None:
    """A difference is read again at once; a page that rotates suspends nothing and tells nobody."""
    number = await desk.verified()
    assert await desk.a_day_later(ROBBED, RIGHT) == []
    assert (await desk.appeal(number)).state is AppealState.VERIFIED
    assert len(desk.pages.read_urls) == 3  # to verify, and twice to check


async def test_a_page_that_differs_and_then_fails_counts_as_it_was_read(desk: Desk) -> None:
    """Nobody hides a change by failing at the second reading."""
    number = await desk.verified()
    await desk.a_day_later(ROBBED, DOWN)
    assert (await desk.appeal(number)).state is AppealState.SUSPENDED


async def test_a_redirect_to_what_is_no_page_suspends(desk: Desk) -> None:
    """The way to another site counts although nothing is read there."""
    number = await desk.verified()
    away = FetchRefusedError("no https")
    away.hosts = ("bridge.example.org", "evil.example.net")
    await desk.a_day_later(away)
    assert (await desk.appeal(number)).suspended_for is SuspensionReason.CHANGED


async def test_an_outage_only_warns_and_after_three_days(desk: Desk) -> None:
    """Editors read once of the third failed day; the Appeal stays. A page that is back ends the count."""
    number = await desk.verified()
    assert await desk.a_day_later(DOWN) == []
    assert await desk.a_day_later(DOWN) == []
    [notice] = await desk.a_day_later(DOWN)
    assert (notice.news, notice.days) == (AppealNews.SILENT, 3)
    await desk.rechecks.mark_told(notice.id)
    assert await desk.a_day_later(DOWN) == []
    assert (await desk.appeal(number)).state is AppealState.VERIFIED
    assert await desk.a_day_later(RIGHT) == []
    assert (await desk.check(number)).failures == 0


async def test_an_odd_page_is_told_once_until_somebody_looks(desk: Desk) -> None:
    """The same sign is not told each day; after a look what was odd is what is compared."""
    number = await desk.verified()
    [notice] = await desk.a_day_later(ODD)
    assert notice.news is AppealNews.ODD
    await desk.rechecks.mark_told(notice.id)
    assert await desk.a_day_later(ODD) == []
    await desk.service.look(number, actor="editor 1")
    check = await desk.check(number)
    assert Fingerprint.load(check.verified or {}) == ODD
    assert (check.latest, check.warned_of) == (None, "")
    assert (await desk.appeal(number)).looked_at == desk.clock()
    assert await desk.a_day_later(ODD) == []


async def test_a_check_of_an_older_version_decides_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor who changes the link while its page is read is not overtaken by the check."""
    number = await desk.verified()
    desk.pages.found["bridge.example.org"] = [ROBBED]

    async def read(url: str, organisation: str) -> Fingerprint:
        async with desk.database.transaction() as session:
            appeal = await appeals.get(session, number, lock=True)
            assert appeal is not None
            await appeals.change(session, appeal, version=2)
        return ROBBED

    monkeypatch.setattr(desk.pages, "read", read)
    desk.clock.advance(days=1)
    await desk.rechecks.check_due()
    assert (await desk.appeal(number)).state is AppealState.VERIFIED
    assert await desk.rechecks.untold() == []


async def test_only_verified_ones_are_checked_and_each_host_once_at_a_time(desk: Desk) -> None:
    """Several Appeals of a host are read one after another; a retired and a proposed one not at all."""
    for place in range(3):
        await desk.verified(f"{URL}/{place}")
        await desk.verified(f"https://riverfund.test/{place}")
    await desk.propose(f"{URL}/proposed")
    await desk.service.retire(await desk.verified(f"{URL}/retired"), actor="editor 1")
    desk.pages.read_urls.clear()
    desk.clock.advance(days=1)
    assert await desk.rechecks.check_due() == 6
    assert len(set(desk.pages.read_urls)) == 6
    assert desk.pages.twice_at_once == []
    assert not [url for url in desk.pages.read_urls if "retired" in url or "proposed" in url]
    assert await desk.rechecks.check_due() == 0


async def test_checks_are_spread_over_the_day(desk: Desk) -> None:
    """Appeals from before there were checks are not all read at once, and each within a day."""
    async with desk.database.transaction() as session:
        for place in range(60):
            given = {"organisation": "A", "url": f"https://a{place}.example.org/", "proposed_at": NOON}
            await appeals.add(session, **given, state=AppealState.VERIFIED)  # type: ignore[arg-type]
    counts = []
    for _ in range(24):
        before = len(desk.pages.read_urls)
        desk.clock.advance(hours=1)
        while await desk.rechecks.check_due():
            pass
        counts.append(len(desk.pages.read_urls) - before)
    assert sum(count > 0 for count in counts) > 12
    assert max(counts) <= 10
    desk.clock.advance(hours=1)
    await desk.rechecks.check_due()
    assert len(set(desk.pages.read_urls)) == 60


async def test_a_fault_of_ours_keeps_no_other_appeal_waiting(desk: Desk) -> None:
    """An unexpected error is a failed check of this page alone."""
    await desk.verified()
    await desk.verified("https://riverfund.test/")
    desk.pages.found["bridge.example.org"] = [RIGHT]
    original = desk.pages.read

    async def read(url: str, organisation: str) -> Fingerprint:
        if "bridge" in url:
            raise ZeroDivisionError
        return await original(url, organisation)

    desk.pages.read = read  # type: ignore[method-assign]
    desk.clock.advance(days=1)
    assert await desk.rechecks.check_due() == 2
    assert desk.pages.read_urls[-1] == "https://riverfund.test/"


async def test_editors_can_look_up_what_a_check_found(desk: Desk) -> None:
    """When the page was read, and how it differs from the one that an editor found right."""
    number = await desk.propose()
    assert await desk.rechecks.found(number) is None
    await desk.verification.verify(number, actor="editor 1")
    found = await desk.rechecks.found(number)
    assert found is not None
    assert (found.checked_at, found.failures, tuple(found.differences)) == (NOON, 0, ())
    await desk.a_day_later(ODD)
    found = await desk.rechecks.found(number)
    assert found is not None
    assert [one.sign for one in found.differences] == [Sign.PAYMENT]
