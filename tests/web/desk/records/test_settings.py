"""The settings at the desk: what is set, and nothing that is secret."""

from tests.web.desk.conftest import SignIn


async def test_settings_are_shown(sign_in: SignIn) -> None:
    """By the name that the file .env has for them; what is not set says so."""
    text = (await (await sign_in()).get("/settings")).text
    assert "LOG_LEVELINFO" in text
    assert "CONTACTnot set" in text
