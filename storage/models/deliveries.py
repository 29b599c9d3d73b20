"""What workers use to send a Broadcast: Ranges with their leases, receipts, counts, and the shared rate."""

from datetime import datetime

from sqlalchemy import BigInteger, Double, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, partial_index
from storage.words import DeliveryState


class Range(Base):
    """A run of Subscriber ids in a Broadcast. One worker at a time leases it.

    - `attempt`: grows with each lease and is the fence: a worker with an older number may write nothing.
    - `renewals`: grows each time that the worker shows that it lives.
    - `sent`, `failed`, `blocked`, `skipped`, `held`: the receipts in it, so that progress is a sum over few
      rows.
    - `look_again`: a reader came back while the Range was worked on, perhaps after the worker had passed
      them; the Range is to be done once more.
    """

    __tablename__ = "ranges"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id", ondelete="CASCADE"))
    first_id: Mapped[int] = mapped_column(BigInteger)
    last_id: Mapped[int] = mapped_column(BigInteger)
    worker: Mapped[str | None] = mapped_column(String(64))
    attempt: Mapped[int] = mapped_column(default=0)
    renewals: Mapped[int] = mapped_column(default=0, server_default="0")
    done: Mapped[bool] = mapped_column(default=False, server_default=false())
    sent: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    blocked: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0, server_default="0")
    look_again: Mapped[bool] = mapped_column(default=False, server_default=false())

    __table_args__ = (
        partial_index("ix_ranges_open", "id", where=~done),
        partial_index("ix_ranges_leased", "id", where=worker.is_not(None)),
        Index(None, "broadcast_id", "first_id", unique=True),
    )


class AfterCount(Base):
    """How the counts of a Broadcast changed after its Ranges were done: what was held was sent, or dropped.

    - `range_id`: the Range of a Digest whose worker writes this row, so that no two workers wait for one
      another; 0: a reader's own act (a return, /catchup, /stop, /forgetme).
    - `later`: how many came with a Digest.
    - `expected`: how many were not in the Audience at the start.
    """

    __tablename__ = "after_counts"

    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True
    )
    range_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    held: Mapped[int] = mapped_column(default=0)
    later: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    blocked: Mapped[int] = mapped_column(default=0)
    expected: Mapped[int] = mapped_column(default=0)


class Delivery(Base):
    """The receipt of one Broadcast to one Subscriber. `appeal`: an Appeal came with the message.

    A merged Delivery has the `message_id` and the `settled_at` of the Digest that it came with.
    """

    __tablename__ = "deliveries"

    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True
    )
    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    state: Mapped[DeliveryState] = mapped_column()
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(String(200))
    settled_at: Mapped[datetime]
    appeal: Mapped[bool] = mapped_column(default=False, server_default=false())

    __table_args__ = (
        partial_index(
            "ix_deliveries_held", "subscriber_id", "broadcast_id", where=state == DeliveryState.HELD
        ),
        partial_index(
            "ix_deliveries_merged", "subscriber_id", "settled_at", where=state == DeliveryState.MERGED
        ),
        {"sqlite_with_rowid": False},
    )


class Rate(Base):
    """What all processes together may send, as one row that they share (bot/delivery/rate/shared_budget.py).

    - `taken_until`: up to which moment slots are taken, or until when a 429 forbids sending.
    - `slowed_to`: the messages a second that a flood left; `slowed_at`: when the flood's pause ended.

    Both moments are microseconds since 1970 by the database's clock.
    """

    __tablename__ = "rates"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    taken_until: Mapped[int] = mapped_column(BigInteger, default=0)
    slowed_to: Mapped[float | None] = mapped_column(Double)
    slowed_at: Mapped[int | None] = mapped_column(BigInteger)


class Outage(Base):
    """A worker that gets no answer from Telegram since `since`.

    The worker renews `noted_at` while that lasts: an old row belongs to a worker that died.
    """

    __tablename__ = "outages"

    worker: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime]
    noted_at: Mapped[datetime]
