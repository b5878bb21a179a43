"""The watchdog: notices connections that have fallen silent, or whose deliveries are refused.

It reports each such episode once: in the log, and as an event to which rules can react. Pages and
`status` show it for as long as it lasts.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import median
from typing import Any

from automator.clock import Clock, optional_time
from automator.configuration.calendar import Calendar
from automator.configuration.time_intervals import TimeInterval
from automator.configuration.values import Expectation
from automator.engine.intake.intake import Intake
from automator.engine.intake.own_events import own_body
from automator.engine.profiles.profiles import Profiles
from automator.engine.rulesets.rulebook import RuleBook
from automator.http.types import Http
from automator.model import (
    LOOK_IN_LIST,
    N_,
    NotFoundError,
    Reason,
    StepError,
    StoreUnavailableError,
    UsageError,
    record,
)
from automator.model.log_filters import EventFilter
from automator.model.own_events import CONNECTION_REJECTING, CONNECTION_SILENT
from automator.plugins import Provider
from automator.reasons import connections
from automator.reasons.attempts.platform import token_expired
from automator.store import ConnectionHealth, Store

# --- Computes the health of a connection from its latest deliveries: well, silent or refused ---


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
    return own_body(
        f"{health.connection}: {' '.join(map(say, health.warnings()))}",
        {
            "connection": health.connection,
            "provider": health.provider,
            "last_delivery_at": optional_time(health.last_at),
            "silent_s": _whole(health.silent_s),
            "allowed_s": _whole(health.allowed_s),
            "refusals": health.refusals,
            "refused_since": optional_time(health.refused_since),
        },
    )


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)


# --- The watchdog ---


logger = logging.getLogger(__name__)

#: How many milliseconds pass between two checks of a subscription, on all nodes together.
CHECK_EVERY_MS = 6 * 3_600_000


@dataclass(kw_only=True, eq=False)
class Watchdog:
    """Watches the connections. One instance per process, on the event loop."""

    connections: Mapping[str, Provider]
    own: Provider
    intake: Intake
    rulebook: RuleBook
    store: Store
    http: Http
    clock: Clock
    #: Words reasons for the events that rules see.
    say: Say
    profiles: Profiles | None = None
    #: The time intervals that expectations may name.
    intervals: Mapping[str, TimeInterval] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._counts = self.intake.delivery_counts
        self._since = self.clock.now_ms()

    async def check_connections(self) -> None:
        """Stores the counts of deliveries, and reports new problems. Call it once a minute.

        Raises:
            StoreUnavailableError: nothing can be stored now. The next call stores the counts.
        """
        heard = self._counts.collect()
        refused = self.intake.refusals.collect()
        try:
            if refused:
                await self.store.connection_health.count_refused(refused)
                refused = []
            if heard:
                await self.store.connection_health.add(heard)
        except StoreUnavailableError:
            self._counts.put_back(heard)
            self.intake.refusals.put_back(refused)
            raise
        for name, row in (await self._rows()).items():
            await self._report(row, await self._health(name, row))
        await self._check_subscriptions()
        await self._report_unnamed()
        if self.profiles is not None:
            await self.profiles.set_changed()

    async def states(self) -> list[Health]:
        """The health of every connection, in the order of automator.yaml."""
        found = [await self._health(name, row) for name, row in (await self._rows()).items()]
        wrong = await self.profiles.problems() if self.profiles is not None else {}
        return [replace(one, profile=wrong.get(one.connection)) for one in found]

    async def subscribe(self, connection: str) -> Reason | None:
        """Subscribes this server at the provider to the events that rules need.

        Returns a problem that remains, or None.

        Raises:
            NotFoundError: there is no such connection.
            UsageError: the provider has no call for subscriptions.
            StepError: the provider refuses, or does not answer.
        """
        provider = self.connections.get(connection)
        if provider is None:
            raise NotFoundError(
                N_("there is no connection {name}"), fix=LOOK_IN_LIST, name=connection
            )
        asked = [item for item in (provider, *provider.accounts) if item.can_subscribe]
        if not asked:
            raise UsageError(
                N_("{name} cannot be subscribed from here"),
                fix=N_(
                    "Only a Facebook Page whose page_access_token is set can; subscribe the others"
                    " at their provider."
                ),
                name=connection,
            )
        problems = [await self._subscribe(item) for item in asked]
        return next((problem for problem in problems if problem is not None), None)

    async def _subscribe(self, provider: Provider) -> Reason | None:
        name, is_wanted = provider.connection, partial(self._is_wanted, provider)
        await provider.subscribe(self.http, is_wanted)
        problem = await provider.check_subscription(self.http, is_wanted)
        health = self.store.connection_health
        await health.take_check(name, self.clock.now_ms(), every_ms=0)
        await health.found(name, problem)
        logger.info("connection.subscribed name=%s problem=%s", name, problem)
        return problem

    async def _rows(self) -> dict[str, ConnectionHealth]:
        known = {
            row.connection: row for row in await asyncio.to_thread(self.store.log.connection_health)
        }
        return {
            name: known.get(name, ConnectionHealth(connection=name)) for name in self.connections
        }

    async def _health(self, name: str, row: ConnectionHealth) -> Health:
        provider, now_ms = self.connections[name], self.clock.now_ms()
        expected = provider.options.expect
        if expected is None or (expected.at_least == 1 and not expected.during):
            return health_of(provider, row, now_ms, self._since)
        interval = self.intervals.get(expected.during)
        calendar = None if interval is None else Calendar({expected.during: interval})
        # With a calendar this takes milliseconds, and it reads the log.
        came_since = partial(self._came_since, name, expected.at_least)
        return await asyncio.to_thread(
            health_of, provider, row, now_ms, self._since, calendar, came_since
        )

    def _came_since(self, name: str, most: int, since_ms: int) -> int:
        criteria = EventFilter(connection=name, since_ms=since_ms)
        return len(self.store.log.events(criteria, limit=most))

    async def _report(self, row: ConnectionHealth, health: Health) -> None:
        """Raises an event for a silence, and another for refusals, each of them once."""
        reported = row
        if health.silent_s is not None and is_new_silence(row, health):
            reported = replace(reported, reported_silent=row.last_at or 0)
            await self._raise(CONNECTION_SILENT, health, row.last_at or 0)
        if health.is_rejecting and row.reported_rejecting != row.refused_since:
            reported = replace(reported, reported_rejecting=row.refused_since)
            await self._raise(CONNECTION_REJECTING, health, row.refused_since or 0)
        if reported != row:
            await self.store.connection_health.note_reported(reported)

    async def _raise(self, kind: str, health: Health, episode: int) -> None:
        receipts = await self.intake.raise_own(
            self.own,
            kind,
            watch_body(health, self.say),
            dedupe_key=f"{kind}:{health.connection}:{episode}",
            subject=health.connection,
            occurred_at=self.clock.now_ms(),
        )
        if not all(receipt.duplicate for receipt in receipts):
            logger.warning("%s name=%s: %s", kind, health.connection, health.warnings())

    async def _check_subscriptions(self) -> None:
        """Asks the providers that can be asked whether they still send events here."""
        for name, provider in self.connections.items():
            if not (provider.can_check_subscription or provider.names_accounts):
                continue
            now_ms = self.clock.now_ms()
            if not await self.store.connection_health.take_check(name, now_ms, CHECK_EVERY_MS):
                continue
            try:
                problem = await self._problem_of(provider)
            except StepError as error:
                if error.reason.code != token_expired.code:
                    # A failed check says nothing about the subscription itself.
                    logger.warning("watchdog.check_failed name=%s: %s", name, error)
                    continue
                problem = error.reason
            if problem is not None:
                logger.warning("connection.subscription name=%s: %s", name, problem)
            await self.store.connection_health.found(name, problem)

    async def _problem_of(self, provider: Provider) -> Reason | None:
        if not provider.can_check_subscription:
            return None
        is_wanted = partial(self._is_wanted, provider)
        return await provider.check_subscription(self.http, is_wanted)

    async def _report_unnamed(self) -> None:
        """Warns of accounts that send events but that their connection does not name.

        The warning stays until the next check of the subscription.
        """
        for name, provider in self.connections.items():
            unnamed = provider.take_unnamed()
            if unnamed:
                problem = connections.accounts_not_named(accounts=sorted(unnamed))
                logger.warning("connection.unnamed_accounts name=%s: %s", name, problem)
                await self.store.connection_health.found(name, problem)

    def _is_wanted(self, provider: Provider, event_type: str, *actions: str) -> bool:
        """Whether a rule in force names this type of event, and takes one of these actions."""
        rule_set = self.rulebook.active.rule_set
        return rule_set.names(event_type, provider.connection, provider.name, actions)
