"""Datelines: what news agencies put before a story's first sentence is taken off, and nothing else."""

import pytest

from bot.language.lexicon import lexicon_of
from bot.summaries.datelines import without_dateline, without_places


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("(CNN)It was a good day.", "It was a good day."),
        ("Dhaka, Bangladesh (CNN)Police arrested a man.", "Police arrested a man."),
        ("LONDON (Reuters) - The bank said no.", "The bank said no."),
        ("WASHINGTON, Sept 12 — The minister left.", "The minister left."),
        ("КИЇВ, 12 вересня (Укрінформ) – Президент приїхав.", "Президент приїхав."),
        ("ISLAMABAD: The court decided.", "The court decided."),
        ("London, June 7, IRNA - The envoy spoke.", "The envoy spoke."),
        ("The United Nations (UN) is in New York.", "The United Nations (UN) is in New York."),
        ("President Obama (a Democrat) spoke.", "President Obama (a Democrat) spoke."),
        ("Kyiv - the capital - is calm.", "Kyiv - the capital - is calm."),
    ],
)
def test_a_dateline_is_removed(text: str, rest: str) -> None:
    """Place, date and agency are removed; brackets and dashes of the sentence stay."""
    assert without_dateline(text) == rest


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Kabul, Afghanistan A hospital has asked for help.", "A hospital has asked for help."),
        ("New Delhi If you believe the mayor, it is over.", "If you believe the mayor, it is over."),
        ("Kabul has asked for help.", "Kabul has asked for help."),
        ("In Los Angeles The mayor spoke.", "In Los Angeles The mayor spoke."),
        ("Los Angeles Mayor Ann Roe spoke.", "Los Angeles Mayor Ann Roe spoke."),
    ],
)
def test_places_without_a_mark_are_removed(text: str, rest: str) -> None:
    """Places are removed if a word follows that has a capital only at the beginning of a sentence."""
    assert without_places(text, "Los Angeles Mayor: Ann Roe and Jan Doe", lexicon_of("en")) == rest
