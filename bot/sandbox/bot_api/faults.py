"""Faults on request: floods, failures, lost answers, slowness."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from bot.sandbox.bot_api.refusals import Refusal, too_many_requests
from bot.sandbox.world.people import WorldError


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to go wrong; each count is for the next so many matching calls."""

    limits: bool = False
    slow_ms: int = 0
    flood_times: int = 0
    flood_retry_after: int = 1
    fail_times: int = 0
    fail_status: int = 500
    drop_times: int = 0
    methods: tuple[str, ...] | None = None


class Faults:
    """The faults that are set now.

    They strike the named methods, or all but getUpdates where none is named (a poll would use them up).
    """

    def __init__(self) -> None:
        self.plan = Plan()
        self._lowered: frozenset[str] | None = None

    def set(self, wanted: dict[str, Any]) -> None:
        """Take parts of a plan in the form of `as_json`; WorldError if they make no sense."""
        self.plan = replace(self.plan, **_parts(wanted))
        methods = self.plan.methods
        self._lowered = None if methods is None else frozenset(name.lower() for name in methods)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self.plan = Plan()
        self._lowered = None

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON, each count being what is left of it:

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

    def strike(self, method: str) -> None:
        """Before a call: raise the flood or failure that is due."""
        plan = self.plan
        if not self._concerns(method):
            return
        if plan.flood_times:
            self.plan = replace(plan, flood_times=plan.flood_times - 1)
            raise too_many_requests(plan.flood_retry_after)
        if plan.fail_times:
            self.plan = replace(plan, fail_times=plan.fail_times - 1)
            raise Refusal(plan.fail_status, HTTPStatus(plan.fail_status).phrase)

    def delay(self, method: str) -> float:
        """For how many seconds the answer is held back."""
        return self.plan.slow_ms / 1000 if self.plan.slow_ms and self._concerns(method) else 0.0

    def drops(self, method: str) -> bool:
        """After a call: whether its answer gets lost."""
        if not self.plan.drop_times or not self._concerns(method):
            return False
        self.plan = replace(self.plan, drop_times=self.plan.drop_times - 1)
        return True

    def _concerns(self, method: str) -> bool:
        return (
            method.lower() in self._lowered if self._lowered is not None else method.lower() != "getupdates"
        )


def _parts(wanted: dict[str, Any]) -> dict[str, Any]:
    try:
        return dict(_pairs(wanted))
    except (TypeError, ValueError, AttributeError, KeyError):
        raise WorldError("These faults are not understood.") from None


def _pairs(wanted: dict[str, Any]) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in wanted.items():
        if name == "limits":
            pairs.append((name, bool(value)))
        elif name == "slow_ms":
            pairs.append((name, _count(value)))
        elif name == "methods":
            pairs.append((name, None if value is None else tuple(map(str, value))))
        elif name in {"flood", "fail", "drop"}:
            pairs += [(f"{name}_{part}", _count(number)) for part, number in (value or {"times": 0}).items()]
        else:
            raise KeyError(name)
    known = Plan.__dataclass_fields__
    HTTPStatus(dict(pairs).get("fail_status", 500))
    if unknown := [name for name, _ in pairs if name not in known]:
        raise KeyError(*unknown)
    return pairs


def _count(value: Any) -> int:
    count = int(value)
    if count < 0:
        raise ValueError(value)
    return count
