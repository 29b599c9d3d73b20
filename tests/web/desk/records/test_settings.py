"""The settings at the desk: what is set, and nothing that is secret."""

from bot.services import Services
from tests.factories import published
from tests.web.desk.conftest import SignIn


async def test_settings_are_shown(sign_in: SignIn) -> None:
    """By the name that the file .env has for them; what is not set says so."""
    text = (await (await sign_in()).get("/settings")).text
    assert "LOG_LEVELINFO" in text
    assert "CONTACTnot set" in text


async def test_webhooks_are_shown_without_their_secrets(services: Services, sign_in: SignIn) -> None:
    """Host, state and what waits; the path may be what keeps strangers away."""
    browser = await sign_in()
    assert "Webhooks" not in (await browser.get("/settings")).text
    _, secret = await services.webhooks.add("https://hooks.example.org/a-path-of-ours", actor="command line")
    await published(services)
    shown = await browser.get("/settings")
    [row] = [one for one in shown.page.xpath("//tr") if "hooks" in one.text_content()]
    cells = [one.text_content().strip() for one in row]
    assert cells == ["1", "https://hooks.example.org", "active", "1", "none yet"]
    assert "a-path-of-ours" not in shown.text
    assert secret not in shown.text
