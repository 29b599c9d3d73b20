"""`comeback summarize`: a story's summary and its plea, without keeping anything."""

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.command import REFUSED, AsJson, complain, put_json, run
from bot.cli.inputs import analyses, findings
from bot.config import Settings
from bot.errors import UserError
from bot.runtime.build import fetcher_of
from bot.stories.analysis import TOO_SLOW, Analysis, explain_summaries, reading_pool
from storage.words import Length

if TYPE_CHECKING:  # loads sumy, which only the pool's processes need
    from bot.summaries.summarizer import Explanation


def summarize(
    places: Annotated[list[str], typer.Argument(metavar="FILE…", help="Plain text, HTML or Markdown.")],
    length: Annotated[Length, typer.Option(help="1, 3 or 5 sentences.")] = Length.SHORT,
    language: Annotated[
        str | None, typer.Option(help="Such as en or uk; found by itself if not given.")
    ] = None,
    as_json: AsJson = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show each sentence's scores and rules.")
    ] = False,
) -> None:
    """Print the summary of stories, their plea and how they say one can help; an address will do too."""

    async def work(settings: Settings) -> None:
        refused = False
        with reading_pool(os.cpu_count() or 1) as pool:
            found = analyses(pool, fetcher_of(settings), places, language, headless=True)
            async for place, analysis in found:
                if isinstance(analysis, UserError):
                    refused = True
                    complain(str(analysis))
                    continue
                if as_json:
                    put_json(_entry(place, analysis, length))
                else:
                    print("\n".join(_lines(place, analysis, length, titled=len(places) > 1)))
                if explain:
                    reasons = await pool.run(place, TOO_SLOW, explain_summaries, analysis.article, language)
                    Console(stderr=as_json).print(_table(reasons))
        if refused:
            raise typer.Exit(REFUSED)

    run(work)


def _entry(place: str, analysis: Analysis, length: Length) -> dict[str, Any]:
    return {
        "file": place,
        "language": analysis.language,
        "length": length,
        "sentences": analysis.summaries[length].split("\n"),
        **findings(analysis),
        "ms": round(analysis.ms, 2),
    }


def _lines(place: str, analysis: Analysis, length: Length, *, titled: bool) -> list[str]:
    lines = [f"{place}: {analysis.article.headline}".removesuffix(": ")] if titled else []
    lines += analysis.summaries[length].split("\n")
    if analysis.plea:
        lines += ["", f"Plea: “{analysis.plea.text}” — {analysis.plea.speaker or 'unknown'}"]
    if analysis.help:
        lines += ["", f"Help: {analysis.help.sentence}"]
        lines.append(
            f"      {analysis.help.organisation or 'organisation unknown'}, {analysis.help.url or 'no link'}"
        )
    return [*lines, ""] if titled else lines


def _table(explanation: "Explanation") -> Table:
    """Each sentence of the story: what it is worth for each Length, the rules it breaks, where it stands."""
    table = Table(title=f"language: {explanation.summaries.language or 'unknown'}", show_lines=True)
    table.add_column("sentence", ratio=1)
    table.add_column("place\nsumy\nwords", justify="right")
    table.add_column("\n".join(Length), justify="right")
    table.add_column("rules\nbroken")
    table.add_column("stands\nin")
    for sentence in explanation.sentences:
        table.add_row(
            escape(sentence.text),
            f"{sentence.position:.2f}\n{sentence.centrality:.2f}\n{sentence.words}",
            "\n".join(f"{sentence.scores[length]:.2f}" for length in Length),
            "\n".join(sentence.rules),
            "\n".join(sentence.chosen),
        )
    return table
