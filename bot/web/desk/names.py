"""Names of people on pages, as Telegram knows them now: none is stored."""

from collections.abc import Iterable

from bot import tasks
from bot.editors.actors import COMMAND_LINE, person_of
from bot.web.desk.visit import Visit


async def of_people(visit: Visit, people: Iterable[int]) -> dict[int, str]:
    """Return the names of these people, by id; "you" for the editor who reads."""
    others = sorted(set(people) - {visit.editor.person_id})

    async def name(person: int) -> str:
        return await visit.name_of(person)

    names = await tasks.all_of(map(name, others))
    return {visit.editor.person_id: visit.texts.say("you"), **dict(zip(others, names, strict=True))}


async def of_actors(visit: Visit, actors: Iterable[str]) -> dict[str, str]:
    """Return the names to show for actors of the audit log."""
    wanted = set(actors)
    names = await of_people(visit, [person for one in wanted if (person := person_of(one)) is not None])
    return {one: _name(visit, one, names) for one in wanted}


def _name(visit: Visit, actor: str, names: dict[int, str]) -> str:
    person = person_of(actor)
    if person is not None:
        return names[person]
    return visit.texts.say("someone at the command line") if actor == COMMAND_LINE else actor
