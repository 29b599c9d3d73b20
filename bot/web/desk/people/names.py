"""Names of people on pages, as Telegram knows them now: none is stored."""

from collections.abc import Iterable

from bot import tasks
from bot.editors.actors import impersonal, person_of
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
    people = {one: person_of(one) for one in actors}
    names = await of_people(visit, [person for person in people.values() if person is not None])
    return {
        one: impersonal(one, visit.texts) if person is None else names[person]
        for one, person in people.items()
    }
