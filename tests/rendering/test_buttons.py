"""Callback data: what a class writes it reads again, in at most 64 bytes, and it reads nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rendering.buttons import (
    DayOffButton,
    DayOffChoice,
    DigestPage,
    FollowedThreads,
    FollowThread,
    ForgetMe,
    HelpedButton,
    HelpedChoice,
    LatestPage,
    LetterAction,
    LetterButton,
    PreferencesButton,
    SearchPage,
    ShareStory,
    StoryView,
    ThreadPage,
    story_in,
)
from bot.rendering.callbacks import MOST_BYTES
from storage.words import Length

FAMILIES = (
    DayOffButton,
    DigestPage,
    FollowedThreads,
    FollowThread,
    ForgetMe,
    HelpedButton,
    LatestPage,
    LetterButton,
    PreferencesButton,
    SearchPage,
    ShareStory,
    StoryView,
    ThreadPage,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
numbers = st.integers(0, 999_999)
digest_pages = st.builds(
    DigestPage,
    st.integers(0, 10**16).map(lambda micros: EPOCH + timedelta(microseconds=micros)),
    st.integers(0, 99),
)
opened_from: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.builds(lambda page: {"back": page}, numbers)
opened_from |= st.builds(lambda page: {"digest": page}, digest_pages)
views = st.builds(
    lambda where, **parts: StoryView(**parts, **where),
    opened_from,
    story_id=st.integers(0, 999_999_999),
    length=st.sampled_from(Length),
    page=st.integers(0, 9999),
    appeal=st.booleans(),
    exact=st.booleans(),
)
choices = st.text("abcdefghijklmnopqrstuvwxyzABC/_-+0123456789", min_size=1, max_size=40)
buttons = st.one_of(
    views,
    digest_pages,
    st.builds(ShareStory, views),
    st.builds(FollowThread, st.booleans(), views),
    st.builds(ThreadPage, numbers, views),
    st.builds(FollowedThreads, st.none() | st.integers(0, 999_999_999)),
    st.builds(LatestPage, numbers),
    st.builds(SearchPage, st.integers(0, 9999), st.text(max_size=50)),
    st.builds(PreferencesButton, st.sampled_from(["zone", "quietuntil"]), st.none() | choices),
    st.builds(PreferencesButton, st.just("told"), st.sampled_from(["uk", "any", "1"]), st.booleans()),
    st.builds(DayOffButton, st.none() | st.sampled_from(DayOffChoice)),
    st.builds(ForgetMe, st.booleans()),
    st.builds(
        HelpedButton,
        st.sampled_from(HelpedChoice),
        st.none() | st.integers(0, 999_999_999),
        st.none() | views,
    ),
    st.builds(LetterButton, st.sampled_from(LetterAction)),
)
OLD = {
    "story:12:short:0:0:": StoryView(12),
    "story:12:long:3:1:7": StoryView(12, Length.LONG, 3, appeal=True, back=7),
    "story:12:brief:0:0::exact": StoryView(12, Length.BRIEF, exact=True),
    "story:12:short:0:0:hvjkyo8wxs.2": StoryView(12, digest=DigestPage.of("hvjkyo8wxs.2")),
    "digest:hvjkyo8wxs.2": DigestPage.of("hvjkyo8wxs.2"),
    "share:story:12:short:0:0:": ShareStory(StoryView(12)),
    "follow:1:story:12:short:0:0:": FollowThread(True, StoryView(12)),
    "thread:3:story:12:short:0:0:": ThreadPage(3, StoryView(12)),
    "followed": FollowedThreads(),
    "followed:4": FollowedThreads(4),
    "latest:0": LatestPage(0),
    "search:2:bridge: 1": SearchPage(2, "bridge: 1"),
    "prefs:overview": PreferencesButton("overview"),
    "prefs:zone:America/New_York": PreferencesButton("zone", "America/New_York"),
    "prefs:rest:6:1": PreferencesButton("rest", "6", wanted=True),
    "prefs:quiet:22-8": PreferencesButton("quiet", "22-8"),
    "prefs:silent:0": PreferencesButton("silent", "0"),
    "dayoff": DayOffButton(),
    "dayoff:7": DayOffButton(DayOffChoice.WEEK),
    "forgetme:yes": ForgetMe(confirmed=True),
    "did:o::": HelpedButton(HelpedChoice.OPEN),
    "did:d:2s:story:12:short:0:1:": HelpedButton(HelpedChoice.DECLARE, 100, StoryView(12, appeal=True)),
    "feedback:mute": LetterButton(LetterAction.MUTE),
}
"""Data of buttons that stand in chats: its format must stay."""

RUBBISH = ("", "x", "::", "\0", "review:card:1", "prefs:", "digest:zzzzzzzzzzzz.0", "story:1")


@given(buttons)
def test_what_is_written_is_read_again(button: Any) -> None:
    """A class parses its own data to an equal button, which writes the same data."""
    found = type(button).parse(button.data())
    assert found == button
    assert found.data() == button.data()
    assert button.data().startswith(button.PREFIX)


@given(views, digest_pages)
def test_the_longest_buttons_fit(view: StoryView, page: DigestPage) -> None:
    """All that a view can hold fits into the button, also with a prefix before it."""
    helped = HelpedButton(HelpedChoice.DECLARE, 999_999_999, view)
    for button in (page, view, ShareStory(view), FollowThread(True, view), ThreadPage(999_999, view), helped):
        assert len(button.data().encode()) <= MOST_BYTES


@given(st.sampled_from(FAMILIES), st.text() | buttons.map(lambda button: button.data()), st.text(max_size=3))
def test_rubbish_is_read_as_none_or_as_what_writes_it(family: Any, data: str, more: str) -> None:
    """No data raises an error; what a class accepts it writes in a form that means the same."""
    for text in (data, f"{data}{more}", f"{more}{data}", f"{family.PREFIX}{data}"):
        found = family.parse(text)
        assert found is None or family.parse(found.data()) == found


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("rubbish", RUBBISH)
def test_known_rubbish_is_none(family: Any, rubbish: str) -> None:
    """Data of no class, or of a Digest beyond the calendar, is None for every class."""
    assert family.parse(rubbish) is None


@pytest.mark.parametrize(
    "data",
    [
        "story:1:short:0:0",
        "story:1:tiny:0:0:",
        "story:-1:short:0:0:",
        "story:1000000000:short:0:0:",
        "story:1:short:0:2:",
        "story:1:short:0:0:\n",
        "STORY:1:short:0:0:",
        "story:1:short:0:0:1:2",
        "story:1:short:0:0:1:exact:exact",
    ],
)
def test_callback_data_that_is_nearly_ours_is_refused(data: str) -> None:
    """Data that is almost valid parses to None."""
    assert StoryView.parse(data) is None


@pytest.mark.parametrize("data", OLD)
def test_old_buttons_still_work(data: str) -> None:
    """Buttons that earlier versions have sent are read, and written in the same way."""
    button: Any = OLD[data]
    assert type(button).parse(data) == button
    assert button.data() == data


def test_the_story_of_a_button_is_found() -> None:
    """The story is found in every button of a story's message, and in no other."""
    assert story_in("follow:1:story:12:short:0:0:") == 12
    assert story_in("latest:12") is None
