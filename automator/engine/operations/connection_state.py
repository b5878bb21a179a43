"""Computes the health of a connection from its latest deliveries: well, silent or refused."""

import math
from collections.abc import Callable
from statistics import median
from typing import Any

from automator.clock import optional_time
from automator.configuration.calendar import Calendar
from automator.configuration.values import Expectation
from automator.model import Reason, record
from automator.plugins import Provider
from automator.reasons import connections
from automator.store import ConnectionHealth

#: Words a reason as a sentence.
Say = Callable[[Reason], str]

#: A silence is too long if it lasts this many times the usual longest pause of a day.
TIMES_USUAL = 3
#: After how many days with deliveries the usual pause of a connection is known.
LEARNT_AFTER_DAYS = 3
#: The shortest silence, in seconds, that is reported, unless the connection's settings say less.
SHORTEST_SILENCE_S = 3600.0
#: How many refusals in a row are reported, if the deliveries look like the real sender's.
REFUSALS = 3
#: How far back to look for the start of a period with open times; below, in how many steps.
_FAR_BACK_MS = 35 * 86_400_000
_STEPS = 10_000


@record
class Health:
    """The health of a connection. Times are in milliseconds, durations in seconds."""

    connection: str
    provider: str
    last_at: int | None
    #: After how long a silence is reported; None if not known yet, or not watched.
    allowed_s: float | None
    #: The expectation in the settings that gives `allowed_s`; None if the usual pauses give it.
    expected: Expectation | None
    #: For how long the connection has been silent, if that is too long; else None.
    silent_s: float | None
    refusals: int
    refused_since: int | None
    problem: Reason | None
    #: How many events came within `allowed_s`, if the settings expect more than one.
    came: int | None = None
    #: When this period began.
    began: int = 0
    #: Why the profile of the account is not set; None if it is, or if there is none.
    profile: Reason | None = None

    @property
    def is_rejecting(self) -> bool:
        """Whether the latest deliveries of the connection were all refused."""
        return self.refusals >= REFUSALS

    def warnings(self) -> list[Reason]:
        """The problems of the connection."""
        found = []
        if self.silent_s is not None and self.allowed_s is not None:
            found.append(self._silence(self.silent_s, self.allowed_s))
        if self.is_rejecting:
            found.append(connections.rejecting(count=self.refusals))
        if self.problem is not None:
            found.append(self.problem)
        if self.profile is not None:
            found.append(self.profile)
        return found

    def _silence(self, silent_s: float, allowed_s: float) -> Reason:
        # Whole seconds, because nobody cares about the milliseconds of a silence.
        silence, allowed = round(silent_s) * 1000, round(allowed_s * 1000)
        expected = self.expected
        if expected is None:
            return connections.silent_as_usual(silence=silence, allowed=allowed)
        during, least = expected.during, expected.at_least
        if self.came is None and not during:
            return connections.silent_as_set(silence=silence, allowed=allowed)
        if self.came is None:
            return connections.silent_during(silence=silence, allowed=allowed, during=during)
        if not during:
            return connections.too_few(count=self.came, least=least, allowed=allowed)
        return connections.too_few_during(
            count=self.came, least=least, allowed=allowed, during=during
        )


def usual_pause_s(row: ConnectionHealth) -> float | None:
    """The median of the longest pauses of each day; None if the connection is too new."""
    if len(row.pauses) < LEARNT_AFTER_DAYS:
        return None
    return median(pause for _, pause in row.pauses) / 1000


def began_at(calendar: Calendar | None, now_ms: int, length_ms: float) -> int | None:
    """The beginning of the period until now that has `length_ms` of open time.

    None if there is less open time within the last 35 days.
    """
    if calendar is None:
        return math.floor(now_ms - length_ms)
    step = max(60_000, round(length_ms / 60), _FAR_BACK_MS // _STEPS)
    at, left = now_ms, length_ms
    while left > 0 and at > now_ms - _FAR_BACK_MS:
        at -= step
        if calendar.is_open(at):
            left -= step
    return at if left <= 0 else None


def health_of(
    provider: Provider,
    row: ConnectionHealth,
    now_ms: int,
    watched_since: int,
    calendar: Calendar | None = None,
    came_since: Callable[[int], int] = lambda _: 0,
) -> Health:
    """Computes the health of a connection at a moment.

    A silence counts from `watched_since` at the earliest, because nothing can come in while no
    server runs. `calendar` has the open times of the expectation. `came_since` returns how many
    events came in since a moment.
    """
    expected = provider.options.expect
    usual, allowed = usual_pause_s(row), None
    if expected is not None:
        allowed = expected.per
    elif usual is not None:
        allowed = max(SHORTEST_SILENCE_S, TIMES_USUAL * usual)
    heard = max(row.last_at or 0, watched_since)
    silent, began, came = (now_ms - heard) / 1000, None, None
    if allowed is not None and allowed != math.inf:
        began = began_at(calendar, now_ms, allowed * 1000)
    is_silent = began is not None and heard < began
    if expected is not None and expected.at_least > 1 and began is not None:
        came = came_since(began)
        is_silent = watched_since < began and came < expected.at_least
    return Health(
        connection=provider.connection,
        provider=provider.name,
        last_at=row.last_at,
        allowed_s=allowed if allowed != math.inf else None,
        expected=expected,
        silent_s=silent if is_silent else None,
        refusals=row.refusals,
        refused_since=row.refused_since,
        problem=row.problem,
        came=came,
        began=began or 0,
    )


def is_new_silence(row: ConnectionHealth, health: Health) -> bool:
    """Whether a silence was not reported yet. Too few events are reported once per period."""
    told = row.reported_silent
    if health.came and told is not None and told >= health.began:
        return False
    return told != (row.last_at or 0)


def watch_body(health: Health, say: Say) -> dict[str, Any]:
    """The body of the watchdog's event about a connection."""
    warnings = health.warnings()
    return {
        "text": f"{health.connection}: {' '.join(map(say, warnings))}",
        "actor": {"id": None, "name": None, "is_self": False},
        "data": {
            "connection": health.connection,
            "provider": health.provider,
            "last_delivery_at": optional_time(health.last_at),
            "silent_s": _whole(health.silent_s),
            "allowed_s": _whole(health.allowed_s),
            "refusals": health.refusals,
            "refused_since": optional_time(health.refused_since),
        },
    }


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)
