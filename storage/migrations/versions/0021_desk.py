"""The desk: links by which editors open it, and their sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "entry_links",
        sa.Column("id", _ID, nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_entry_links"),
        sa.UniqueConstraint("checksum", name="uq_entry_links_checksum"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_entry_links_person_id", "entry_links", ["person_id"])
    op.create_table(
        "desk_sessions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_desk_sessions"),
        sa.UniqueConstraint("checksum", name="uq_desk_sessions_checksum"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_desk_sessions_person_id", "desk_sessions", ["person_id"])


def downgrade() -> None:
    op.drop_table("desk_sessions")
    op.drop_table("entry_links")
