"""Measures summaries on real stories: ROUGE against people's summaries, faults that readers see, CPU time.

    python -m tests.load.bench_summaries [--stories 100] [--set cnn_val …] [--data ../shared/data/summaries]

Each set is split in two halves by the SHA-256 sum of a story's id: even is *tune*, odd is *check*. Rules are
written and weights chosen on tune; check is only measured. "faulty" is the share of summaries with a fault of
faults.py, those that name a day without its date apart; at the end comes how far the counter agrees with a
reader. ms is the CPU time of one story's three Summaries together, language given; stories are scored in
between, so that the processor's caches hold little of it. One table a set on standard output; a plot goes to
tests/load/results/summaries.png. "lead" is the first sentences of the story as they stand. sumy's own
summarizers get our splitter and words, since theirs must download a model; Edmundson is left out, because it
needs word lists that nobody has for a story.
"""

import argparse
import gc
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median
from typing import Any

import matplotlib as mpl
import numpy as np
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import Tokenizer
from sumy.parsers.plaintext import PlaintextParser
from sumy.summarizers.kl import KLSummarizer
from sumy.summarizers.lex_rank import LexRankSummarizer
from sumy.summarizers.lsa import LsaSummarizer
from sumy.summarizers.luhn import LuhnSummarizer
from sumy.summarizers.reduction import ReductionSummarizer
from sumy.summarizers.sum_basic import SumBasicSummarizer
from sumy.summarizers.text_rank import TextRankSummarizer

from bot.errors import InvalidInputError
from bot.language import sentences
from bot.language.words import vocabulary_of
from bot.summaries.summarizer import summarize
from storage.words import SENTENCES
from tests.load import fault_labels
from tests.load.faults import FAULTS, faults
from tests.load.labelled import HALVES, half_of
from tests.paths import REPOSITORY

mpl.use("Agg")
from matplotlib import pyplot as plt

DATA = REPOSITORY.parent / "shared" / "data" / "summaries"
PLOT = Path(__file__).resolve().parent / "results" / "summaries.png"

STOCK = {
    "Luhn": LuhnSummarizer,
    "LexRank": LexRankSummarizer,
    "TextRank": TextRankSummarizer,
    "LSA": LsaSummarizer,
    "Reduction": ReductionSummarizer,
    "SumBasic": SumBasicSummarizer,
    "KL": KLSummarizer,
}
LENGTHS = tuple(SENTENCES.values())
ROUGES = ("rouge1", "rouge2")
# KL is cubic: 32 s for 400 sentences. Stories this long are too few to matter, and stop the bench.
LONGEST_FOR_STOCK = 120
RESAMPLES = 1000

Summary = Sequence[str]
Summarizer = Callable[[str, str, str], dict[int, Summary]]


@dataclass
class Measures:
    """What one summarizer did on one set, story by story, for each number of sentences."""

    halves: list[str] = field(default_factory=list)
    rouge: dict[int, list[list[float]]] = field(default_factory=lambda: {n: [] for n in LENGTHS})
    faults: dict[int, list[frozenset[str]]] = field(default_factory=lambda: {n: [] for n in LENGTHS})
    ms: list[float] = field(default_factory=list)

    def faults_in(self, half: str, count: int) -> list[frozenset[str]]:
        """Return the faults of this half's summaries."""
        return [each for each, where in zip(self.faults[count], self.halves, strict=True) if where == half]


class _UnicodeWords(Tokenizer):  # type: ignore[misc] # rouge_score ships no types
    """rouge_score's own tokenizer drops every letter that English lacks."""

    def tokenize(self, text: str) -> list[str]:
        return re.findall(r"\w+", text.lower())


def lead(text: str, language: str, _: str) -> dict[int, Summary]:
    first = sentences.split(text, language)
    return {count: first[:count] for count in LENGTHS}


def ours(text: str, language: str, headline: str) -> dict[int, Summary]:
    try:
        summaries = summarize(text, language=language, headline=headline)
    except InvalidInputError:
        return dict.fromkeys(LENGTHS, ())
    return {count: summaries[length] for length, count in SENTENCES.items()}


def stock(kind: Callable[..., Any]) -> Summarizer:
    def run(text: str, language: str, _: str) -> dict[int, Summary]:
        vocabulary = vocabulary_of(language)
        summarizer = kind(vocabulary.stem)
        summarizer.stop_words = vocabulary.stop_words
        document = PlaintextParser(text, vocabulary).document
        return {count: [str(sentence) for sentence in summarizer(document, count)] for count in LENGTHS}

    return run


def stories(path: Path, most: int) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if most and number >= most:
                return
            story = json.loads(line)
            story["lang"] = {"no": "nb", None: "en"}.get(story.get("lang"), story.get("lang"))
            story["title"] = story.get("title") or ""
            yield story


def scorer_of(language: str) -> RougeScorer:
    if language == "en":
        return RougeScorer(ROUGES, use_stemmer=True)
    return RougeScorer(ROUGES, tokenizer=_UnicodeWords())


def measure(summarizer: Summarizer, told: Iterable[dict[str, Any]], scorer: RougeScorer) -> Measures:
    result = Measures()
    for story in told:
        started = time.process_time_ns()
        summaries = summarizer(story["text"], story["lang"], story["title"])
        result.ms.append((time.process_time_ns() - started) / 1e6)
        result.halves.append(half_of(story["id"]))
        references = story.get("references") or [story["reference"] or ""]
        for count, summary in summaries.items():
            result.faults[count].append(faults(summary, story["text"], story["lang"], story["title"]))
            if references[0]:
                scores = scorer.score_multi(references, " ".join(summary))
                result.rouge[count].append([100 * scores[name].fmeasure for name in ROUGES])
    return result


def interval(differences: Sequence[float]) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean; the same each run."""
    values = np.asarray(differences)
    picks = np.random.default_rng(2026).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def rows(name: str, mine: Measures, baseline: Measures) -> Iterator[str]:
    for count in LENGTHS:
        cells = [f"{name:<10}", f"{count}"]
        for half in HALVES:
            cells += [*rouge_cells(mine, baseline, count, half), *fault_cells(mine.faults_in(half, count))]
        cells += [f"{median(mine.ms):6.2f}", f"{np.percentile(mine.ms, 95):6.2f}"]
        yield "  ".join(cells)


def rouge_cells(mine: Measures, baseline: Measures, count: int, half: str) -> list[str]:
    inside = [number for number, where in enumerate(mine.halves) if where == half]
    if not mine.rouge[count] or not inside:
        return ["    –"] * len(ROUGES) + ["–".center(22)]
    gain = [gains(mine, baseline, count)[number] for number in inside]
    low, high = interval(gain)
    means = [f"{mean(mine.rouge[count][number][i] for number in inside):5.1f}" for i in range(len(ROUGES))]
    return [*means, f"{mean(gain):+5.2f} [{low:+5.2f}, {high:+5.2f}]"]


def gains(mine: Measures, baseline: Measures, count: int) -> list[float]:
    """ROUGE-1 less the baseline's, story by story."""
    pairs = zip(mine.rouge[count], baseline.rouge[count], strict=False)
    return [one[0] - other[0] for one, other in pairs]


def fault_cells(found: Sequence[frozenset[str]]) -> list[str]:
    """Return the share of summaries with a fault other than an undated day, and with an undated day."""
    faulty, undated = sum(bool(each - {"day"}) for each in found), sum("day" in each for each in found)
    return [f"{100 * faulty / max(1, len(found)):6.1f}", f"{100 * undated / max(1, len(found)):5.1f}"]


def header() -> str:
    columns = [" R-1 ", " R-2 ", "R-1 against lead [95 %]", "faulty", "day %"]
    halves = [columns[0], *columns[1:]]
    above = " " * 15 + "".join(half.center(len("  ".join(halves)) + 2) for half in HALVES)
    return above + "\n" + "  ".join(["summarizer", "n", *halves, *halves, "ms p50", "ms p95"])


def kinds(results: dict[str, dict[str, Measures]]) -> Iterator[str]:
    """Yield the share of summaries with each kind of fault, over all sets, half by half."""
    yield "\nfaults by kind over all sets, %: tune / check"
    yield "  ".join(["summarizer", "n", *(name.rjust(13) for name in FAULTS)])
    for name in ("lead", "ours"):
        for count in LENGTHS:
            cells = []
            sides = [
                [found for one in results.values() for found in one[name].faults_in(half, count)]
                for half in HALVES
            ]
            for kind in FAULTS:
                shares = [100 * mean(kind in each for each in summaries) for summaries in sides]
                cells.append(f"{shares[0]:5.1f} / {shares[1]:5.1f}")
            yield "  ".join([f"{name:<10}", f"{count}", *cells])


def bench(path: Path, most: int) -> dict[str, Measures]:
    """All summarizers on one set: lead and ours on every story, sumy's own on the first `most`."""
    told = list(stories(path, 0))
    scorer = scorer_of(told[0]["lang"])
    few = [story for story in told if len(sentences.split(story["text"], story["lang"])) <= LONGEST_FOR_STOCK]
    ours("A first sentence loads what is loaded once.", told[0]["lang"], "")
    gc.collect()
    results = {"lead": measure(lead, told, scorer), "ours": measure(ours, told, scorer)}
    few_lead = measure(lead, few[:most], scorer)
    print(f"\n{path.stem}: {len(told)} stories in {told[0]['lang']}; sumy's own on {len(few[:most])} of them")
    print(header())
    for name in ("lead", "ours"):
        print(*rows(name, results[name], results["lead"]), sep="\n")
    for name, kind in STOCK.items():
        results[name] = measure(stock(kind), few[:most], scorer)
        print(*rows(name, results[name], few_lead), sep="\n", flush=True)
    results["lead of few"] = few_lead
    return results


def plot(results: dict[str, dict[str, Measures]]) -> None:
    """Gain over lead and share of faulty summaries at three sentences, set by set."""
    names = ["ours", *STOCK]
    figure, (above, below) = plt.subplots(2, 1, figsize=(11, 8), sharex=True, layout="constrained")
    for place, name in enumerate(names):
        at = np.arange(len(results)) + (place - len(names) / 2) / (len(names) + 1)
        gain = [_mean_gain(each, name) for each in results.values()]
        faulty = [
            100 * mean(bool(found - {"day"}) for found in each[name].faults[3]) for each in results.values()
        ]
        above.bar(at, gain, 1 / (len(names) + 1), label=name)
        below.bar(at, faulty, 1 / (len(names) + 1))
    above.axhline(0, color="black", linewidth=0.8)
    above.set_ylabel("ROUGE-1 more than lead")
    above.legend(ncols=len(names), fontsize="small")
    below.set_ylabel("summaries with a fault, %")
    below.set_xticks(range(len(results)), list(results), fontsize="small")
    figure.suptitle("Three sentences: ours and sumy's own")
    PLOT.parent.mkdir(exist_ok=True)
    figure.savefig(PLOT, dpi=120)


def _mean_gain(measures: dict[str, Measures], name: str) -> float:
    baseline = measures["lead" if name == "ours" else "lead of few"]
    return mean(gains(measures[name], baseline, 3) or [0.0])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--set", action="append", help="a file's name without .jsonl; may be given again")
    parser.add_argument(
        "--stories", type=int, default=50, help="how many sumy's own summarizers get of each set"
    )
    given = parser.parse_args()
    paths = [path for path in sorted(given.data.glob("*.jsonl")) if not given.set or path.stem in given.set]
    if not paths:
        sys.exit(f"No stories in {given.data}: name their folder with --data.")
    results = {path.stem: bench(path, given.stories) for path in paths}
    print(*kinds(results), sep="\n")
    print(*fault_labels.rows(), sep="\n")
    plot(results)
    print(f"\nPlot: {PLOT.relative_to(REPOSITORY)}")


if __name__ == "__main__":
    main()
