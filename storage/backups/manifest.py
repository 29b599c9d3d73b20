"""The manifest of a backup: what is in the file, of which version, and the checksum of each part."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from storage.backups.errors import BackupRefusedError

FORMAT = 1
NAME = "manifest.json"
SQLITE, POSTGRESQL = "sqlite", "postgresql"

NO_BACKUP = "This file is no backup of Comeback, or it is damaged: take another one."
NEWER = "This backup is of a newer version of Comeback: update Comeback first."


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a backup: the SQLite file, or the rows of a table in PostgreSQL's COPY text.

    - `checksum`: SHA-256 of its `size` bytes, before they are compressed.
    - `columns`: of a table, in the order of the rows. `counters`: the last number that each of its numbered
      columns gave.
    """

    name: str
    checksum: str
    size: int
    columns: tuple[str, ...] = ()
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    - `database`: SQLITE or POSTGRESQL. `revision`: the version of its tables. `program`: that of Comeback.
    - `made_at`: the moment whose rows it holds, aware.
    """

    program: str
    database: str
    revision: str
    made_at: datetime
    parts: tuple[Part, ...]

    def dump(self) -> bytes:
        """Return it as JSON that people can read."""
        values = {"format": FORMAT} | asdict(self) | {"made_at": self.made_at.isoformat()}
        return json.dumps(values, indent=1).encode()

    @classmethod
    def load(cls, stored: bytes) -> "Manifest":
        """Return the manifest of this JSON. Raises BackupRefusedError if it is none, or of a newer format."""
        try:
            values: dict[str, Any] = json.loads(stored)
            number = values.pop("format")
            if number != FORMAT:
                raise BackupRefusedError(NEWER)
            made_at = datetime.fromisoformat(values.pop("made_at"))
            parts = tuple(_part(one) for one in values.pop("parts"))
            return cls(made_at=made_at, parts=parts, **values)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackupRefusedError(NO_BACKUP) from error


def _part(values: dict[str, Any]) -> Part:
    return Part(**(values | {"columns": tuple(values["columns"])}))
