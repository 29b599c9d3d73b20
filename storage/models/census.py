"""The census: numbers of Subscribers, counted a slice of ids at a time. It names nobody."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class CensusSlice(Base):
    """The numbers of a slice of Subscribers, from `first_id` on, as they were when it was last counted.

    `numbers`: how many there are of each kind, by what was counted (storage/subscribers/census.py).
    """

    __tablename__ = "census_slices"

    first_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    counted_at: Mapped[datetime]
    numbers: Mapped[dict[str, Any]]
