"""Content warnings are proposed by the words of a story, in six languages."""

import pytest

from bot.stories.intake.content_warnings import propose
from storage.words import ContentWarning

VIOLENCE, CHILDREN, DEATH = ContentWarning

PROPOSED = [
    ("en", "Gunmen attack a village", "The massacre lasted an hour.", {VIOLENCE}),
    ("en", "The clinic counts", "Nine patients died. Their funerals were held on Monday.", {DEATH}),
    ("en", "The ward is full", "A hungry boy waits for a bed.", {CHILDREN}),
    ("uk", "Обстріл знищив міст", "Міст стояв сто років.", {VIOLENCE}),
    ("uk", "Лікарня рахує", "Померли дев’ятеро людей. Похорон буде в понеділок.", {DEATH}),
    ("uk", "Відділення переповнене", "Поранений хлопчик чекає на ліжко.", {CHILDREN}),
    ("pl", "Ostrzał zniszczył most", "Most stał sto lat.", {VIOLENCE}),
    (
        "pl",
        "Szpital liczy",
        "Zmarło dziewięć osób, zmarły też dwie siostry. Pogrzeb w poniedziałek.",
        {DEATH},
    ),
    ("pl", "Oddział jest pełny", "Ranny chłopiec czeka na łóżko.", {CHILDREN}),
    ("de", "Massaker in einem Dorf", "Es dauerte eine Stunde.", {VIOLENCE}),
    ("de", "Die Klinik zählt", "Neun Menschen starben. Die Beerdigung ist am Montag.", {DEATH}),
    ("de", "Die Station ist voll", "Ein verletztes Kind wartet auf ein Bett.", {CHILDREN}),
    ("es", "Masacre en una aldea", "Duró una hora.", {VIOLENCE}),
    ("es", "La clínica cuenta", "Nueve personas murieron. El funeral es el lunes.", {DEATH}),
    ("es", "La sala está llena", "Un niño herido espera una cama.", {CHILDREN}),
    ("fr", "Massacre dans un village", "Il a duré une heure.", {VIOLENCE}),
    ("fr", "La clinique compte", "Neuf personnes sont mortes. Les obsèques ont lieu lundi.", {DEATH}),
    ("fr", "La salle est pleine", "Un garçon blessé attend un lit.", {CHILDREN}),
]
NOTHING = [
    ("en", "Volunteers reopen the bridge", "It held. Children crossed it at once, singing."),
    ("en", "A dead end", "No road leads on. " * 10),
    ("uk", "Волонтери відкрили міст", "Він тримається. Діти перейшли його першими."),
    ("de", "Die Brücke ist offen", "Kinder liefen als Erste darüber. Alle sangen."),
    ("und", "Massacre", "Massacre, murder, death."),
]


@pytest.mark.parametrize(("language", "headline", "body", "expected"), PROPOSED)
def test_what_the_words_say_is_proposed(
    language: str, headline: str, body: str, expected: set[ContentWarning]
) -> None:
    """Violence and death in the headline or twice in the text, and a child near suffering, are proposed."""
    assert set(propose(headline, body, language)) == expected


@pytest.mark.parametrize(("language", "headline", "body"), NOTHING[:1] + NOTHING[2:])
def test_nothing_is_proposed_without_such_words(language: str, headline: str, body: str) -> None:
    """Children alone are no warning, and a language without a table has none."""
    assert propose(headline, body, language) == ()


def test_one_word_alone_in_the_text_is_not_enough() -> None:
    """A figure of speech in a long text proposes nothing; said twice, it does."""
    once = "The street is a dead end. Nothing else happened."
    assert propose("A street", once, "en") == ()
    assert propose("A street", f"{once} Two people died.", "en") == (DEATH,)
