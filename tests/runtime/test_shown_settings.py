"""The settings that editors may see: no token, password or secret is among them."""

from pydantic import SecretStr

from bot.config import Settings
from bot.runtime.shown_settings import shown_settings


def test_every_setting_is_shown_and_no_secret() -> None:
    """Of an address, user, password and options are left out; of the webhook's the path, too."""
    settings = Settings.model_construct(
        bot_token=SecretStr("42:abcdef"),
        webhook_secret=SecretStr(""),
        database_url="postgresql+asyncpg://bob:hunter2@db.example:5432/comeback?sslpassword=hunter3",
        webhook_url="https://bob:hunter4@example.org/hunter5",
        bot_api_url="http://bob:hunter6@localhost:8081/api?key=hunter7",
        owner_ids=frozenset({11, 7}),
        desk=True,
        send_rate=30,
    )
    shown = dict(shown_settings(settings))
    assert set(shown) == {name.upper() for name in Settings.model_fields}
    assert shown["BOT_TOKEN"] == "•••"
    assert shown["WEBHOOK_SECRET"] == ""
    assert shown["DATABASE_URL"] == "postgresql+asyncpg://db.example:5432/comeback"
    assert shown["WEBHOOK_URL"] == "https://example.org/•••"
    assert shown["BOT_API_URL"] == "http://localhost:8081/api"
    assert (shown["OWNER_IDS"], shown["DESK"], shown["SEND_RATE"]) == ("7, 11", "true", "30")
    assert not any(word in str(shown) for word in ("hunter", "bob", "abcdef"))
