"""The state of a Broadcast that an editor prepares is "preparing": "draft" means a Story's state alone."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE broadcasts SET state = 'preparing' WHERE state = 'draft'")


def downgrade() -> None:
    op.execute("UPDATE broadcasts SET state = 'draft' WHERE state = 'preparing'")
