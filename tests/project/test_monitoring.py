"""The dashboard and the alert rules: they parse, and ask only for numbers and labels that the bot serves."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.config import Role
from bot.delivery.rate.pacer import Lane
from bot.feeds.poller import PollResult
from bot.web.metrics import OUTCOMES, Metrics
from tests.project.documents import DOCS, quoted_in, rows_of, section_of

MONITORING = DOCS / "monitoring"
DASHBOARD, ALERTS = MONITORING / "dashboard.json", MONITORING / "alerts.yaml"
OF_PROMETHEUS = {"job", "instance", "le"}  # labels that Prometheus adds, or that buckets have
FUNCTIONS = {
    *("absent", "count", "max", "sum", "rate", "increase", "histogram_quantile", "topk", "by", "and", "or"),
}
VALUES = {
    "outcome": {outcome.value for outcome in OUTCOMES},
    "result": {result.value for result in PollResult},
    "role": {role.value for role in Role},
    "lane": {*(lane.name.lower() for lane in Lane), "inbox"},
}
SELECTOR = re.compile(r"([a-z_]+)\{([^}]*)\}")
NUMBER = re.compile(r"\b((?:comeback|process)_[a-z_]+)")


def rules() -> list[dict[str, Any]]:
    """Return the alert rules."""
    groups: list[dict[str, Any]] = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    """Return the panels of the dashboard."""
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return found


def expressions() -> Iterator[tuple[str, str]]:
    """Yield each expression, with the name of its rule or panel."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def served() -> dict[str, set[str]]:
    """Return the labels of each number that the bot serves, by its name."""
    metrics = Metrics(role="all", database="sqlite")
    metrics.watch(oldest_due=float, is_outage=bool, queues={"reply": int})
    metrics.updated_in("/latest", 0.1)
    found: dict[str, set[str]] = {}
    for line in metrics.page("")[0].decode().splitlines():
        if not line.startswith("#"):
            name, _, rest = line.partition(" ")[0].partition("{")
            found.setdefault(name, set()).update(re.findall(r'([a-z_]+)="', rest))
    return found


each_expression = pytest.mark.parametrize(
    "expression", [pytest.param(one, id=name) for name, one in expressions()]
)


@each_expression
def test_it_asks_for_numbers_that_are_served(expression: str) -> None:
    """A number that was renamed would make an empty panel, and an alert that never comes."""
    names = set(NUMBER.findall(expression))
    assert names
    assert names <= served().keys()


@each_expression
def test_it_uses_labels_and_values_that_exist(expression: str) -> None:
    """In a selector, and in what it is summed by."""
    numbers = served()
    labels = set().union(*(numbers[name] for name in NUMBER.findall(expression))) | OF_PROMETHEUS
    for name, selector in SELECTOR.findall(expression):
        for label, values in re.findall(r'([a-z_]+)=~?"([^"]*)"', selector):
            assert label in numbers[name] | OF_PROMETHEUS
            assert label == "job" or set(values.split("|")) <= VALUES[label]
    for grouped in re.findall(r"by \(([^)]*)\)", expression):
        assert {label.strip() for label in grouped.split(",")} <= labels


@each_expression
def test_it_is_well_formed(expression: str) -> None:
    """Brackets are closed, ranges are durations, and every other word is a function of PromQL."""
    for opening, closing in ("()", "[]", "{}"):
        assert expression.count(opening) == expression.count(closing)
    for duration in re.findall(r"\[([^\]]*)\]", expression):
        assert re.fullmatch(r"\d+[smhd]|\$__rate_interval", duration)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)", "", expression)
    assert set(re.findall(r"\b[a-z][a-z_]*\b", NUMBER.sub("", bare))) <= FUNCTIONS


def test_every_number_is_on_the_dashboard_and_in_the_document() -> None:
    """An operator finds each one, with its labels; Prometheus' own of the process aside."""
    ours = {
        (re.sub(r"_(?:bucket|count|sum)$", "", name), *sorted(labels - OF_PROMETHEUS))
        for name, labels in served().items()
        if name.startswith("comeback_")
    }
    rows = rows_of(section_of(DOCS / "operators.md", "Numbers for Prometheus"))
    described = {(quoted_in(name)[0], *sorted(quoted_in(labels))) for name, labels, _ in rows}
    assert described == ours
    shown = " ".join(target["expr"] for panel in panels() for target in panel["targets"])
    assert {name for name, *_ in ours if name not in shown} == set()


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule["alert"]) for rule in rules()])
def test_a_rule_says_how_bad_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    """With one severity of two, and sentences for the person who is woken."""
    assert re.fullmatch(r"Comeback[A-Z][A-Za-z]+", rule["alert"])
    assert re.fullmatch(r"\d+[mh]", rule.get("for", "1m"))
    assert rule["labels"]["severity"] in {"page", "notice"}
    assert all(rule["annotations"][name].endswith(".") for name in ("summary", "action"))
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}


def test_no_two_rules_have_one_name() -> None:
    """Prometheus would take both, and people would look at one."""
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)


def test_grafana_can_read_the_dashboard() -> None:
    """Each panel has a number, a place that no other one has, and a data source that people choose."""
    ids = [panel["id"] for panel in panels()]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()}
    assert len(set(ids)) == len(ids) == len(places)
    assert {panel["datasource"]["uid"] for panel in panels()} == {"${datasource}"}
    variables = json.loads(DASHBOARD.read_text("utf-8"))["templating"]["list"]
    assert {variable["name"] for variable in variables} == {"datasource", "job"}


def test_the_folder_has_nothing_else() -> None:
    """What lies there is tested here."""
    assert {file.name for file in Path(MONITORING).iterdir()} == {DASHBOARD.name, ALERTS.name}
