"""What readers say of their help, Reports on Appeals, and what readers did after a Broadcast."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_COUNTS = ("stopped", "blocked", "days_off", "clicks")


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("helped_until", _TIME, nullable=True))
    op.add_column("appeals", sa.Column("reminded_at", _TIME, nullable=True))
    op.create_table(
        "helped",
        sa.Column("subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_helped_subscriber_id_subscribers",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name="fk_helped_appeal_id_appeals", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "appeal_id", name="pk_helped"),
    )
    op.create_index("ix_helped_appeal_id", "helped", ["appeal_id"])
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False, server_default=""),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("picture", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("written_by", sa.String(length=64), nullable=False),
        sa.Column("written_at", _TIME, nullable=False),
        sa.Column("sent_by", sa.String(length=64), nullable=True),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name="fk_reports_appeal_id_appeals", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reports_appeal_id", "reports", ["appeal_id"])
    with op.batch_alter_table("broadcasts") as table:
        table.add_column(sa.Column("report_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            "fk_broadcasts_report_id_reports", "reports", ["report_id"], ["id"], ondelete="CASCADE"
        )
    op.create_index("ix_broadcasts_report_id", "broadcasts", ["report_id"])
    op.create_table(
        "aftermaths",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["broadcasts.id"],
            name="fk_aftermaths_broadcast_id_broadcasts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("broadcast_id", "day", name="pk_aftermaths"),
    )


def downgrade() -> None:
    op.drop_table("aftermaths")
    op.drop_index("ix_broadcasts_report_id", table_name="broadcasts")
    with op.batch_alter_table("broadcasts") as table:
        table.drop_constraint("fk_broadcasts_report_id_reports", type_="foreignkey")
        table.drop_column("report_id")
    op.drop_table("reports")
    op.drop_table("helped")
    op.drop_column("appeals", "reminded_at")
    op.drop_column("subscribers", "helped_until")
