"""How well the plea and the ways to help are found, on stories whose sentences were labelled by hand.

Run: python tests/load/bench_pleas.py [--errors] [APPEALS.jsonl]

Prints, for each set: precision and recall of help sentences (label "give"; "dc", don't care, counts neither
way) and of pleas; in how many stories the help sentence that is shown first is a right one; how often the
organisation is right; and how often the link is, where the labelled link words are planted as a link among
decoys (the stories come as text, so that the true addresses are not known). Then the same of single sentences
in six languages that were made up for this (`pleas.tsv`, label "both" for a plea that also says how): those
that the rules were tuned on, and those that were kept from it.
"""

import argparse
import csv
import json
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.articles.article import Article, Link
from bot.language.sentences import paragraphs
from bot.pleas import pleas
from bot.pleas.findings import Help
from bot.pleas.help_sentences import fold_marks, rules_of
from tests.paths import SHARED_DATA

APPEALS = SHARED_DATA / "appeals.jsonl"
MADE_UP = Path(__file__).with_name("pleas.tsv")
_SAME = 0.7  # share of words in common from which two sentences that were split differently are the same


@dataclass
class Score:
    """Counts of one kind of finding in one set."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    errors: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        precision = self.right / (self.right + self.wrong or 1)
        recall = self.right / (self.right + self.missed or 1)
        counts = f"({self.right} right, {self.wrong} wrong, {self.missed} missed)"
        return f"precision {precision:.2f}  recall {recall:.2f}  {counts}"


@dataclass
class Share:
    """How many of those asked for were right."""

    right: int = 0
    of: int = 0

    def count(self, *, right: bool) -> None:
        self.right += right
        self.of += 1

    def __str__(self) -> str:
        return f"{self.right} of {self.of}"


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def label_of(sentence: str, story: dict[str, Any]) -> tuple[int, str]:
    """The number and label of the labelled sentence that is this one; label "" where it has none."""
    asked = words(sentence)
    labels = {label["i"]: label["type"] for label in story["labels"]}

    def likeness(number: int) -> tuple[float, bool]:
        other = words(story["sentences"][number])
        shared = len(asked & other) / (min(len(asked), len(other)) or 1)
        return (shared if len(asked & other) > 1 or asked == other else 0, number in labels)

    best = max(range(len(story["sentences"])), key=likeness)
    return best, labels.get(best, "") if likeness(best)[0] >= _SAME else ""


def article_of(story: dict[str, Any]) -> Article:
    body = "\n\n".join(paragraphs(story["text"]))
    return Article(
        headline=story["title"] or "", body=body, language="en", links=planted(body, story["link_text"])
    )


def planted(body: str, link_words: list[str]) -> tuple[Link, ...]:
    """The labelled link words as links, and as decoys the first name in each paragraph."""
    links = []
    for number, paragraph in enumerate(body.split("\n\n")):
        name = re.search(r"[A-Z]\w+ [A-Z]\w+", paragraph)
        if name and not any(name[0] in text for text in link_words):
            links.append(Link(name[0], f"https://decoy.example/{number}", number))
        links += [
            Link(text, f"https://right.example/{text}", number) for text in link_words if text in paragraph
        ]
    return tuple(links)


def score(found: dict[str, str], wanted: str, neutral: set[str], story: dict[str, Any], tally: Score) -> None:
    numbered = [(label_of(sentence, story), sentence) for sentence in found]
    wanted_numbers = {label["i"] for label in story["labels"] if label["type"] == wanted}
    hit = {number for (number, _), _ in numbered}
    tally.right += len(wanted_numbers & hit)
    for number in sorted(wanted_numbers - hit):
        tally.missed += 1
        tally.errors.append(f"missed  {story['id']}: {story['sentences'][number]}")
    for (_, label), sentence in numbered:
        if label != wanted and label not in neutral:
            tally.wrong += 1
            tally.errors.append(f"wrong   {story['id']} [{label or 'none'}] {found[sentence]}: {sentence}")


def names_match(found: str | None, labelled: list[str]) -> bool:
    plain = (found or "").lower()
    return bool(plain) and any(name.lower() in plain or plain in name.lower() for name in labelled)


def measure(stories: list[dict[str, Any]]) -> dict[str, Any]:
    helps, asks = Score(), Score()
    first, named, links, claimed = Share(), Share(), Share(), Share()
    for story in stories:
        findings = pleas.find(article_of(story))
        score({found.sentence: found.rule for found in findings.helps}, "give", {"dc"}, story, helps)
        score(
            {found.sentence: found.rule for found in findings.asks},
            "plea",
            {"dc", "give", "self"},
            story,
            asks,
        )
        gives = {label["i"] for label in story["labels"] if label["type"] == "give"}
        if not gives:
            continue
        best = findings.help
        first.count(right=best is not None and label_of(best.sentence, story)[1] == "give")
        if story["organisation"]:
            named.count(
                right=any(names_match(found.organisation, story["organisation"]) for found in findings.helps)
            )
        for organisation in {found.organisation for found in findings.helps} - {None}:
            claimed.count(right=names_match(organisation, story["organisation"]))
        if story["link_text"] and any(text in story["text"] for text in story["link_text"]):
            links.count(
                right=any("right.example" in (found.url or "") or www(found) for found in findings.helps)
            )
    return {
        "help sentences": helps,
        "pleas": asks,
        "shown first is right": first,
        "organisation found": named,
        "organisation claims that are right": claimed,
        "link found": links,
    }


def made_up() -> list[dict[str, str]]:
    """The rows of `pleas.tsv`: half, language, label and sentence."""
    with MADE_UP.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def measure_sentences(rows: list[dict[str, str]]) -> dict[str, Score]:
    """Each sentence alone, as if its story spoke of need; one with a quotation mark in it is quoted."""
    helps, asks = Score(), Score()
    for row in rows:
        folded, rules, label = fold_marks(row["sentence"]), rules_of(row["language"]), row["label"]
        helping = rules.help_rule(folded, on_topic=True) is not None
        asking = rules.plea_rule(folded, on_topic=True, quoted='"' in folded) is not None
        tally(helps, row["sentence"], found=helping, wanted=label in {"give", "both"})
        if label != "give":  # as in the stories, a way to help that is also taken for a plea is no fault
            tally(asks, row["sentence"], found=asking, wanted=label in {"plea", "both"})
    return {"help sentences": helps, "pleas": asks}


def tally(score: Score, sentence: str, *, found: bool, wanted: bool) -> None:
    score.right += found and wanted
    score.wrong += found and not wanted
    score.missed += wanted and not found
    if found is not wanted:
        score.errors.append(f"{'wrong ' if found else 'missed'}  {sentence}")


def print_made_up(*, errors: bool) -> None:
    """What the rules were not tuned on is counted, and never listed."""
    for half in ("tuned", "kept"):
        for languages in (["en"], ["de", "es", "fr", "pl", "uk"]):
            rows = [row for row in made_up() if row["half"] == half and row["language"] in languages]
            print(f"made-up sentences, {half}, {' '.join(languages)}: {len(rows)}")
            for what, value in measure_sentences(rows).items():
                print(f"  {what:36}{value}")
                if errors and half == "tuned":
                    print(*(f"      {error}" for error in value.errors), sep="\n")


def www(found: Help) -> bool:
    """Whether the address is one that is written out in the sentence itself."""
    return bool(found.url) and str(found.url).split("//")[1] in found.sentence


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", nargs="?", type=Path, default=APPEALS)
    parser.add_argument("--errors", action="store_true", help="print each wrong and missed sentence")
    options = parser.parse_args()
    if not options.file.exists():
        sys.exit(f"{options.file} is missing: name a file of labelled stories.")
    by_set: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in options.file.read_text("utf-8").splitlines():
        story = json.loads(line)
        by_set[story["set"]].append(story)
    everything = [story for stories in by_set.values() for story in stories]
    for name, stories in {**by_set, "all": everything}.items():
        print(f"{name}: {len(stories)} stories")
        for what, value in measure(stories).items():
            print(f"  {what:36}{value}")
            if options.errors and isinstance(value, Score) and name != "all":
                print(*(f"      {error}" for error in value.errors), sep="\n")
    print_made_up(errors=options.errors)


if __name__ == "__main__":
    main()
