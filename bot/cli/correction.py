"""`comeback story mend` and `comeback story withdraw`: what was sent already."""

from collections.abc import Sequence
from typing import Annotated

import typer

from bot.cli.command import ACTOR, LARGEST_ID, confirm, serve
from bot.services import Services

Number = Annotated[int, typer.Argument(metavar="ID", max=LARGEST_ID, help="The story's number.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def mend(number: Number, yes: Yes = False) -> None:
    """Let the messages that were sent of a story show it as it is now."""

    async def work(services: Services) -> None:
        story = await services.stories.inspect(number)
        reach = await services.corrections.reach(number)
        confirm(f"Mend {reach.messages} messages of “{story.headline}”?", yes=yes)
        _say(await services.corrections.correct(number, actor=ACTOR), "Nobody was sent it: nothing to mend.")

    serve(work)


def withdraw(number: Number, yes: Yes = False) -> None:
    """Take a published story back: out of the chats too, as far as Telegram allows (48 hours)."""

    async def work(services: Services) -> None:
        story = await services.stories.inspect(number)
        reach = await services.corrections.reach(number)
        confirm(
            f"Withdraw “{story.headline}”? {reach.deletable} messages will be deleted; {reach.older} are "
            "older than 48 hours and will say instead that it was withdrawn; "
            f"{reach.gathered} tell of other stories too and will be shown without it.",
            yes=yes,
        )
        made = await services.corrections.withdraw(number, actor=ACTOR)
        print(f"Story {number} is withdrawn: readers do not find it any more.")
        _say(made, "Nobody was sent it: nothing to delete.")

    serve(work)


def _say(made: Sequence[int], nothing: str) -> None:
    if made:
        print(f"Broadcast {', '.join(map(str, made))} starts as soon as the bot runs.")
    else:
        print(nothing)
