"""Decisions about Stories that can be undone for some seconds. The state "scheduled" needs no column."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_TABLE = "pending_decisions"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("decided_at", _TIME, nullable=False),
        sa.Column("acts_at", _TIME, nullable=False),
        sa.Column("acted_at", _TIME, nullable=True),
        sa.Column("broadcast_id", sa.Integer(), nullable=True),
        sa.Column("seen", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("refusal", sa.JSON(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name="fk_pending_decisions_story_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pending_decisions"),
    )
    op.create_index("ix_pending_decisions_story_id", _TABLE, ["story_id"])
    waits = sa.text("acted_at IS NULL")
    op.create_index(
        "ix_pending_decisions_waiting", _TABLE, ["acts_at"], postgresql_where=waits, sqlite_where=waits
    )
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            f"CREATE TRIGGER work_{_TABLE} AFTER INSERT OR UPDATE OR DELETE ON {_TABLE}"
            " FOR EACH STATEMENT EXECUTE FUNCTION work_changed()"
        )


def downgrade() -> None:
    # The version before does not know the state; it cancels the pushes of these stories at their hour.
    waiting = "UPDATE stories SET state = '{state}' WHERE state = 'scheduled' AND released_at IS {released}"
    op.execute(waiting.format(state="draft", released="NULL"))
    op.execute(waiting.format(state="withdrawn", released="NOT NULL"))
    op.drop_table(_TABLE)
