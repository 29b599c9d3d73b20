"""How well pleas and ways to help are found, on stories and sentences that were labelled by hand.

Run: python -m tests.load.bench_pleas [--errors] [--half tune|check] [APPEALS.jsonl]

The rules were made with the half *tune* in sight; *check* tells how they do elsewhere, and its errors are
never printed. Sets: the stories in six languages of `tests/load/stories/`, the English ones of
`appeals.jsonl`, and single sentences (`pleas.tsv`), each without a story.

For each set: precision and recall of pleas and of help sentences, first of those sure enough to be shown,
then of all that are proposed to an editor. A sentence labelled "both" counts as either; a help sentence that
is also found as a plea is wrong unless its label is "both". Then, of the stories whose labels name one, in
how many the shown organisation, link and speaker are right (the organisation only where a help sentence is
labelled); how many of all shown organisations are right; and in how many traps nothing is shown.
"""

import argparse
import csv
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bot.pleas import pleas
from bot.pleas.findings import Findings, Help
from bot.pleas.judgement import judge_scenes
from bot.pleas.scenes import scene_of
from tests.load.labelled import HALVES, LANGUAGES, STORIES, Labelled, half_of, read_appeals, read_stories
from tests.paths import SHARED_DATA

APPEALS = SHARED_DATA / "appeals.jsonl"
SENTENCES = Path(__file__).with_name("pleas.tsv")
ALONE: dict[str, float] = {}  # the evidence of its story for a sentence that has none


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
    errors: list[str] = field(default_factory=list)

    def count(self, *, right: bool, error: str = "") -> None:
        self.right += right
        self.of += 1
        if not right:
            self.errors.append(error)

    def __str__(self) -> str:
        return f"{self.right} of {self.of}"


@dataclass
class Report:
    """All figures of one set."""

    pleas: Score = field(default_factory=Score)
    helps: Score = field(default_factory=Score)
    proposed_pleas: Score = field(default_factory=Score)
    proposed_helps: Score = field(default_factory=Score)
    shown_pleas: Score = field(default_factory=Score)
    organisation: Share = field(default_factory=Share)
    claimed: Share = field(default_factory=Share)
    link: Share = field(default_factory=Share)
    speaker: Share = field(default_factory=Share)
    nothing_in_traps: Share = field(default_factory=Share)
    ms: float = 0.0
    stories: int = 0


def measure(stories: Iterable[Labelled]) -> Report:
    """Find the pleas of these stories, and compare them with the labels."""
    report = Report()
    for story in stories:
        started = time.process_time()
        findings = pleas.find(story.article)
        report.ms += (time.process_time() - started) * 1000
        report.stories += 1
        _count_sentences(report, story, findings)
        _count_details(report, story, findings)
    return report


def _count_sentences(report: Report, story: Labelled, findings: Findings) -> None:
    for sure, proposed, found, kind in (
        (report.pleas, report.proposed_pleas, findings.asks, "plea"),
        (report.helps, report.proposed_helps, findings.helps, "help"),
    ):
        _score(sure, {one.sentence: one.rule for one in found if one.sure}, kind, story)
        _score(proposed, {one.sentence: one.rule for one in found}, kind, story)
    quoted = {findings.plea.text: findings.plea.rule} if findings.plea else {}
    _score(report.shown_pleas, quoted, "plea", story, missed=False)


def _score(tally: Score, found: dict[str, str], kind: str, story: Labelled, *, missed: bool = True) -> None:
    """Count the sentences found; of a part of a label "either", neither way."""
    hit = {text: story.matching(text) for text in found}
    wanted = {number for number, label in enumerate(story.labels) if label in {kind, "both"}}
    tally.right += len(wanted & set(hit.values()))
    for number in sorted(wanted - set(hit.values())) if missed else ():
        tally.missed += 1
        tally.errors.append(f"missed  {story.id}: {story.sentences[number]}")
    for text, place in hit.items():
        label = story.labels[place] if place is not None else ""
        if label not in {kind, "both", "either"}:
            tally.wrong += 1
            tally.errors.append(f"wrong   {story.id} [{label or 'none'}] {found[text]}: {text}")


def _count_details(report: Report, story: Labelled, findings: Findings) -> None:
    if story.is_trap:
        shown = findings.plea or findings.help
        report.nothing_in_traps.count(right=shown is None, error=f"{story.id}: {shown}")
        return
    named = [found for found in findings.helps if found.sure]
    if story.organisations and {"help", "both"} & set(story.labels):
        right = any(same_name(found, story.organisations) for found in named)
        error = f"{story.id}: {story.organisations} {[(n.organisation, n.base_form) for n in named]}"
        report.organisation.count(right=right, error=error)
    for claim in named if story.organisations else []:
        if claim.organisation:
            error = f"{story.id}: {claim.organisation!r} is not {story.organisations}"
            report.claimed.count(right=same_name(claim, story.organisations), error=error)
    if story.url:
        right = any(same_address(found.url, story.url) for found in named)
        report.link.count(right=right, error=f"{story.id}: {story.url} {[n.url for n in named]}")
    if story.speaker:
        speaker = findings.plea.speaker if findings.plea else None
        report.speaker.count(
            right=same_person(speaker, story.speaker), error=f"{story.id}: {story.speaker!r} {speaker!r}"
        )


def plain(name: str | None) -> str:
    """Return a name without quotation marks and articles, in lower case."""
    bare = re.sub(r"[\"'“”„«»’‚‘]", "", name or "").lower()
    return re.sub(r"^(?:the|die|der|das|le|la|les|el|los|las|l) ", "", bare).strip()


def same_person(found: str | None, labelled: str) -> bool:
    """Return whether two names are of one person: the same last word, and one in the other."""
    name, wanted = plain(found), plain(labelled)
    return bool(name) and name.split()[-1] == wanted.split()[-1] and (name in wanted or wanted in name)


def same_name(found: Help, labelled: Iterable[str]) -> bool:
    """Return whether a name that was found is a labelled one, or holds most of it, or is most of it."""
    for name in filter(None, (plain(found.organisation), plain(found.base_form))):
        for wanted in map(plain, labelled):
            shorter, longer = sorted((name, wanted), key=len)
            if shorter in longer and len(shorter) >= 0.5 * len(longer):
                return True
    return False


def same_address(found: str | None, labelled: str) -> bool:
    """Return whether two addresses lead to the same page; scheme, "www." and a last slash do not matter."""

    def bare(url: str) -> str:
        return re.sub(r"^(?:https?://)?(?:www\.)?", "", url.lower()).rstrip("/")

    return bool(found) and bare(str(found)) == bare(labelled)


def rows(half: str) -> list[dict[str, str]]:
    """Return the rows of `pleas.tsv` in a half: language, label and sentence."""
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        found = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in found if row["half"] == half]


def measure_sentences(sentences: Iterable[dict[str, str]]) -> dict[str, Score]:
    """Judge each sentence alone; one with a quotation mark in it is quoted.

    A way to help that is also taken for a plea is no fault here: the labels do not tell them apart.
    """
    helps, asks = Score(), Score()
    for row in sentences:
        judged = judge_scenes([scene_of(row["sentence"], row["language"])], ALONE)[0]
        helping = judged.help is not None and judged.help.sure
        asking = judged.plea is not None and judged.plea.sure
        label = row["label"]
        _tally(helps, row["sentence"], found=helping, wanted=label in {"give", "both"})
        if label != "give":
            _tally(asks, row["sentence"], found=asking, wanted=label in {"plea", "both"})
    return {"help sentences": helps, "pleas": asks}


def _tally(score: Score, sentence: str, *, found: bool, wanted: bool) -> None:
    score.right += found and wanted
    score.wrong += found and not wanted
    score.missed += wanted and not found
    if found is not wanted:
        score.errors.append(f"{'wrong ' if found else 'missed'}  {sentence}")


def stories_of(half: str, language: str) -> list[Labelled]:
    """Return the stories of a half in a language; none if they were not split yet."""
    file = STORIES / half / f"{language}.txt"
    return list(read_stories(file, language)) if file.exists() else []


def show(name: str, report: Report, *, errors: bool) -> None:
    """Print the figures of a set."""
    print(f"{name}: {report.stories} stories, {report.ms / (report.stories or 1):.1f} ms each")
    for what in (
        *("pleas", "helps", "shown_pleas", "proposed_pleas", "proposed_helps"),
        *("organisation", "claimed", "link", "speaker", "nothing_in_traps"),
    ):
        value = getattr(report, what)
        if isinstance(value, Score) or value.of:
            print(f"  {what.replace('_', ' '):18}{value}")
        if errors and not what.startswith("proposed"):
            print(*(f"      {error}" for error in value.errors), sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", nargs="?", type=Path, default=APPEALS)
    parser.add_argument("--errors", action="store_true", help="print each error of the half tune")
    parser.add_argument("--half", choices=HALVES, help="measure only this half")
    parser.add_argument("--language", choices=LANGUAGES, help="measure only this language")
    parser.add_argument("--ids", default="", help="measure only stories whose id has this pattern in it")
    options = parser.parse_args()
    for half in [options.half] if options.half else HALVES:
        errors = options.errors and half == "tune"
        languages = [options.language] if options.language else LANGUAGES
        stories = {
            language: [story for story in stories_of(half, language) if re.search(options.ids, story.id)]
            for language in languages
        }
        for language, ones in stories.items():
            show(f"{half} {language}", measure(ones), errors=errors)
        show(f"{half} all", measure([story for ones in stories.values() for story in ones]), errors=False)
        if options.file.exists() and "en" in languages:
            appeals = [story for story in read_appeals(options.file) if half_of(story.id) == half]
            show(f"{half} appeals.jsonl", measure(appeals), errors=errors)
        for language in languages:
            singles = [row for row in rows(half) if row["language"] == language]
            print(f"{half} single sentences {language}: {len(singles)}")
            for what, value in measure_sentences(singles).items():
                print(f"  {what:18}{value}")
                if errors:
                    print(*(f"      {error}" for error in value.errors), sep="\n")


if __name__ == "__main__":
    main()
