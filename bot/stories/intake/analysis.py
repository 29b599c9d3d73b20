"""Analysis of a story file or page: its Article, language, Summaries, plea and help sentence.

The functions are CPU-bound, and hostile input can make them slow: run them in `analysis_pool`.
"""

import hashlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.articles.article import Article, FetchedPage
from bot.articles.process_pool import PATIENCE_S, ProcessPool
from bot.i18n import mark
from bot.pleas import pleas
from bot.pleas.findings import Help, Plea
from bot.stories.intake import content_warnings, duplicates
from storage.words import ContentWarning, Length

if TYPE_CHECKING:  # loads sumy, which the bot's own process never should
    from bot.summaries.summarizer import Explanation

TOO_SLOW = mark("{name} takes too long to read: copy the story’s text into a plain text file.")
UNKNOWN_LANGUAGE = "und"  # ISO 639-2 for "undetermined"


@dataclass(frozen=True, slots=True)
class Analysis:
    """An Article with all that is computed from it.

    summaries: one sentence a line, for each Length.
    proposed_plea, proposed_help: what an editor should look at, where nothing surer was found.
    signature: for comparison with stored Stories (duplicates.py); empty if the text is too short.
    checksum: the SHA-256 sum of the story file in hexadecimal digits; empty for a page.
    ms: milliseconds of CPU time that the analysis took.
    warnings: the content warnings that its words suggest.
    """

    article: Article
    language: str
    summaries: dict[Length, str]
    plea: Plea | None
    help: Help | None
    signature: bytes = b""
    checksum: str = ""
    ms: float = 0.0
    proposed_plea: Plea | None = None
    proposed_help: Help | None = None
    warnings: tuple[ContentWarning, ...] = ()


def analyse_file(data: bytes, name: str, language: str | None = None, *, headless: bool = False) -> Analysis:
    """Return the analysis of a story file; with `headless` it may lack a headline.

    `language` overrides the one that is detected. Raises InvalidInputError if the file holds no story; the
    sentence mentions `name`.
    """
    from bot.articles import formats  # noqa: PLC0415  # loads lxml: only the pool's processes need it

    started = time.process_time()
    analysis = analyse_article(formats.read(data, name, headless=headless), language)
    return replace(analysis, checksum=checksum(data), ms=(time.process_time() - started) * 1000)


def analyse_page(page: FetchedPage, language: str | None = None) -> Analysis:
    """Return the analysis of a fetched page; `language` overrides the one that is detected.

    Raises InvalidInputError if the page holds no story.
    """
    from bot.articles.page import pages  # noqa: PLC0415  # loads lxml: only the pool's processes need it

    started = time.process_time()
    analysis = analyse_article(pages.read(page.data, page.address, page.charset), language)
    return replace(analysis, ms=(time.process_time() - started) * 1000)


def analyse_article(article: Article, language: str | None = None) -> Analysis:
    """Return the analysis of an Article; `language` overrides the Article's own."""
    from bot.summaries import summarizer  # noqa: PLC0415  # loads sumy: only the pool's processes need it

    language = language or article.language
    found = summarizer.summarize(article.body, language=language, headline=article.headline)
    findings = pleas.find(replace(article, language=found.language))
    return Analysis(
        article=article,
        language=found.language or UNKNOWN_LANGUAGE,
        summaries={length: "\n".join(found[length]) for length in Length},
        plea=findings.plea,
        help=findings.help,
        proposed_plea=findings.proposed_plea,
        proposed_help=findings.proposed_help,
        warnings=content_warnings.propose(article.headline, article.body, found.language or ""),
        signature=duplicates.signature(article.body),
    )


def explain_summaries(article: Article, language: str | None = None) -> "Explanation":
    """Return why each sentence of an Article is in a Summary or is not."""
    from bot.summaries import summarizer  # noqa: PLC0415  # loads sumy: only the pool's processes need it

    return summarizer.explain(article, language=language)


def checksum(data: bytes) -> str:
    """Return the SHA-256 sum by which a file is recognised, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def analysis_pool(workers: int = 1, *, patience: float = PATIENCE_S) -> ProcessPool:
    """Return a process pool for the functions of this module; its processes load sumy when they start.

    `patience`: seconds after which a call is given up.
    """
    return ProcessPool(workers, warm_up=_warm_up, patience=patience)


def _warm_up() -> None:
    analyse_article(Article(headline="Bridge", body="The bridge is open. People cross it."))
