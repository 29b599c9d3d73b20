"""What Telegram says to a Mini App: made as Telegram documents it, not with the code that reads it."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import quote

TOKEN = "42:test"
_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def init_data(person: int, *, at: datetime = _NEW_YEAR, token: str = TOKEN, **more: str) -> str:
    """Return the init data of a person who opens the Mini App; `more`: fields that are added or replaced."""
    user = json.dumps({"id": person, "first_name": "Edith"}, separators=(",", ":"))
    fields = {"auth_date": str(int(at.timestamp())), "query_id": "AAH_x", "user": user, **more}
    secret = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    fields["hash"] = hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest()
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items())
