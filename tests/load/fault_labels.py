"""How far the fault counter agrees with a reader: `fault_labels*.jsonl` list what one found in summaries.

`fault_labels.jsonl`: 100 summaries, which the reader judged without knowing the rules. They were drawn at
random from the check halves before the rules about names and nouns were written: 45 `short`, 25 `long`,
15 `brief` and 15 lead-3, shuffled, so that the reader did not know which was which. The counter was then
tuned on half of them, when it agreed on .70 of the other half's "dangling", and at last on all.

`fault_labels_tune.jsonl`, `short` and `long` of 60 stories of the tune halves drawn by `reading.py` (seed 7),
read with their headlines, in six languages, before rules and counter were changed for what they show.

`fault_labels_after.jsonl`, the same of 60 others (seed 9), after that. The counter, which knows the same
kinds of words as the rules, agreed by no more than chance (kappa .06) on "dangling"; it was then changed for
what these labels show. So let people read summaries; the counter only warns of a change for the worse.

A line has set, id and system, the places of the sentences in the story (characters from, to), and the
faults; no text.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.load.faults import faults
from tests.load.reading import Told, stories_by_id

LABELS = sorted(Path(__file__).parent.glob("fault_labels*.jsonl"))
LABELLED = ("dangling", "connective", "speakerless", "boilerplate", "broken", "day")


def agreement(one: Sequence[bool], other: Sequence[bool]) -> tuple[float, float]:
    """Return the share on which two judges agree, and Cohen's kappa: 0 by chance alone, 1 always."""
    total = len(one)
    same = sum(a == b for a, b in zip(one, other, strict=True)) / total
    first, second = sum(one) / total, sum(other) / total
    by_chance = first * second + (1 - first) * (1 - second)
    return same, (same - by_chance) / (1 - by_chance) if by_chance < 1 else 1.0


def rows() -> Iterator[str]:
    """Yield a table of agreement by kind for each file of labels."""
    stories = stories_by_id()
    for file in LABELS:
        labels = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        known = [label for label in labels if label["id"] in stories]
        counted = [_counted(label, stories[label["id"]]) for label in known]
        yield f"\nfault counter against a reader's labels: {len(known)} summaries of {file.name}"
        yield "fault         reader  counter  agree  kappa"
        for kind in LABELLED if known else ():
            yield _row(kind, [kind in label["faults"] for label in known], [kind in each for each in counted])
        if known:
            yield _row("any", [bool(label["faults"]) for label in known], [bool(each) for each in counted])


def _counted(label: dict[str, Any], story: Told) -> frozenset[str]:
    summary = [" ".join(story.text[start:end].split()) for start, end in label["spans"]]
    return faults(summary, story.text, story.language, story.headline) & frozenset(LABELLED)


def _row(name: str, reader: Sequence[bool], counter: Sequence[bool]) -> str:
    same, kappa = agreement(reader, counter)
    return f"{name:<12}  {sum(reader):6}  {sum(counter):7}  {same:5.2f}  {kappa:5.2f}"
