"""Warm-up: what the first visits of pages would wait for is made in a thread while the bot starts."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from functools import partial

from aiohttp import web
from jinja2 import Environment

from bot import tasks
from bot.appeals.hosts.lookalikes import well_known_hosts
from bot.i18n import in_language, languages, own_name
from bot.web.desk.stories.story import COMMON

WARMING = web.AppKey("warming", asyncio.Task[None])
"""Where the application has the warm-up, which ends by itself."""


def begin_with(app: web.Application, environment: Environment) -> None:
    """Let the application warm up when it starts; it serves pages meanwhile."""
    stopping = threading.Event()

    async def begin(app: web.Application) -> None:
        work = asyncio.to_thread(_warm_up, environment, stopping)
        app[WARMING] = tasks.start(work, name="warm the desk up")

    async def end(app: web.Application) -> None:
        stopping.set()
        await asyncio.wait({app[WARMING]})

    app.on_startup.append(begin)
    app.on_cleanup.append(end)


def _warm_up(environment: Environment, stopping: threading.Event) -> None:
    for step in _steps(environment):
        if stopping.is_set():
            return
        step()


def _steps(environment: Environment) -> Iterator[Callable[[], object]]:
    """Yield short steps: compile the templates; read sentences, names of languages, well-known hosts."""
    for name in environment.list_templates():
        yield partial(environment.get_template, name)
    for language in languages():
        yield partial(in_language(language).language_name, language)
    for language in COMMON:
        yield partial(own_name, language)
    yield well_known_hosts
