"""How often people asked about a host, by day. No row names a person."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asked_hosts",
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("host", "day", name=op.f("pk_asked_hosts")),
    )
    op.create_index(op.f("ix_asked_hosts_day"), "asked_hosts", ["day"])


def downgrade() -> None:
    op.drop_index(op.f("ix_asked_hosts_day"), table_name="asked_hosts")
    op.drop_table("asked_hosts")
