"""How well stories are read out of real pages, by ours and by other extractors, in one run.

    python -m tests.load.bench_extraction [--pages ../shared/data/pages] [--errors]

The pages are split by a fixed rule: the parity of the SHA-256 sum of a page's id. Only pages of "tune" are
looked at while the extractor is changed; those of "check" are measured only, so that they
show what unseen pages will.

Body: precision and recall count runs of four words (as often as they occur), page by page, and are averaged
over the pages; F1 is that of the two means. It is the count of scrapinghub's article-extraction-benchmark.
The interval is of F1 less ours, over 1,000 bootstrap samples of the pages. Headline, date and authors are
asked of the pages where they are known: a headline is right if its letters and digits are the same, a date if
its day (in UTC, where it has a time) is, authors if they are the same names. The milliseconds are CPU time
for a page, parsing and metadata included. "Mean F1" is the mean of each page's own F1, and "lost" counts the
pages whose F1 is .25 below trafilatura's. A plot goes to tests/load/results/extraction.png.
"""

import argparse
import gc
import hashlib
import logging
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import justext  # type: ignore[import-untyped] # ships no types
import matplotlib as mpl
import numpy as np
import trafilatura
from babel import Locale, UnknownLocaleError
from goose3 import Goose  # type: ignore[import-untyped] # ships no types
from resiliparse.extract.html2text import extract_plain_text
from rich.console import Console
from rich.table import Table

from bot.articles.page import extract, readings
from tests.load.newspages import PAGES, NewsPage, news_pages
from tests.paths import REPOSITORY

mpl.use("Agg")
from matplotlib import pyplot as plt

PLOT = Path(__file__).resolve().parent / "results" / "extraction.png"
RUN = 4  # words
RESAMPLES = 1000
OURS = "ours"
TRAFILATURA = "trafilatura"
PARTS = ("tune", "check")
FAR_BELOW = 0.25  # of a page's F1, below trafilatura's


@dataclass(frozen=True)
class Extracted:
    """What an extractor says; None for what it does not look for."""

    body: str
    headline: str | None = None
    day: str | None = None
    authors: Sequence[str] | None = None


@dataclass(frozen=True)
class Answer:
    """What an extractor said about one page, how far it is right, and the CPU time that it took."""

    page: NewsPage
    said: Extracted
    precision: float | None  # None: nothing was found
    recall: float
    ms: float

    @property
    def f1(self) -> float:
        precision = self.precision or 0.0
        both = precision + self.recall
        return 2 * precision * self.recall / both if both else 0.0


Extractor = Callable[[NewsPage], Extracted]


def ours(page: NewsPage) -> Extracted:
    article = extract.extract(page.html, page.address)
    day = article.published.date().isoformat() if article.published else ""
    return Extracted(article.body, article.headline, day, re.split(r", | and | und ", article.byline or ""))


def by_trafilatura(page: NewsPage) -> Extracted:
    found = trafilatura.bare_extraction(
        page.html, url=page.address, include_comments=False, with_metadata=True
    )
    if not isinstance(found, trafilatura.settings.Document):
        return Extracted("", "", "", ())
    return Extracted(
        found.text or "", found.title or "", found.date or "", re.split("; ?", found.author or "")
    )


def by_readability(page: NewsPage) -> Extracted:
    root = extract.parsed(page.html)
    return Extracted("" if root is None else readings.by_readability(root))


def by_resiliparse(page: NewsPage) -> Extracted:
    return Extracted(extract_plain_text(page.html, main_content=True, alt_texts=False, noscript=False))


def by_goose(page: NewsPage) -> Extracted:
    with Goose({"enable_image_fetching": False}) as goose:
        article = goose.extract(raw_html=page.html)
    day = (article.publish_date or "")[:10]
    # Where JSON-LD gives a list for one author, goose3 passes it on.
    names = [name for each in article.authors for name in (each if isinstance(each, list) else [each])]
    return Extracted(article.cleaned_text or "", article.title or "", day, [str(name) for name in names])


def by_justext(page: NewsPage) -> Extracted:
    paragraphs = justext.justext(page.html.encode(), stop_words(page.html), encoding="utf-8")
    return Extracted("\n".join(each.text for each in paragraphs if not each.is_boilerplate))


def stop_words(html: str) -> frozenset[str]:
    """Those of the page's language; jusText must be told."""
    claimed = re.search(r"<html[^>]*\slang=[\"']?([a-z]{2})", html, re.IGNORECASE)
    try:
        language = Locale.parse(claimed[1].lower() if claimed else "en").english_name
        return frozenset(justext.get_stoplist(language or "English"))
    except (UnknownLocaleError, ValueError):
        return frozenset(justext.get_stoplist("English"))


EXTRACTORS: dict[str, Extractor] = {
    OURS: ours,
    TRAFILATURA: by_trafilatura,
    "readability": by_readability,
    "resiliparse": by_resiliparse,
    "goose3": by_goose,
    "jusText": by_justext,
}


def runs(text: str) -> Counter[tuple[str, ...]]:
    """How often each run of four words occurs; a shorter text is one run."""
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1)) if words)


def measure(name: str, pages: Sequence[NewsPage]) -> list[Answer]:
    extractor = EXTRACTORS[name]
    extractor(pages[0])  # loads what is loaded once
    gc.collect()
    answers = []
    for page in pages:
        started = time.process_time()
        said = extractor(page)
        ms = (time.process_time() - started) * 1000
        true, found = runs(page.body), runs(said.body)
        both = (true & found).total()
        precision = both / found.total() if found else None
        answers.append(Answer(page, said, precision, both / true.total(), ms))
    return answers


def f1(precision: np.ndarray, recall: np.ndarray) -> np.ndarray:
    """Of the means over the last axis; pages where nothing was found count for recall only."""
    mean_precision, mean_recall = np.nanmean(precision, axis=-1), recall.mean(axis=-1)
    return np.asarray(2 * mean_precision * mean_recall / (mean_precision + mean_recall))


def numbers(answers: Sequence[Answer]) -> tuple[np.ndarray, np.ndarray]:
    precisions = [np.nan if each.precision is None else each.precision for each in answers]
    return np.array(precisions), np.array([each.recall for each in answers])


def gain(answers: Sequence[Answer], against: Sequence[Answer]) -> tuple[float, float, float]:
    """F1 less that of others, with its 95 % bootstrap interval; the same each run."""
    picks = np.random.default_rng(2026).integers(0, len(answers), (RESAMPLES, len(answers)))
    (ours_p, ours_r), (theirs_p, theirs_r) = numbers(against), numbers(answers)
    sampled = f1(theirs_p[picks], theirs_r[picks]) - f1(ours_p[picks], ours_r[picks])
    low, high = np.percentile(sampled, [2.5, 97.5])
    return float(f1(theirs_p, theirs_r) - f1(ours_p, ours_r)), float(low), float(high)


def plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def headlines(answers: Sequence[Answer]) -> Iterator[bool]:
    for each in answers:
        if each.page.headline and each.said.headline is not None:
            yield plain(each.said.headline) == plain(each.page.headline)


def days(answers: Sequence[Answer]) -> Iterator[bool]:
    for each in answers:
        if each.page.day and each.said.day is not None:
            yield each.said.day == each.page.day


def authors(answers: Sequence[Answer]) -> Iterator[bool]:
    for each in answers:
        if each.page.authors and each.said.authors is not None:
            yield set(map(plain, each.said.authors)) == set(map(plain, each.page.authors))


def part_of(page: NewsPage) -> str:
    """Return the part of the data that the page belongs to."""
    return PARTS[int(hashlib.sha256(page.name.encode()).hexdigest(), 16) % 2]


def lost(answers: Sequence[Answer], trafilaturas: Sequence[Answer]) -> int:
    """Count the pages that are read much worse than trafilatura reads them."""
    return sum(one.f1 < other.f1 - FAR_BELOW for one, other in zip(answers, trafilaturas, strict=True))


def share(right: Iterator[bool]) -> str:
    judged = list(right)
    return f"{sum(judged)}/{len(judged)}" if judged else "–"


def table(part: str, results: dict[str, list[Answer]]) -> Table:
    shown = Table(title=f"{part}: {len(results[OURS])} real news pages")
    for column in ("extractor", "precision", "recall", "F1", "F1 less ours [95 %]", "mean F1", "lost"):
        shown.add_column(column, justify="left" if column == "extractor" else "right")
    for column in ("headline", "date", "authors", "ms p50", "ms p95"):
        shown.add_column(column, justify="right")
    for name, answers in results.items():
        precision, recall = numbers(answers)
        more, low, high = gain(answers, results[OURS])
        milliseconds = [each.ms for each in answers]
        shown.add_row(
            name,
            f"{np.nanmean(precision):.3f}",
            f"{recall.mean():.3f}",
            f"{f1(precision, recall):.3f}",
            "" if name == OURS else f"{more:+.3f} [{low:+.3f}, {high:+.3f}]",
            f"{np.mean([each.f1 for each in answers]):.3f}",
            str(lost(answers, results[TRAFILATURA])),
            share(headlines(answers)),
            share(days(answers)),
            share(authors(answers)),
            f"{median(milliseconds):.1f}",
            f"{np.percentile(milliseconds, 95):.1f}",
        )
    return shown


def worst(answers: Sequence[Answer]) -> Iterator[str]:
    """The pages of "tune" whose body is read badly, the worst first."""
    seen = [each for each in answers if part_of(each.page) == PARTS[0]]
    ranked = sorted(seen, key=lambda each: min(each.precision or 0, each.recall))
    for each in ranked[:15]:
        yield f"{each.page.name}: precision {each.precision or 0:.2f}, recall {each.recall:.2f}"


def plot(results: dict[str, list[Answer]]) -> None:
    """F1 of each source's pages, and the time for a page."""
    sources = list(dict.fromkeys(each.page.source for each in results[OURS]))
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    for place, (name, answers) in enumerate(results.items()):
        at = np.arange(len(sources)) + (place - len(results) / 2) / (len(results) + 1)
        heights = [
            f1(*numbers([each for each in answers if each.page.source == source])) for source in sources
        ]
        left.bar(at, heights, 1 / (len(results) + 1), label=name)
    left.set_ylim(0.7, 1.05)  # room for the legend
    left.set_ylabel("F1 of the body (from 0.7)")
    left.set_xticks(range(len(sources)), sources)
    left.legend(ncols=3, fontsize="small")
    right.boxplot([[each.ms for each in answers] for answers in results.values()], showfliers=False)
    right.set_xticks(range(1, len(results) + 1), list(results), rotation=20)
    right.set_yscale("log")
    right.set_ylabel("CPU ms for a page")
    figure.suptitle("Stories out of real pages")
    PLOT.parent.mkdir(exist_ok=True)
    figure.savefig(PLOT, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path, default=PAGES)
    parser.add_argument("--errors", action="store_true", help="name the pages that ours reads worst")
    given = parser.parse_args()
    if not given.pages.exists():
        sys.exit(f"No pages at {given.pages}: name their folder with --pages.")
    logging.disable(logging.CRITICAL)
    pages = list(news_pages(given.pages))
    results = {name: measure(name, pages) for name in EXTRACTORS}
    console = Console(width=None if sys.stdout.isatty() else 190)
    for part in PARTS:
        console.print(
            table(
                part,
                {
                    name: [each for each in answers if part_of(each.page) == part]
                    for name, answers in results.items()
                },
            )
        )
    if given.errors:
        console.print(*worst(results[OURS]), sep="\n")
    plot(results)
    console.print(f"Plot: {PLOT.relative_to(REPOSITORY)}")


if __name__ == "__main__":
    main()
