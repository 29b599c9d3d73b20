"""What rows name by an older word gets the one that the code has: the language of a story, a job."""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Rename = Callable[[dict[str, Any]], dict[str, Any]]


def upgrade() -> None:
    op.execute("ALTER TABLE bodies RENAME COLUMN told_in TO story_language")
    op.execute("ALTER TABLE inbox RENAME COLUMN errand TO job")
    _rewrite("broadcasts", "audience", sa.JSON(), _renaming("told_in", "story_languages"))
    _rewrite("inbox", "content", sa.Text(), _renaming("errand", "rest"), sa.column("job").is_not(None))


def downgrade() -> None:
    _rewrite("inbox", "content", sa.Text(), _renaming("rest", "errand"), sa.column("job").is_not(None))
    _rewrite("broadcasts", "audience", sa.JSON(), _renaming("story_languages", "told_in"))
    op.execute("ALTER TABLE inbox RENAME COLUMN job TO errand")
    op.execute("ALTER TABLE bodies RENAME COLUMN story_language TO told_in")


def _renaming(old: str, new: str) -> Rename:
    """Return what renames a key of a JSON object."""

    def rename(found: dict[str, Any]) -> dict[str, Any]:
        return {new if name == old else name: value for name, value in found.items()}

    return rename


def _rewrite(
    name: str, column: str, kind: sa.types.TypeEngine[Any], rename: Rename, *where: sa.ColumnElement[bool]
) -> None:
    """Rename a key in a column of JSON, which is stored as JSON or as text."""
    table = sa.table(name, sa.column("id", sa.BigInteger()), sa.column(column, kind))
    cells = sa.select(table.c.id, table.c[column]).where(table.c[column].is_not(None), *where)
    for row_id, cell in op.get_bind().execute(cells).all():
        is_text = isinstance(cell, str)
        renamed = rename(json.loads(cell) if is_text else cell)
        value = json.dumps(renamed, ensure_ascii=False) if is_text else renamed
        op.get_bind().execute(table.update().where(table.c.id == row_id).values({column: value}))
