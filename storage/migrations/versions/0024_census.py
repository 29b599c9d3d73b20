"""The census, counted a slice of subscribers at a time, and indexes for pages of the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "census_slices",
        sa.Column("first_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("first_id", name="pk_census_slices"),
    )
    op.create_index("ix_stories_state_id", "stories", ["state", "id"])
    op.create_index("ix_stories_thread_id_translation_of", "stories", ["thread_id", "translation_of"])
    op.create_index(
        "ix_subscribers_muted",
        "subscribers",
        ["id"],
        sqlite_where=sa.text("muted = 1"),  # as queries have it: SQLite compares the words
        postgresql_where=sa.text("muted"),
    )


def downgrade() -> None:
    op.drop_index("ix_subscribers_muted", "subscribers")
    op.drop_index("ix_stories_thread_id_translation_of", "stories")
    op.drop_index("ix_stories_state_id", "stories")
    op.drop_table("census_slices")
