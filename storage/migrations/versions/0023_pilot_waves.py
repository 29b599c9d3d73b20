"""Pilot waves of pushes, and how many readers left within an hour after a push."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_EARLY = ("left_15", "left_30", "left_60")


def upgrade() -> None:
    op.add_column("broadcasts", sa.Column("pilot_minutes", sa.Integer(), nullable=True))
    op.add_column("broadcasts", sa.Column("pilot_below", sa.Integer(), nullable=True))
    op.add_column("broadcasts", sa.Column("pilot_ends_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("broadcasts", sa.Column("pilot", sa.JSON(), nullable=True))
    # Of a push from before nobody knows who left within an hour: false.
    op.add_column(
        "broadcasts", sa.Column("early_leavers", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for name in _EARLY:
        op.add_column("aftermaths", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    for name in _EARLY:
        op.drop_column("aftermaths", name)
    for name in ("early_leavers", "pilot", "pilot_ends_at", "pilot_below", "pilot_minutes"):
        op.drop_column("broadcasts", name)
