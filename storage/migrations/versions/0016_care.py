"""Care: the words that a Subscriber mutes, the content warnings of a Story, and the covers of Bodies."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("muted_words", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "subscribers",
        sa.Column("warned_stories", sa.String(length=16), nullable=False, server_default="warn"),
    )
    for name in ("warnings", "proposed_warnings"):
        op.add_column("stories", sa.Column(name, sa.String(length=64), nullable=False, server_default=""))
    op.add_column("bodies", sa.Column("cover", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("bodies", "cover")
    for name in ("proposed_warnings", "warnings"):
        op.drop_column("stories", name)
    for name in ("warned_stories", "muted_words"):
        op.drop_column("subscribers", name)
