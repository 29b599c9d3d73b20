"""Registry numbers: read as people write them, checked where the register is known."""

import pytest
from stdnum.exceptions import ValidationError

from bot.appeals import registries
from bot.appeals.registries import RegistryNumber
from bot.errors import InvalidInputError
from bot.i18n import in_language


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("KRS 0000174486", None, RegistryNumber("0000174486", "PL", "KRS", is_checked=False)),
        ("krs: 0000174486", "PL", RegistryNumber("0000174486", "PL", "KRS", is_checked=False)),
        ("PL NIP 525-22-90-483", None, RegistryNumber("525-229-04-83", "PL", "NIP", is_checked=True)),
        ("ЄДРПОУ 00032129", None, RegistryNumber("00032129", "UA", "ЄДРПОУ", is_checked=True)),
        ("EDRPOU: 00032129", None, RegistryNumber("00032129", "UA", "ЄДРПОУ", is_checked=True)),
        ("UA 00032129", None, RegistryNumber("00032129", "UA", "ЄДРПОУ", is_checked=True)),
        ("00032129", "UA", RegistryNumber("00032129", "UA", "ЄДРПОУ", is_checked=True)),
        ("775 672 272", "FR", RegistryNumber("775 672 272", "FR", "SIREN", is_checked=True)),
        ("RNA W751004076", None, RegistryNumber("W751004076", "FR", "RNA", is_checked=False)),
        ("G28651529", "ES", RegistryNumber("G28651529", "ES", "NIF", is_checked=True)),
        ("VR 4711 Köln", "DE", RegistryNumber("Köln VR 4711", "DE", "Vereinsregister", is_checked=False)),
        ("Charity no. 202918", None, RegistryNumber("202918", "GB", "Charity no.", is_checked=False)),
        ("GB SC039150", None, RegistryNumber("SC039150", "GB", "Charity no.", is_checked=False)),
        ("53-0196605", "US", RegistryNumber("53-0196605", "US", "EIN", is_checked=False)),
        ("CHE-100.155.212", "CH", RegistryNumber("CHE-100.155.212", "CH", "UID", is_checked=True)),
        ("UID CHE-100.155.212", None, RegistryNumber("CHE-100.155.212", "CH", "UID", is_checked=True)),
    ],
)
def test_a_number_is_read_in_its_register(typed: str, country: str | None, number: RegistryNumber) -> None:
    """The register is named in front, or the country is; the number gets its usual form."""
    assert registries.read(typed, country) == number


@pytest.mark.parametrize(
    ("typed", "country"),
    [("Reg-like 12/345", None), ("Sąd w Radomiu 17", "PL"), ("123456789", None), ("Reg. 77 b", "NP")],
)
def test_an_unknown_register_is_taken_but_not_checked(typed: str, country: str | None) -> None:
    """What no register of ours knows stays as it was typed, and readers see that nobody checked it."""
    found = registries.read(f"  {typed} ", country)
    assert (found.number, found.register, found.is_checked) == (typed, "", False)
    assert "not checked" in found.label(in_language("en"))


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("NIP 5252290484", None),  # its last digit is wrong
        ("EDRPOU 00032128", None),
        ("KRS 174486", None),
        ("775672273", "FR"),
        ("", None),
        ("KRS", "PL"),
        ("1" * 61, None),
        ("12\u202e34", None),
        ("№ ", None),
    ],
)
def test_a_wrong_number_is_refused_in_a_sentence(typed: str, country: str | None) -> None:
    """Wrong check digits, a wrong form or length, and signs that cannot be seen."""
    with pytest.raises(InvalidInputError):
        registries.read(typed, country)


@pytest.mark.parametrize(
    ("typed", "country", "other"),
    [
        ("EDRPOU 00032129", "PL", "UA"),
        ("UA 00032129", "PL", "UA"),
        ("00032129", "PL", "UA"),
        ("KRS 0000174486", "DE", "PL"),
    ],
)
def test_a_number_of_another_country_is_named(typed: str, country: str, other: str) -> None:
    """The sentence names the register and both countries."""
    with pytest.raises(InvalidInputError) as refusal:
        registries.read(typed, country)
    assert f"({other}), not {country}" in str(refusal.value)


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("en", "ЄДРПОУ 00032129 (Ukraine)"),
        ("de", "ЄДРПОУ 00032129 (Ukraine)"),
        ("uk", "ЄДРПОУ 00032129 (Україна)"),
    ],
)
def test_readers_see_the_register_and_the_country(language: str, label: str) -> None:
    """The country is in the reader's language, the register as it is called at home."""
    assert registries.read("EDRPOU 00032129").label(in_language(language)) == label


def test_every_register_refuses_nonsense() -> None:
    """No check lets a word pass, or fails in another way than by the error that we expect."""
    for register in registries.REGISTERS:
        for nonsense in ("x", "1", "ЄЄЄ", "0" * 40, "", "😀12"):
            with pytest.raises(ValidationError):
                register.check(nonsense)
