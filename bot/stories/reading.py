"""All that is found in a story when it comes in: article, language, Summaries, plea, help sentence."""

from dataclasses import dataclass, replace

from bot.stories.article import Article
from bot.stories.pleas import Help, Plea
from storage.words import Length

LARGEST = 5 * 1024 * 1024  # bytes of a story file; the largest news page seen has 2.2 MB
UNKNOWN_LANGUAGE = "und"  # ISO 639-2 for "undetermined"


@dataclass(frozen=True, slots=True)
class Reading:
    """An Article, read. `summaries` hold one sentence a line."""

    article: Article
    language: str
    summaries: dict[Length, str]
    plea: Plea | None
    help: Help | None


def read_file(data: bytes, name: str) -> Reading:
    """Read a story file. CPU-bound, and hostile input can make it slow: run it in the Workshop.

    Raises InvalidInputError, with a sentence for the person, for what is no story.
    """
    from bot.stories import files  # noqa: PLC0415  # loads lxml, and read_article below sumy: only where it runs

    return read_article(files.read(data, name))


def read_article(article: Article) -> Reading:
    """Summarise an Article and find its plea."""
    from bot.stories import pleas, summarizer  # noqa: PLC0415  # see read_file

    found = summarizer.summarize(article.body, language=article.language, headline=article.headline)
    findings = pleas.find(replace(article, language=found.language))
    return Reading(
        article=article,
        language=found.language or UNKNOWN_LANGUAGE,
        summaries={length: "\n".join(found[length]) for length in Length},
        plea=findings.plea,
        help=findings.help,
    )
