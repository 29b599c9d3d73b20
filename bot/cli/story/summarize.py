"""The command `comeback summarize`: prints the Summary and plea of stories without storing anything."""

import os
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.command import REFUSED, AsJson, complain, put_json, run
from bot.cli.story.inputs import analyses
from bot.cli.story.story_output import plea_and_help_json
from bot.config import Settings
from bot.errors import UserError
from bot.runtime.build import fetcher_of
from bot.stories.intake.analysis import TOO_SLOW, Analysis, analysis_pool, explain_summaries
from storage.words import Length

if TYPE_CHECKING:  # loads sumy, which only the pool's processes need
    from bot.summaries.summarizer import Explanation


def summarize(
    inputs: Annotated[list[str], typer.Argument(metavar="FILE…", help="Plain text, HTML or Markdown.")],
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
        with analysis_pool(os.cpu_count() or 1) as pool:
            found = analyses(pool, fetcher_of(settings), inputs, language, headless=True)
            async for name, analysis in found:
                if isinstance(analysis, UserError):
                    refused = True
                    complain(str(analysis))
                    continue
                if as_json:
                    put_json(_json(name, analysis, length))
                else:
                    print("\n".join(_lines(name, analysis, length, titled=len(inputs) > 1)))
                if explain:
                    reasons = await pool.run(name, TOO_SLOW, explain_summaries, analysis.article, language)
                    Console(stderr=as_json).print(_table(reasons))
        if refused:
            raise typer.Exit(REFUSED)

    run(work)


def _json(name: str, analysis: Analysis, length: Length) -> dict[str, object]:
    return {
        "file": name,
        "language": analysis.language,
        "length": length,
        "sentences": analysis.summaries[length].split("\n"),
        **plea_and_help_json(analysis),
        "ms": round(analysis.ms, 2),
    }


def _lines(name: str, analysis: Analysis, length: Length, *, titled: bool) -> list[str]:
    lines = [f"{name}: {analysis.article.headline}".removesuffix(": ")] if titled else []
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
    """Return each sentence with its scores, the rules that it breaks, what introduces it, its Summaries."""
    table = Table(title=f"language: {explanation.summaries.language or 'unknown'}", show_lines=True)
    table.add_column("", justify="right")
    table.add_column("sentence", ratio=1)
    table.add_column("place\nsumy\nwords", justify="right")
    table.add_column("\n".join(Length), justify="right")
    table.add_column("rules\nbroken")
    table.add_column("introduced\nby")
    table.add_column("stands\nin")
    for number, sentence in enumerate(explanation.sentences, 1):
        table.add_row(
            str(number),
            escape(sentence.text),
            f"{sentence.position:.2f}\n{sentence.centrality:.2f}\n{sentence.words}",
            "\n".join(f"{sentence.scores[length]:.2f}" for length in Length),
            "\n".join(sentence.rules),
            escape("\n".join(f"{words}: {other + 1}" for words, other in sentence.introduced.items())),
            "\n".join(sentence.chosen),
        )
    return table
