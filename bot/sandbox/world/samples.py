"""Samples: messages of kinds that a bot may not know, to see how it handles them."""

from typing import Any, Literal

from bot.sandbox.world.files import Files

SampleKind = Literal["photo", "document", "sticker", "location", "voice"]
# Kinds that may carry a caption.
CAPTIONED = frozenset({"photo", "document", "voice"})


def sample(kind: SampleKind, files: Files) -> dict[str, Any]:
    """Return the content of a sample message."""
    base = {"file_id": f"{kind}-sample", "file_unique_id": f"{kind}-sample", "file_size": 1024}
    match kind:
        case "photo" | "document":
            return files.sample(kind).as_content()
        case "sticker":
            shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
            return {"sticker": {**base, **shape, "emoji": "🌻"}}
        case "voice":
            return {"voice": {**base, "duration": 3, "mime_type": "audio/ogg"}}
        case "location":
            return {"location": {"latitude": 50.4501, "longitude": 30.5234}}
