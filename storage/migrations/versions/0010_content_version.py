"""The version of what readers see: triggers raise it, so that answers kept in memory are never outdated."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLES = ("appeals", "search_entries", "stories", "story_topics", "summaries", "threads", "topics")
_CHANGES = ("insert", "update", "delete")
_RAISE = "UPDATE content_versions SET version = version + 1 WHERE writer = 0"


def upgrade() -> None:
    table = op.create_table(
        "content_versions",
        sa.Column("writer", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("writer", name=op.f("pk_content_versions")),
    )
    op.bulk_insert(table, [{"writer": 0, "version": 0}])
    if op.get_bind().dialect.name == "sqlite":
        for name in _TABLES:
            for change in _CHANGES:
                trigger = f"content_{name}_{change} AFTER {change.upper()} ON {name}"
                op.execute(f"CREATE TRIGGER {trigger} BEGIN {_RAISE}; END")
        return
    op.execute(
        "CREATE FUNCTION content_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO content_versions (writer, version) VALUES (pg_backend_pid(), 1)"
        " ON CONFLICT (writer) DO UPDATE SET version = content_versions.version + 1;"
        " RETURN NULL; END $$"
    )
    for name in _TABLES:
        op.execute(
            f"CREATE TRIGGER content_{name} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION content_changed()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in _TABLES:
            for change in _CHANGES:
                op.execute(f"DROP TRIGGER content_{name}_{change}")
    else:
        for name in _TABLES:
            op.execute(f"DROP TRIGGER content_{name} ON {name}")
        op.execute("DROP FUNCTION content_changed()")
    op.drop_table("content_versions")
