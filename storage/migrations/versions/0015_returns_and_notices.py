"""When a Subscriber was last seen; the editors' words on a change; the newest answers in a group."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("seen_on", sa.Date(), nullable=True))
    op.add_column("subscribers", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    may_be_asked = sa.text("asked_at IS NULL AND state = 'active' AND kind = 'private'")
    op.create_index(
        "ix_subscribers_seen_on",
        "subscribers",
        ["seen_on"],
        postgresql_where=may_be_asked,
        sqlite_where=may_be_asked,
    )
    op.add_column("stories", sa.Column("notice", sa.Text(), nullable=True))
    op.create_table(
        "group_answers",
        sa.Column("subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_group_answers_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "kind", "topic", name=op.f("pk_group_answers")),
    )


def downgrade() -> None:
    op.drop_table("group_answers")
    op.drop_column("stories", "notice")
    op.drop_index("ix_subscribers_seen_on", table_name="subscribers")
    op.drop_column("subscribers", "asked_at")
    op.drop_column("subscribers", "seen_on")
