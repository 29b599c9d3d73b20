"""What /search finds, in which order, and which errors it forgives; on both databases."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.stories.search import search_terms
from bot.stories.search.search import Search, SearchPage
from storage.database import Database
from storage.stories import search, stories
from storage.words import StoryState
from tests.factories import NOON, MovableClock, add_story, at_once

HOSTILE = [
    '"',
    "'",
    '"bridge',
    "bridge*",
    "bridge OR",
    "NOT bridge",
    "bridge AND (",
    "NEAR(bridge, 2)",
    "headline:bridge",
    "-bridge",
    "^bridge",
    "bridge & | ! <->",
    "bridge:*",
    "%",
    "_",
    "\\",
    "\x00",
    "'; DROP TABLE stories; --",
    "🌻👩‍👩‍👧‍👦",
    "\u202e",
    "\ud800",
    "{words} %s",
    "?!…",
    "x" * 4000,
    "bridge " * 500,
]


@pytest.fixture
def searcher(database: Database) -> Search:
    """The use cases around the search index."""
    return Search(database)


async def _publish(
    database: Database,
    headline: str,
    body: str = "It held.",
    *,
    language: str = "en",
    state: StoryState = StoryState.PUBLISHED,
    **values: object,
) -> int:
    """Store a Story with its index entry, as intake does."""
    given = {"headline": headline, "body": body, "language": language, "state": state, "released_at": NOON}
    async with database.transaction() as session:
        story_id = await add_story(session, **(given | values))
        await search.index(session, story_id, search_terms.index_entry(headline, body, language))
        return story_id


async def _ids(searcher: Search, typed: str, language: str = "en") -> list[int]:
    found = await searcher.find(typed, language, limit=10)
    assert found.total == len(found.stories)
    return [story.id for story in found.stories]


async def test_words_are_found_in_headline_and_body(database: Database, searcher: Search) -> None:
    """A Story must have all words, in any case, order and place."""
    one = await _publish(database, "The bridge holds", "Olena Koval crossed it at noon.")
    await _publish(database, "The bridge fell", "Nobody crossed it.")
    assert await _ids(searcher, "KOVAL Bridge") == [one]
    assert await _ids(searcher, "bridge zebra") == []


@pytest.mark.parametrize(
    ("language", "text", "typed"),
    [
        ("en", "Volunteers were rebuilding schools", "volunteer rebuild school"),
        ("uk", "Волонтери відбудували школи", "волонтерка відбудувати"),
        ("uk", "Його сім'я повернулася", "сім’я"),
        ("de", "Die Häuser der Familie", "haus"),
        ("fr", "Les écoles détruites", "ecole"),
        ("pl", "Wolontariusze z Łodzi pomagają", "wolontariusz"),
        ("ru", "Добровольцы восстановили школу", "школы"),
        ("ar", "المتطوعون في المدينة", "مدينة"),
        ("zh", "志愿者修复了学校", "学校"),
        ("ja", "ボランティアが学校を直した", "学校"),
        ("ko", "자원봉사자들이 학교를 고쳤다", "학교"),
        ("th", "อาสาสมัครซ่อมโรงเรียน", "โรงเรียน"),
        ("hi", "स्वयंसेवकों ने किताबें दीं", "किताब"),
        ("he", "המתנדבים תיקנו את הגשר", "הגשר"),
        ("en", "The flood of 2026 hit house 7", "2026 7"),
    ],
)
async def test_words_are_found_in_every_script_and_form(
    database: Database, searcher: Search, language: str, text: str, typed: str
) -> None:
    """Inflected words, words without accents, numbers and unspaced scripts are found."""
    await _publish(database, "Something else", "Nothing of it is here.")
    story = await _publish(database, text, language=language)
    assert await _ids(searcher, typed, language) == [story]


async def test_stories_of_another_language_are_found(database: Database, searcher: Search) -> None:
    """A Ukrainian reader finds an English Story by a name and by inflected English words."""
    story = await _publish(database, "Volunteers leave Balakliya", language="en")
    assert await _ids(searcher, "Balakliya", "uk") == [story]
    assert await _ids(searcher, "volunteering", "uk") == [story]
    assert await _ids(searcher, "Balakl", "uk") == [story]


async def test_a_beginning_of_a_few_letters_is_no_word(database: Database, searcher: Search) -> None:
    """Four letters find longer words that begin with them; three do not."""
    story = await _publish(database, "Category five storm")
    assert await _ids(searcher, "cate") == [story]
    assert await _ids(searcher, "cat") == []


async def test_the_best_comes_first(database: Database, searcher: Search) -> None:
    """A word in the headline ranks first, then more occurrences, then the newer Story."""
    clock = MovableClock()
    filler = "People came and went all day long."
    once = await _publish(database, "One", f"The bridge was new. {filler}")
    twice = await _publish(database, "Two", f"The bridge is a bridge. {filler}")
    headline = await _publish(database, "Bridge", filler)
    clock.advance(hours=1)
    newer = await _publish(database, "One", f"The bridge was new. {filler}", released_at=clock())
    assert await _ids(searcher, "bridge") == [headline, twice, newer, once]


@pytest.mark.parametrize("state", [one for one in StoryState if one is not StoryState.PUBLISHED])
async def test_an_unpublished_story_is_not_found(
    database: Database, searcher: Search, state: StoryState
) -> None:
    """An unpublished Story is not found, and no typing error is corrected to its words."""
    await _publish(database, "Secret Balakliya", state=state)
    assert (await searcher.find("balakliya", "en", limit=5)).total == 0
    assert await searcher.find("balakleya", "en", limit=5) == SearchPage(("balakleya",))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Balakleya", ("balakliya",)),
        ("volonteer", ("volunteers",)),
        ("volnuteers", ("volunteers",)),
        ("brdige", ("bridge",)),
        ("rbidge", ("bridge",)),
        ("brigde balakleya", ("bridge", "balakliya")),
        ("Балаклея", ("балаклія",)),
    ],
)
async def test_typing_errors_are_forgiven(
    database: Database, searcher: Search, typed: str, words: tuple[str, ...]
) -> None:
    """A missing, extra, wrong or swapped letter is corrected, and the result says to what."""
    story = await _publish(database, "The bridge of Balakliya", "Volunteers came from Балаклія.")
    found = await searcher.find(typed, "en", limit=5)
    assert (found.words, found.corrected) == (words, True)
    assert [one.id for one in found.stories] == [story]


async def test_a_word_that_is_there_is_not_corrected(database: Database, searcher: Search) -> None:
    """A word that a Story has stays; else the most common of equally near words is used."""
    await _publish(database, "A bridge")
    await _publish(database, "A fridge")
    await _publish(database, "Another fridge")
    assert await searcher.find("bridge fridge", "en", limit=5) == SearchPage(("bridge", "fridge"))
    assert (await searcher.find("xridge", "en", limit=5)).words == ("fridge",)
    assert (await searcher.find("zzzzzz", "en", limit=5)).words == ("zzzzzz",)


async def test_a_changed_story_is_found_by_its_new_words_alone(database: Database, searcher: Search) -> None:
    """A Story that was indexed again is not found by its old words."""
    story = await _publish(database, "Volunteers leave", "From Balakliya.")
    async with database.transaction() as session:
        await search.index(session, story, search_terms.index_entry("Helpers stay", "In Izium.", "en"))
    assert await _ids(searcher, "helpers izium") == [story]
    assert await searcher.find("balakliya", "en", limit=5) == SearchPage(("balakliya",))


async def test_pages_follow_one_another(database: Database, searcher: Search) -> None:
    """Every Story is on one page, and each page has the same total."""
    ids = [await _publish(database, f"Bridge {number}") for number in range(7)]
    pages = [await searcher.find("bridge", "en", limit=3, offset=offset) for offset in (0, 3, 6)]
    assert [page.total for page in pages] == [7, 7, 7]
    assert sorted(story.id for page in pages for story in page.stories) == ids


async def test_stories_older_than_the_index_are_indexed(database: Database, searcher: Search) -> None:
    """Stories without an index entry are indexed once, by the Duty."""
    async with database.transaction() as session:
        given = {"headline": "Old bridge", "state": StoryState.PUBLISHED, "released_at": NOON}
        for _ in range(23):
            await add_story(session, **given)
    assert (await searcher.find("bridge", "en", limit=5)).total == 0
    assert await searcher.catch_up() == 23
    assert (await searcher.find("bridge", "en", limit=5)).total == 23
    assert await searcher.catch_up() == 0


async def test_many_may_index_at_once(database: Database, searcher: Search) -> None:
    """Transactions that index the same words at the same moment do not deadlock."""
    story = await _publish(database, "Nothing")
    entry = search_terms.index_entry("Bridge " * 3, "Zebra apple mango bridge people.", "en")
    await at_once(database, lambda session: search.index(session, story, entry))
    assert await _ids(searcher, "bridge zebra") == [story]


async def test_a_translation_is_shown_in_the_readers_language(database: Database, searcher: Search) -> None:
    """Each reader gets the Story of the group in their language, once."""
    original = await _publish(database, "The bridge of Izium holds")
    translated = await _publish(database, "Міст в Izium тримається", language="uk")
    async with database.transaction() as session:
        await stories.change(session, translated, translation_of=original)
    found = await searcher.find("bridge", "uk", limit=5)
    assert [story.id for story in found.stories] == [translated]
    found = await searcher.find("Izium", "en", limit=5)
    assert [story.id for story in found.stories] == [original]


@pytest.mark.parametrize("first", [0x4E00, 0x20000, ord("a")])
async def test_the_longest_text_can_be_indexed(database: Database, searcher: Search, first: int) -> None:
    """Two million characters of different words are cut, not refused."""
    chance = Random(4)  # the same text each time
    letters = [chr(first + chance.randrange(26 if first == ord("a") else 20_000)) for _ in range(50_000)]
    size = 4 if first == ord("a") else len(letters)
    text = " ".join("".join(letters[place : place + size]) for place in range(0, len(letters), size))
    story = await _publish(database, "Long", text * 40)
    assert await _ids(searcher, "long") == [story]


@pytest.mark.parametrize("typed", HOSTILE)
async def test_operators_and_rubbish_are_words_or_nothing(
    database: Database, searcher: Search, typed: str
) -> None:
    """Operators of FTS5, tsquery and SQL have no effect."""
    story = await _publish(database, "The bridge holds", "It is headline news, not near or and 2.")
    found = await searcher.find(typed, "en", limit=5)
    if "bridge" in typed:
        assert [one.id for one in found.stories] == [story]
    else:
        assert found.total == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80), language=st.sampled_from(["en", "uk", "zh", "ar", "xx"]))
async def test_no_input_breaks_the_search(
    database: Database, searcher: Search, text: str, language: str
) -> None:
    """Any text can be indexed and searched, and is found by its own words."""
    story = await _only(database)
    async with database.transaction() as session:
        await search.index(session, story, search_terms.index_entry(text, text[::-1], language))
    await searcher.find(text[::-1], language, limit=5)
    for word in search_terms.words(text)[:3]:
        assert (await searcher.find(word, language, limit=5)).total == 1


async def _only(database: Database) -> int:
    async with database.transaction() as session:
        [*ids] = await stories.in_states(session, limit=1)
        return ids[0].id if ids else await add_story(session, state=StoryState.PUBLISHED, released_at=NOON)


async def test_a_word_that_many_have_finds_the_newest(
    database: Database, searcher: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of these the best stands first, and no page goes beyond them; other states do not count."""
    monkeypatch.setattr(search, "MOST", 4)
    oldest = await _publish(database, "Bridge bridge bridge")
    newer = [await _publish(database, f"Number {number}", "A bridge.") for number in range(3)]
    best = await _publish(database, "Bridge")
    await _publish(database, "Bridge", state=StoryState.DRAFT)
    pages = [await searcher.find("bridge", "en", limit=3, offset=offset) for offset in (0, 3, 4)]
    assert [[story.id for story in page.stories] for page in pages] == [
        [best, newer[2], newer[1]],
        [newer[0]],
        [],
    ]
    assert [page.total for page in pages] == [4, 4, 0]
    async with database.read() as session:
        found = await search.find(session, search_terms.terms_of("bridge", {"en"}), limit=9)
        everything = await search.find(session, search_terms.terms_of("three", {"en"}), limit=9)
    assert (found.has_more, everything.has_more) == (True, False)
    assert oldest not in [story.id for story in found.stories]
