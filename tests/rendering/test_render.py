"""Hostile stories and appeals still become messages that Telegram accepts."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import i18n
from bot.appeals.visibility import showable
from bot.rendering import lists, render
from bot.rendering.buttons import StoryView
from bot.rendering.message import TEXT_LIMIT, Message, units
from bot.rendering.render import Reader, ThreadNeighbours
from storage.models import Appeal, Story, Summary
from storage.words import AppealState, Length, StoryState
from tests.factories import NOON

DATA_LIMIT = 64  # bytes of callback data (Bot API, InlineKeyboardButton)
READER = Reader(i18n.in_language("en"), UTC)
HOSTILE = "<b>&amp;</b> \u05e9\u05dc\u05d5\u05dd 👩‍👩‍👧 *_`[x](y) {0}"

long_texts = st.builds(
    lambda piece, times: piece * times, st.text(min_size=1, max_size=20), st.sampled_from([1, 7, 90, 900])
)
languages = st.sampled_from(i18n.languages())


def a_story(**values: object) -> Story:
    given = {
        "id": 999_999_999,
        "state": StoryState.PUBLISHED,
        "headline": "Volunteers reopen the bridge",
        "language": "en",
        "body": "It held.",
        "published": NOON,
        "summaries": [Summary(length=length, text=f"{length}.\nIt held.") for length in Length],
    }
    return Story(**(given | values))


def an_appeal(**values: object) -> Appeal:
    given = {
        "id": 1,
        "organisation": "Bridge Fund",
        "purpose": "For planks.",
        "url": "https://example.org/help",
        "state": AppealState.VERIFIED,
        "valid_until": None,
    }
    return Appeal(**(given | values))


appeals = st.builds(
    an_appeal,
    organisation=long_texts,
    purpose=long_texts,
    url=st.integers(1, 60).map(lambda number: f"https://{'sub.' * number}example.org/{'x' * number * 30}"),
)
stories = st.builds(
    a_story,
    headline=long_texts,
    byline=st.none() | long_texts,
    body=long_texts,
    address=st.none() | st.just("https://example.org/story"),
    plea=st.none() | long_texts,
    plea_speaker=st.none() | long_texts,
    summaries=long_texts.map(lambda text: [Summary(length=length, text=text) for length in Length]),
)
views = st.builds(
    StoryView,
    story_id=st.integers(1, 999_999_999),
    length=st.sampled_from(Length),
    page=st.integers(0, 9999),
    appeal=st.booleans(),
    back=st.none() | st.integers(0, 999_999),
    exact=st.booleans(),
)
arounds = st.builds(ThreadNeighbours, st.none() | st.booleans(), before=st.booleans(), after=st.booleans())


def assert_telegram_takes(message: Message) -> None:
    """Check text limit, entities, callback data, and that each button has exactly one aim."""
    assert units(message.text) <= TEXT_LIMIT
    assert all(one.offset + one.length <= units(message.text) for one in message.entities)
    buttons = [button for row in message.rows for button in row]
    assert len(buttons) <= 100
    assert all((button.data is None) != (button.url is None) for button in buttons)
    assert all(len((button.data or "").encode()) <= DATA_LIMIT for button in buttons)


def links(message: Message) -> set[str]:
    """Return every address that a tap on this message can open."""
    found = {button.url for row in message.rows for button in row} | {one.url for one in message.entities}
    return {url for url in found if url}


@given(stories, views, st.none() | appeals, languages, arounds)
def test_a_story_message_never_exceeds_the_limits(
    story: Story, view: StoryView, appeal: Appeal | None, language: str, around: ThreadNeighbours
) -> None:
    """A story's message keeps the limits whatever its parts, Thread and Translation are."""
    reader = Reader(i18n.in_language(language), UTC)
    assert_telegram_takes(render.story(story, view, appeal, reader, around=around))
    story.language, story.original = "zh", a_story()
    assert_telegram_takes(render.story(story, view, appeal, reader, around=around))


@given(st.lists(stories, min_size=1, max_size=lists.STORIES_A_PAGE), st.integers(0, 999), languages, views)
def test_a_list_of_stories_never_exceeds_the_limits(
    found: list[Story], page: int, language: str, view: StoryView
) -> None:
    """Five headlines and bylines of any length fit on one page of any list."""
    reader = Reader(i18n.in_language(language), UTC)
    assert_telegram_takes(lists.latest(found, page, 5000, reader))
    assert_telegram_takes(lists.thread(found[0].headline, found, reader, view=view, page=page, total=5000))
    assert_telegram_takes(lists.matches(found, reader))


@given(st.lists(appeals, max_size=12), languages)
def test_a_list_of_appeals_never_exceeds_the_limits(shown: list[Appeal], language: str) -> None:
    """Appeals that do not fit are left out whole; each link that is named has its button."""
    message = lists.appeals(shown, Reader(i18n.in_language(language), UTC))
    assert_telegram_takes(message)
    assert len(message.rows) == len([one for one in message.entities if one.type == "text_link"])
    assert bool(message.rows) == bool(shown)


def test_what_people_wrote_arrives_unchanged() -> None:
    """Right-to-left letters, emoji, markup and braces arrive as plain text."""
    story = a_story(headline=HOSTILE, byline=HOSTILE, body=HOSTILE, plea=HOSTILE, plea_speaker=HOSTILE)
    story.summaries = [Summary(length=Length.SHORT, text=HOSTILE)]
    appeal = an_appeal(organisation=HOSTILE, purpose=HOSTILE)
    shown = render.story(story, StoryView(1, appeal=True), appeal, READER).text
    assert shown.count(HOSTILE) == 7
    assert HOSTILE in render.story(story, StoryView(1, page=1), None, READER).text


@pytest.mark.parametrize(
    "hidden",
    [
        {"state": AppealState.PROPOSED},
        {"state": AppealState.RETIRED},
        {"valid_until": NOON},
    ],
    ids=["unverified", "retired", "expired"],
)
@pytest.mark.parametrize("opened", [True, False])
def test_an_appeal_that_readers_may_not_see_never_appears(hidden: dict[str, object], opened: bool) -> None:
    """A hidden Appeal never appears: neither link nor name nor button, also under an old button."""
    appeal = an_appeal(**hidden)
    message = render.story(a_story(), StoryView(1, appeal=opened), showable(appeal, NOON), READER)
    assert links(message) == set()
    labels = [button.text for row in message.rows for button in row]
    assert "How to help" not in labels
    assert "Bridge Fund" not in message.text + "".join(labels)


def test_a_verified_appeal_appears_once_it_is_asked_for() -> None:
    """Closed, an Appeal is a button; open, it is name, link and whole host."""
    appeal, view = an_appeal(), StoryView(1)
    closed = render.story(a_story(), view, appeal, READER)
    opened = render.story(a_story(), replace(view, appeal=True), appeal, READER)
    assert links(closed) == set()
    assert replace(view, appeal=True).data() in [button.data for row in closed.rows for button in row]
    assert links(opened) == {"https://example.org/help"}
    assert "example.org" in opened.text
    assert "Bridge Fund" in opened.text


def button_texts(message: Message) -> list[str]:
    return [button.text for row in message.rows for button in row]


@pytest.mark.parametrize(
    ("around", "expected"),
    [
        (ThreadNeighbours(), []),
        (ThreadNeighbours(before=True, after=True), []),  # no Thread any more
        (ThreadNeighbours(follows=False), ["Follow this story"]),
        (ThreadNeighbours(follows=True), ["Stop following"]),
        (ThreadNeighbours(follows=False, before=True), ["Follow this story", "What happened before"]),
        (
            ThreadNeighbours(follows=True, before=True, after=True),
            ["Stop following", "What happened next"],
        ),
    ],
)
def test_the_buttons_of_a_running_story(around: ThreadNeighbours, expected: list[str]) -> None:
    """The buttons of a Thread follow from what it has before and after the Story."""
    ours = {"Follow this story", "Stop following", "What happened before", "What happened next"}
    message = render.story(a_story(), StoryView(1), None, READER, around=around)
    assert [text for text in button_texts(message) if text in ours] == expected


@pytest.mark.parametrize(
    ("language", "translation_of", "note"),
    [
        ("en", None, None),
        ("uk", None, "This story is in Ukrainian."),
        ("de", 7, "This story is in German."),
        ("fr", None, None),
        ("und", None, None),
        ("xx", None, None),
    ],
)
def test_a_story_in_another_language_says_so(
    language: str, translation_of: int | None, note: str | None
) -> None:
    """Only if the language is known, not that of the bot, and none that the reader chose."""
    reader = replace(READER, languages=("fr", "es"))
    story = a_story(language=language, translation_of=translation_of)
    shown = render.story(story, StoryView(1), None, reader).text.splitlines()
    assert [line for line in shown if line.startswith("This story is in")] == ([note] if note else [])


@pytest.mark.parametrize("language", ["en", "uk"])
def test_an_empty_line_stands_above_the_summary(language: str) -> None:
    """Also below the note on the language."""
    story = a_story(language=language)
    above, summary, _ = render.story(story, StoryView(1), None, READER).text.partition("short. It held.")
    assert summary
    assert above.endswith("\n\n")
    assert not above.endswith("\n\n\n")


@pytest.mark.parametrize(
    ("language", "byline", "expected"),
    [
        ("de", None, "Hinzugefügt am 22. Nov. 2026"),
        ("de", "Olena", "Olena · hinzugefügt am 22. Nov. 2026"),
        ("fr", None, "En ligne depuis le 22 nov. 2026"),
        ("en", "von Ossietzky", "von Ossietzky · added Nov 22, 2026"),
    ],
)
def test_a_date_that_begins_a_line_has_a_capital(language: str, byline: str | None, expected: str) -> None:
    """A name stays as its owner writes it."""
    story = a_story(byline=byline, published=None, released_at=datetime(2026, 11, 22, tzinfo=UTC))
    said = render.signature(story, replace(READER, texts=i18n.in_language(language)))
    assert said.replace("\u00a0", " ") == expected


@pytest.mark.parametrize("state", StoryState)
def test_an_original_is_offered_where_readers_may_see_it(state: StoryState) -> None:
    """A Translation of a hidden Story has no button to its original."""
    story = a_story(original=a_story(id=5, state=state), translation_of=5)
    message = render.story(story, StoryView(9, Length.LONG, back=2), None, READER)
    aims = {button.text: button.data for row in message.rows for button in row}
    expected = StoryView(5, Length.LONG, back=2, exact=True).data()
    assert aims.get("Show the original") == (expected if state is StoryState.PUBLISHED else None)
    back = render.story(a_story(), StoryView(5, exact=True), None, READER)
    assert "Show the translation" in button_texts(back)


def test_a_lookalike_host_is_shown_in_its_ascii_form() -> None:
    """A lookalike host is shown in its ASCII form."""
    card = lists.appeals([an_appeal(url="https://xn--pple-43d.com/")], READER)
    assert "xn--pple-43d.com" in card.text


def test_every_length_is_one_tap_from_its_neighbours() -> None:
    """Shorter and longer lead to the next Length, and are missing at the ends."""
    story = a_story()
    for view, expected in (
        (StoryView(1, Length.BRIEF), [Length.SHORT]),
        (StoryView(1, Length.SHORT), [Length.BRIEF, Length.LONG]),
        (StoryView(1, Length.LONG), [Length.SHORT]),
    ):
        message = render.story(story, view, None, READER)
        parsed = [StoryView.parse(button.data or "") for row in message.rows for button in row]
        reached = [one.length for one in parsed if one is not None and one.page == 0]
        assert reached == expected
        assert f"{view.length}. It held." in message.text


def test_the_full_story_can_be_read_page_by_page() -> None:
    """The arrows lead through every paragraph; a page past the end shows the last one."""
    paragraphs = [f"Paragraph {number}. " + "It held. " * 20 for number in range(60)]
    story = a_story(body="\n\n".join(paragraphs))
    seen, view = "", StoryView(1, page=1)
    while True:
        message = render.story(story, view, None, READER)
        seen += message.text
        after = [button for row in message.rows for button in row if button.text.endswith(" ›")]
        if not after:
            break
        parsed = StoryView.parse(after[0].data or "")
        assert parsed is not None
        assert parsed.page == view.page + 1
        view = parsed
    assert all(f"Paragraph {number}. " in seen for number in range(60))
    assert render.story(story, replace(view, page=9999), None, READER).text == message.text
