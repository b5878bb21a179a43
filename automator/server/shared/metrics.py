"""Gathers the metrics of this process in the format of Prometheus, at each request for them.

Names and units follow https://prometheus.io/docs/practices/naming/. Counters belong to this process
and begin at 0 when it starts. Gauges of waiting work in the database are the same on every node.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from automator import __version__
from automator.engine.operations.run_review import NEEDS_REVIEW
from automator.model import Severity
from automator.server.shared.targets import TargetRow, target_rows
from automator.server.web.attention import low_disk, without_access
from automator.server.web.services import Services
from automator.store.batch import rollups
from automator.store.batch.totals import TotalCounts
from automator.store.log.figures.rollup_log import BOUNDED

_PREFIX = "automator_"

Labels = tuple[str, ...]
#: The values of a metric family, each with the values of its labels in the order of their names.
Samples = Iterable[tuple[Labels, float]]


class _Gathered(Collector):
    """Hands metric families that are gathered already to the registry of one answer."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        """The metric families."""
        return self._families


async def write_metrics(services: Services, accept: str) -> tuple[bytes, str]:
    """The metrics as text, and its media type: OpenMetrics if `accept` asks for it."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(_Gathered(await _families(services)))
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


async def _families(services: Services) -> list[Metric]:
    return [
        _gauge(
            "build_info",
            "The version of this server, and its node.",
            [((__version__, services.store.node), 1)],
            ("version", "node"),
        ),
        *_counters(services.store.totals()),
        *await _queue(services),
        *_store(services),
        *_traces(services),
        *await asyncio.to_thread(lambda: list(_backups(services))),
        *_rules(services),
        *await _connections(services),
        *_targets(await target_rows(services)),
    ]


#: The metrics of the totals that each counter adds up, by the value of its second label.
_COUNTERS: Sequence[tuple[str, str, Labels, Mapping[str, str]]] = (
    ("events", "Events that were stored.", ("connection",), {"": rollups.EVENTS}),
    (
        "deliveries_not_accepted",
        "Deliveries that were not accepted, by their verdict.",
        ("connection", "verdict"),
        rollups.NOT_TAKEN,
    ),
    (
        "rule_events",
        "Events for which the conditions of a rule were evaluated, by their result.",
        ("rule", "conditions"),
        {"met": rollups.MET, "unmet": rollups.UNMET},
    ),
    ("rule_matches", "Events that started a run of a rule.", ("rule",), {"": rollups.MATCHED}),
    ("runs_started", "Runs that were stored.", ("rule",), {"": rollups.STARTED}),
    (
        "runs_ended",
        "Runs that came to an end, by their state.",
        ("rule", "state"),
        {state.label: metric for state, metric in rollups.ENDED.items()},
    ),
)


def _counters(totals: TotalCounts) -> Iterator[Metric]:
    for family, meaning, labels, metrics in _COUNTERS:
        samples = [
            ((name, label)[: len(labels)], count)
            for label, metric in metrics.items()
            for name, count in totals.get(metric, {}).items()
        ]
        yield _counter(family, meaning, samples, labels)
    lag = SummaryMetricFamily(
        f"{_PREFIX}rule_lag_seconds", "From an event to a rule's first attempt.", labels=("rule",)
    )
    for rule, count in sorted(totals.get(rollups.BEGUN, {}).items()):
        lag.add_metric((rule,), count, totals.get(rollups.LATE_MS, {}).get(rule, 0) / 1000)
    yield lag


async def _queue(services: Services) -> Iterable[Metric]:
    log, now_ms = services.store.log, services.clock.now_ms()
    counts = await asyncio.to_thread(log.counts, now_ms)
    oldest_ms = await asyncio.to_thread(log.oldest_due, now_ms)
    undecided = await asyncio.to_thread(log.undecided_count, NEEDS_REVIEW.states)
    waiting = _alone({label: counts.runs[label] for label in BOUNDED})
    late_s = 0.0 if oldest_ms is None else max(now_ms - oldest_ms, 0) / 1000
    return (
        _gauge("runs", "Runs in a state that they leave again; 10001 = more.", waiting, ("state",)),
        _single("follow_ups", "Follow-ups that wait; 10001 = more.", counts.waiting_follow_ups),
        _single("runs_to_review", "Runs about which a person decides.", undecided),
        _single(
            "sending_paused",
            "1 = all sending is paused.",
            services.gate.destinations.are_all_paused,
        ),
        _single(
            "oldest_due_run_age_seconds",
            "How long the first run has been due that nobody has begun; 0 = there is none.",
            late_s,
        ),
    )


def _store(services: Services) -> Iterator[Metric]:
    store = services.store
    yield _single("accepting", "1 = new deliveries are stored, 0 = refused.", store.is_accepting)
    yield _single(
        "performing",
        "1 = due runs are carried out, 0 = heartbeats or claims fail.",
        not services.runner.trouble,
    )
    yield _single(
        "disk_low", "1 = little room is left on the disk.", low_disk(services) is not None
    )


def _traces(services: Services) -> Iterator[Metric]:
    traces = services.traces
    if traces is None:
        return
    yield _single(
        "traces_lag_seconds",
        "How long the oldest span has waited for its export; 0 = none waits.",
        traces.lag_ms / 1000,
    )
    yield _counter("traces_lost", "Spans that nobody has taken, about.", [((), traces.lost)], ())


def _backups(services: Services) -> Iterator[Metric]:
    if services.backups is None:
        return
    yield _single(
        "backup_failed", "1 = the last backup could not be made.", bool(services.backups.failure)
    )
    for newest in services.backups.kept()[:1]:
        yield _single(
            "backup_newest_timestamp_seconds",
            "When the newest backup was made.",
            newest.made_at / 1000,
        )


def _rules(services: Services) -> Iterator[Metric]:
    book = services.rulebook
    mistakes = [item for item in book.problems if item.severity is Severity.ERROR]
    yield _single("rules", "Rules in force.", len(book.active.rule_set.rules))
    yield _single("rules_revision", "The revision of the rules.", book.active.revision)
    yield _single("rule_mistakes", "Mistakes in rule files.", len(mistakes))


async def _connections(services: Services) -> Iterable[Metric]:
    states = await services.watchdog.states()
    last = {state.connection: state.last_at / 1000 for state in states if state.last_at}
    lost = await without_access(services)
    return (
        _gauge(
            "connection_last_delivery_timestamp_seconds",
            "When the last delivery was accepted.",
            _alone(last),
            ("connection",),
        ),
        _gauge(
            "connection_warnings",
            "Warnings of the watchdog: it is silent, or refuses what arrives.",
            _alone({state.connection: len(state.warnings()) for state in states}),
            ("connection",),
        ),
        _gauge(
            "connection_access_lost",
            "1 = its access is refused, or cannot be renewed.",
            _alone({name: name in lost for name in services.connections}),
            ("connection",),
        ),
    )


def _targets(rows: Iterable[TargetRow]) -> Iterator[Metric]:
    rows = list(rows)
    yield _gauge(
        "target_open",
        "1 = requests go out to it, 0 = it is paused, or its circuit breaker is open.",
        _alone({row.destination.name: row.is_open_to_all for row in rows}),
        ("target",),
    )
    yield _gauge(
        "target_waiting_runs",
        "Runs that wait for it.",
        _alone({row.destination.name: row.waiting for row in rows}),
        ("target",),
    )


def _alone(values: Mapping[str, float]) -> Samples:
    """The samples of a family with one label."""
    return [((name,), value) for name, value in values.items()]


def _counter(name: str, meaning: str, samples: Samples, labels: Labels) -> Metric:
    return _filled(CounterMetricFamily(_PREFIX + name, meaning, labels=labels), samples)


def _gauge(name: str, meaning: str, samples: Samples, labels: Labels) -> Metric:
    return _filled(GaugeMetricFamily(_PREFIX + name, meaning, labels=labels), samples)


def _filled(family: CounterMetricFamily | GaugeMetricFamily, samples: Samples) -> Metric:
    for labels, value in sorted(samples):
        family.add_metric(labels, value)
    return family


def _single(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(_PREFIX + name, meaning, value=float(value))
