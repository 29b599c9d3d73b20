"""Stories whose sentences are labelled by hand: read them, and match what was found with the labels.

A story is `== id | speaker=… | org=… | url=…` (or `== id | trap`), `# headline`, then one sentence a line
and `¶` between paragraphs. Before a sentence, `P|` marks a plea, `H|` a way to help, `B|` both, `?|` a
sentence that counts neither way. Links are written as in Markdown.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.articles.article import Article, Link
from bot.language.sentences import paragraphs

LANGUAGES = ("en", "uk", "pl", "de", "es", "fr")
HALVES = ("tune", "check")
STORIES = Path(__file__).with_name("stories")
_LINK = re.compile(r"\[([^\]]+)\]\((\S+?)\)")
_LABEL = re.compile(r"^([PHB?])\|\s*")
_KINDS = {"P": "plea", "H": "help", "B": "both", "?": "either"}
_APPEAL_KINDS = {"plea": "plea", "give": "help"}
_SAME = 0.7  # share of words in common from which two sentences that were split differently are the same


@dataclass(frozen=True)
class Labelled:
    """A story with its labels; `labels` has "", "plea", "help", "both" or "either" for each sentence."""

    id: str
    article: Article
    sentences: tuple[str, ...]
    labels: tuple[str, ...]
    speaker: str = ""
    organisations: tuple[str, ...] = ()
    url: str = ""
    is_trap: bool = False

    def matching(self, sentence: str) -> int | None:
        """Return the number of the labelled sentence that is this one; None if there is none."""
        asked = words(sentence)

        def likeness(number: int) -> tuple[float, bool]:
            other = words(self.sentences[number])
            shared = len(asked & other)
            enough = shared > 1 or asked == other
            return (shared / (min(len(asked), len(other)) or 1) if enough else 0, self.labels[number] != "")

        best = max(range(len(self.sentences)), key=likeness)
        return best if likeness(best)[0] >= _SAME else None


def words(text: str) -> set[str]:
    """Return the different words of a text in lower case."""
    return set(re.findall(r"\w+", text.lower()))


def stories_in(text: str) -> list[str]:
    """Return the stories of a file, each from its id on."""
    return [part.strip() for part in f"\n{text}".split("\n== ")[1:]]


def story_id(story: str) -> str:
    """Return the id in a story's first line."""
    return story.split("\n", 1)[0].split("|", 1)[0].strip()


def half_of(identity: str) -> str:
    """Return the half that a story belongs to by the parity of its id's SHA-256: "tune" or "check"."""
    return HALVES[hashlib.sha256(identity.encode()).digest()[-1] % 2]


def read_stories(file: Path, language: str) -> Iterator[Labelled]:
    """Yield the stories of a file."""
    for story in stories_in(file.read_text("utf-8")):
        yield _story(story, language)


def _story(text: str, language: str) -> Labelled:
    head, *lines = text.splitlines()
    details = [detail.strip() for detail in head.split("|")]
    named = dict(detail.split("=", 1) for detail in details if "=" in detail)
    headline, body, links, sentences, labels = "", [[]], [], [], []  # type: ignore[var-annotated]
    for line in filter(None, map(str.strip, lines)):
        if line.startswith("# "):
            headline = line[2:]
        elif line == "¶":
            body.append([])
        else:
            label = _LABEL.match(line)
            marked = line[label.end() :] if label else line
            links += [Link(found[1], found[2], len(body) - 1) for found in _LINK.finditer(marked)]
            body[-1].append(_LINK.sub(r"\1", marked))
            sentences.append(body[-1][-1])
            labels.append(_KINDS[label[1]] if label else "")
    return Labelled(
        id=details[0],
        article=Article(
            headline=headline,
            body="\n\n".join(" ".join(paragraph) for paragraph in body),
            language=language,
            links=tuple(links),
        ),
        sentences=tuple(sentences),
        labels=tuple(labels),
        speaker=named.get("speaker", ""),
        organisations=tuple(filter(None, [named.get("org", "")])),
        url=named.get("url", ""),
        is_trap="trap" in details,
    )


def read_appeals(file: Path) -> Iterator[Labelled]:
    """Yield the English stories of `appeals.jsonl`.

    They came as text: a link is planted on the labelled words, a decoy on the first name in each paragraph.
    """
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        body = "\n\n".join(paragraphs(row["text"]))
        labels = {label["i"]: _APPEAL_KINDS.get(label["type"], "either") for label in row["labels"]}
        linked = any(text in row["text"] for text in row["link_text"] or [])
        yield Labelled(
            id=row["id"],
            article=Article(
                headline=row["title"] or "", body=body, language="en", links=_planted(body, row["link_text"])
            ),
            sentences=tuple(row["sentences"]),
            labels=tuple(labels.get(number, "") for number in range(len(row["sentences"]))),
            organisations=tuple(row["organisation"] or ()),
            url="https://right.example/" if linked else "",
        )


def _planted(body: str, link_words: list[str]) -> tuple[Link, ...]:
    links = []
    for number, paragraph in enumerate(body.split("\n\n")):
        name = re.search(r"[A-Z]\w+ [A-Z]\w+", paragraph)
        if name and not any(name[0] in text for text in link_words):
            links.append(Link(name[0], f"https://decoy.example/{number}", number))
        links += [Link(text, "https://right.example/", number) for text in link_words if text in paragraph]
    return tuple(links)
