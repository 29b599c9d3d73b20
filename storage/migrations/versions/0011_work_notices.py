"""On PostgreSQL, a notice to all processes when there may be something to do: an idle one need not ask."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = ("broadcasts", "cards", "stories")
_CHANNEL = "comeback_work"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(
        "CREATE FUNCTION work_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" PERFORM pg_notify('{_CHANNEL}', ''); RETURN NULL; END $$"
    )
    for name in _TABLES:
        op.execute(
            f"CREATE TRIGGER work_{name} AFTER INSERT OR UPDATE OR DELETE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION work_changed()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for name in _TABLES:
        op.execute(f"DROP TRIGGER work_{name} ON {name}")
    op.execute("DROP FUNCTION work_changed()")
