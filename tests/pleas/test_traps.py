"""Traps: stories in which somebody asks for something, and nothing may be shown."""

import pytest

from bot.articles.article import Article
from bot.pleas import pleas

SWINDLE = """Police warn of a fake appeal that spreads in groups of the town.

“Please help my son, send what you can, every pound counts,” the false message says. The fraudsters copied the
photo from another page. Do not click on the link, officers said.

Three people have lost money to the scam since Monday. The account was closed."""
MATCH = """The team lost its third game, and the club stays last in the league.

“We need you on Saturday, please come and help us,” the coach told fans. The striker is out for the season.

Tickets for the match cost 5 pounds. Kick off is at 3 p.m. at the stadium."""
WITNESSES = """Policja szuka świadków wypadku na ulicy Polnej.

„Prosimy o kontakt każdego, kto ma nagranie” – powiedział komisarz Jan Wilk.
Kierowca uciekł z miejsca zdarzenia.

Śledczy sprawdzają monitoring. Telefon do komendy to 47 700 10 10."""


@pytest.mark.parametrize(
    ("headline", "body", "language"),
    [
        ("Fake appeal for sick boy is a scam, police say", SWINDLE, "en"),
        ("Rovers coach begs fans before the match", MATCH, "en"),
        ("Policja szuka świadków wypadku", WITNESSES, "pl"),
    ],
    ids=["swindle", "match", "witnesses"],
)
def test_nothing_is_shown(headline: str, body: str, language: str) -> None:
    """Words of swindlers, coaches and the police are not shown, whatever they ask."""
    body = "\n\n".join(" ".join(part.split()) for part in body.split("\n\n"))
    found = pleas.find(Article(headline=headline, body=body, language=language))
    assert (found.plea, found.help) == (None, None)


def test_a_stories_other_quotations_are_no_pleas() -> None:
    """Only the quotation that asks is shown, not the one beside the cue."""
    body = (
        "The clinic in Tarn has no water. The road is cut.\n\n"
        "“It was dark,” said Ann Roe. "
        "“Please bring us water and blankets, we cannot hold out alone,” said Eva Lund.\n\n"
        "Blankets can be left at the town hall until 6 p.m., and gifts made at tarnrelief.example."
    )
    found = pleas.find(Article(headline="Clinic without water", body=body, language="en"))
    assert found.plea is not None
    assert found.plea.text.startswith("Please bring us water")
    assert found.plea.speaker == "Eva Lund"
    assert found.help is not None
    assert found.help.url == "https://tarnrelief.example"
