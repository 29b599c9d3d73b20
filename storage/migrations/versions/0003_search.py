"""Search: the full text of Stories, and the known words with which typing errors are corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_entries",
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_search_entries_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_search_entries")),
    )
    op.create_index(op.f("ix_search_entries_language"), "search_entries", ["language"], unique=False)
    # The order of the characters' numbers, not of a language: a range of words is all that begin alike.
    word = sa.String(length=48).with_variant(sa.String(length=48, collation="C"), "postgresql")
    op.create_table(
        "search_words",
        sa.Column("word", word, nullable=False),
        sa.Column("backwards", word, nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_words")),
    )
    op.create_index(op.f("ix_search_words_backwards"), "search_words", ["backwards"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE story_index USING fts5 (headline, body, tokenize = 'ascii')")
        return
    op.execute(
        "CREATE TABLE story_index ("
        " story_id integer PRIMARY KEY REFERENCES stories (id) ON DELETE CASCADE,"
        " words tsvector NOT NULL)"
    )
    op.execute("CREATE INDEX ix_story_index_words ON story_index USING gin (words)")


def downgrade() -> None:
    op.drop_table("story_index")
    op.drop_index(op.f("ix_search_words_backwards"), table_name="search_words")
    op.drop_table("search_words")
    op.drop_index(op.f("ix_search_entries_language"), table_name="search_entries")
    op.drop_table("search_entries")
