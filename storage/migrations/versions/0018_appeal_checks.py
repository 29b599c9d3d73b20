"""The daily checks of the pages behind Appeals, and what editors are still to be told about them."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appeal_checks",
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("verified", sa.JSON(), nullable=True),
        sa.Column("latest", sa.JSON(), nullable=True),
        sa.Column("warned_of", sa.String(length=128), nullable=False),
        sa.Column("reminded_after", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name="fk_appeal_checks_appeal_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("appeal_id", name="pk_appeal_checks"),
    )
    op.create_index("ix_appeal_checks_next_at", "appeal_checks", ["next_at"])
    op.create_table(
        "appeal_notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("news", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name="fk_appeal_notices_appeal_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_appeal_notices"),
    )
    op.create_index("ix_appeal_notices_appeal_id", "appeal_notices", ["appeal_id"])


def downgrade() -> None:
    op.drop_table("appeal_notices")
    op.drop_table("appeal_checks")
