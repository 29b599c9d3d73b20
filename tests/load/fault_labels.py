"""How far the fault counter agrees with a reader: `fault_labels.jsonl` has what one found in 100 summaries.

The summaries were drawn at random from the check halves before the rules that introduce names and nouns were
written: 45 `short`, 25 `long`, 15 `brief` and 15 lead-3, shuffled, so that the reader did not know which was
which. The counter was then tuned on them: half of them first, when it agreed on .70 of the other half's
"dangling", then all. A line has set, id and system, the places of the sentences in the story (characters
from, to), and the faults; no text.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.load.faults import faults

LABELS = Path(__file__).with_suffix(".jsonl")
LABELLED = ("dangling", "connective", "speakerless", "boilerplate", "day")


def agreement(one: Sequence[bool], other: Sequence[bool]) -> tuple[float, float]:
    """Return the share on which two judges agree, and Cohen's kappa: 0 by chance alone, 1 always."""
    total = len(one)
    same = sum(a == b for a, b in zip(one, other, strict=True)) / total
    first, second = sum(one) / total, sum(other) / total
    by_chance = first * second + (1 - first) * (1 - second)
    return same, (same - by_chance) / (1 - by_chance) if by_chance < 1 else 1.0


def rows(stories: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield the table of agreement by kind; `stories` has the stories of all sets by id."""
    labels = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    known = [label for label in labels if label["id"] in stories]
    if not known:
        return
    counted = [_counted(label, stories[label["id"]]) for label in known]
    yield f"\nfault counter against a reader's labels: {len(known)} summaries of the check halves"
    yield "fault         reader  counter  agree  kappa"
    for kind in LABELLED:
        yield _row(kind, [kind in label["faults"] for label in known], [kind in each for each in counted])
    yield _row("any", [bool(label["faults"]) for label in known], [bool(each) for each in counted])


def _counted(label: dict[str, Any], story: dict[str, Any]) -> frozenset[str]:
    summary = [" ".join(story["text"][start:end].split()) for start, end in label["spans"]]
    found = faults(summary, story["text"], story["lang"], story.get("title") or "")
    return found & frozenset(LABELLED)


def _row(name: str, reader: Sequence[bool], counter: Sequence[bool]) -> str:
    same, kappa = agreement(reader, counter)
    return f"{name:<12}  {sum(reader):6}  {sum(counter):7}  {same:5.2f}  {kappa:5.2f}"
