"""The numbers for Prometheus: what is counted, under which labels."""

from enum import StrEnum

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from bot.feeds.poller import PollResult
from bot.web.metrics import OUTCOMES, Metrics
from bot.webhooks.delivery import HookResult
from storage.words import DeliveryState, SubscriberState


def numbers(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Return each number by its name and the values of its labels."""
    page, content_type = metrics.page("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page.decode())  # type: ignore[no-untyped-call]  # as the library is
        for sample in family.samples
    }


def test_what_happens_is_counted() -> None:
    """Each event in the number that is named after it."""
    metrics = Metrics(role="all", database="sqlite")
    metrics.settled({"sent": 3, "blocked": 1})
    metrics.settled({"sent": 2})
    metrics.took_over(4)
    metrics.sent_in(0.06)
    metrics.flooded(7.5)
    metrics.updated_in("/latest", 0.3)
    metrics.polled(PollResult.FAILED)
    metrics.hooked(HookResult.GIVEN_UP)
    found = numbers(metrics)
    assert found["comeback_deliveries_total", "sent"] == 5
    assert found["comeback_deliveries_total", "blocked"] == 1
    assert found["comeback_lease_takeovers_total",] == 4
    assert (found["comeback_send_seconds_count",], found["comeback_send_seconds_sum",]) == (1, 0.06)
    assert (
        found["comeback_send_seconds_bucket", "0.05"],
        found["comeback_send_seconds_bucket", "0.075"],
    ) == (0, 1)
    assert found["comeback_flood_wait_seconds_total",] == 7.5
    assert found["comeback_update_seconds_count", "/latest"] == 1
    assert found["comeback_source_polls_total", "failed"] == 1
    assert found["comeback_webhook_tries_total", "given_up"] == 1


def test_what_has_not_happened_yet_is_0() -> None:
    """A rate of nothing is nothing for Prometheus, and an alert on it would never come."""
    found = numbers(Metrics())
    for state in OUTCOMES:
        assert found["comeback_deliveries_total", state.value] == 0
    for result in PollResult:
        assert found["comeback_source_polls_total", result.value] == 0
    for hook_result in HookResult:
        assert found["comeback_webhook_tries_total", hook_result.value] == 0


def test_what_is_at_present_is_read_when_it_is_asked_for() -> None:
    """The gauges follow what they watch."""
    metrics = Metrics()
    waiting = [1]
    metrics.watch(
        oldest_due=lambda: 12.5, is_outage=lambda: len(waiting) > 1, queues={"reply": lambda: len(waiting)}
    )
    assert numbers(metrics)["comeback_outage",] == 0
    waiting.append(2)
    found = numbers(metrics)
    assert (found["comeback_outage",], found["comeback_queue_depth", "reply"]) == (1, 2)
    assert found["comeback_oldest_due_seconds",] == 12.5


def test_two_in_one_process_share_nothing() -> None:
    """Tests and the demo may have several; each serves its own."""
    first, second = Metrics(), Metrics()
    first.took_over(1)
    assert numbers(second)["comeback_lease_takeovers_total",] == 0


def test_the_build_is_named() -> None:
    """With its version, the Python, and what this process is."""
    page = Metrics(role="worker", database="postgresql").page("")[0].decode()
    [line] = [line for line in page.splitlines() if line.startswith("comeback_build_info")]
    assert 'role="worker"' in line
    assert 'database="postgresql"' in line
    assert 'version="' in line


@pytest.mark.parametrize("state", [*DeliveryState, SubscriberState.BLOCKED, SubscriberState.GONE])
def test_every_outcome_can_be_counted(state: StrEnum) -> None:
    """A new state of a receipt needs a place here, or the receipts could not be written."""
    metrics = Metrics()
    metrics.settled({state.value: 1})
    assert numbers(metrics)["comeback_deliveries_total", state.value] == 1
