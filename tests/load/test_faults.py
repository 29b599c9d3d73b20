"""The fault counters of the bench: each finds its fault, and a good summary has none."""

import pytest

from tests.load.faults import faults

STORY = (
    'The mayor, Ann Smith, opened the bridge. She cut a ribbon. "We are proud," Smith said. People cheered.'
)


@pytest.mark.parametrize(
    ("summary", "fault"),
    [
        (['"We are proud.'], "quote"),
        (['"We are proud of it."'], "bare quote"),
        (["She cut a ribbon."], "opener"),
        (["The mayor, Ann Smith, opened the bridge.", "However, people cheered."], "opener"),
        (["Photo: Reuters shows the bridge."], "boilerplate"),
        (["(CNN)The mayor opened it."], "boilerplate"),
        (["Follow us on Twitter today."], "boilerplate"),
        (["People and the bridge"], "fragment"),
        (["The mayor opened the bridge.", "The mayor opened the bridge."], "repeat"),
    ],
)
def test_fault_is_counted(summary: list[str], fault: str) -> None:
    """One summary with one kind of fault."""
    assert fault in faults(summary, STORY, "en")


def test_good_summary_has_none() -> None:
    """A pronoun right behind its antecedent and a quote with its speaker are no faults."""
    summary = ["The mayor, Ann Smith, opened the bridge.", "She cut a ribbon.", '"We are proud," Smith said.']
    assert faults(summary, STORY, "en") == frozenset()
