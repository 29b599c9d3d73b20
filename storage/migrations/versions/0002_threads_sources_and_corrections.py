"""Threads and translations, Sources, near-duplicates, editing in the chat, corrections."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prompts",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name=op.f("pk_prompts")),
    )
    with op.batch_alter_table("prompts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prompts_asked_at"), ["asked_at"], unique=False)

    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("trusted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column(
            "state",
            sa.Enum("active", "paused", "gone", name="sourcestate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("modified", sa.Text(), nullable=True),
        sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("address", name=op.f("uq_sources_address")),
    )
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sources_next_poll_at"), ["next_poll_at"], unique=False)

    op.create_table(
        "threads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threads")),
    )
    op.create_table(
        "followings",
        sa.Column("subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_followings_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name=op.f("fk_followings_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "thread_id", name=op.f("pk_followings")),
    )
    with op.batch_alter_table("followings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followings_thread_id"), ["thread_id"], unique=False)

    op.create_table(
        "source_topics",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_source_topics_source_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_source_topics_topic_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "topic_id", name=op.f("pk_source_topics")),
    )
    with op.batch_alter_table("source_topics", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_topics_topic_id"), ["topic_id"], unique=False)

    op.create_table(
        "source_entries",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("headline", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "taken", "refused", "past", name="entrystate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("story_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_source_entries_source_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_source_entries_story_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("source_id", "key", name=op.f("pk_source_entries")),
    )
    with op.batch_alter_table("source_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_entries_state_due_at"), ["state", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_source_entries_story_id"), ["story_id"], unique=False)

    op.create_table(
        "story_bands",
        sa.Column("band", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_story_bands_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("band", "story_id", name=op.f("pk_story_bands")),
    )
    with op.batch_alter_table("story_bands", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_story_bands_story_id"), ["story_id"], unique=False)

    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "kind",
                sa.Enum(
                    "push", "correction", "withdrawal", name="broadcastkind", native_enum=False, length=16
                ),
                server_default="push",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("corrects_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("body_version", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_index(batch_op.f("ix_broadcasts_corrects_id"), ["corrects_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_broadcasts_corrects_id"), "broadcasts", ["corrects_id"], ["id"], ondelete="CASCADE"
        )

    with op.batch_alter_table("stories", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("thread_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("translation_of", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("signature", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("links", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_index(batch_op.f("ix_stories_source_id"), ["source_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stories_thread_id"), ["thread_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stories_translation_of"), ["translation_of"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_stories_source_id"), "sources", ["source_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_stories_translation_of"),
            "stories",
            ["translation_of"],
            ["id"],
            ondelete="SET NULL",
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_stories_thread_id"), "threads", ["thread_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.drop_column("source")
    # Editors know of the stories that were there before.
    op.execute("UPDATE stories SET announced_at = added_at")


def downgrade() -> None:
    with op.batch_alter_table("stories", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.TEXT(), nullable=True))
        batch_op.drop_constraint(batch_op.f("fk_stories_thread_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_stories_translation_of"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_stories_source_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_stories_translation_of"))
        batch_op.drop_index(batch_op.f("ix_stories_thread_id"))
        batch_op.drop_index(batch_op.f("ix_stories_source_id"))
        batch_op.drop_column("version")
        batch_op.drop_column("announced_at")
        batch_op.drop_column("links")
        batch_op.drop_column("signature")
        batch_op.drop_column("translation_of")
        batch_op.drop_column("thread_id")
        batch_op.drop_column("source_id")

    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_broadcasts_corrects_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_broadcasts_corrects_id"))
        batch_op.drop_column("corrects_id")
        batch_op.drop_column("kind")
        batch_op.drop_column("body_version")

    with op.batch_alter_table("story_bands", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_story_bands_story_id"))

    op.drop_table("story_bands")
    with op.batch_alter_table("source_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_source_entries_story_id"))
        batch_op.drop_index(batch_op.f("ix_source_entries_state_due_at"))

    op.drop_table("source_entries")
    with op.batch_alter_table("source_topics", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_source_topics_topic_id"))

    op.drop_table("source_topics")
    with op.batch_alter_table("followings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_followings_thread_id"))

    op.drop_table("followings")
    op.drop_table("threads")
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sources_next_poll_at"))

    op.drop_table("sources")
    with op.batch_alter_table("prompts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prompts_asked_at"))

    op.drop_table("prompts")
