"""The settings as editors may see them: without tokens, passwords and secrets."""

from collections.abc import Collection
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.config import Settings

_HIDDEN = "•••"
_ADDRESSES = frozenset({"bot_api_url", "database_url", "public_url"})
_ONLY_HOST = frozenset({"webhook_url"})  # its path may be what keeps strangers from finding it


def shown_settings(settings: Settings) -> list[tuple[str, str]]:
    """Return name and value of each setting; "" for one that is not set. A secret shows only that it is set.

    Of an address, user name, password and options are left out.
    """
    return [(name.upper(), _shown(name, getattr(settings, name))) for name in Settings.model_fields]


def _shown(name: str, value: object) -> str:
    if isinstance(value, SecretStr):
        return _HIDDEN if value.get_secret_value() else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Collection) and not isinstance(value, str):
        return ", ".join(map(str, sorted(value)))
    text = str(value)
    return _address(text, with_path=name in _ADDRESSES) if name in _ADDRESSES | _ONLY_HOST else text


def _address(text: str, *, with_path: bool) -> str:
    """Return scheme, host and path of an address; without the path, where that may be a secret."""
    if not text:
        return ""
    try:
        found = urlsplit(text)
    except ValueError:
        return _HIDDEN
    host = found.netloc.rpartition("@")[2]
    hidden = f"/{_HIDDEN}" if found.path.strip("/") else ""
    return f"{found.scheme}://{host}{found.path if with_path else hidden}"
