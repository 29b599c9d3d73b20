"""Cues: by which words a sentence of one language asks for help, as tables, one TOML file a language."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_FALLBACK = "en"
_PLACE = re.compile(r"\{([a-z_]+)\}")
_FOLDED = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\xa0": " "})


@dataclass(frozen=True, slots=True)
class Cue:
    """One rule: what a sentence must say, what else it must hold, and whether the story must be about need."""

    rule: str
    says: re.Pattern[str]
    also: re.Pattern[str] | None = None
    topic: bool = False
    quoted: bool = False
    weight: int = 1

    def fits(self, sentence: str, *, on_topic: bool, quoted: bool) -> bool:
        """Whether this rule speaks for a folded sentence."""
        if (self.topic and not on_topic) or (self.quoted and not quoted):
            return False
        return bool(self.says.search(sentence)) and (self.also is None or bool(self.also.search(sentence)))


@dataclass(frozen=True, slots=True)
class Cues:
    """All tables of one language."""

    help: tuple[Cue, ...]
    not_help: tuple[Cue, ...]
    plea: tuple[Cue, ...]
    not_plea: tuple[Cue, ...]
    topic: re.Pattern[str]
    least_topic_words: int
    attribution: dict[str, str]
    organisation: dict[str, str]

    def on_topic(self, text: str) -> bool:
        """Whether the story speaks of need or giving: in at least so many different words."""
        words = set()
        for match in self.topic.finditer(fold_marks(text)):
            words.add(match[0].lower()[:5])
            if len(words) >= self.least_topic_words:
                return True
        return False


def fold_marks(text: str) -> str:
    """Curly and angled quotation marks straight; every character keeps its place."""
    return text.translate(_FOLDED)


def known_languages() -> frozenset[str]:
    """The languages that have a table of cues."""
    return frozenset(entry.name.removesuffix(".toml") for entry in files(__package__).joinpath("cue_tables").iterdir())


@cache
def cues_of(language: str | None) -> Cues:
    """The cues of a language, English ones for None and for a language without a table."""
    code = language if language in known_languages() else _FALLBACK
    table = tomllib.loads(files(__package__).joinpath("cue_tables", f"{code}.toml").read_text("utf-8"))
    words: dict[str, str] = table["words"]
    return Cues(
        help=_cues(table["help"], words),
        not_help=_cues(table["not_help"], words),
        plea=_cues(table["plea"], words),
        not_plea=_cues(table["not_plea"], words),
        topic=_pattern(rf"\b(?:{table['topic']['says']})\b", words),
        least_topic_words=table["topic"]["least"],
        attribution=table["attribution"],
        organisation=table["organisation"],
    )


def _cues(rows: list[dict[str, Any]], words: dict[str, str]) -> tuple[Cue, ...]:
    return tuple(
        Cue(
            rule=row["rule"],
            says=_pattern(row["says"], words),
            also=_pattern(words[row["also"]], words) if "also" in row else None,
            topic=row.get("topic", False),
            quoted=row.get("quoted", False),
            weight=row.get("weight", 1),
        )
        for row in rows
    )


def _pattern(source: str, words: dict[str, str]) -> re.Pattern[str]:
    return re.compile(_PLACE.sub(lambda place: words[place[1]], source), re.IGNORECASE)
