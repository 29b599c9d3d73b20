"""Webhooks: addresses that hear what happens here, the events, and what is still to be delivered."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Base, BigId, partial_index
from storage.words import EventKind, HookState, ParcelState


class Webhook(Base):
    """An address of the operator's that hears what happens here.

    - `secret`: the key that signs; only the operator and the receiver know it.
    - `state`: see storage.words.HookState.
    - `owners_know`: owners were told that it fails, and it has taken nothing since.
    """

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(Text, unique=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[HookState] = mapped_column(default=HookState.ACTIVE)
    added_at: Mapped[datetime]
    owners_know: Mapped[bool] = mapped_column(default=False)

    __table_args__ = ({"sqlite_autoincrement": True},)  # a removed one's number names no other one


class Event(Base):
    """Something that happened, as every Webhook hears it.

    - `uid`: the `webhook-id`, the same in every try and for every Webhook.
    - `body`: the JSON text that is sent, made when it happened.
    """

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[EventKind]
    at: Mapped[datetime] = mapped_column(index=True)
    body: Mapped[str] = mapped_column(Text)

    __table_args__ = ({"sqlite_autoincrement": True},)  # ids are the order of what happened


class Parcel(Base):
    """Event × Webhook: one that is to be delivered, or was.

    - `tries`: how often it was sent; a try is counted before it begins.
    - `next_at`: when it is sent next; while a try is under way, when somebody else may take it over.
    - `status`: the HTTP status of the last answer; None without one.
    """

    __tablename__ = "parcels"

    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[int] = mapped_column(
        ForeignKey("events.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    state: Mapped[ParcelState] = mapped_column(default=ParcelState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    status: Mapped[int | None]
    ended_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship(lazy="raise")
    webhook: Mapped[Webhook] = relationship(lazy="raise")

    __table_args__ = (
        partial_index("ix_parcels_waiting", "webhook_id", "event_id", where=state == ParcelState.WAITING),
    )
