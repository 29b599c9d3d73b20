"""The commands `comeback canary …`: test chats that are watched."""

from typing import Annotated

import typer

from bot.cli.command import ACTOR, AsJson, put_json, serve
from bot.services import Services
from storage.words import SubscriberState

app = typer.Typer(help="Watch test chats: owners hear of what does not reach them.", no_args_is_help=True)

_NEGATIVE = {"ignore_unknown_options": True}  # a number such as -100123 is no option

Chat = Annotated[int, typer.Argument(metavar="CHAT", help="The chat's number; that of a group is negative.")]


@app.command(context_settings=_NEGATIVE)
def add(
    chat: Chat,
    name: Annotated[str, typer.Option(help='What owners read in an alarm, such as "Polish, Ukraine".')] = "",
) -> None:
    """Watch a chat that has sent /start. With another --name, call it by that one from now on."""

    async def work(services: Services) -> None:
        called = await services.canaries.put(chat, name, otherwise=f"chat {chat}", actor=ACTOR)
        print(f"Chat {chat} is watched as {called}.")

    serve(work)


@app.command(context_settings=_NEGATIVE)
def remove(chat: Chat) -> None:
    """Watch a chat no longer."""

    async def work(services: Services) -> None:
        await services.canaries.remove(chat, actor=ACTOR)
        print(f"Chat {chat} is not watched any more.")

    serve(work)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the chats that are watched."""

    async def work(services: Services) -> None:
        for one in await services.canaries.listed():
            if as_json:
                put_json({"chat": one.chat_id, "name": one.name, "state": one.state, "since": one.since})
            else:
                note = "" if one.state is SubscriberState.ACTIVE else f"  {one.state}: nothing reaches it"
                print(f"{one.chat_id}  {one.name}{note}")

    serve(work)
