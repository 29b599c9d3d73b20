"""/search below the chat: what is found, in which order, and what is forgiven; on both databases."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.stories import search_terms
from bot.stories.search import Search, SearchPage
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
def searching(database: Database) -> Search:
    """The use cases over this database."""
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
    """A Story that is in the index, as intake leaves it."""
    given = {"headline": headline, "body": body, "language": language, "state": state, "released_at": NOON}
    async with database.transaction() as session:
        story_id = await add_story(session, **(given | values))
        await search.index(session, story_id, search_terms.index_entry(headline, body, language))
        return story_id


async def _ids(searching: Search, typed: str, language: str = "en") -> list[int]:
    found = await searching.find(typed, language, limit=10)
    assert found.total == len(found.stories)
    return [story.id for story in found.stories]


async def test_words_are_found_in_headline_and_body(database: Database, searching: Search) -> None:
    """In any case and order, all of them, wherever each of them stands; not where one is missing."""
    one = await _publish(database, "The bridge holds", "Olena Koval crossed it at noon.")
    await _publish(database, "The bridge fell", "Nobody crossed it.")
    assert await _ids(searching, "KOVAL Bridge") == [one]
    assert await _ids(searching, "bridge zebra") == []


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
    database: Database, searching: Search, language: str, text: str, typed: str
) -> None:
    """Another form of a word, without its accents, in scripts with and without spaces; numbers too."""
    await _publish(database, "Something else", "Nothing of it is here.")
    story = await _publish(database, text, language=language)
    assert await _ids(searching, typed, language) == [story]


async def test_stories_of_another_language_are_found(database: Database, searching: Search) -> None:
    """A Ukrainian reader finds an English Story by a name and by any form of an English word."""
    story = await _publish(database, "Volunteers leave Balakliya", language="en")
    assert await _ids(searching, "Balakliya", "uk") == [story]
    assert await _ids(searching, "volunteering", "uk") == [story]
    assert await _ids(searching, "Balakl", "uk") == [story]


async def test_a_beginning_of_a_few_letters_is_no_word(database: Database, searching: Search) -> None:
    """Four letters find the words that begin so, three do not."""
    story = await _publish(database, "Category five storm")
    assert await _ids(searching, "cate") == [story]
    assert await _ids(searching, "cat") == []


async def test_the_best_comes_first(database: Database, searching: Search) -> None:
    """A word in the headline counts more than one in the body, more often more than once; then the newer."""
    clock = MovableClock()
    filler = "People came and went all day long."
    once = await _publish(database, "One", f"The bridge was new. {filler}")
    twice = await _publish(database, "Two", f"The bridge is a bridge. {filler}")
    headline = await _publish(database, "Bridge", filler)
    clock.advance(hours=1)
    newer = await _publish(database, "One", f"The bridge was new. {filler}", released_at=clock())
    assert await _ids(searching, "bridge") == [headline, twice, newer, once]


@pytest.mark.parametrize("state", [one for one in StoryState if one is not StoryState.PUBLISHED])
async def test_what_is_not_published_does_not_show(
    database: Database, searching: Search, state: StoryState
) -> None:
    """Neither as a result, nor as what a typing error is corrected to."""
    await _publish(database, "Secret Balakliya", state=state)
    assert (await searching.find("balakliya", "en", limit=5)).total == 0
    assert await searching.find("balakleya", "en", limit=5) == SearchPage(("balakleya",))


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
    database: Database, searching: Search, typed: str, words: tuple[str, ...]
) -> None:
    """A letter too much, too few, wrong or swapped, at the beginning too; it is said what was looked for."""
    story = await _publish(database, "The bridge of Balakliya", "Volunteers came from Балаклія.")
    found = await searching.find(typed, "en", limit=5)
    assert (found.words, found.corrected) == (words, True)
    assert [one.id for one in found.stories] == [story]


async def test_a_word_that_is_there_is_not_corrected(database: Database, searching: Search) -> None:
    """Also where the Stories that have it lack another word; of the like words the most common is taken."""
    await _publish(database, "A bridge")
    await _publish(database, "A fridge")
    await _publish(database, "Another fridge")
    assert await searching.find("bridge fridge", "en", limit=5) == SearchPage(("bridge", "fridge"))
    assert (await searching.find("xridge", "en", limit=5)).words == ("fridge",)
    assert (await searching.find("zzzzzz", "en", limit=5)).words == ("zzzzzz",)


async def test_a_changed_story_is_found_by_its_new_words_alone(database: Database, searching: Search) -> None:
    """Indexed again, what it no longer says does not find it; typing errors lead to no word that is gone."""
    story = await _publish(database, "Volunteers leave", "From Balakliya.")
    async with database.transaction() as session:
        await search.index(session, story, search_terms.index_entry("Helpers stay", "In Izium.", "en"))
    assert await _ids(searching, "helpers izium") == [story]
    assert await searching.find("balakliya", "en", limit=5) == SearchPage(("balakliya",))


async def test_pages_follow_one_another(database: Database, searching: Search) -> None:
    """Every Story that fits stands on one page, and the total is that of all pages."""
    ids = [await _publish(database, f"Bridge {number}") for number in range(7)]
    pages = [await searching.find("bridge", "en", limit=3, offset=offset) for offset in (0, 3, 6)]
    assert [page.total for page in pages] == [7, 7, 7]
    assert sorted(story.id for page in pages for story in page.stories) == ids


async def test_stories_from_before_the_index_are_caught_up_with(
    database: Database, searching: Search
) -> None:
    """What was stored without being indexed is found after the duty's turn, and is indexed once."""
    async with database.transaction() as session:
        given = {"headline": "Old bridge", "state": StoryState.PUBLISHED, "released_at": NOON}
        for _ in range(23):
            await add_story(session, **given)
    assert (await searching.find("bridge", "en", limit=5)).total == 0
    assert await searching.catch_up() == 23
    assert (await searching.find("bridge", "en", limit=5)).total == 23
    assert await searching.catch_up() == 0


async def test_many_may_index_at_once(database: Database, searching: Search) -> None:
    """Transactions with the same words at the same moment neither fail nor wait for one another in a ring."""
    story = await _publish(database, "Nothing")
    entry = search_terms.index_entry("Bridge " * 3, "Zebra apple mango bridge people.", "en")
    await at_once(database, lambda session: search.index(session, story, entry))
    assert await _ids(searching, "bridge zebra") == [story]


async def test_a_translation_is_shown_in_the_readers_language(database: Database, searching: Search) -> None:
    """Whichever of a Story and its Translation has the word, each reader gets their own, once."""
    original = await _publish(database, "The bridge of Izium holds")
    translated = await _publish(database, "Міст в Izium тримається", language="uk")
    async with database.transaction() as session:
        await stories.change(session, translated, translation_of=original)
    found = await searching.find("bridge", "uk", limit=5)
    assert [story.id for story in found.stories] == [translated]
    found = await searching.find("Izium", "en", limit=5)
    assert [story.id for story in found.stories] == [original]


@pytest.mark.parametrize("first", [0x4E00, 0x20000, ord("a")])
async def test_the_longest_text_can_be_indexed(database: Database, searching: Search, first: int) -> None:
    """Two million characters, of which no two neighbours or words are the same, are cut, not refused."""
    chance = Random(4)  # noqa: S311  # the same text each time
    letters = [chr(first + chance.randrange(26 if first == ord("a") else 20_000)) for _ in range(50_000)]
    size = 4 if first == ord("a") else len(letters)
    text = " ".join("".join(letters[place : place + size]) for place in range(0, len(letters), size))
    story = await _publish(database, "Long", text * 40)
    assert await _ids(searching, "long") == [story]


@pytest.mark.parametrize("typed", HOSTILE)
async def test_operators_and_rubbish_are_words_or_nothing(
    database: Database, searching: Search, typed: str
) -> None:
    """What means something to FTS5, to tsquery or to SQL means nothing here."""
    story = await _publish(database, "The bridge holds", "It is headline news, not near or and 2.")
    found = await searching.find(typed, "en", limit=5)
    if "bridge" in typed:
        assert [one.id for one in found.stories] == [story]
    else:
        assert found.total == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80), language=st.sampled_from(["en", "uk", "zh", "ar", "xx"]))
async def test_no_input_breaks_the_search(
    database: Database, searching: Search, text: str, language: str
) -> None:
    """Any text can be indexed, and any can be looked for; a Story is found by each of its own words."""
    story = await _only(database)
    async with database.transaction() as session:
        await search.index(session, story, search_terms.index_entry(text, text[::-1], language))
    await searching.find(text[::-1], language, limit=5)
    for word in search_terms.words(text)[:3]:
        assert (await searching.find(word, language, limit=5)).total == 1


async def _only(database: Database) -> int:
    async with database.transaction() as session:
        [*ids] = await stories.in_states(session, limit=1)
        return ids[0].id if ids else await add_story(session, state=StoryState.PUBLISHED, released_at=NOON)
