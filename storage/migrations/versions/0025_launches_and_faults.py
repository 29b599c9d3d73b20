"""Launches of the desk as a Mini App, each of which lets in once; what is wrong with Sources, by a word."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_WITH_FAULTS = ("sources", "source_entries")


def upgrade() -> None:
    op.create_table(
        "desk_launches",
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("checksum", name="pk_desk_launches"),
    )
    for table in _WITH_FAULTS:
        op.add_column(table, sa.Column("fault", sa.JSON(), nullable=True))


def downgrade() -> None:
    for table in _WITH_FAULTS:
        op.drop_column(table, "fault")
    op.drop_table("desk_launches")
