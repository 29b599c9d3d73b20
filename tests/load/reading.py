"""Draws stories, and writes their summaries for judges who do not know whose they are.

    python -m tests.load.reading FOLDER [--half check] [--stories 60] [--seed 1]

Writes FOLDER/blocks.txt, where each block has a headline and one summary, in an order shuffled by the seed,
and FOLDER/key.jsonl, which says whose each block is. Drawn by the SHA-256 of seed and id are stories of CNN
with and without a headline (a tenth of all each), of news pages (a fifth), and of each of the six languages
in `tests/load/stories/` (a tenth each). `stories_by_id` also finds the texts for labels that have none.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.articles.page.extract import extract
from bot.language import sentences
from bot.language.detect import detect
from bot.summaries.summarizer import summarize
from storage.words import Length
from tests.load.labelled import HALVES, LANGUAGES, STORIES, half_of, read_stories
from tests.load.newspages import news_pages
from tests.paths import SHARED_DATA

SUMMARIES = SHARED_DATA / "summaries"
_LEADS = {"lead-3": 3, "lead-5": 5}
_OURS = {"short": Length.SHORT, "long": Length.LONG}
SYSTEMS = (*_OURS, *_LEADS)
_FOLDED = {"no": "nb", None: "en"}


@dataclass(frozen=True)
class Told:
    """A story to summarize; `headline` is empty if the data has none."""

    group: str
    id: str
    language: str
    headline: str
    text: str

    def summary(self, system: str) -> tuple[str, ...]:
        """Return this system's sentences."""
        if system in _LEADS:
            return tuple(sentences.split(self.text, self.language)[: _LEADS[system]])
        return summarize(self.text, language=self.language, headline=self.headline)[_OURS[system]]


def of_sets(*names: str) -> Iterator[Told]:
    """Yield the stories of these sets of `../shared`; of all sets if none is named."""
    for path in sorted(SUMMARIES.glob("*.jsonl")):
        if names and path.stem not in names:
            continue
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            language = _FOLDED.get(row.get("lang"), row.get("lang"))
            yield Told(path.stem, row["id"], language, row.get("title") or "", row["text"])


def of_pages(half: str | None = None) -> Iterator[Told]:
    """Yield the true bodies of the news pages of a half, below the headline that our extractor finds."""
    for page in news_pages():
        if half in (None, half_of(page.name)):
            headline = page.headline or extract(page.html, page.address).headline
            yield Told("pages", page.name, detect(page.body) or "en", headline, page.body)


def of_folder(language: str, half: str) -> Iterator[Told]:
    """Yield the stories of a half that were written in this language for measuring."""
    for story in read_stories(STORIES / half / f"{language}.txt", language):
        yield Told(f"stories/{language}", story.id, language, story.article.headline, story.article.body)


def stories_by_id() -> dict[str, Told]:
    """Return all stories, of both halves, by their ids."""
    folders = (of_folder(language, half) for language in LANGUAGES for half in HALVES)
    groups = (of_sets(), of_pages(), *folders)
    return {told.id: told for group in groups for told in group}


def drawn(half: str, count: int, seed: int) -> list[Told]:
    """Return `count` stories of a half: the same for the same seed."""
    groups = [
        *((list(of_sets(name)), count // 10) for name in ("cnn_corpus", "cnn_val")),
        (list(of_pages(half)), count // 5),
        *((list(of_folder(language, half)), count // 10) for language in LANGUAGES),
    ]
    chosen: list[Told] = []
    for stories, most in groups:
        eligible = [told for told in stories if half_of(told.id) == half]
        chosen += sorted(eligible, key=lambda told: _order(told.id, seed))[:most]
    return chosen


def _order(identity: str, seed: int) -> str:
    return hashlib.sha256(f"{seed} {identity}".encode()).hexdigest()


def write(folder: Path, half: str, count: int, seed: int) -> None:
    """Write the blocks and their key."""
    pairs = [(told, system) for told in drawn(half, count, seed) for system in SYSTEMS]
    random.Random(seed).shuffle(pairs)
    folder.mkdir(parents=True, exist_ok=True)
    blocks, key = [], []
    for number, (told, system) in enumerate(pairs, 1):
        block = "\n".join(
            [f"[{number}] ({told.language}) {told.headline or '(no headline)'}", *told.summary(system)]
        )
        blocks.append(block)
        key.append(json.dumps({"block": number, "set": told.group, "id": told.id, "system": system}))
    (folder / "blocks.txt").write_text("\n\n".join(blocks) + "\n", "utf-8")
    (folder / "key.jsonl").write_text("\n".join(key) + "\n", "utf-8")
    print(f"{len(blocks)} blocks in {folder}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=HALVES, default="check")
    parser.add_argument("--stories", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.folder, given.half, given.stories, given.seed)


if __name__ == "__main__":
    main()
