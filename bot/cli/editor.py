"""The commands `comeback editor …`: add, list and remove editors."""

from typing import Annotated

import typer

from bot.cli.command import ACTOR, AsJson, put_json, serve
from bot.services import Services
from storage.words import EditorRole

app = typer.Typer(help="Say who may write, publish, and name others.", no_args_is_help=True)

_LARGEST_PERSON = 2**52  # Bot API, User.id: at most 52 significant bits

Person = Annotated[
    int, typer.Argument(metavar="ID", min=1, max=_LARGEST_PERSON, help="The person's Telegram user id.")
]


@app.command()
def add(
    person: Person,
    role: Annotated[
        EditorRole,
        typer.Option(help="editor writes and proposes, publisher also publishes and sends, owner does all."),
    ] = EditorRole.EDITOR,
) -> None:
    """Give a person a role, or another role than before."""

    async def work(services: Services) -> None:
        before = await services.editors.put(person, role, actor=ACTOR)
        print(f"{person} is {_a(role)} now{f', and was {_a(before)}' if before else ''}.")

    serve(work)


@app.command()
def remove(person: Person) -> None:
    """Take a person's role away."""

    async def work(services: Services) -> None:
        await services.editors.remove(person, actor=ACTOR)
        print(f"{person} is no editor any more.")

    serve(work)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all editors, with when they did something last."""

    async def work(services: Services) -> None:
        found = await services.editors.listed()
        for one in found:
            at = one.last.at if one.last else None
            if as_json:
                fields = {"id": one.person_id, "role": one.role, "in_settings": one.in_settings}
                put_json(fields | {"last_active": at})
            else:
                origin = "  OWNER_IDS" if one.in_settings else ""
                active = f"  last active {at:%Y-%m-%d %H:%M} UTC" if at else ""
                print(f"{one.person_id:>16}  {one.role:<9}{origin}{active}")
        if not found and not as_json:
            print("There is no editor yet. Add one: comeback editor add ID, or name owners in OWNER_IDS.")

    serve(work)


def _a(role: EditorRole) -> str:
    return f"an {role}" if role in (EditorRole.EDITOR, EditorRole.OWNER) else f"a {role}"
