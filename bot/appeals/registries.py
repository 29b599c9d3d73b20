"""Registry numbers of organisations: which register a number is of, its form and its check digits.

python-stdnum knows the numbers with check digits; of other registers only the form is known. Nobody is asked
whether the organisation exists.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from babel import Locale
from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

from bot.errors import InvalidInputError
from bot.i18n import Texts, mark

LONGEST = 60  # characters of a number of any register
_SHORTEST = 3
_CODE = re.compile(r"([A-Za-z]{2})[\s:./-]+")
_WORD = re.compile(r"[^\W\d_]{3}")  # the name of a register that we do not know
_AROUND = " .:/#№-"  # signs between the name of a register and the number


@dataclass(frozen=True)
class Register:
    """A register of a country.

    name: as the numbers are known there, and as readers see it. check: returns the number in its usual form
    and raises stdnum's ValidationError for a wrong one. has_digits: `check` knows check digits, and not only
    the form. also: further names that people write.
    """

    country: str
    name: str
    check: Callable[[str], str]
    has_digits: bool = True
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistryNumber:
    """A number in its usual form. `country` and `register` are "" where they are unknown.

    is_checked: its check digits are right. That does not prove whose number it is.
    """

    number: str
    country: str = ""
    register: str = ""
    is_checked: bool = False

    def label(self, texts: Texts) -> str:
        """Return it as readers see it: "KRS 0000174486 (Poland)"; marked if it was not checked."""
        country = Locale.parse(texts.language).territories.get(self.country, self.country)
        number = f"{self.register} {self.number}".strip() + (f" ({country})" if country else "")
        return number if self.is_checked else texts.say(mark("{number}, not checked"), number=number)


def _stdnum(country: str, name: str) -> Callable[[str], str]:
    """Return the check of one of stdnum's modules, which writes a number in its usual form."""

    def check(number: str) -> str:
        module: Any = get_cc_module(country, name)
        compact = module.validate(number)
        return str(module.format(compact) if hasattr(module, "format") else compact)

    return check


def _form(pattern: str) -> Callable[[str], str]:
    """Return the check of a register of whose numbers only the form is known."""
    compiled = re.compile(pattern)

    def check(number: str) -> str:
        compact = re.sub(r"[\s.-]", "", number).upper()
        if not compiled.fullmatch(compact):
            raise ValidationError
        return compact

    return check


REGISTERS = (
    Register("PL", "KRS", _form(r"\d{10}"), has_digits=False),
    Register("PL", "NIP", _stdnum("pl", "nip")),
    Register("PL", "REGON", _stdnum("pl", "regon")),
    Register("UA", "ЄДРПОУ", _stdnum("ua", "edrpou"), also=("EDRPOU", "ЕДРПОУ")),
    Register(
        "DE",
        "Vereinsregister",
        _stdnum("de", "handelsregisternummer"),
        has_digits=False,
        also=("VR", "HRB", "AMTSGERICHT"),
    ),
    Register("DE", "USt-IdNr.", _stdnum("de", "vat"), also=("UST",)),
    Register("FR", "SIREN", _stdnum("fr", "siren")),
    Register("FR", "SIRET", _stdnum("fr", "siret")),
    Register("FR", "RNA", _form(r"W\d[\dAB]\d{7}"), has_digits=False),
    Register("ES", "NIF", _stdnum("es", "nif"), also=("CIF",)),
    Register(
        "GB",
        "Charity no.",
        _form(r"\d{6,7}|SC0\d{5}|(?:NIC?)?1\d{5}"),
        has_digits=False,
        also=("CHARITY", "CHARITY NUMBER"),
    ),
    Register("GB", "VAT", _stdnum("gb", "vat")),
    Register("US", "EIN", _stdnum("us", "ein"), has_digits=False),
    Register("IT", "Codice fiscale", _stdnum("it", "codicefiscale"), also=("CF",)),
    Register("AT", "ZVR", _form(r"\d{9,10}"), has_digits=False),
    Register("AT", "UID", _stdnum("at", "uid")),
    Register("CH", "UID", _stdnum("ch", "uid"), also=("CHE",)),
    Register("NL", "KvK", _form(r"\d{8}"), has_digits=False, also=("KVK",)),
    Register("NL", "RSIN", _stdnum("nl", "bsn")),
    Register("BE", "KBO/BCE", _stdnum("be", "vat"), also=("KBO", "BCE")),
    Register("CZ", "IČO", _stdnum("cz", "dic"), also=("ICO",)),
    Register("HU", "Adószám", _stdnum("hu", "anum"), also=("ADOSZAM",)),
    Register("RO", "CIF", _stdnum("ro", "cf"), also=("CUI",)),
    Register("SE", "Org.nr", _stdnum("se", "orgnr"), also=("ORGNR",)),
    Register("NO", "Org.nr", _stdnum("no", "orgnr"), also=("ORGNR",)),
    Register("DK", "CVR", _stdnum("dk", "cvr")),
    Register("FI", "Y-tunnus", _stdnum("fi", "ytunnus"), also=("YTUNNUS",)),
    Register("EE", "Registrikood", _stdnum("ee", "registrikood")),
    Register("HR", "OIB", _stdnum("hr", "oib")),
    Register("PT", "NIF", _stdnum("pt", "nif"), also=("NIPC",)),
    Register("CA", "BN", _stdnum("ca", "bn")),
    Register("AU", "ABN", _stdnum("au", "abn")),
    Register("BR", "CNPJ", _stdnum("br", "cnpj")),
)
COUNTRIES = tuple(dict.fromkeys(register.country for register in REGISTERS))
"""The countries of which we know a register, for a choice."""


_BY_NAME = sorted(
    ((name.upper(), register) for register in REGISTERS for name in (register.name, *register.also)),
    key=lambda pair: -len(pair[0]),
)


def read(typed: str, country: str | None = None) -> RegistryNumber:
    """Read a number as people write it: "KRS 0000174486", "UA 00034022", "775 672 272".

    The country is the code or the name of a register in front of the number, else `country`. A number of no
    register that we know is returned as it is, not checked. Raises InvalidInputError if the number is wrong,
    or of another country than `country`.
    """
    text = " ".join(typed.split())
    if not _SHORTEST <= len(text) <= LONGEST or not any(map(str.isdigit, text)) or not text.isprintable():
        raise InvalidInputError(
            mark("A registry number has 3 to {limit} characters and at least one digit."), limit=LONGEST
        )
    code, rest = _leading_country(text)
    of_name, number = _named(rest, code)
    home = code or country
    registers = of_name or [one for one in REGISTERS if one.country == home]
    at_home = [one for one in registers if one.country == (country or one.country)]
    found = _first(at_home, rest, number)
    if found is not None:
        return found
    if not registers or (not of_name and _WORD.search(rest)):
        return RegistryNumber(text, home or "")
    if not at_home:
        raise _foreign(text, registers[0], country or "")
    elsewhere = None if of_name or code else _first([one for one in REGISTERS if one.has_digits], rest)
    if elsewhere is not None:
        raise _foreign(text, _register_of(elsewhere), country or "")
    raise _wrong(text, at_home)


def _leading_country(text: str) -> tuple[str | None, str]:
    """Return the country's code in front of a number, and what follows it."""
    found = _CODE.match(text)
    code = found[1].upper() if found else None
    return (code, text[found.end() :]) if found and code in COUNTRIES else (None, text)


def _named(rest: str, code: str | None) -> tuple[list[Register], str]:
    """Return the registers whose name stands in front of a number, and the number without it."""
    for name, _ in _BY_NAME:
        after = rest[len(name) :]
        if rest.upper().startswith(name) and not after[:1].isalpha():
            of_name = [
                one for other, one in _BY_NAME if other == name and one.country == (code or one.country)
            ]
            if of_name:
                return of_name, after.strip(_AROUND)
    return [], rest


def _first(registers: Iterable[Register], *spellings: str) -> RegistryNumber | None:
    """Return the number as the first register reads it in which one of the spellings is right."""
    for register in registers:
        for spelling in spellings:
            with suppress(ValidationError):
                number = register.check(spelling)
                return RegistryNumber(number, register.country, register.name, register.has_digits)
    return None


def _register_of(number: RegistryNumber) -> Register:
    return next(one for one in REGISTERS if (one.country, one.name) == (number.country, number.register))


def _foreign(text: str, register: Register, country: str) -> InvalidInputError:
    return InvalidInputError(
        mark("{number} is a number of another country: {register} ({other}), not {country}."),
        number=text,
        register=register.name,
        other=register.country,
        country=country,
    )


def _wrong(text: str, registers: Sequence[Register]) -> InvalidInputError:
    return InvalidInputError(
        mark("{number} is not a valid number ({registers}): check its digits."),
        number=text,
        registers=", ".join(dict.fromkeys(one.name for one in registers)),
    )
