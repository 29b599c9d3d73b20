"""Editors with roles and their invitations; who wrote and who verified an Appeal, and its suspension."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TEXTS = {"language": 8, "registration": 60, "written_by": 64, "verified_by": 64}
_TIMES = ("looked_at", "suspended_at")
_REMINDED_AFTER = timedelta(days=80)


def upgrade() -> None:
    op.create_table(
        "editors",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_editors"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("invited_by", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_by", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("checksum", name="uq_invitations_checksum"),
    )
    for name, length in _TEXTS.items():
        op.add_column("appeals", sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    op.add_column("appeals", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    for name in _TIMES:
        op.add_column("appeals", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("appeals", sa.Column("suspended_for", sa.String(length=16), nullable=True))
    op.create_index("ix_audit_actor_id", "audit", ["actor", "id"])
    op.execute("UPDATE appeals SET looked_at = verified_at")
    # Who verified an appeal long ago gets a reminder first: it lapses after 90 days without a look.
    floor = datetime.now(UTC) - _REMINDED_AFTER
    if op.get_bind().dialect.name == "sqlite":
        floor = floor.replace(tzinfo=None)
    appeals = sa.table("appeals", sa.column("looked_at", sa.DateTime(timezone=True)))
    op.execute(appeals.update().where(appeals.c.looked_at < floor).values(looked_at=floor))


def downgrade() -> None:
    op.drop_index("ix_audit_actor_id", table_name="audit")
    for name in ("suspended_for", *_TIMES, "version", *_TEXTS):
        op.drop_column("appeals", name)
    op.drop_table("invitations")
    op.drop_table("editors")
