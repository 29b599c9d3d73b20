"""The fault counter of the bench: each kind is found, and a good summary has none."""

import pytest

from tests.load.fault_labels import agreement
from tests.load.faults import faults

STORY = (
    "The mayor, Ann Smith, opened a bridge on Monday, 3 May. She cut a ribbon. The old bridge was ugly."
    ' "We are proud," Smith said. People cheered. A video shows it.'
)


@pytest.mark.parametrize(
    ("summary", "fault"),
    [
        (['"We are proud.'], "broken"),
        (["People and the bridge"], "broken"),
        (['"We are proud of it."'], "speakerless"),
        (["She cut a ribbon."], "dangling"),
        (['"We are proud," Smith said.'], "dangling"),
        (["The old bridge was ugly."], "dangling"),
        (["People in this town cheered."], "dangling"),
        (["Ann Smith opened a bridge.", "Two years later, people cheered."], "dangling"),
        (["Ann Smith opened a bridge.", "Some have cheered with a ribbon in their hair."], "dangling"),
        (["Ann Smith opened a bridge.", "I saw people who cheered."], "dangling"),
        (["Valencia, 9 nov.- People cheered in the rain."], "boilerplate"),
        (["Amman (una) – People cheered in the rain."], "boilerplate"),
        (["The mayor, Ann Smith, opened a bridge.", "However, people cheered."], "connective"),
        (["For Ann Smith, though, it was late."], "connective"),
        (["Photo: Reuters shows the bridge."], "boilerplate"),
        (["(CNN)The mayor opened it."], "boilerplate"),
        (["Kabul, Afghanistan A hospital was hit."], "boilerplate"),
        (["Proud: Ann Smith cuts a ribbon."], "boilerplate"),
        (["Follow us on Twitter today."], "boilerplate"),
        (["Ann Smith opened a bridge on Monday."], "day"),
        (["The mayor opened the bridge.", "The mayor opened the bridge."], "repeat"),
    ],
)
def test_fault_is_counted(summary: list[str], fault: str) -> None:
    """One summary with one kind of fault."""
    assert fault in faults(summary, f"{STORY} {summary[-1]}", "en")


@pytest.mark.parametrize(
    ("summary", "headline"),
    [
        (
            [
                "The mayor, Ann Smith, opened a bridge on Monday, 3 May.",
                "She cut a ribbon.",
                '"We are proud," Smith said.',
            ],
            "",
        ),
        (['"We are proud," Smith said.'], "Mayor Smith is proud"),
        (["When she came, Ann Smith was late."], ""),
        (["It is clear that people cheered."], ""),
        (["Ann Smith, who was late, cut the ribbon of a bridge."], ""),
    ],
)
def test_good_summary_has_none(summary: list[str], headline: str) -> None:
    """What summary, headline or the sentence itself introduces is no fault, nor is a day with its date."""
    assert faults(summary, STORY, "en", headline) == frozenset()


def test_agreement_is_cohens_kappa() -> None:
    """Three of four agree where half would by chance: kappa is a half."""
    assert agreement([True, True, False, False], [True, False, False, False]) == (0.75, 0.5)
    assert agreement([True, True], [True, True]) == (1.0, 1.0)
