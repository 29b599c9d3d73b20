"""The commands `comeback topic …`: list Topics, and merge two of them."""

from typing import Annotated

import typer

from bot.broadcasts.topic_merges import TopicMerge
from bot.cli.command import ACTOR, AsJson, confirm, put_json, serve
from bot.services import Services

app = typer.Typer(help="List what stories are about, and merge topics.", no_args_is_help=True)

_MANY = 1_000  # a newsroom has some dozen
_SLUG = "A topic, as readers type it: comeback topic list"


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all topics by name, with how many stories are about each."""

    async def work(services: Services) -> None:
        found, _ = await services.topics.page(limit=_MANY)
        for topic, stories in found:
            if as_json:
                put_json({"slug": topic.slug, "name": topic.name, "stories": stories})
            else:
                print(f"{stories:>6}  {topic.slug:<24}  {topic.name}")
        if not found and not as_json:
            print("There is no topic yet. Stories bring them: comeback story add --topic")

    serve(work)


@app.command()
def merge(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help=_SLUG)],
    other: Annotated[str, typer.Argument(metavar="INTO", help="The topic that stays.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give stories, subscribers and sources of a topic another one in its place, and delete it."""

    async def work(services: Services) -> None:
        one, kept = await services.topic_merges.find(topic), await services.topic_merges.find(other)
        wanted = await services.topic_merges.preview(one.id, kept.id)
        confirm(f"{_says(wanted)} go from {one.slug} to {kept.slug}, and cannot go back. Merge?", yes=yes)
        done = await services.topic_merges.merge(one.id, kept.id, seen=(one.name, kept.name), actor=ACTOR)
        if as_json:
            put_json({"topic": one.slug, "into": kept.slug, **_counts(done)})
        else:
            print(f"{_says(done)} went to {kept.slug}. {one.slug} is gone.")

    serve(work)


def _counts(merge: TopicMerge) -> dict[str, int]:
    has = merge.belongings
    return {
        "stories": has.stories,
        "subscribers": has.subscribers,
        "sources": has.sources,
        "pushes": merge.pushes,
    }


def _says(merge: TopicMerge) -> str:
    """Return how many of each go over."""
    parts = [f"{number} {name}" for name, number in _counts(merge).items()]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
