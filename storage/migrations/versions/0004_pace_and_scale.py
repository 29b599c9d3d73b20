"""Preferences, Digests, days off; the shared rate, paid and urgent Broadcasts; clicks."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_HELD = sa.text("state = 'held'")
_DUE = sa.text("due_at IS NOT NULL AND state = 'active'")


def _subscribers() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("story_languages", sa.String(length=64), server_default="", nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("rhythm", sa.String(length=16), server_default="at_once", nullable=False),
        sa.Column("hour", sa.SmallInteger(), server_default="8", nullable=False),
        sa.Column("weekday", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("quiet_from", sa.SmallInteger(), server_default="22", nullable=True),
        sa.Column("quiet_until", sa.SmallInteger(), server_default="8", nullable=True),
        sa.Column("rest_days", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("appeal_rhythm", sa.String(length=16), server_default="weekly", nullable=False),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("allows_urgent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("away_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forum_topic", sa.Integer(), nullable=True),
        sa.Column("muted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("feedback_day", sa.Date(), nullable=True),
        sa.Column("feedback_count", sa.SmallInteger(), server_default="0", nullable=False),
    )


def _broadcasts() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("due_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("urgent_by", sa.String(length=64), nullable=True),
        sa.Column("started_by", sa.BigInteger(), nullable=True),
        sa.Column("progress_message_id", sa.BigInteger(), nullable=True),
    )


def _bodies(*more: str) -> None:
    """The table `bodies` as it was, with these columns more in its key."""
    columns: dict[str, sa.Column[Any]] = {
        "told_in": sa.Column("told_in", sa.String(length=8), nullable=False),
        "appeal": sa.Column("appeal", sa.Boolean(), nullable=False),
    }
    op.create_table(
        "bodies",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("length", sa.String(length=16), nullable=False),
        *(columns[name] for name in more),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_bodies_broadcast_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("broadcast_id", "language", "length", *more, name=op.f("pk_bodies")),
    )


def _let_bodies_vary() -> None:
    """The table made again with a longer key. A Body from before goes to the same readers as before."""
    op.execute("CREATE TABLE old_bodies AS SELECT * FROM bodies")
    op.drop_table("bodies")
    _bodies("told_in", "appeal")
    op.execute(
        "INSERT INTO bodies (broadcast_id, language, length, told_in, appeal, payload)"
        " SELECT broadcast_id, language, length, '', true, payload FROM old_bodies"
    )
    op.drop_table("old_bodies")


def _let_bodies_vary_no_more() -> None:
    op.execute(
        "CREATE TABLE new_bodies AS SELECT * FROM bodies WHERE appeal AND told_in ="
        " (SELECT min(told_in) FROM bodies AS other WHERE other.broadcast_id = bodies.broadcast_id)"
    )
    op.drop_table("bodies")
    _bodies()
    op.execute(
        "INSERT INTO bodies (broadcast_id, language, length, payload)"
        " SELECT broadcast_id, language, length, payload FROM new_bodies"
    )
    op.drop_table("new_bodies")


def upgrade() -> None:
    for column in _subscribers():
        op.add_column("subscribers", column)
    op.create_index(
        "ix_subscribers_due_at", "subscribers", ["due_at"], sqlite_where=_DUE, postgresql_where=_DUE
    )
    for column in _broadcasts():
        op.add_column("broadcasts", column)
    with op.batch_alter_table("broadcasts") as changed:
        changed.alter_column("story_id", existing_type=sa.Integer(), nullable=True)
    _let_bodies_vary()
    op.add_column("deliveries", sa.Column("appeal", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("ranges", sa.Column("held", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "ix_deliveries_held",
        "deliveries",
        ["subscriber_id", "broadcast_id"],
        sqlite_where=_HELD,
        postgresql_where=_HELD,
    )
    op.create_table(
        "rates",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("taken_until", sa.BigInteger(), nullable=False),
        sa.Column("slowed_to", sa.Double(), nullable=True),
        sa.Column("slowed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rates")),
    )
    op.create_table(
        "clicks",
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name=op.f("fk_clicks_appeal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("appeal_id", "day", name=op.f("pk_clicks")),
    )
    op.create_table(
        "forgotten",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_forgotten")),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("value", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
    )


def downgrade() -> None:
    for table in ("secrets", "forgotten", "clicks", "rates"):
        op.drop_table(table)
    op.drop_index("ix_deliveries_held", table_name="deliveries")
    op.drop_column("ranges", "held")
    op.drop_column("deliveries", "appeal")
    _let_bodies_vary_no_more()
    op.execute("DELETE FROM broadcasts WHERE story_id IS NULL")
    with op.batch_alter_table("broadcasts") as changed:
        changed.alter_column("story_id", existing_type=sa.Integer(), nullable=False)
    for column in _broadcasts():
        op.drop_column("broadcasts", column.name)
    op.drop_index("ix_subscribers_due_at", table_name="subscribers")
    for column in _subscribers():
        op.drop_column("subscribers", column.name)
