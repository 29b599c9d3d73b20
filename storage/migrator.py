"""Runs the migrations, by Alembic. Only `storage/schema.py` imports it, and only where tables change."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_MIGRATIONS = Path(__file__).parent / "migrations"


def move(connection: Connection, revision: str) -> None:
    """Bring the tables up or down to `revision`; "base" stands for no tables."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    current = MigrationContext.configure(connection).get_current_revision()
    known = [script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()]
    newest_first = [*known, "base"]
    down = current is not None and newest_first.index(revision) > newest_first.index(current)
    (command.downgrade if down else command.upgrade)(config, revision)
