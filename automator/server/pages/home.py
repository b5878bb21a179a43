"""The overview: the last 24 hours, open tasks, the next runs, and first steps."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial
from urllib.parse import urlencode

from automator.clock import iso_time
from automator.conditions import is_question
from automator.engine.operations.run_review import NEEDS_REVIEW
from automator.engine.operations.watchdog import Health
from automator.model import DAY_MS, Reason, RunState, Severity, record
from automator.server.pages import RequestContext, Response, Services, render
from automator.server.shared.events import latest_events
from automator.server.web.attention import REFUSED_ACCESS
from automator.store import HOUR_MS, EventRow, Log, RunRow
from automator.store.log.overview_log import FailureGroup
from automator.store.search.log_rows import Counts, HourCounts

# --- The chart of the last 24 hours: a bar for each hour, from the roll-ups ---


HOURS = 24
#: A bar shows, from below, runs that ended well, were held back, and failed. All other states of
#: ended runs count as held back.
WELL = (RunState.DONE,)
FAILED = (RunState.DEAD, RunState.UNKNOWN)


@record(kw_only=False)
class Bar:
    """An hour of the chart: its counts, and its parts' heights in percent of the highest bar."""

    hour: int
    events: int
    well: int
    held_back: int
    failed: int
    #: The height of the parts `well`, `held_back` and `failed`.
    heights: tuple[float, ...]

    @property
    def total(self) -> int:
        """The number of runs that ended in the hour."""
        return self.well + self.held_back + self.failed

    @property
    def query(self) -> str:
        """The filter of the log for this hour."""
        times = {"since": iso_time(self.hour), "until": iso_time(self.hour + HOUR_MS)}
        return urlencode(times)


def bars_until(now_ms: int, hours: Iterable[HourCounts]) -> list[Bar]:
    """The bars of the last 24 hours, the oldest first, including empty hours."""
    known = {item.hour: item for item in hours}
    last = now_ms - now_ms % HOUR_MS
    found = [last - number * HOUR_MS for number in reversed(range(HOURS))]
    parts = {hour: _parts(known[hour]) if hour in known else (0, 0, 0) for hour in found}
    highest = max(1, *(sum(part) for part in parts.values()))
    return [
        Bar(
            hour,
            known[hour].events if hour in known else 0,
            *parts[hour],
            heights=tuple(round(100 * part / highest, 2) for part in parts[hour]),
        )
        for hour in found
    ]


def _parts(counts: HourCounts) -> tuple[int, int, int]:
    well = sum(counts.ended.get(state.label, 0) for state in WELL)
    failed = sum(counts.ended.get(state.label, 0) for state in FAILED)
    return well, sum(counts.ended.values()) - well - failed, failed


#: Types of events in which customers ask something.
ASKING_TYPES = ("comment.created", "message.received")
_MOST_FAILURES = 6
_MOST_QUESTIONS = 8
_MOST_FOLLOW_UPS = 6


@record(kw_only=False)
class Overview:
    """The parts of the page that are read from the log."""

    counts: Counts
    bars: Sequence[Bar]
    failures: Sequence[FailureGroup]
    questions: Sequence[EventRow]
    #: The number of unanswered questions of the last 24 hours; `questions` may have fewer.
    question_count: int
    follow_ups: Sequence[RunRow]
    has_event: bool
    has_answered: bool

    @property
    def failed(self) -> int:
        """The number of runs that failed in the last 24 hours."""
        return sum(bar.failed for bar in self.bars)

    @property
    def ended(self) -> int:
        """The number of runs that ended in the last 24 hours."""
        return sum(bar.total for bar in self.bars)


@record(kw_only=False)
class ConnectionState:
    """A connection with its problems."""

    health: Health
    warnings: Sequence[Reason]
    #: The reason why the access of the connection was lost; None if it was not.
    lost: Reason | None
    #: When the connection delivered last, in milliseconds; None = never.
    last_at: int | None

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.warnings and self.lost is None


async def show_home(context: RequestContext) -> Response:
    """The overview, which is the home page where no customers write."""
    services = context.services
    rules = services.rulebook.active.rule_set.rules
    fallbacks = [rule.spec.id for rule in rules if rule.is_fallback]
    overview = await asyncio.to_thread(_overview, services.store.log, context.now_ms, fallbacks)
    problems = services.rulebook.problems
    return render(
        context,
        "home.html",
        overview=overview,
        failure_query=failure_query,
        refused_access=REFUSED_ACCESS,
        rules={rule.spec.id: rule.spec for rule in rules},
        clock=partial(_clock, context.zone),
        connections=await _connections(services, context.attention.troubles),
        broken=sorted({item.file for item in problems if item.severity is Severity.ERROR}),
        has_rules=any(rule.spec.enabled for rule in rules),
    )


def failure_query(group: FailureGroup) -> str:
    """The filter of the log and of replays for the runs of a group."""
    words = {
        "state": ",".join(state.label for state in NEEDS_REVIEW.states),
        "rule": group.rule,
        "reason": group.reason_code,
        "error_code": group.error_code,
    }
    return urlencode({name: text for name, text in words.items() if text}, safe=",")


def _overview(log: Log, now_ms: int, fallbacks: Collection[str]) -> Overview:
    """Reads the parts of the page from the log; blocks.

    A question that only rules in `fallbacks` have answered counts as unanswered.
    """
    since_ms = now_ms - DAY_MS
    asked = [
        row
        for row in log.unanswered(ASKING_TYPES, since_ms, fallbacks)
        if row.text and is_question(row.text)
    ]
    return Overview(
        counts=log.counts(since_ms),
        bars=bars_until(now_ms, log.hours(since_ms)),
        failures=log.failures(NEEDS_REVIEW.states)[:_MOST_FAILURES],
        questions=asked[:_MOST_QUESTIONS],
        question_count=len(asked),
        follow_ups=log.next_follow_ups(now_ms, _MOST_FOLLOW_UPS),
        has_event=bool(log.events(limit=1)),
        has_answered=log.has_answered(),
    )


def _clock(zone: tzinfo, ms: int) -> str:
    """The hour and minute of a time, as clocks of the zone show it."""
    return datetime.fromtimestamp(ms / 1000, zone).strftime("%H:%M")


async def _connections(services: Services, troubles: Mapping[str, Reason]) -> list[ConnectionState]:
    """The states of all connections: those with problems first, then by the latest delivery."""
    log = services.store.log
    lost = {keeper.connection: keeper.lost for keeper in services.token_keepers}
    latest = await asyncio.to_thread(latest_events, log, services.connections)
    found = []
    for state in await services.watchdog.states():
        event = latest.get(state.connection)
        last_at = max(state.last_at or 0, event.received_at if event else 0) or None
        warnings = state.warnings()
        if state.connection in troubles:
            warnings = [*warnings, troubles[state.connection]]
        found.append(ConnectionState(state, warnings, lost.get(state.connection), last_at))
    return sorted(found, key=lambda item: (item.is_well, -(item.last_at or 0)))
