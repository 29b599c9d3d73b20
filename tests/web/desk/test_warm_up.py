"""The warm-up: after it, the first visit of a page compiles and reads nothing."""

import asyncio

import jinja2
import pytest
from aiohttp.test_utils import TestServer

from bot.web.desk.warm_up import WARMING
from tests.web.desk.conftest import SignIn


async def test_first_visits_compile_nothing(
    sign_in: SignIn, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every template is compiled by then, those of errors and of entry, too."""
    [warming] = [one[WARMING] for one in server.app._subapps if WARMING in one]
    async with asyncio.timeout(60):
        await warming

    def compiles(*_given: object, **_named: object) -> None:
        raise AssertionError("a template is compiled")

    monkeypatch.setattr(jinja2.Environment, "compile", compiles)
    browser = await sign_in()
    for path in ("/", "/stories", "/results", "/readers", "/settings", "/appeals", "/inbox"):
        assert (await browser.get(path)).status == 200
    assert (await browser.get("/nowhere")).status == 404
