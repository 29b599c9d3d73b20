"""Subscribers in bulk, on both databases: in, out, and nobody's word undone."""

import csv
import io
from collections.abc import Sequence

import pytest

from bot.errors import InvalidInputError
from bot.subscribers.csv import ImportCount, SubscriberCsv
from bot.subscribers.csv_row import COLUMNS
from storage.database import Database
from storage.stories import topics
from storage.subscribers import subscribers
from storage.words import ChatKind, Length, SubscriberState
from tests.factories import NOON, MovableClock, add_subscribers, get_subscriber

HEADER = "chat_id,state,topics,joined_at,hour,quiet_from,quiet_until,zone,rest_days,silent"


@pytest.fixture
def roster(database: Database, clock: MovableClock) -> SubscriberCsv:
    return SubscriberCsv(database, clock, "en")


async def load(roster: SubscriberCsv, text: str, *, dry_run: bool = False) -> ImportCount:
    """What an import of this text came to in the end."""
    tallies = [tally async for tally in roster.load(io.StringIO(text), dry_run=dry_run)]
    return tallies[-1] if tallies else ImportCount()


async def dump(roster: SubscriberCsv) -> Sequence[list[str]]:
    return [line async for line in roster.dump()]


async def test_only_the_chat_is_required(roster: SubscriberCsv, database: Database) -> None:
    """With nothing but a chat id a Subscriber is active, in the default language, and joined now."""
    assert await load(roster, "chat_id\n7\n-100123\n") == ImportCount(read=2, added=2)
    person, group = await get_subscriber(database, 7), await get_subscriber(database, -100123)
    assert (person.state, person.language, person.length) == (SubscriberState.ACTIVE, "en", Length.SHORT)
    assert (person.joined_at, person.all_topics) == (NOON, True)
    assert (person.kind, group.kind) == (ChatKind.PRIVATE, ChatKind.GROUP)


async def test_an_import_undoes_no_stop(roster: SubscriberCsv, database: Database) -> None:
    """Whoever is here stays as they are: stopped, blocked, and with what they prefer."""
    stopped, reader = await add_subscribers(database, 2, language="uk", length=Length.LONG)
    async with database.transaction() as session:
        await subscribers.change(session, stopped, state=SubscriberState.STOPPED)
    text = f"chat_id,state,language\n{stopped},active,en\n{reader},active,en\n"
    assert await load(roster, text) == ImportCount(read=2, known=2)
    assert (await get_subscriber(database, stopped)).state is SubscriberState.STOPPED
    assert (await get_subscriber(database, reader)).language == "uk"


async def test_a_dry_run_changes_nothing_and_says_the_same(roster: SubscriberCsv) -> None:
    """What a dry run tells is what the import then does, repeated lines included."""
    text = "chat_id\n7\n8\n7\nx\n"
    dry = await load(roster, text, dry_run=True)
    assert await dump(roster) == [list(COLUMNS)]
    assert await load(roster, text) == dry
    assert (dry.read, dry.added, dry.known, dry.refused) == (4, 2, 1, 1)
    assert dry.reasons == ["line 5: 'x' is no chat id"]


async def test_what_comes_out_goes_in_again(roster: SubscriberCsv, database: Database) -> None:
    """An export into an empty database makes the same Subscribers, topics and states included."""
    async with database.transaction() as session:
        await topics.ensure(session, {"ukraine": "Ukraine", "water": "Water"})
    text = (
        "chat_id,kind,state,language,length,topics,joined_at,story_languages,zone,rhythm,hour,weekday,"
        "quiet_from,quiet_until,rest_days,appeal_rhythm,silent,allows_urgent\n"
        "7,private,active,uk,long,ukraine water,2026-01-02T03:04:05+00:00,uk en,Europe/Kyiv,weekly,9,4,"
        "none,none,sat sun,monthly,yes,no\n"
        "-8,channel,stopped,en,brief,,,,,at_once,8,0,22,8,,weekly,no,yes\n"
    )
    await load(roster, text)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(await dump(roster))
    assert out.getvalue() == text


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0,,,", "0 is no chat id"),
        ("9999999999999999,,,", "9999999999999999 is no chat id"),
        ("٣,,,", "'٣' is no chat id"),
        (",,,", "'' is no chat id"),
        ("7,happy,,", "'happy' is none of active, paused, stopped, blocked, gone"),
        ("7,,nowhere,", "there is no topic 'nowhere'"),
        ("7,,,yesterday", "'yesterday' is no date: write it as 2026-11-25T08:00:00+00:00"),
        ("7,,,0001-01-01T00:00:00+14:00", "'0001-01-01T00:00:00+14:00' is beyond every calendar"),
        ("7,,,,0000000000999999", "'0000000000999999' is no whole number from 0 to 23"),
        ("7,,,,25", "'25' is no whole number from 0 to 23"),
        ("7,,,,8,8,8", "quiet hours need a beginning and another end, or none for both"),
        ("7,,,,8,none,8", "quiet hours need a beginning and another end, or none for both"),
        ("7,,,,8,1,2,Mars/Base", "'Mars/Base' is no time zone: write it as Europe/Kyiv"),
        ("7,,,,8,1,2,,mon tue wed thu fri sat sun", "seven days of rest leave no day for a message"),
        ("7,,,,8,1,2,,someday", "'someday' is none of mon, tue, wed, thu, fri, sat, sun"),
        ("7,,,,8,1,2,,,perhaps", "'perhaps' is neither yes nor no"),
    ],
)
async def test_a_line_that_cannot_be_read_is_told_and_left_out(
    roster: SubscriberCsv, line: str, reason: str
) -> None:
    """Each says what is wrong with it, and the others come in all the same."""
    tally = await load(roster, f"{HEADER}\n{line}\n77,,,\n")
    assert (tally.added, tally.refused, tally.reasons) == (1, 1, [f"line 2: {reason}"])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("en any! uk", "'any!' is no code of a language: write two or three letters, as uk"),
        ("en " * 17, "more than 16 languages"),
    ],
)
async def test_languages_that_are_none(roster: SubscriberCsv, cell: str, reason: str) -> None:
    """The column takes codes alone, as many as it holds."""
    tally = await load(roster, f"chat_id,story_languages\n7,{cell}\n8,en uk\n")
    assert (tally.added, tally.reasons) == (1, [f"line 2: {reason}"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "chat_id among them"),
        ("id,name\n1,2\n", "chat_id among them"),
        ("chat_id,shoe_size\n1,2\n", "There is no column 'shoe_size'"),
        ("chat_id\n1\n" + '"' + "x" * 200_000, "cannot be read after line"),
    ],
)
async def test_a_file_that_is_no_roster_is_refused(roster: SubscriberCsv, text: str, sentence: str) -> None:
    """The sentence says what the file should look like."""
    with pytest.raises(InvalidInputError, match=sentence):
        await load(roster, text)


async def test_many_batches_come_in_whole(roster: SubscriberCsv) -> None:
    """More Subscribers than fit into one transaction are all there, once, in their order."""
    text = "chat_id\n" + "\n".join(str(number) for number in range(1, 12_001))
    assert (await load(roster, text)).added == 12_000
    assert [line[0] for line in (await dump(roster))[1:]] == [str(number) for number in range(1, 12_001)]
