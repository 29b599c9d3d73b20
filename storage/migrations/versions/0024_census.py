"""The census, counted a slice of subscribers at a time, and indexes for pages of the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# The planner does not know that a row's words lie elsewhere and are compressed. Where many match, it reads
# those of every row, which takes seconds; the index has the answer in milliseconds. The settings leave it no
# other way.
_SEARCH = """
    CREATE FUNCTION matching_stories(wanted tsquery, wanted_state text, most integer)
    RETURNS TABLE (story_id integer, rank real)
    LANGUAGE sql STABLE SET enable_seqscan = off SET enable_indexscan = off
    AS $$
        SELECT newest.story_id, -ts_rank(newest.words, wanted) FROM (
            SELECT story_index.story_id, story_index.words
            FROM story_index JOIN stories ON stories.id = story_index.story_id
            WHERE story_index.words @@ wanted AND stories.state = wanted_state
            ORDER BY story_index.story_id DESC LIMIT most
        ) AS newest
    $$
"""


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
    if op.get_bind().dialect.name != "sqlite":
        op.execute(_SEARCH)


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION matching_stories")
    op.drop_index("ix_subscribers_muted", "subscribers")
    op.drop_index("ix_stories_thread_id_translation_of", "stories")
    op.drop_index("ix_stories_state_id", "stories")
    op.drop_table("census_slices")
