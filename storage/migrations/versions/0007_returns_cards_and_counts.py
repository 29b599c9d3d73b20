"""When readers blocked the bot; a table of progress Cards; counts that follow held messages to their end."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MERGED = sa.text("state = 'merged'")
_OPEN = sa.text("is_open")
_COUNTS = ("held", "later", "skipped", "blocked", "expected")
_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The newest receipt is the last sign of them before they left: what started after it did not reach them.
_NOTE_WHO_LEFT = """
UPDATE subscribers SET blocked_at = COALESCE(
    (SELECT max(settled_at) FROM deliveries WHERE deliveries.subscriber_id = subscribers.id), joined_at)
WHERE state IN ('blocked', 'gone')
"""
# What is held no more had come: other ends were not counted before.
_COUNT_WHAT_CAME = """
INSERT INTO after_counts (broadcast_id, range_id, held, later, skipped, blocked, expected)
SELECT counted.broadcast_id, 0, waiting.number - counted.held, counted.held - waiting.number, 0, 0, 0
FROM (SELECT broadcast_id, sum(held) AS held FROM ranges
      GROUP BY broadcast_id HAVING sum(held) > 0) AS counted
JOIN (SELECT broadcasts.id, count(deliveries.broadcast_id) AS number FROM broadcasts
      LEFT JOIN deliveries ON deliveries.broadcast_id = broadcasts.id AND deliveries.state = 'held'
      GROUP BY broadcasts.id) AS waiting ON waiting.id = counted.broadcast_id
WHERE counted.held > waiting.number
"""
_KEEP_CARDS = """
INSERT INTO cards (subscriber_id, message_id, broadcast_id, is_open)
SELECT subscribers.id, broadcasts.progress_message_id, max(broadcasts.id), true
FROM broadcasts JOIN subscribers ON subscribers.chat_id = broadcasts.started_by
WHERE broadcasts.progress_message_id IS NOT NULL
GROUP BY subscribers.id, broadcasts.progress_message_id
"""
_KEEP_ONE_CARD = """
UPDATE broadcasts SET progress_message_id = (
    SELECT max(cards.message_id) FROM cards JOIN subscribers ON subscribers.id = cards.subscriber_id
    WHERE cards.broadcast_id = broadcasts.id AND cards.is_open
          AND subscribers.chat_id = broadcasts.started_by)
"""


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_NOTE_WHO_LEFT)
    op.add_column("ranges", sa.Column("look_again", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_deliveries_merged",
        "deliveries",
        ["subscriber_id", "settled_at"],
        sqlite_where=_MERGED,
        postgresql_where=_MERGED,
    )
    op.create_table(
        "after_counts",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("range_id", _BIG_ID, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_after_counts_broadcast_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("broadcast_id", "range_id", name=op.f("pk_after_counts")),
    )
    op.execute(_COUNT_WHAT_CAME)
    op.create_table(
        "cards",
        sa.Column("subscriber_id", _BIG_ID, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_cards_subscriber_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_cards_broadcast_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "message_id", name=op.f("pk_cards")),
    )
    op.create_index("ix_cards_broadcast_id", "cards", ["broadcast_id"])
    op.create_index("ix_cards_open", "cards", ["broadcast_id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.execute(_KEEP_CARDS)
    op.drop_column("broadcasts", "progress_message_id")


def downgrade() -> None:
    op.add_column("broadcasts", sa.Column("progress_message_id", sa.BigInteger(), nullable=True))
    op.execute(_KEEP_ONE_CARD)
    op.drop_table("cards")
    op.drop_table("after_counts")
    op.drop_index("ix_deliveries_merged", table_name="deliveries")
    op.drop_column("ranges", "look_again")
    op.drop_column("subscribers", "blocked_at")
