"""Signatures of Webhooks, as https://www.standardwebhooks.com describes them."""

import base64
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

_BYTES = 32
_PREFIX = "whsec_"


def new_secret() -> bytes:
    """Return a key that nobody can guess."""
    return secrets.token_bytes(_BYTES)


def written(secret: bytes) -> str:
    """Return a key as people copy it: "whsec_" and its Base64."""
    return _PREFIX + base64.b64encode(secret).decode()


def headers(secret: bytes, uid: str, body: str, *, now: datetime) -> Mapping[str, str]:
    """Return the headers that name an Event and prove who sent it: HMAC-SHA256 of "id.timestamp.body"."""
    timestamp = str(int(now.timestamp()))
    proof = hmac.digest(secret, f"{uid}.{timestamp}.{body}".encode(), sha256)
    return {
        "webhook-id": uid,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(proof).decode()}",
    }
