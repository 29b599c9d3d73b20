"""Launches of the desk as a Mini App, each of which lets in once."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_launches",
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("checksum", name="pk_desk_launches"),
    )


def downgrade() -> None:
    op.drop_table("desk_launches")
