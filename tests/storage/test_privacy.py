"""What is stored about a chat is exported whole and deleted whole."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from bot.editors.audit import Audit
from bot.subscribers.csv.csv import SubscriberCsv
from bot.subscribers.feedback import Feedback
from bot.subscribers.privacy import Privacy
from bot.subscribers.subscribers import Subscribers
from storage import prompts
from storage.appeals import appeals
from storage.audit import AuditLog
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.deliveries import leases, receipts
from storage.deliveries.receipts import Receipt
from storage.inbox import inbox, receivers
from storage.inbox.inbox import NewUpdate, PendingJob
from storage.models import AuditEntry, Base, InboxUpdate, Subscriber
from storage.stories import threads, topics
from storage.subscribers import forgotten, group_answers, helped, letters, subscribers
from storage.subscribers.group_answers import AnswerPlace
from storage.words import AppealState, DeliveryState, SubscriberState
from tests.factories import NOON, MovableClock, add_subscribers, at_once, running_broadcast

HANGING = {
    *("subscriptions", "followings", "deliveries", "cards", "letters", "letter_marks", "group_answers"),
    *("helped", "canaries"),
}
NAMING = {"subscribers", "prompts", "inbox"}  # tables that hold a chat's id


async def _reader(database: Database) -> tuple[int, int]:
    """Return a chat with rows in every table, and another chat with rows like them."""
    chats = await add_subscribers(database, 2)
    broadcast_id = await running_broadcast(database)
    async with database.transaction() as session:
        [water] = await topics.ensure(session, {"water": "Water"})
        thread_id = await threads.make(session, title="The bridge", now=NOON)
        appeal = await appeals.add(
            session,
            organisation="Bridge Friends",
            url="https://example.org/",
            state=AppealState.VERIFIED,
            proposed_at=NOON,
        )
        lease = await leases.claim(session, worker="w")
        assert lease is not None
        for place, chat_id in enumerate(chats):
            subscriber = await subscribers.by_chat(session, chat_id)
            assert subscriber is not None
            await subscribers.set_topics(session, subscriber.id, [water.id])
            await threads.follow(session, subscriber_id=subscriber.id, thread_id=thread_id)
            await helped.add(session, subscriber.id, appeal.id)
            receipt = Receipt(subscriber.id, DeliveryState.SENT, message_id=2**40)
            assert await receipts.write(session, lease, [receipt], now=NOON)
            for message, asker in ((1, chat_id), (2, 9_000_000_009)):
                about = {"what": "feedback", prompts.READER: str(chat_id)}
                await prompts.add(
                    session, chat_id=asker, message_id=10 * place + message, about=about, now=NOON
                )
        for chat_id in chats:
            await letters.add(session, (chat_id, 2**40), story_id=None, now=NOON)
            await letters.mark_announced(session, chat_id, until=7)
            subscriber = await subscribers.by_chat(session, chat_id)
            assert subscriber is not None
            where = AnswerPlace(subscriber.id, "latest", 0)
            assert await group_answers.replace(session, where, message_id=9) is None
        receiver = await receivers.add(session)
        rows, _ = await inbox.add(
            session,
            [
                NewUpdate(2 * place + later, chat, "{}")
                for place, chat in enumerate(chats)
                for later in (0, 1)
            ],
            receiver_id=receiver,
            now=NOON,
        )
        await inbox.replace_by_jobs(
            session, [PendingJob(rows[0], "slow", "{}"), PendingJob(rows[2], "slow", "{}")]
        )
        entry = {"action": "publish", "subject": "story", "subject_id": 1}
        session.add(AuditEntry(at=NOON, actor=f"editor {chats[0]}", **entry))
        assert (await broadcasts.progress(session, broadcast_id)).sent == 2
    return chats[0], chats[1]


async def _copy(database: Database, chat_id: int) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(await Privacy(database, MovableClock()).copy(chat_id))
    return copied


def test_every_table_that_refers_to_a_subscriber_is_known() -> None:
    """A new one must be exported and deleted too."""
    assert {table.name for table in _tables_about_subscribers()} == HANGING
    for table in _tables_about_subscribers():
        [key] = [one for one in table.foreign_keys if one.column.table.name == "subscribers"]
        assert key.ondelete == "CASCADE"


def test_every_table_that_names_a_chat_is_known() -> None:
    """No foreign key deletes its rows, so storage/privacy.py must export and delete them."""
    assert {table.name for table in Base.metadata.sorted_tables if "chat_id" in table.columns} == NAMING


def _tables_about_subscribers() -> list[Any]:
    tables = Base.metadata.sorted_tables
    return [t for t in tables if any(key.column.table.name == "subscribers" for key in t.foreign_keys)]


async def test_the_copy_holds_the_preferences_of_a_chat(database: Database) -> None:
    """Each column of the Subscriber, its Topics and followed Threads, and nothing about another chat."""
    chat_id, other = await _reader(database)
    copied = await _copy(database, chat_id)
    assert set(copied["subscriber"]) == set(Subscriber.__table__.columns.keys())
    assert copied["subscriber"]["chat_id"] == chat_id
    assert copied["topics"] == ["water"]
    assert [one["title"] for one in copied["followed_threads"]] == ["The bridge"]
    assert copied["helped"] == [{"appeal": 1, "organisation": "Bridge Friends"}]
    assert str(chat_id) not in json.dumps(await _copy(database, other))


async def test_the_copy_holds_what_a_chat_was_sent_and_wrote(database: Database) -> None:
    """Deliveries, prompts, letters, waiting updates, and the number of entries in the audit trail."""
    chat_id, other = await _reader(database)
    copied = await _copy(database, chat_id)
    [delivery] = copied["deliveries"]
    assert (delivery["state"], delivery["message_id"], delivery["kind"]) == ("sent", 2**40, "push")
    assert delivery["at"] == "2026-11-22T12:00:00+00:00"
    assert len(copied["prompts"]) == 2
    [letter] = copied["letters"]
    assert (letter["message_id"], letter["answered"], copied["letters_told"]) == (2**40, False, 7)
    assert copied["inbox"] == [{"came_at": "2026-11-22T12:00:00+00:00"}] * 2
    assert copied["audit_entries"] == 1
    assert copied["answers"] == [{"kind": "latest", "topic": 0, "message_id": 9}]
    assert (await _copy(database, other))["audit_entries"] == 0


async def test_the_copy_of_an_unknown_chat_is_empty(database: Database) -> None:
    """It holds the time at which it was made, and nothing else."""
    assert list(await _copy(database, 7)) == ["made_at"]


async def test_forgetting_deletes_all_rows_of_one_chat_and_none_of_others(database: Database) -> None:
    """Except the updates that came since then."""
    chat_id, other = await _reader(database)
    before = await _copy(database, other)
    await Privacy(database, MovableClock()).forget(chat_id)
    assert list(await _copy(database, chat_id)) == ["made_at"]
    assert await _copy(database, other) == before
    async with database.read() as session:
        kept = await receipts.of(session, 1)
        mine = await prompts.about(session, chat_id=9_000_000_009, message_id=2)
        theirs = await prompts.about(session, chat_id=9_000_000_009, message_id=12)
        waiting = list(await session.execute(select(InboxUpdate.chat_id, InboxUpdate.job)))
    assert (len(kept), mine, theirs is None) == (1, None, False)
    assert sorted(map(tuple, waiting), key=str) == sorted(
        [(None, None), (chat_id, None), (other, "slow"), (other, None)], key=str
    )


async def test_readers_who_left_long_ago_are_forgotten(database: Database) -> None:
    """Two years after they stopped or blocked the bot; those who read, and who left lately, stay."""
    clock = MovableClock()
    people = Subscribers(database, clock, "en")
    privacy = Privacy(database, clock, left_kept=timedelta(days=730))
    stopped, blocked, gone, unseen, reader, returned, later = chats = await add_subscribers(database, 7)
    for chat_id in (stopped, unseen, returned):
        await people.set_state(chat_id, SubscriberState.STOPPED)
    async with database.transaction() as session:
        for chat_id, state in {blocked: SubscriberState.BLOCKED, gone: SubscriberState.GONE}.items():
            await subscribers.change(session, chat_id, state=state, blocked_at=NOON)
        for chat_id in {*chats} - {unseen}:
            await subscribers.change(session, chat_id, seen_on=NOON.date())
        await subscribers.change(session, unseen, joined_at=NOON)
    clock.advance(days=729)
    await people.set_state(later, SubscriberState.STOPPED)
    async with database.transaction() as session:
        for chat_id in (later, returned):
            await subscribers.change(session, chat_id, seen_on=clock().date())
    await people.start(returned)
    await privacy.forget_left()
    assert await _known(database) == {*chats}
    clock.advance(days=2)
    await Privacy(database, clock).forget_left()  # where nothing is set
    assert await _known(database) == {*chats}
    await privacy.forget_left()
    assert await _known(database) == {reader, returned, later}
    async with database.read() as session:
        assert await forgotten.which_of(session, chats) == {stopped, blocked, gone, unseen}


async def _known(database: Database) -> set[int]:
    async with database.read() as session:
        return set(await session.scalars(select(Subscriber.chat_id)))


async def test_old_entries_of_the_audit_log_are_forgotten(database: Database) -> None:
    """All of them in one turn, however many; newer ones stay, and all of them where nothing is set."""
    clock = MovableClock()
    log = AuditLog("story", clock)
    for number in (2_100, 3):
        async with database.transaction() as session:
            for story_id in range(number):
                await log.record(session, "cli", "edit", story_id)
        clock.advance(days=60)
    await Audit(database, clock, kept=None).forget_old()
    assert await _entries(database) == 2_103
    await Audit(database, clock, kept=timedelta(days=90)).forget_old()
    assert await _entries(database) == 3


async def _entries(database: Database) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(AuditEntry)) or 0


async def test_the_places_of_old_letters_are_forgotten_with_what_a_reply_is_for(database: Database) -> None:
    """After as many days as are set; other questions stay."""
    clock = MovableClock()
    chat_id, _ = await _reader(database)
    async with database.transaction() as session:
        await prompts.add(session, chat_id=chat_id, message_id=99, about={"what": "city"}, now=NOON)
    clock.advance(days=7, seconds=1)
    await Feedback(database, clock, kept=timedelta(days=7)).forget_letters()
    copied = await _copy(database, chat_id)
    assert (copied["letters"], [one["for"] for one in copied["prompts"]]) == ([], ["city"])


async def test_an_import_does_not_add_a_forgotten_chat(database: Database) -> None:
    """The dry run says so too; after /start the chat is known again."""
    clock = MovableClock()
    roster, people = SubscriberCsv(database, clock, "en"), Subscribers(database, clock, "en")
    await Privacy(database, clock).forget(7)
    for dry_run in (True, False):
        [tally] = [one async for one in roster.load(["chat_id\n", "7\n", "8\n"], dry_run=dry_run)]
        assert (tally.added, tally.forgotten, tally.known) == (1, 1, 0)
    async with database.transaction() as session:
        assert await subscribers.by_chat(session, 7) is None
    await people.start(7)
    [tally] = [one async for one in roster.load(["chat_id\n", "7\n"])]
    assert (tally.added, tally.forgotten) == (1, 0)


async def test_only_a_salted_hash_of_a_forgotten_chat_is_stored(database: Database) -> None:
    """One salt is made once; with it, the forgotten ones among many ids are found."""
    await at_once(database, lambda session: forgotten.add(session, 5_000_000_007))
    async with database.read() as session:
        many = range(5_000_000_000, 5_000_012_000)
        assert await forgotten.which_of(session, many) == {5_000_000_007}
        rows = (await session.execute(Base.metadata.tables["forgotten"].select())).all()
    assert [len(row.hash) for row in rows] == [32]


async def test_asking_for_forgotten_chats_makes_no_salt(database: Database) -> None:
    """Nor does a return of a chat that was never forgotten."""
    async with database.transaction() as session:
        await forgotten.lift(session, 7)
        assert await forgotten.which_of(session, [7]) == set()
        assert (await session.execute(Base.metadata.tables["secrets"].select())).all() == []


async def test_who_deleted_a_chat_for_its_reader_is_in_the_audit_log(database: Database) -> None:
    """Without its number; what readers delete themselves is no act of an editor."""
    chats = await add_subscribers(database, 2)
    async with database.read() as session:
        row = await subscribers.by_chat(session, chats[0])
    assert row is not None
    privacy = Privacy(database, MovableClock())
    await privacy.forget(chats[0], actor="command line")
    await privacy.forget(chats[1])
    async with database.read() as session:
        [noted] = await session.scalars(select(AuditEntry))
    assert (noted.actor, noted.action, noted.subject) == ("command line", "forget", "subscriber")
    assert (noted.subject_id, noted.before, noted.after) == (row.id, {}, {})
