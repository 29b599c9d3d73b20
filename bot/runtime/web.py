"""Builds and opens a process's web server: monitoring in every role, and what readers and editors open."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from aiohttp.web import RouteDef
from telegram.ext import ExtBot

from bot.config import Role, Settings
from bot.delivery.rate.pacer import Lane
from bot.errors import ConfigError
from bot.inbox.inbox import Inbox
from bot.runtime.health import Health, WaitingForDatabase
from bot.runtime.shown_settings import shown_settings
from bot.services import Services
from bot.web import links
from bot.web.desk.desk import Desk
from bot.web.metrics import Metrics
from bot.web.probes import Probes
from bot.web.public.site import Site
from bot.web.server import WebServer
from handlers.editors.broadcasts.preparation import send_test
from handlers.editors.desk_chat import DeskChat
from handlers.editors.names import name_of_person

log = logging.getLogger(__name__)


def build_web(
    settings: Settings,
    role: Role,
    services: Services,
    inbox: Inbox,
    health: Health,
    *,
    metrics: Metrics,
    bot: ExtBot[Lane],
) -> WebServer:
    """Return the web server of this process. A worker's has only the pages for monitoring."""
    probes = Probes(health, metrics=metrics.page, token=settings.metrics_token.get_secret_value())
    if role is Role.WORKER:
        return WebServer(probes)
    desk = Desk(
        services,
        partial(name_of_person, bot),
        settings.public_url,
        send_test=partial(send_test, bot),
        chat=DeskChat(bot, services),
        settings=shown_settings(settings),
    )
    return WebServer(
        probes,
        secret=settings.secret() if settings.webhook_url else "",
        receive=inbox.receive,
        pages=_pages(settings, services, bot),
        desk=desk.application() if settings.desk else None,
    )


def _pages(settings: Settings, services: Services, bot: ExtBot[Lane]) -> list[RouteDef]:
    """Return the pages that readers open: help links, and the public page if it is wanted."""
    if not settings.public_url:
        return []
    routes = links.routes(services)
    if settings.public_page:
        site = Site(services, settings.public_url, lambda: bot.first_name, settings.default_language)
        routes += site.routes()
    return routes


async def open_web(web: WebServer, settings: Settings, role: Role) -> int | None:
    """Open the web server; return its port, or None if that is taken and nobody outside counts on it.

    Raises ConfigError if the port is taken where Telegram or readers come to it.
    """
    try:
        return await web.start(settings.http_host, settings.http_port)
    except ConfigError:
        if _is_needed(settings, role):
            raise
        log.warning(
            "HTTP_PORT is taken: this process has no desk and no /live, /ready and /metrics",
            extra={"host": settings.http_host, "port": settings.http_port},
        )
        return None


@asynccontextmanager
async def answering_while_waiting(settings: Settings, role: Role) -> AsyncIterator[None]:
    """Answer /live and /ready for the time of the `async with`, in which the database is waited for.

    Otherwise an orchestrator would end a process whose database is late. Raises ConfigError as `open_web`.
    """
    web = WebServer(Probes(WaitingForDatabase()))
    try:
        await web.start(settings.http_host, settings.http_port)
    except ConfigError:
        if _is_needed(settings, role):
            raise  # otherwise `open_web` says it in a moment
    try:
        yield
    finally:
        await web.stop()


def _is_needed(settings: Settings, role: Role) -> bool:
    """Return whether Telegram or readers come to the web server of this process."""
    return role is not Role.WORKER and bool(settings.webhook_url or settings.public_url)
