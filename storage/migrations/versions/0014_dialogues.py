"""Which question of a chat is open, how many answers to it were not understood, and readers' numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("open_prompt", sa.BigInteger(), nullable=True))
    op.add_column("prompts", sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("letters", sa.Column("reader_number", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("letters", "reader_number")
    op.drop_column("prompts", "tries")
    op.drop_column("subscribers", "open_prompt")
