"""Fit the weights of `bot/language/rules/plea_weights.toml` on the half *tune*, and say how well they do.

Run: python -m tests.load.train_pleas [--write] [APPEALS.jsonl]

A logistic regression with a Gaussian prior (ridge), one for pleas and one for ways to help, the same
weights for all languages. Prints, for each hand that wrote stories and for each language left out in turn,
the recall at which precision is still .95, .9 and .8; the guard of `bot/pleas/evidence.py` is on. The
thresholds are chosen on the sums of the hands that were left out: "sure" is the lowest sum with precision
.9 (pleas) or .95 (help) in the stories in six languages, "likely" the one with precision .7. The half
*check* is never read.

Each thread of the linear algebra library waits for the others: OPENBLAS_NUM_THREADS=1 is the fastest.
"""

import argparse
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.pleas.cues import cues_of
from bot.pleas.evidence import Evidence, about, beside, guarded, likelihood, of_help, of_plea
from bot.pleas.scenes import Scene, scene_of, scenes_of
from tests.load.bench_pleas import ALONE, APPEALS, rows, stories_of
from tests.load.labelled import LANGUAGES, Labelled, half_of, read_appeals, read_stories
from tests.paths import SHARED_DATA

TABLE = Path("bot/language/rules/plea_weights.toml")
KINDS = ("plea", "help")
HANDS = ("agency", "bulletin", "local", "social", "magazine", "national", "charity")
_FOLDS = 4  # of the English stories of one collection, and of single sentences
_RIDGE = 2.0
_LEAST_EXAMPLES = 5
# From which precision a finding is sure, and from which likely. That of help can be high at a small price.
_SURE = {"plea": 0.9, "help": 0.95}
_LIKELY = 0.7
_LABELS = {"give": "help", "none": "", "plea": "plea", "both": "both"}
_GUARDED = -1e6

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A labelled sentence with its evidence for each kind; `group`: its language, or what it comes from."""

    group: str
    story: str
    label: str
    scene: Scene
    evidence: dict[str, Evidence]


def examples(appeals: Path) -> list[Example]:
    """Return all sentences of the half *tune* that count one way or the other."""
    found = []
    for language in LANGUAGES:
        stories = stories_of("tune", language)
        given = SHARED_DATA / "langs" / f"{language}.txt"
        if given.exists():
            stories += read_stories(given, language)
        for story in stories:
            found += _of_story(story, language)
    if appeals.exists():
        for story in read_appeals(appeals):
            if half_of(story.id) == "tune":
                found += _of_story(story, "appeals")
    for row in rows("tune"):
        scene = scene_of(row["sentence"], row["language"])
        evidence = {"plea": of_plea(scene, ALONE), "help": of_help(scene, ALONE)}
        found.append(Example("single", row["sentence"], _LABELS[row["label"]], scene, evidence))
    return [example for example in found if example.label != "either"]


def _hand(example: Example) -> int:
    """Return the fold of a sentence: what one hand wrote in one register, since a hand has its own words."""
    register = next((name for name in HANDS if f"-{name}-" in example.story), "")
    if example.group in LANGUAGES and register:
        return HANDS.index(register)
    number = int(hashlib.sha256(example.story.encode()).hexdigest(), 16) // 2 % _FOLDS
    first = {"appeals": len(HANDS), "single": len(HANDS) + _FOLDS}.get(example.group)
    return -1 if first is None else first + number


def _of_story(story: Labelled, group: str) -> list[Example]:
    scenes = scenes_of(story.article)
    shared = about(cues_of(story.article.language).find(story.article.headline), scenes)
    found = []
    for scene in scenes:
        number = story.matching(scene.text)
        label = story.labels[number] if number is not None else ""
        found.append(
            Example(
                group,
                story.id,
                label,
                scene,
                {"plea": of_plea(scene, shared), "help": of_help(scene, shared)},
            )
        )
    return found


def matrix(evidence: Sequence[Evidence], names: Sequence[str]) -> Vector:
    """Return the evidence as rows of numbers."""
    places = {name: place for place, name in enumerate(names)}
    found = np.zeros((len(evidence), len(names)))
    for row, one in enumerate(evidence):
        for name, value in one.items():
            if name in places:
                found[row, places[name]] = value
    return found


def fit(x: Vector, y: Vector, ridge: Vector, start: Vector | None = None) -> Vector:
    """Return the weights that maximise the penalised likelihood (Newton's method); `start`: near the end."""
    weights = np.zeros(x.shape[1]) if start is None else start.copy()
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (p - y) + ridge * weights
        steep = x * np.sqrt(p * (1 - p) + 1e-9)[:, None]
        curvature = steep.T @ steep + np.diag(ridge)
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if float(np.max(np.abs(step))) < 1e-3:
            break
    return weights


@dataclass
class Fitted:
    """The weights of one kind, and the sum of each example by the weights without its fold."""

    names: list[str]
    weights: Vector
    left_out: Vector


def fitted(found: Sequence[Example], kind: str, evidence: Sequence[Evidence], folds: Sequence[int]) -> Fitted:
    """Return the weights for this evidence, and the sums of each fold by the weights of the others."""
    counts = Counter(name for one in evidence for name in one)
    names = sorted(name for name, count in counts.items() if count >= _LEAST_EXAMPLES)
    x = matrix(evidence, names)
    y = np.array([float(example.label in {kind, "both"}) for example in found])
    ridge = np.full(len(names), _RIDGE)
    ridge[names.index("always")] = 0.01
    whole, left_out = fit(x, y, ridge), np.zeros(len(found))
    for fold in sorted(set(folds)):
        out = np.array([number == fold for number in folds])
        left_out[out] = x[out] @ fit(x[~out], y[~out], ridge, whole)
    return Fitted(names, whole, left_out)


def with_neighbours(found: Sequence[Example], first: dict[str, Fitted], kind: str) -> list[Evidence]:
    """Return each example's evidence with that of its neighbours, judged with their fold left out."""
    other = KINDS[1 - KINDS.index(kind)]
    result = []
    for _, group in groupby(range(len(found)), key=lambda number: (found[number].group, found[number].story)):
        numbers = list(group)
        likely, others = (
            [likelihood(float(first[which].left_out[number])) for number in numbers]
            for which in (kind, other)
        )
        near = beside([found[number].scene for number in numbers], likely, others)
        result += [found[number].evidence[kind] | more for number, more in zip(numbers, near, strict=True)]
    return result


def curve(found: Sequence[Example], kind: str, sums: Vector) -> list[tuple[float, float, float]]:
    """Return (sum, precision, recall) from the highest sum down, in the stories in six languages."""
    own = [
        (score, example.label in {kind, "both"})
        for score, example in zip(sums, found, strict=True)
        if example.group in LANGUAGES
    ]
    wanted, right, points = sum(good for _, good in own), 0, []
    for number, (score, good) in enumerate(sorted(own, reverse=True), 1):
        right += good
        points.append((float(score), right / number, right / (wanted or 1)))
    return points


def print_curve(title: str, points: Sequence[tuple[float, float, float]]) -> None:
    recalls = (
        max((recall for _, precision, recall in points if precision >= least), default=0.0)
        for least in (0.95, 0.9, 0.8)
    )
    print(title, "recall at precision .95, .9, .8:", *(f"{recall:.2f}" for recall in recalls))


def thresholds(kind: str, points: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    """Return the sums from which a finding is sure and likely."""
    sure = min(score for score, precision, _ in points if precision >= _SURE[kind])
    likely = min(score for score, precision, _ in points if precision >= _LIKELY)
    return sure, min(likely, sure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", nargs="?", type=Path, default=APPEALS)
    parser.add_argument("--write", action="store_true", help="write the table")
    options = parser.parse_args()
    found = examples(options.file)
    hands = [_hand(example) for example in found]
    languages = [LANGUAGES.index(example.group) if example.group in LANGUAGES else -1 for example in found]
    lines = [
        "# The weights of pleas and ways to help, made by tests/load/train_pleas.py --write. Do not edit."
    ]
    for title, folds in (("each language left out", languages), ("each hand left out", hands)):
        first = {kind: fitted(found, kind, [one.evidence[kind] for one in found], folds) for kind in KINDS}
        for kind in KINDS:
            whole = fitted(found, kind, with_neighbours(found, first, kind), folds)
            whole.left_out[np.array([guarded(example.evidence[kind], kind) for example in found])] = _GUARDED
            points = curve(found, kind, whole.left_out)
            print_curve(f"{kind}, {title}:", points)
            if folds is hands:
                sure, likely = thresholds(kind, points)
                print(f"  sure from {sure:.2f}, likely from {likely:.2f}, {len(whole.names)} weights")
                lines += ["", f"[{kind}]", f"sure = {sure:.2f}", f"likely = {likely:.2f}"]
                lines += [*_table(f"{kind}.first", first[kind]), *_table(f"{kind}.weights", whole)]
    if options.write:
        TABLE.write_text("\n".join(lines) + "\n", "utf-8")


def _table(name: str, fit_: Fitted) -> list[str]:
    rows_ = [
        f'"{name}" = {value:.2f}'
        for name, value in zip(fit_.names, fit_.weights, strict=True)
        if abs(value) >= 0.005
    ]
    return ["", f"[{name}]", *rows_]


if __name__ == "__main__":
    main()
