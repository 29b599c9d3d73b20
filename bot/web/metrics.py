"""What this process counts for Prometheus. Each process serves its own numbers, and shares no files."""

import platform
from collections.abc import Callable, Mapping
from functools import partial
from importlib import metadata
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from bot.feeds.poller import PollResult
from bot.webhooks.delivery import HookResult
from storage.words import DeliveryState, SubscriberState

OUTCOMES: Final = (
    DeliveryState.SENT,
    SubscriberState.BLOCKED,
    SubscriberState.GONE,
    DeliveryState.FAILED,
    DeliveryState.SKIPPED,
    DeliveryState.HELD,
    DeliveryState.MERGED,
)
"""What a receipt may say."""

_SEND_S = (0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 8)  # a send gives up after 8 s
_UPDATE_S = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10)  # few: there is a set of them for each handler


class Metrics:
    """The numbers of one process. Its other parts call a method for each event; labels are few words.

    It is the Observer of the worker (bot/delivery/observer.py).
    """

    def __init__(self, **build: str) -> None:
        """`build` says what runs, beside the version: its role, for instance."""
        # Otherwise each counter has a second sample, which nobody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library says no types here
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        info = Info("comeback_build", "The version of Comeback, and what this process is.", registry=registry)
        version = metadata.version("comeback")
        info.info({"version": version, "python": platform.python_version(), **build})
        counter, gauge = partial(Counter, registry=registry), partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)
        deliveries = counter("comeback_deliveries", "Receipts that were written.", ["outcome"])
        self._send = histogram(
            "comeback_send_seconds",
            "How long Telegram took for a message of a push, without its wait for the rate.",
            buckets=_SEND_S,
        )
        self._floods = counter(
            "comeback_flood_wait_seconds", "Seconds in which Telegram let this process send nothing (429)."
        )
        self._takeovers = counter("comeback_lease_takeovers", "Ranges taken over from dead workers.")
        self._update = histogram(
            "comeback_update_seconds",
            "How long an update took, from its handler's turn until it was answered.",
            ["handler"],
            buckets=_UPDATE_S,
        )
        self._polls = counter("comeback_source_polls", "Polls of sources.", ["result"])
        self._hooks = counter("comeback_webhook_tries", "Tries to tell a webhook something.", ["result"])
        self._due = gauge(
            "comeback_oldest_due_seconds",
            "How long the oldest thing waits that should have begun: a push, a gathered message, a decision.",
        )
        self._outage = gauge("comeback_outage", "1 while Telegram does not answer this process.")
        self._queues = gauge(
            "comeback_queue_depth",
            "Messages that wait for their turn, by lane; inbox: updates that are not done.",
            ["lane"],
        )
        self._delivered = {outcome.value: deliveries.labels(outcome.value) for outcome in OUTCOMES}
        for result in PollResult:
            self._polls.labels(result.value)
        for hook_result in HookResult:
            self._hooks.labels(hook_result.value)

    def settled(self, outcomes: Mapping[str, int]) -> None:
        """Count receipts that were committed: how many of each outcome."""
        for outcome, number in outcomes.items():
            self._delivered[outcome].inc(number)

    def took_over(self, ranges: int) -> None:
        """Count Ranges that were taken over from dead workers."""
        self._takeovers.inc(ranges)

    def sent_in(self, seconds: float) -> None:
        """Count one request of a Broadcast to Telegram."""
        self._send.observe(seconds)

    def flooded(self, seconds: float) -> None:
        """Count seconds in which a 429 lets nothing leave."""
        self._floods.inc(seconds)

    def updated_in(self, handler: str, seconds: float) -> None:
        """Count one update, or a job of one, by the name of its handler."""
        self._update.labels(handler).observe(seconds)

    def polled(self, result: PollResult) -> None:
        """Count one poll of a Source."""
        self._polls.labels(result.value).inc()

    def hooked(self, result: HookResult) -> None:
        """Count one try to tell a Webhook something."""
        self._hooks.labels(result.value).inc()

    def watch(
        self,
        *,
        oldest_due: Callable[[], float],
        is_outage: Callable[[], bool],
        queues: Mapping[str, Callable[[], int]],
    ) -> None:
        """Read these when the numbers are asked for: seconds, whether there is an outage, and lengths."""
        self._due.set_function(oldest_due)
        self._outage.set_function(is_outage)
        for lane, length in queues.items():
            self._queues.labels(lane).set_function(length)

    def page(self, accept: str) -> tuple[bytes, str]:
        """Return all numbers in the format that the header `accept` prefers, and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type
