"""Files: store the pictures and documents that were sent in the sandbox, and find them by file_id."""

import hashlib
import mimetypes
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from bot.sandbox.world.pictures import dimensions, sample_picture

# Bots may upload 10 MB of photo and 50 MB of anything else, and download 20 MB
# (core.telegram.org/bots/api#sending-files).
MAX_PHOTO = 10 * 1024 * 1024
MAX_UPLOAD = 50 * 1024 * 1024
MAX_DOWNLOAD = 20 * 1024 * 1024
# The most of a photo's width plus height, and of the ratio of its sides (ibid., sendPhoto).
MAX_SIDES, MAX_RATIO = 10_000, 20


class BadFileError(Exception):
    """The file cannot be sent as this kind; the text is Telegram's."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a request contains it."""

    name: str
    data: bytes
    mime: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A stored file; `kind` is "photo" or "document", `unique` is the same for the same bytes."""

    id: str
    unique: str
    kind: str
    name: str
    mime: str
    size: int
    width: int = 0
    height: int = 0

    @property
    def path(self) -> str:
        """The `file_path` for downloads."""
        return f"{self.kind}s/{self.id}{_suffix(self.name)}"

    def as_content(self) -> dict[str, Any]:
        """Return the fields of a Message with this file: {"photo": […]} or {"document": {…}}."""
        base = {"file_id": self.id, "file_unique_id": self.unique, "file_size": self.size}
        if self.kind == "photo":
            return {"photo": [{**base, "width": self.width, "height": self.height}]}
        return {"document": {**base, "file_name": self.name, "mime_type": self.mime}}

    def as_file(self) -> dict[str, Any]:
        """Return the Bot API's File."""
        base = {"file_id": self.id, "file_unique_id": self.unique, "file_size": self.size}
        return {**base, "file_path": self.path}


class Files:
    """Files in memory, and in a folder if the world is stored."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._data: dict[str, bytes] = {}
        self.folder: Path | None = None

    def add(self, kind: str, upload: Upload) -> File:
        """Store a file as a "photo" or "document". Raises BadFileError if Telegram would refuse it."""
        size = _picture_size(upload) if kind == "photo" else (0, 0)
        if len(upload.data) > MAX_UPLOAD:
            raise BadFileError("Request Entity Too Large")
        if not upload.data:
            raise BadFileError("file must be non-empty")
        unique = hashlib.sha256(upload.data).hexdigest()[:16]
        mime = upload.mime or mimetypes.guess_type(upload.name)[0] or "application/octet-stream"
        name = upload.name.replace("/", "_") or "file"
        file = File(f"{kind}-{unique}", unique, kind, name, mime, len(upload.data), *size)
        self._files[file.id] = file
        self._data[unique] = upload.data
        return file

    def sample(self, kind: str) -> File:
        """Store the built-in sample of this kind."""
        if kind == "photo":
            return self.add(kind, Upload("sky.png", sample_picture(), "image/png"))
        return self.add(kind, Upload("letter.txt", b"A letter, sent to see what happens.\n", "text/plain"))

    def find_path(self, path: str) -> File | None:
        """Return the file with this `file_path`, or None."""
        file = self.find(PurePosixPath(path).stem)
        return file if file and file.path == path else None

    def find(self, file_id: str) -> File | None:
        """Return the file with this file_id, or None."""
        return self._files.get(file_id)

    def read(self, file: File) -> bytes | None:
        """Return the file's bytes; None if they were lost."""
        if file.unique in self._data or self.folder is None:
            return self._data.get(file.unique)
        saved = self.folder / file.unique
        return saved.read_bytes() if saved.is_file() else None

    def unsaved(self) -> dict[str, bytes]:
        """Return the bytes that are not in the folder yet, by name."""
        return dict(self._data)

    def drop_from_memory(self, names: Iterable[str]) -> None:
        """Drop these bytes from memory, since the folder has them."""
        for name in names:
            self._data.pop(name, None)

    def dump(self) -> list[dict[str, Any]]:
        """Return everything but the bytes as JSON."""
        return [asdict(file) for file in self._files.values()]

    def load(self, data: list[dict[str, Any]]) -> None:
        """Restore what `dump` returned."""
        self._files = {item["id"]: File(**item) for item in data}


def _suffix(name: str) -> str:
    """Return the suffix of a file's name if it is plain enough for an address, else ""."""
    suffix = PurePosixPath(name).suffix
    return suffix if suffix[1:].isalnum() and suffix.isascii() else ""


def _picture_size(upload: Upload) -> tuple[int, int]:
    size = dimensions(upload.data)
    if size is None:
        raise BadFileError("IMAGE_PROCESS_FAILED")
    if len(upload.data) > MAX_PHOTO:
        raise BadFileError("file is too big")
    width, height = size
    if not min(size) or width + height > MAX_SIDES or max(size) > MAX_RATIO * min(size):
        raise BadFileError("PHOTO_INVALID_DIMENSIONS")
    return width, height
