"""The commands `comeback webhook …`: addresses that hear what happens here."""

from typing import Annotated

import typer

from bot.cli.command import ACTOR, LARGEST_ID, AsJson, put_json, refuse, serve
from bot.services import Services

app = typer.Typer(help="Tell other programs what is published, corrected, withdrawn.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, max=LARGEST_ID)]


@app.command()
def add(
    address: Annotated[str, typer.Argument(metavar="URL", help="https://…, or http://127.0.0.1:PORT/…")],
    as_json: AsJson = False,
) -> None:
    """Add a webhook. Its secret is printed once: the receiver checks signatures with it."""

    async def work(services: Services) -> None:
        number, secret = await services.webhooks.add(address, actor=ACTOR)
        if as_json:
            put_json({"webhook": number, "secret": secret})
            return
        print(f"Webhook {number} is added. Its secret, which is not shown again:")
        print(secret)

    serve(work)


@app.command()
def remove(number: Number) -> None:
    """Remove a webhook, with what waits for it."""

    async def work(services: Services) -> None:
        await services.webhooks.remove(number, actor=ACTOR)
        print(f"Webhook {number} is removed.")

    serve(work)


@app.command()
def resume(number: Number) -> None:
    """Let a webhook go on that is paused (after a restore) or gone (its address answered 410)."""

    async def work(services: Services) -> None:
        await services.webhooks.resume(number, actor=ACTOR)
        print(f"Webhook {number} goes on.")

    serve(work)


@app.command()
def test(number: Number) -> None:
    """Send a signed event "test" now, and say what the receiver answered."""

    async def work(services: Services) -> None:
        answer = await services.webhooks.test(number)
        if not answer.is_taken:
            refuse(f"Webhook {number} did not take it: {answer.reason}")
        print(f"Webhook {number} took it: status {answer.status}")

    serve(work)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the webhooks, without their secrets."""

    async def work(services: Services) -> None:
        for one in await services.webhooks.listed():
            if as_json:
                fields = {"webhook": one.id, "url": one.url, "state": one.state, "waiting": one.waiting}
                put_json(fields | {"added_at": one.added_at, "last_at": one.last_at})
            else:
                print(f"{one.id}  {one.state}  {one.waiting} waiting  {one.url}")

    serve(work)
