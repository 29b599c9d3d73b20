"""Leases that end without comparing clocks, and a mark on Broadcasts that editors must be notified of."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_LEASED = sa.text("worker IS NOT NULL")


def upgrade() -> None:
    op.add_column("ranges", sa.Column("renewals", sa.Integer(), server_default="0", nullable=False))
    op.drop_column("ranges", "leased_until")
    op.create_index("ix_ranges_leased", "ranges", ["id"], sqlite_where=_LEASED, postgresql_where=_LEASED)
    op.add_column("broadcasts", sa.Column("untold", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("broadcasts", "untold")
    op.drop_index("ix_ranges_leased", table_name="ranges")
    op.add_column("ranges", sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True))
    op.drop_column("ranges", "renewals")
