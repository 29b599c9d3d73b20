"""Faults: make the bot's calls meet flood waits, failures, lost answers and delays."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from bot.sandbox.bot_api.refusals import Refusal, too_many_requests
from bot.sandbox.world.people import WorldError


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """The faults to come; each `…_times` is how many more of the matching calls meet that fault."""

    limits: bool = False
    slow_ms: int = 0
    flood_times: int = 0
    flood_retry_after: int = 1
    fail_times: int = 0
    fail_status: int = 500
    drop_times: int = 0
    methods: tuple[str, ...] | None = None


class Faults:
    """The current faults.

    They affect the named methods, or else all but getUpdates, since polling would use them up.
    """

    def __init__(self) -> None:
        self.plan = FaultPlan()
        self._lowered: frozenset[str] | None = None

    def set(self, wanted: dict[str, Any]) -> None:
        """Change parts of the plan, in the form of `as_json`. Raises WorldError if a part is invalid."""
        self.plan = replace(self.plan, **_parts(wanted))
        methods = self.plan.methods
        self._lowered = None if methods is None else frozenset(name.lower() for name in methods)

    def clear(self) -> None:
        """Remove all faults."""
        self.plan = FaultPlan()
        self._lowered = None

    def as_json(self) -> dict[str, Any]:
        """Return the plan, with the remaining counts, as JSON:

        {"limits", "slow_ms", "flood": {"retry_after", "times"}, "fail": {"status", "times"},
        "drop": {"times"}, "methods"}; "methods" is a list of names or None.
        """
        plan = self.plan
        return {
            "limits": plan.limits,
            "slow_ms": plan.slow_ms,
            "flood": {"retry_after": plan.flood_retry_after, "times": plan.flood_times},
            "fail": {"status": plan.fail_status, "times": plan.fail_times},
            "drop": {"times": plan.drop_times},
            "methods": None if plan.methods is None else list(plan.methods),
        }

    def raise_due(self, method: str) -> None:
        """Before a call: raise Refusal if a flood wait or failure is due."""
        plan = self.plan
        if not self._affects(method):
            return
        if plan.flood_times:
            self.plan = replace(plan, flood_times=plan.flood_times - 1)
            raise too_many_requests(plan.flood_retry_after)
        if plan.fail_times:
            self.plan = replace(plan, fail_times=plan.fail_times - 1)
            raise Refusal(plan.fail_status, HTTPStatus(plan.fail_status).phrase)

    def delay(self, method: str) -> float:
        """Return by how many seconds to delay the answer."""
        return self.plan.slow_ms / 1000 if self.plan.slow_ms and self._affects(method) else 0.0

    def drops(self, method: str) -> bool:
        """After a call: return whether to lose its answer."""
        if not self.plan.drop_times or not self._affects(method):
            return False
        self.plan = replace(self.plan, drop_times=self.plan.drop_times - 1)
        return True

    def _affects(self, method: str) -> bool:
        return (
            method.lower() in self._lowered if self._lowered is not None else method.lower() != "getupdates"
        )


def _parts(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a FaultPlan. Raises WorldError if one is unknown or has a wrong value."""
    try:
        parts = {field: value for name, raw in wanted.items() for field, value in _fields(name, raw)}
        HTTPStatus(parts.get("fail_status", 500))
        if parts.keys() - FaultPlan.__dataclass_fields__.keys():
            raise WorldError("These faults are not understood.")
    except (TypeError, ValueError, AttributeError, KeyError):
        raise WorldError("These faults are not understood.") from None
    return parts


def _fields(name: str, value: Any) -> list[tuple[str, Any]]:
    """Return the fields of a FaultPlan that one JSON field sets. Raises KeyError if there is none."""
    if name == "limits":
        return [(name, bool(value))]
    if name == "slow_ms":
        return [(name, _count(value))]
    if name == "methods":
        return [(name, None if value is None else tuple(map(str, value)))]
    if name in {"flood", "fail", "drop"}:
        return [(f"{name}_{part}", _count(number)) for part, number in (value or {"times": 0}).items()]
    raise KeyError(name)


def _count(value: Any) -> int:
    count = int(value)
    if count < 0:
        raise ValueError(value)
    return count
