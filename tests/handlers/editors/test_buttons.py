"""Callback data of the editors' buttons: it is read back as written, rubbish is not, old buttons work."""

import re
from enum import StrEnum
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rendering.callbacks import FormData
from handlers.editors import buttons
from handlers.editors.appeals import buttons as appeal_buttons
from handlers.editors.broadcasts import buttons as broadcast_buttons
from handlers.editors.broadcasts.buttons import (
    BroadcastAction,
    BroadcastButton,
    Choice,
    CorrectionAction,
    CorrectionButton,
    HourButton,
    LanguageButton,
    PaidButton,
    PreparationAction,
    PreparationButton,
    PushButton,
    SendButton,
    TopicButton,
    UrgentButton,
)
from handlers.editors.buttons import (
    CardButton,
    ContinueButton,
    LettersButton,
    QueueButton,
    StoryAction,
    StoryButton,
    SubmissionAction,
    SubmissionButton,
)
from handlers.routes import BUTTONS
from storage.words import Length

FAMILIES = [
    one
    for module in (buttons, appeal_buttons, broadcast_buttons)
    for one in vars(module).values()
    if isinstance(one, type) and issubclass(one, FormData) and one is not FormData
]
OLD = {
    "review:show:3": QueueButton(3),
    "review:card:12": CardButton(12),
    "review:card:12:4:short:": StoryButton(StoryAction.CARD, 12, 4),
    "review:body:12:4:long:2": StoryButton(StoryAction.BODY, 12, 4, Length.LONG, "2"),
    "review:topic:12:4:brief:7-": StoryButton(StoryAction.TOPIC, 12, 4, Length.BRIEF, "7-"),
    "review:ask:12:4:short:headline": StoryButton(StoryAction.ASK, 12, 4, value="headline"),
    "again:update:12:0": SubmissionButton(SubmissionAction.UPDATE, 12, 0),
    "again:join:12:3": ContinueButton(12, 3),
    "correct:mend:12": CorrectionButton(CorrectionAction.CORRECT, 12),
    "correct:withdrawn:12": CorrectionButton(CorrectionAction.WITHDRAW, 12),
    "letters:0:9000000000:": LettersButton(0, 9_000_000_000, buttons.NO_STORY),
    "letters:0:9:all": LettersButton(0, 9, buttons.ALL),
    "broadcast:reach:5": BroadcastButton(BroadcastAction.SEND_TO_MISSING, 5),
    "broadcast:end:5": BroadcastButton(BroadcastAction.ASK_TO_CANCEL, 5),
    "draft:story:12": PushButton(12),
    "draft:show:5": PreparationButton(PreparationAction.SHOW, 5),
    "draft:topic:5": PreparationButton(PreparationAction.TOPICS, 5),
    "draft:paid:5": PreparationButton(PreparationAction.PRICE, 5),
    "draft:send:5:4:1": SendButton(5, 4, 1),
    "draft:topic:5:7:+": TopicButton(5, 7, Choice.ADD),
    "draft:language:5:uk:-": LanguageButton(5, "uk", Choice.REMOVE),
    "draft:hour:5:0": HourButton(5, 0),
    "draft:paid:5:1": PaidButton(5, paid=True),
    "draft:urgent:5:0": UrgentButton(5, urgent=False),
}


def _values(hint: Any) -> st.SearchStrategy[Any]:
    """Return all values that a field of this type may have."""
    if get_origin(hint) is Annotated:
        kind, pattern = get_args(hint)
        return st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True).map(kind)
    if hint is bool:
        return st.booleans()
    if issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    return st.integers(0, 999_999_999)


def _buttons() -> st.SearchStrategy[FormData]:
    """Return all buttons of all families."""
    return st.one_of(
        *(
            st.builds(
                family,
                **{
                    name: _values(hint)
                    for name, hint in get_type_hints(family, include_extras=True).items()
                    if f"{{{name}}}" in family.FORM
                },
            )
            for family in FAMILIES
        )
    )


@given(_buttons())
def test_what_is_written_is_read_back(button: FormData) -> None:
    """Each button is read back from its data, which fits Telegram's 64 bytes."""
    data = button.data()
    assert len(data.encode()) <= 64
    assert type(button).parse(data) == button
    assert type(button).PATTERN.match(data)


@given(_buttons())
def test_each_button_belongs_to_one_family(button: FormData) -> None:
    """No other family reads the data of a button, so that the order of the routes decides nothing."""
    readers = [family for family in FAMILIES if family.parse(button.data()) is not None]
    assert readers == [type(button)]


@given(st.text(max_size=64), _buttons(), st.integers(0, 64))
def test_rubbish_is_read_by_no_family(rubbish: str, button: FormData, cut: int) -> None:
    """Data that is not exactly a button's gives None, or a button that is written just so."""
    data = button.data()
    for made_up in (rubbish, data[:cut], data[:cut] + rubbish, f"{data}\n", f"{data}:{rubbish}"):
        for family in FAMILIES:
            found = family.parse(made_up)
            assert found is None or family.parse(found.data()) == found
    assert all(family.parse(f"{data}\n") is None for family in FAMILIES)


@pytest.mark.parametrize("digits", ["٣", "", "-1", "1e3", "1234567890", " 1"])
def test_a_number_has_one_to_nine_ascii_digits(digits: str) -> None:
    """Other ways to write a number give None."""
    assert CardButton.parse(f"review:card:{digits}") is None


@pytest.mark.parametrize("data", OLD)
def test_buttons_in_old_messages_still_work(data: str) -> None:
    """The data of earlier versions is read, and written just the same today."""
    button = OLD[data]
    assert type(button).parse(data) == button
    assert button.data() == data


@pytest.mark.parametrize("data", [*OLD, broadcast_buttons.BROADCASTS, broadcast_buttons.CHOOSE_STORY])
def test_every_button_has_a_route(data: str) -> None:
    """Some route before the last one, which answers what is unknown, takes the button."""
    assert any(re.match(pattern, data) for pattern, _ in BUTTONS[:-1])
