"""Plots: the numbers of a plot as the page carries them, for static/plots.js to draw."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines over time, or over places from 0 on.

    - `xs`: Unix seconds if `is_time`, else places. `lines`: a label and a value for each x.
    - `zone`: the xs are shown as times of day in this zone; "": as days.
    """

    xs: Sequence[float]
    lines: Sequence[tuple[str, Sequence[float]]]
    is_time: bool = True
    are_bars: bool = False
    zone: str = ""

    @property
    def values(self) -> dict[str, object]:
        """What the page carries as JSON."""
        return {
            "xs": list(self.xs),
            "labels": [label for label, _ in self.lines],
            "lines": [list(line) for _, line in self.lines],
            "time": self.is_time,
            "bars": self.are_bars,
            "zone": self.zone,
        }
