"""The city that a Subscriber named for its time zone, so that it is shown by its own name."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("city", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("subscribers", "city")
