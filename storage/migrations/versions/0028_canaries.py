"""Canaries: test chats that are watched, and the pushes that did not reach them."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "canaries",
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_shut", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_canaries_subscriber_id_subscribers",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", name="pk_canaries"),
    )
    op.create_table(
        "canary_alarms",
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["broadcasts.id"],
            name="fk_canary_alarms_broadcast_id_broadcasts",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["canaries.subscriber_id"],
            name="fk_canary_alarms_subscriber_id_canaries",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "broadcast_id", name="pk_canary_alarms"),
    )
    op.create_index("ix_canary_alarms_broadcast_id", "canary_alarms", ["broadcast_id"])


def downgrade() -> None:
    op.drop_index("ix_canary_alarms_broadcast_id", "canary_alarms")
    op.drop_table("canary_alarms")
    op.drop_table("canaries")
