"""The plea that was found but is not sure: readers do not see it before an editor agrees."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stories", sa.Column("proposed_plea", sa.Text(), nullable=True))
    op.add_column("stories", sa.Column("proposed_plea_speaker", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("stories", "proposed_plea_speaker")
    op.drop_column("stories", "proposed_plea")
