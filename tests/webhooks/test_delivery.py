"""What happened reaches a webhook: signed, in order, at least once, whatever fails on the way."""

import asyncio
import base64
import hmac
import logging
from collections.abc import Mapping
from functools import partial
from hashlib import sha256

import pytest

from bot.errors import WebhookError
from bot.webhooks import signing
from bot.webhooks.caller import Answer, Caller, checked
from bot.webhooks.delivery import LEASE, TRIED_FOR, TURN, WAITS, HookResult
from bot.webhooks.webhooks import KEPT
from storage.database import Database
from storage.editors import owner_notices
from storage.models import Event, Parcel
from storage.webhooks import webhooks
from storage.webhooks.parcels import IN_ORDER
from storage.words import HookState, OwnerNews, ParcelState
from tests.factories import NOON, MovableClock, at_once, is_waiting_for_a_lock
from tests.receiver import Receiver
from tests.sites import Names
from tests.waiting import comes_true
from tests.webhooks.conftest import Hooks


def proven(secret: str, headers: dict[str, str], body: str) -> bool:
    """Whether the signature is right, as docs/webhooks.md checks it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    proof = base64.b64encode(hmac.digest(key, signed, sha256)).decode()
    return f"v1,{proof}" in headers["webhook-signature"].split()


def test_the_signature_is_that_of_the_standard() -> None:
    """The example that the libraries of standardwebhooks.com are tested with."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = '{"test": 2432232314}'
    at = NOON.fromtimestamp(1614265330, NOON.tzinfo)
    found = signing.headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", body, now=at)
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert found["webhook-timestamp"] == "1614265330"


async def test_it_comes_signed_and_once(hooks: Hooks, receiver: Receiver) -> None:
    """Every webhook gets each event, in the order in which they happened; nothing comes again."""
    number, secret = await hooks.add(receiver.url)
    await hooks.happen(1, 2, 3)
    for _ in range(2):
        await hooks.delivery.deliver()
    assert receiver.told == [{"push": 1}, {"push": 2}, {"push": 3}]
    assert len(set(receiver.uids)) == 3
    headers, body = receiver.got[0]
    assert proven(secret, headers, body)
    assert headers["Content-Type"] == "application/json"
    assert not proven(secret, headers, body + " ")
    [listed] = await hooks.webhooks.listed()
    assert (listed.id, listed.waiting, listed.last_at) == (number, 0, NOON)
    assert hooks.results == [HookResult.DELIVERED] * 3


async def test_what_fails_is_sent_again_and_the_next_waits(
    hooks: Hooks, receiver: Receiver, clock: MovableClock
) -> None:
    """The same id comes again after a while, with a new time; what happened later comes after it."""
    _, secret = await hooks.add(receiver.url)
    await hooks.happen(1, 2)
    receiver.answers = [500, 503]
    await hooks.delivery.deliver()
    await hooks.delivery.deliver()
    assert receiver.told == [{"push": 1}]
    for wait in WAITS[:2]:
        clock.advance(seconds=wait.total_seconds())
        await hooks.delivery.deliver()
    assert receiver.told == [{"push": 1}] * 3 + [{"push": 2}]
    assert len(set(receiver.uids[:3])) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.got[:3]}) == 3
    assert all(proven(secret, headers, body) for headers, body in receiver.got)


async def test_one_that_is_refused_again_and_again_holds_up_no_other(
    hooks: Hooks, receiver: Receiver, clock: MovableClock
) -> None:
    """After some tries the later events go first; a success lets the refused one try again at once."""
    await hooks.add(receiver.url)
    await hooks.happen(1, 2)
    receiver.answers = [400] * IN_ORDER
    for wait in WAITS[: IN_ORDER - 1]:
        await hooks.delivery.deliver()
        clock.advance(seconds=wait.total_seconds())
    assert receiver.told == [{"push": 1}] * (IN_ORDER - 1)
    await hooks.delivery.deliver()
    await hooks.delivery.deliver()
    assert receiver.told == [{"push": 1}] * IN_ORDER + [{"push": 2}, {"push": 1}]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(hooks: Hooks, receiver: Receiver, status: int) -> None:
    """It is a failure like any other: nobody else gets what is meant for this address."""
    await hooks.add(receiver.url)
    await hooks.happen(1)
    receiver.answers, receiver.location = [status], receiver.url
    await hooks.delivery.deliver()
    assert len(receiver.got) == 1
    [parcel] = await hooks.rows(Parcel)
    assert (parcel.state, parcel.status, parcel.tries) == (ParcelState.WAITING, status, 1)


async def test_a_receiver_that_does_not_answer(
    database: Database, clock: MovableClock, receiver: Receiver
) -> None:
    """The try ends after its time, and comes again."""
    hooks = Hooks(database, clock, Caller(total_s=0.05))
    await hooks.add(receiver.url)
    await hooks.happen(1)
    receiver.hold = asyncio.Event()
    await hooks.delivery.deliver()
    [parcel] = await hooks.rows(Parcel)
    assert (parcel.state, parcel.status, parcel.next_at) == (ParcelState.WAITING, None, NOON + WAITS[0])
    receiver.hold.set()
    receiver.hold = None
    clock.advance(seconds=WAITS[0].total_seconds())
    patient = Hooks(database, clock)
    await patient.delivery.deliver()
    assert len(set(receiver.uids)) == 1
    [parcel] = await hooks.rows(Parcel)
    assert parcel.state is ParcelState.DELIVERED


async def test_a_kill_in_the_middle(hooks: Hooks, receiver: Receiver, clock: MovableClock) -> None:
    """The next process sends it again with the same id, once the minute of the dead one has passed."""
    await hooks.add(receiver.url)
    await hooks.happen(1)
    receiver.hold = asyncio.Event()
    dying = asyncio.create_task(hooks.delivery.deliver())
    await receiver.arrived.wait()
    other = Hooks(hooks.database, clock)
    await other.delivery.deliver()
    assert len(receiver.got) == 1  # it is still the first one's
    dying.cancel()
    await asyncio.wait({dying})
    receiver.hold.set()
    receiver.hold = None
    clock.advance(seconds=LEASE.total_seconds())
    await other.delivery.deliver()
    assert receiver.told == [{"push": 1}] * 2
    assert len(set(receiver.uids)) == 1
    [parcel] = await hooks.rows(Parcel)
    assert parcel.state is ParcelState.DELIVERED


async def test_many_processes_send_it_once(hooks: Hooks, receiver: Receiver) -> None:
    """Of several that find it due at the same moment, one sends it."""
    await hooks.add(receiver.url)
    await hooks.happen(1)
    others = [Hooks(hooks.database, hooks.clock) for _ in range(4)]
    await asyncio.gather(*(one.delivery.deliver() for one in others))
    assert receiver.told == [{"push": 1}]


async def test_after_three_days_it_is_given_up_and_owners_hear_it_once(
    hooks: Hooks, receiver: Receiver, clock: MovableClock
) -> None:
    """One notice for all that was lost, until the receiver takes something again."""
    number, _ = await hooks.add(receiver.url)
    await hooks.happen(1, 2)
    receiver.answers = [500] * 100
    for _ in range(30):
        await hooks.delivery.deliver()
        clock.advance(hours=4)
    assert [one.state for one in await hooks.rows(Parcel)] == [ParcelState.GIVEN_UP] * 2
    assert clock() - NOON > TRIED_FOR
    assert hooks.results.count(HookResult.GIVEN_UP) == 2
    async with hooks.database.read() as session:
        [notice] = await owner_notices.untold(session)
    origin = receiver.url.removesuffix("/hook")
    assert notice.news is OwnerNews.WEBHOOK
    assert notice.details == {"alarms": [{"number": number, "host": origin, "gone": False}]}
    receiver.answers = []
    await hooks.happen(3)
    await hooks.delivery.deliver()
    assert receiver.told[-1] == {"push": 3}
    async with hooks.database.transaction() as session:
        assert await webhooks.note_told(session, number, told=True)


async def test_gone_for_good(hooks: Hooks, receiver: Receiver, clock: MovableClock) -> None:
    """410 ends it: nothing more is sent or kept, owners hear of it, until an operator lets it go on."""
    number, _ = await hooks.add(receiver.url)
    await hooks.happen(1, 2)
    receiver.answers = [410]
    await hooks.delivery.deliver()
    await hooks.happen(3)
    clock.advance(days=1)
    await hooks.delivery.deliver()
    assert len(receiver.got) == 1
    [listed] = await hooks.webhooks.listed()
    assert (listed.state, listed.waiting) == (HookState.GONE, 0)
    async with hooks.database.read() as session:
        [notice] = await owner_notices.untold(session)
    assert notice.details["alarms"][0]["gone"] is True
    await hooks.webhooks.resume(number, actor="test")
    await hooks.happen(4)
    await hooks.delivery.deliver()
    assert receiver.told[-1] == {"push": 4}


async def test_owners_hear_that_it_is_gone_also_of_one_that_failed_before(
    hooks: Hooks, receiver: Receiver, clock: MovableClock
) -> None:
    """That nothing is kept any more is news, though they know that it takes nothing."""
    number, _ = await hooks.add(receiver.url)
    await hooks.happen(1)
    async with hooks.database.transaction() as session:
        await webhooks.note_told(session, number, told=True)
    receiver.answers = [410]
    await hooks.delivery.deliver()
    async with hooks.database.read() as session:
        [notice] = await owner_notices.untold(session)
    assert notice.details["alarms"][0]["gone"] is True


async def test_a_paused_one_gets_later_what_happened_meanwhile(hooks: Hooks, receiver: Receiver) -> None:
    """As after a restore: nothing goes out by itself, and nothing is lost."""
    number, _ = await hooks.add(receiver.url)
    async with hooks.database.transaction() as session:
        await webhooks.pause_all(session)
    await hooks.happen(1)
    await hooks.delivery.deliver()
    assert receiver.got == []
    await hooks.webhooks.resume(number, actor="test")
    await hooks.delivery.deliver()
    assert receiver.told == [{"push": 1}]


async def test_one_that_waited_for_long_is_not_given_up_at_its_first_try(
    hooks: Hooks, receiver: Receiver, clock: MovableClock
) -> None:
    """The days of a pause, or of a bot that was stopped, are no tries."""
    await hooks.add(receiver.url)
    await hooks.happen(1)
    clock.advance(seconds=TRIED_FOR.total_seconds())
    receiver.answers = [500] * (len(WAITS) + 1)
    for wait in WAITS:
        await hooks.delivery.deliver()
        [parcel] = await hooks.rows(Parcel)
        assert parcel.state is ParcelState.WAITING
        clock.advance(seconds=wait.total_seconds())
    await hooks.delivery.deliver()
    [parcel] = await hooks.rows(Parcel)
    assert parcel.state is ParcelState.GIVEN_UP


async def test_a_slow_receiver_does_not_hold_up_the_others(
    database: Database, clock: MovableClock, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn ends after a while, and the next one looks at all webhooks again; nothing is lost."""
    caller = Caller()
    hooks, post = Hooks(database, clock, caller), caller.post

    async def slowly(address: str, body: str, headers: Mapping[str, str]) -> Answer:
        clock.advance(seconds=TURN.total_seconds() - 1)
        return await post(address, body, headers)

    monkeypatch.setattr(caller, "post", slowly)
    await hooks.add(receiver.url)
    await hooks.happen(1, 2, 3)
    await hooks.delivery.deliver()
    assert receiver.told == [{"push": 1}, {"push": 2}]
    await hooks.delivery.deliver()
    assert receiver.told == [{"push": 1}, {"push": 2}, {"push": 3}]


async def test_nothing_is_written_for_nobody(hooks: Hooks, receiver: Receiver) -> None:
    """Without a webhook no event is kept; a removed one takes with it what waits for it."""
    await hooks.happen(1)
    assert await hooks.rows(Event) == []
    number, _ = await hooks.add(receiver.url)
    await hooks.happen(2)
    await hooks.webhooks.remove(number, actor="test")
    assert await hooks.rows(Parcel) == []
    with pytest.raises(WebhookError, match="There is no webhook"):
        await hooks.webhooks.remove(number, actor="test")


async def test_one_that_is_being_removed_stops_nothing(hooks: Hooks, receiver: Receiver) -> None:
    """What happens meanwhile does not fail for it: a story is published all the same."""
    number, _ = await hooks.add(receiver.url)
    async with hooks.database.transaction() as session:
        await webhooks.remove(session, number)
        happening = asyncio.create_task(hooks.happen(1))
        await comes_true(partial(is_waiting_for_a_lock, hooks.database))
    await happening
    assert await hooks.rows(Event) == []


async def test_old_events_are_forgotten(hooks: Hooks, receiver: Receiver, clock: MovableClock) -> None:
    """After 30 days, but not before, and not what is still to be delivered."""
    await hooks.add(receiver.url)
    await hooks.happen(1)
    await hooks.delivery.deliver()
    await hooks.happen(2)
    clock.advance(seconds=KEPT.total_seconds())
    await hooks.delivery.forget_old()
    assert len(await hooks.rows(Event)) == 2
    clock.advance(seconds=1)
    await hooks.delivery.forget_old()
    assert [one.state for one in await hooks.rows(Parcel)] == [ParcelState.WAITING]
    await hooks.delivery.deliver()
    await hooks.delivery.forget_old()
    assert await hooks.rows(Event) == []


async def test_a_test_says_what_came_back(hooks: Hooks, receiver: Receiver) -> None:
    """It is signed like all else, and nothing of it is kept."""
    number, secret = await hooks.add(receiver.url)
    receiver.answers = [200, 403]
    assert (await hooks.webhooks.test(number)).is_taken
    answer = await hooks.webhooks.test(number)
    assert (answer.is_taken, answer.reason) == (False, "status 403")
    assert all(proven(secret, headers, body) for headers, body in receiver.got)
    assert await hooks.rows(Event) == []


async def test_one_address_is_one_webhook(hooks: Hooks, receiver: Receiver) -> None:
    """Of several who add it at once, one does."""

    async def add(_session: object) -> object:
        try:
            return await hooks.add(receiver.url)
        except WebhookError as error:
            return error

    made = await at_once(hooks.database, add)
    assert sum(isinstance(one, tuple) for one in made) == 1
    assert len(await hooks.webhooks.listed()) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/hook",
        "https://localhost/hook",
        "https://nas.lan/hook",
        "https://example.org:8443/hook",
        "https://example.org:80/hook",
        "https://user:word@example.org/hook",
        "ftp://example.org/hook",
        "example",
        "http://127.0.0.2:80/hook",
        "http://[::1]/hook",
        "https://10.0.0.1/hook",
        "https://169.254.169.254/latest",
        "https://[fd00::1]/hook",
    ],
)
def test_addresses_that_may_be_none(address: str) -> None:
    """They are refused in one line, before anything is stored."""
    with pytest.raises(WebhookError):
        checked(address)


@pytest.mark.parametrize("address", ["https://10.0.0.1/hook", "https://169.254.169.254/latest"])
async def test_a_private_address_is_never_reached(address: str) -> None:
    """The socket refuses it, as when pages are fetched."""
    answer = await Caller().post(address, "{}", {})
    assert answer.status is None
    assert "not on the open internet" in answer.reason


@pytest.mark.parametrize("found", ["10.0.0.1", "::ffff:127.0.0.1", "fd00::1"])
async def test_a_name_that_comes_to_lead_into_a_private_network(
    database: Database, clock: MovableClock, found: str
) -> None:
    """Its address is looked at in each try, not only when it is added."""
    names = Names()
    names.table["hooks.example.org"] = [[found]]
    hooks = Hooks(database, clock, Caller(resolver=names))
    number, _ = await hooks.add("https://hooks.example.org/")
    answer = await hooks.webhooks.test(number)
    assert (answer.status, names.asked) == (None, ["hooks.example.org"])
    assert "not on the open internet" in answer.reason


async def test_the_log_has_no_address_of_it(
    hooks: Hooks, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """A path may be a secret: the number is enough to find it."""
    await hooks.add(receiver.url)
    await hooks.happen(1)
    receiver.answers = [500]
    with caplog.at_level(logging.WARNING):
        await hooks.delivery.deliver()
    [record] = [one for one in caplog.records if "webhook" in one.message]
    assert (record.__dict__["webhook"], record.__dict__["times"]) == (1, 1)
    assert "/hook" not in caplog.text
