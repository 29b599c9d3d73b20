"""Datelines: what news agencies put before a story's first sentence is taken off, and nothing else."""

import pytest

from bot.language.lexicon import lexicon_of
from bot.summaries.datelines import drop_opening_dateline, without_dateline, without_places


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
        ("(Rolling Stone)Fans sell air.", "Fans sell air."),
        ("Amman (una) – Im Norden brennt es.", "Im Norden brennt es."),
        ("Valencia, 9 nov.- Tres personas murieron.", "Tres personas murieron."),
        ("Mendoza (Argentina), 22 nov.- La búsqueda sigue.", "La búsqueda sigue."),
        ("Marseille, 29 nov. — Trente mineurs sont partis.", "Trente mineurs sont partis."),
        ("LONDON/KHARKIV, Nov 28 — A drone fell.", "A drone fell."),
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
        ("London Jan Doe has signed.", "Jan Doe has signed."),
        ("Tripoli, Libya Libyan lawmakers met.", "Libyan lawmakers met."),
        ("The Jan Doe Prize is awarded.", "The Jan Doe Prize is awarded."),
        ("Kabul has asked for help.", "Kabul has asked for help."),
        ("In Los Angeles The mayor spoke.", "In Los Angeles The mayor spoke."),
        ("Los Angeles Mayor Ann Roe spoke.", "Los Angeles Mayor Ann Roe spoke."),
    ],
)
def test_places_without_a_mark_are_removed(text: str, rest: str) -> None:
    """Places go if a first word, a name of the headline, or behind town and country any capital follows."""
    assert without_places(text, "Los Angeles Mayor: Ann Roe and Jan Doe", lexicon_of("en")) == rest


@pytest.mark.parametrize(
    ("texts", "left"),
    [
        (["Gdynia, 26.11.", "– Szpital powstanie w 2028 r."], ["Szpital powstanie w 2028 r."]),
        (["New York, NY – The firm grows."], ["The firm grows."]),
        (["Gdynia rośnie.", "– Tak – mówi wójt."], ["Gdynia rośnie.", "– Tak – mówi wójt."]),
    ],
)
def test_the_first_sentences_lose_their_dateline(texts: list[str], left: list[str]) -> None:
    """A dateline that was split off goes with the dash behind it; a town and its state go too."""
    count = len(texts)
    assert drop_opening_dateline(texts) == count - len(left)
    assert texts == left
