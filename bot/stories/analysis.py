"""All that is found in a story when it comes in: article, language, Summaries, plea, help sentence."""

import hashlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.articles.article import Article, FetchedPage
from bot.articles.process_pool import PATIENCE_S, ProcessPool
from bot.i18n import mark
from bot.pleas.findings import Help, Plea
from storage.words import Length

if TYPE_CHECKING:  # loads sumy, which the bot's own process never should
    from bot.summaries.summarizer import Explanation

TOO_SLOW = mark("{name} takes too long to read: copy the story's text into a plain text file.")
UNKNOWN_LANGUAGE = "und"  # ISO 639-2 for "undetermined"


@dataclass(frozen=True, slots=True)
class Analysis:
    """An Article, read. `summaries` hold one sentence a line; `ms` is the CPU time that it took.

    `signature` is what tells whether it is here already in other words (see similar.py); `digest` is the
    SHA-256 sum of the file that it was read out of.
    """

    article: Article
    language: str
    summaries: dict[Length, str]
    plea: Plea | None
    help: Help | None
    signature: bytes = b""
    digest: str = ""
    ms: float = 0.0


def analyse_file(data: bytes, name: str, language: str | None = None, *, headless: bool = False) -> Analysis:
    """Read a story file, which may lack a headline if `headless`; `language` wins over what is found.

    CPU-bound, and hostile input can make it slow: run it in the ProcessPool. Raises InvalidInputError, with a
    sentence for the person, for what is no story.
    """
    from bot.articles import formats  # noqa: PLC0415  # loads lxml, and read_article sumy: only where they run

    started = time.process_time()
    analysis = analyse_article(formats.read(data, name, headless=headless), language)
    return replace(analysis, digest=digest(data), ms=(time.process_time() - started) * 1000)


def analyse_page(page: FetchedPage, language: str | None = None) -> Analysis:
    """Read a fetched page; as read_file otherwise."""
    from bot.articles import pages  # noqa: PLC0415  # see read_file

    started = time.process_time()
    analysis = analyse_article(pages.read(page.data, page.address, page.charset), language)
    return replace(analysis, ms=(time.process_time() - started) * 1000)


def digest(data: bytes) -> str:
    """The SHA-256 sum by which a file is known again."""
    return hashlib.sha256(data).hexdigest()


def reading_pool(workers: int = 1, *, patience: float = PATIENCE_S) -> ProcessPool:
    """Return a pool for the functions of this module; its processes load sumy before anybody waits."""
    return ProcessPool(workers, warm_up=_warm_up, patience=patience)


def _warm_up() -> None:
    analyse_article(Article(headline="Bridge", body="The bridge is open. People cross it."))


def analyse_article(article: Article, language: str | None = None) -> Analysis:
    """Summarise an Article and find its plea."""
    from bot.pleas import pleas  # noqa: PLC0415  # see read_file
    from bot.stories import duplicates  # noqa: PLC0415  # see read_file
    from bot.summaries import summarizer  # noqa: PLC0415  # see read_file

    language = language or article.language
    found = summarizer.summarize(article.body, language=language, headline=article.headline)
    findings = pleas.find(replace(article, language=found.language))
    return Analysis(
        article=article,
        language=found.language or UNKNOWN_LANGUAGE,
        summaries={length: "\n".join(found[length]) for length in Length},
        plea=findings.plea,
        help=findings.help,
        signature=duplicates.signature(article.body),
    )


def explain_summaries(article: Article, language: str | None = None) -> "Explanation":
    """Why each sentence of an Article stands in a Summary or does not."""
    from bot.summaries import summarizer  # noqa: PLC0415  # see read_file

    return summarizer.explain(article, language=language)
