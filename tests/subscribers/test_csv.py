"""Import and export as CSV, on both databases: nothing is lost, and no reader's choice is undone."""

import csv
import io
from collections.abc import Sequence

import pytest

from bot.errors import InvalidInputError
from bot.subscribers.csv.columns import COLUMNS
from bot.subscribers.csv.csv import ImportCount, SubscriberCsv
from storage.database import Database
from storage.models import Subscriber
from storage.stories import topics
from storage.subscribers import subscribers
from storage.words import ChatKind, Length, SubscriberState
from tests.factories import NOON, MovableClock, add_subscribers, columns, get_subscriber

NOT_IN_THE_CSV = {
    "id": "the export is for other databases",
    "all_topics": "the column `topics` says it: it is empty",
    "appealed_at": "state of the pushes, and no choice of the reader's",
    "helped_until": "only the reader sees who helped",
    "due_at": "nothing that is held is exported",
    "away_until": "a day off is short",
    "forum_topic": "a new bot is asked again in its forum",
    "muted": "other editors decide again",
    "feedback_day": "a count of one day",
    "feedback_count": "a count of one day",
    "open_prompt": "a question of the moment",
    "seen_on": "a new bot counts the silence from its first day",
    "asked_at": "a new bot may ask again",
    "blocked_at": "the import sets it by the state",
}
STRAY = "this is no line of a CSV in UTF-8: look for a stray quote or a damaged letter"
HEADER = "chat_id,state,topics,joined_at,hour,quiet_from,quiet_until,zone,rest_days,silent,city"


@pytest.fixture
def subscriber_csv(database: Database, clock: MovableClock) -> SubscriberCsv:
    return SubscriberCsv(database, clock, "en")


async def load(subscriber_csv: SubscriberCsv, text: str, *, dry_run: bool = False) -> ImportCount:
    """Import this text, and return the last count."""
    counts = [count async for count in subscriber_csv.load(io.StringIO(text), dry_run=dry_run)]
    return counts[-1] if counts else ImportCount()


async def dump(subscriber_csv: SubscriberCsv) -> Sequence[list[str]]:
    return [line async for line in subscriber_csv.dump()]


async def test_only_the_chat_is_required(subscriber_csv: SubscriberCsv, database: Database) -> None:
    """A line with a chat id alone adds an active Subscriber with the default Preferences, who joined now."""
    assert await load(subscriber_csv, "chat_id\n7\n-100123\n") == ImportCount(read=2, added=2)
    person, group = await get_subscriber(database, 7), await get_subscriber(database, -100123)
    assert (person.state, person.language, person.length) == (SubscriberState.ACTIVE, "en", Length.SHORT)
    assert (person.joined_at, person.all_topics) == (NOON, True)
    assert (person.kind, group.kind) == (ChatKind.PRIVATE, ChatKind.GROUP)


async def test_an_import_undoes_no_stop(subscriber_csv: SubscriberCsv, database: Database) -> None:
    """Existing Subscribers keep their state and their Preferences."""
    stopped, reader = await add_subscribers(database, 2, language="uk", length=Length.LONG)
    async with database.transaction() as session:
        await subscribers.change(session, stopped, state=SubscriberState.STOPPED)
    text = f"chat_id,state,language\n{stopped},active,en\n{reader},active,en\n"
    assert await load(subscriber_csv, text) == ImportCount(read=2, known=2)
    assert (await get_subscriber(database, stopped)).state is SubscriberState.STOPPED
    assert (await get_subscriber(database, reader)).language == "uk"


async def test_a_dry_run_changes_nothing_and_says_the_same(subscriber_csv: SubscriberCsv) -> None:
    """A dry run counts exactly what the import then does, repeated lines included."""
    text = "chat_id\n7\n8\n7\nx\n"
    dry = await load(subscriber_csv, text, dry_run=True)
    assert await dump(subscriber_csv) == [[column.name for column in COLUMNS]]
    assert await load(subscriber_csv, text) == dry
    assert (dry.read, dry.added, dry.known, dry.refused) == (4, 2, 1, 1)
    assert dry.reasons == ["line 5: 'x' is no chat id"]


async def test_what_comes_out_goes_in_again(subscriber_csv: SubscriberCsv, database: Database) -> None:
    """An export that is imported into an empty database makes the same Subscribers."""
    async with database.transaction() as session:
        await topics.ensure(session, {"ukraine": "Ukraine", "water": "Water"})
    text = (
        "chat_id,kind,state,language,length,topics,joined_at,story_languages,zone,rhythm,hour,weekday,"
        "quiet_from,quiet_until,rest_days,appeal_rhythm,silent,allows_urgent,city,muted_words,warned_stories\n"
        "7,private,active,uk,long,ukraine water,2026-01-02T03:04:05+00:00,uk en,Europe/Kyiv,weekly,9,4,"
        "none,none,sat sun,monthly,yes,no,702550,війна; Jane Smith,by_day\n"
        "-8,channel,stopped,en,brief,,,,,at_once,8,0,22,8,,weekly,no,yes,,,warn\n"
    )
    await load(subscriber_csv, text)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(await dump(subscriber_csv))
    assert out.getvalue() == text


def test_every_column_of_a_subscriber_is_in_the_csv_or_left_out_for_a_reason() -> None:
    """A new column of Subscriber fails this test until the CSV has it, or the list says why not."""
    exported = {column.name for column in COLUMNS} - {"topics"}
    assert exported | NOT_IN_THE_CSV.keys() == set(Subscriber.__table__.columns.keys())
    assert not exported & NOT_IN_THE_CSV.keys()


async def test_an_empty_cell_means_the_default_of_the_model(
    subscriber_csv: SubscriberCsv, database: Database
) -> None:
    """A Subscriber that an import adds with empty cells has the same Preferences as any new one."""
    await load(subscriber_csv, "chat_id\n7\n")
    (chat,) = await add_subscribers(database, 1)
    imported, new = columns(await get_subscriber(database, 7)), columns(await get_subscriber(database, chat))
    left_out = {"id", "chat_id", "joined_at"}
    assert imported | dict.fromkeys(left_out) == new | dict.fromkeys(left_out)


async def test_a_city_brings_its_time_zone(subscriber_csv: SubscriberCsv, database: Database) -> None:
    """The zone is a property of the city; a zone that the file names too stays."""
    await load(subscriber_csv, "chat_id,city,zone\n7,702550,\n8,702550,Europe/Paris\n")
    here, elsewhere = await get_subscriber(database, 7), await get_subscriber(database, 8)
    assert (here.city, here.zone) == (702550, "Europe/Kyiv")
    assert (elsewhere.city, elsewhere.zone) == (702550, "Europe/Paris")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0,,,", "0 is no chat id"),
        ("9999999999999999,,,", "9999999999999999 is no chat id"),
        ("٣,,,", "'٣' is no chat id"),
        (",stopped,,", "'' is no chat id"),
        ("1.5,,,", "'1.5' is no chat id"),
        ("5.01E+9,,,", "'5.01E+9' is a rounded number: let the spreadsheet show chat_id without E"),
        ('7,"active,,', STRAY),
        ("7,act\udce9ve,,", STRAY),
        ("7,act\0ve,,", STRAY),
        ("7," + '"' + "x" * 200_000, STRAY),
        ("7,,,,8,1,2,,,no,,more", "there are more cells than columns in the header"),
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
        ("7,,,,8,1,2,,,,Kyiv", "'Kyiv' is no city: write its number at GeoNames, as 703448"),
        ("7,,,,8,1,2,,,,5", "'5' is no city: write its number at GeoNames, as 703448"),
    ],
)
async def test_a_line_that_cannot_be_read_is_reported_and_left_out(
    subscriber_csv: SubscriberCsv, line: str, reason: str
) -> None:
    """The reason says what is wrong with the line, and the other lines are imported."""
    count = await load(subscriber_csv, f"{HEADER}\n{line}\n77,,,\n")
    assert (count.added, count.refused, count.reasons) == (1, 1, [f"line 2: {reason}"])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("en any! uk", "'any!' is no code of a language: write two or three letters, as uk"),
        ("en " * 17, "more than 16 languages"),
    ],
)
async def test_wrong_languages(subscriber_csv: SubscriberCsv, cell: str, reason: str) -> None:
    """Only codes of languages are imported, and only as many as the column holds."""
    count = await load(subscriber_csv, f"chat_id,story_languages\n7,{cell}\n8,en uk\n")
    assert (count.added, count.reasons) == (1, [f"line 2: {reason}"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "including chat_id"),
        ("id,name\n1,2\n", "including chat_id"),
        ("chat_id,shoe_size\n1,2\n", "There is no column 'shoe_size'"),
        ("c\0h\0a\0t\0_\0i\0d\0\n1\n", "not a CSV in UTF-8"),
        ('"chat_id\n1\n', "including chat_id"),
        ("sep=;\nid;name\n", "including chat_id"),
    ],
)
async def test_a_file_of_another_kind_is_refused(
    subscriber_csv: SubscriberCsv, text: str, sentence: str
) -> None:
    """The refusal says what the file should look like."""
    with pytest.raises(InvalidInputError, match=sentence):
        await load(subscriber_csv, text)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffchat_id;language\r\n101;uk\r\n102;de\r\n",
        "sep=;\r\nchat_id;language\r\n101;uk\r\n102;de\r\n",
        "Chat_ID, language\r\n101,uk\r\n102,de\r\n",
        "CHAT ID\tLanguage\n101\tUK\n102\tde-AT\n",
        "chat_id,language\n101.0,uk\n102.0,de\n",
        'chat-id,language\n"101","Ukrainian"\n102,німецька\n,\n\n',
        "language,chat_id\nua,101\nDeutsch,102\n",
    ],
)
async def test_what_spreadsheets_write(subscriber_csv: SubscriberCsv, database: Database, text: str) -> None:
    """Semicolons, tabs, a line with the separator, capitals, decimals and names of languages are read."""
    assert await load(subscriber_csv, text) == ImportCount(read=2, added=2)
    assert [(await get_subscriber(database, chat)).language for chat in (101, 102)] == ["uk", "de"]


@pytest.mark.parametrize("written", ["1.000", "1,000", "123.000"])
async def test_thousands_are_no_decimals(subscriber_csv: SubscriberCsv, written: str) -> None:
    """A number that a spreadsheet wrote with a separator of thousands is refused, and is no smaller chat."""
    count = await load(subscriber_csv, f"chat_id;language\n{written};uk\n")
    assert (count.added, count.reasons) == (0, [f"line 2: {written!r} is no chat id"])


async def test_a_stray_quote_costs_its_own_line(subscriber_csv: SubscriberCsv, database: Database) -> None:
    """The line is named, and the ones below it are imported with their own cells."""
    text = 'chat_id,language\r\n501,uk\r\n502,uk\r\n503,"uk\r\n504,uk\r\n505,uk\r\n'
    count = await load(subscriber_csv, text)
    assert (count.read, count.added, count.reasons) == (5, 4, [f"line 4: {STRAY}"])
    assert (await get_subscriber(database, 504)).language == "uk"


@pytest.mark.parametrize("language", ["Martian", "u", "uk uk", "qq"])
async def test_an_unknown_language_is_not_the_default(subscriber_csv: SubscriberCsv, language: str) -> None:
    """A language that nobody knows is refused; a known one that the bot does not speak means the default."""
    count = await load(subscriber_csv, f"chat_id,language\n7,{language}\n8,it\n")
    assert (count.added, count.reasons) == (
        1,
        [f"line 2: {language!r} is no language: write its code, as uk"],
    )


async def test_many_batches_come_in_whole(subscriber_csv: SubscriberCsv) -> None:
    """More Subscribers than fit into one transaction are all imported and exported, once and in order."""
    text = "chat_id\n" + "\n".join(str(number) for number in range(1, 12_001))
    assert (await load(subscriber_csv, text)).added == 12_000
    assert [line[0] for line in (await dump(subscriber_csv))[1:]] == [
        str(number) for number in range(1, 12_001)
    ]
