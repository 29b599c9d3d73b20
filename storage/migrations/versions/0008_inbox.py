"""The inbox of updates, the processes that take them, and readers' letters that wait for the editors."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAITING = sa.text("content IS NOT NULL")
_IN_HAND = sa.text("receiver_id IS NOT NULL")


def _make_inbox() -> None:
    op.create_table(
        "receivers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receivers")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbox",
        sa.Column("id", _ID, nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("errand", sa.String(length=16), nullable=True),
        sa.Column("receiver_id", _ID, nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["receiver_id"], ["receivers.id"], name=op.f("fk_inbox_receiver_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("update_id", name=op.f("uq_inbox_update_id")),
    )
    op.create_index(
        "ix_inbox_waiting", "inbox", ["chat_id", "id"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )
    op.create_index(
        "ix_inbox_receiver_id", "inbox", ["receiver_id"], sqlite_where=_IN_HAND, postgresql_where=_IN_HAND
    )


def _make_letters() -> None:
    op.create_table(
        "letters",
        sa.Column("id", _ID, nullable=False),
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=True),
        sa.Column("album", sa.String(length=64), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_letters_story_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_letters_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_letters_story_id"), "letters", ["story_id"])
    op.create_index(op.f("ix_letters_written_at"), "letters", ["written_at"])
    op.create_index(
        op.f("ix_letters_subscriber_id_message_id"), "letters", ["subscriber_id", "message_id"], unique=True
    )
    op.create_table(
        "letter_marks",
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("letter_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_letter_marks_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_letter_marks")),
    )


def upgrade() -> None:
    """What was seen and done stays known; what was not done, Telegram still has and brings again."""
    _make_inbox()
    op.execute(
        "INSERT INTO inbox (update_id, seen_at, tries)"
        " SELECT update_id, claimed_at, 0 FROM seen_updates WHERE done ORDER BY claimed_at, update_id"
    )
    op.drop_table("seen_updates")
    _make_letters()


def downgrade() -> None:
    op.drop_table("letter_marks")
    op.drop_table("letters")
    op.create_table(
        "seen_updates",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_seen_updates")),
    )
    op.create_index("ix_seen_updates_claimed_at", "seen_updates", ["claimed_at"])
    op.execute(
        "INSERT INTO seen_updates (update_id, claimed_at, done)"
        " SELECT update_id, seen_at, true FROM inbox WHERE content IS NULL"
    )
    op.drop_table("inbox")
    op.drop_table("receivers")
