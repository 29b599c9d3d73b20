"""Broadcasts: their frozen messages, the cards that show their progress, and what readers did afterwards."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.appeals import Report
from storage.models.base import Base, BigId, partial_index
from storage.models.stories import Story
from storage.words import BroadcastKind, BroadcastState, Length


class Broadcast(Base):
    """One message to an Audience. The `audience` and the Bodies are frozen at the start.

    - `story_id`: None for a Report, and for a Digest, which gathers for all that are due by `due_before`.
    - `report_id`: the Report that it sends.
    - `corrects_id`: of a correction or withdrawal, the push whose messages it changes.
    - `body_version`: grows when the Bodies of a running Broadcast are made again.
    - `reason`: why it paused itself, or what else editors should know.
    - `expected`: how many were in the Audience at the start; some may leave before their turn.
    - `paid`: it may cost Stars.
    - `urgent`: it passes quiet hours of readers that allow it.
    - `asked_by`: who wants to send a push in preparation that another person has to agree to.
    - `started_by`: the chat of the editor that started it, which gets the progress card.
    - `untold`: editors were not notified yet that it waits for them.
    - `pilot_minutes`: how long the others wait after its pilot wave; None: it has none.
    - `pilot_below`: while the pilot wave lasts, who is in it (storage/broadcasts/pilots.py).
    - `pilot_ends_at`: when the pilot wave is judged; None: it is not sent yet.
    - `pilot`: its figures, as bot/broadcasts/pilots/pilot.py reads them.
    - `early_leavers`: its Aftermath counts who left within an hour; false before revision 0023.
    """

    __tablename__ = "broadcasts"

    id: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), index=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), index=True)
    kind: Mapped[BroadcastKind] = mapped_column(default=BroadcastKind.PUSH, server_default="push")
    corrects_id: Mapped[int | None] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[BroadcastState] = mapped_column(default=BroadcastState.PREPARING, index=True)
    body_version: Mapped[int] = mapped_column(default=0, server_default="0")
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    start_at: Mapped[datetime | None]
    expected: Mapped[int | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    due_before: Mapped[datetime | None]
    paid: Mapped[bool] = mapped_column(default=False, server_default=false())
    urgent: Mapped[bool] = mapped_column(default=False, server_default=false())
    asked_by: Mapped[str | None] = mapped_column("urgent_by", String(64))
    started_by: Mapped[int | None] = mapped_column(BigInteger)
    untold: Mapped[bool] = mapped_column(default=False, server_default=false())
    pilot_minutes: Mapped[int | None]
    pilot_below: Mapped[int | None]
    pilot_ends_at: Mapped[datetime | None]
    pilot: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    early_leavers: Mapped[bool] = mapped_column(default=False, server_default=false())

    story: Mapped[Story | None] = relationship(lazy="raise")
    report: Mapped[Report | None] = relationship(lazy="raise")

    @property
    def title(self) -> str:
        """The headline of its Story, the organisation of its Report, or else its kind: what editors see."""
        if self.story_id is not None and self.story is not None:
            return self.story.headline
        if self.report_id is not None and self.report is not None:
            return self.report.organisation
        return self.kind.value


class Body(Base):
    """A Broadcast's message, frozen for one kind of reader: the parameters of Telegram's sendMessage.

    - `story_language`: the language of the Story in it. `language`: that of everything around it.
    - `appeal`: the Story's Appeal is in it, if the Story has one.
    - `cover`: the message for readers who are to be warned first; None: the Story has no content warning.
    """

    __tablename__ = "bodies"

    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    length: Mapped[Length] = mapped_column(primary_key=True)
    story_language: Mapped[str] = mapped_column("told_in", String(8), primary_key=True, default="")
    appeal: Mapped[bool] = mapped_column(primary_key=True, default=True)
    payload: Mapped[dict[str, Any]]
    cover: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Card(Base):
    """A message that shows an editor the progress of a Broadcast and is edited when that changes.

    `is_open`: what it shows may still change; false: it shows the end of the Broadcast.
    """

    __tablename__ = "cards"

    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id", ondelete="CASCADE"), index=True)
    is_open: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (partial_index("ix_cards_open", "broadcast_id", where=is_open),)


class Aftermath(Base):
    """What readers did on one day (UTC) within 48 hours after a Broadcast reached them: sums, no names.

    `stopped`: they turned pushes off or sent /stop. `blocked`: they blocked the bot. `days_off`: they began
    one. `clicks`: they followed its help link. `left_15`, `left_30`, `left_60`: they stopped or blocked
    within so many minutes. storage/broadcasts/aftermaths.py says what counts.
    """

    __tablename__ = "aftermaths"

    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    stopped: Mapped[int] = mapped_column(default=0)
    blocked: Mapped[int] = mapped_column(default=0)
    days_off: Mapped[int] = mapped_column(default=0)
    clicks: Mapped[int] = mapped_column(default=0)
    left_15: Mapped[int] = mapped_column(default=0, server_default="0")
    left_30: Mapped[int] = mapped_column(default=0, server_default="0")
    left_60: Mapped[int] = mapped_column(default=0, server_default="0")
