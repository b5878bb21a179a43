"""The watchdog: notices connections that have fallen silent, or whose deliveries are refused.

It reports each episode once: in the log, and as an event that rules can react to. The pages and
`status` show it as long as it lasts.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Any

from automator.clock import Clock, iso_time
from automator.engine.intake.intake import Intake
from automator.engine.intake.own_events import own_event
from automator.engine.rulesets.rulebook import RuleBook
from automator.http.types import Http
from automator.model import (
    CONNECTION_REJECTING,
    CONNECTION_SILENT,
    IdSource,
    Reason,
    StepError,
    StoreUnavailableError,
)
from automator.plugins import Provider
from automator.reasons.connections import REJECTING, SILENT_AS_SET, SILENT_AS_USUAL
from automator.store import ConnectionHealth, Store

logger = logging.getLogger(__name__)

#: Makes the sentence of a reason.
Say = Callable[[Reason], str]

#: Silence is reported when it lasts this many times the usual longest pause of a day.
TIMES_USUAL = 3
#: Days with deliveries after which the usual pause of a connection is known.
LEARNT_AFTER_DAYS = 3
#: Seconds of silence that are never reported, unless the settings of the connection say so.
SHORTEST_SILENCE_S = 3600.0
#: Refusals in a row, of deliveries that look like the real sender's, that are reported.
REFUSALS = 3
#: Milliseconds between two questions to a provider about one subscription, over all nodes.
CHECK_EVERY_MS = 6 * 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The health of a connection. Times are milliseconds, durations seconds."""

    connection: str
    provider: str
    last_at: int | None
    #: Silence is reported after this long; None = not known yet, or not watched.
    allowed_s: float | None
    #: `allowed_s` comes from the settings, not from the usual pauses.
    is_set: bool
    #: How long it has been silent, if that is too long.
    silent_s: float | None
    refusals: int
    refused_since: int | None
    problem: Reason | None

    @property
    def is_rejecting(self) -> bool:
        """Whether its latest deliveries were all refused."""
        return self.refusals >= REFUSALS

    def warnings(self) -> list[Reason]:
        """The problems of the connection."""
        found = []
        if self.silent_s is not None and self.allowed_s is not None:
            kind = SILENT_AS_SET if self.is_set else SILENT_AS_USUAL
            # Whole seconds: nobody waits for the milliseconds of a silence.
            silence, allowed = round(self.silent_s) * 1000, round(self.allowed_s * 1000)
            found.append(kind(silence=silence, allowed=allowed))
        if self.is_rejecting:
            found.append(REJECTING(count=self.refusals))
        if self.problem is not None:
            found.append(self.problem)
        return found


def usual_pause_s(row: ConnectionHealth) -> float | None:
    """The median of the longest pauses of its days; None when it is too new to say."""
    if len(row.pauses) < LEARNT_AFTER_DAYS:
        return None
    return median(pause for _, pause in row.pauses) / 1000


def health_of(provider: Provider, row: ConnectionHealth, now_ms: int, watched_since: int) -> Health:
    """The health of a connection at a time.

    Silence counts from `watched_since` at the earliest, because nothing arrives while no server
    runs.
    """
    expected = provider.options.expect
    usual = usual_pause_s(row)
    allowed = expected
    if expected is None and usual is not None:
        allowed = max(SHORTEST_SILENCE_S, TIMES_USUAL * usual)
    silent = (now_ms - max(row.last_at or 0, watched_since)) / 1000
    is_silent = allowed is not None and silent > allowed
    return Health(
        connection=provider.connection,
        provider=provider.name,
        last_at=row.last_at,
        allowed_s=allowed if allowed != float("inf") else None,
        is_set=expected is not None,
        silent_s=silent if is_silent else None,
        refusals=row.refusals,
        refused_since=row.refused_since,
        problem=row.problem,
    )


class Watchdog:
    """Looks after the connections. One instance a process, on the event loop."""

    def __init__(
        self,
        *,
        connections: Mapping[str, Provider],
        own: Provider,
        intake: Intake,
        rulebook: RuleBook,
        store: Store,
        http: Http,
        clock: Clock,
        ids: IdSource,
        say: Say,
    ) -> None:
        """`say` makes the sentences of the events that rules see."""
        self._connections = connections
        self._own = own
        self._arrivals = intake.arrivals
        self._intake = intake
        self._rulebook = rulebook
        self._store = store
        self._http = http
        self._clock = clock
        self._ids = ids
        self._say = say
        self._since = clock.now_ms()

    async def look(self) -> None:
        """Stores what arrived, and reports new problems. Call it once a minute."""
        heard = self._arrivals.collect()
        refused = self._intake.refusals.collect()
        try:
            if refused:
                await self._store.connection_health.count_refused(refused)
                refused = []
            if heard:
                await self._store.connection_health.add(heard)
        except StoreUnavailableError:
            self._arrivals.put_back(heard)
            self._intake.refusals.put_back(refused)
            logger.warning("watchdog.store_unavailable")
            return
        try:
            for name, row in (await self._rows()).items():
                await self._report(row, self._health(name, row))
            await self._check_subscriptions()
        except StoreUnavailableError:
            logger.warning("watchdog.store_unavailable")

    async def states(self) -> list[Health]:
        """The health of every connection, in the order of automator.yaml."""
        return [self._health(name, row) for name, row in (await self._rows()).items()]

    async def _rows(self) -> dict[str, ConnectionHealth]:
        known = {
            row.connection: row
            for row in await asyncio.to_thread(self._store.log.connection_health)
        }
        return {
            name: known.get(name, ConnectionHealth(connection=name)) for name in self._connections
        }

    def _health(self, name: str, row: ConnectionHealth) -> Health:
        now_ms = self._clock.now_ms()
        return health_of(self._connections[name], row, now_ms, self._since)

    async def _report(self, row: ConnectionHealth, health: Health) -> None:
        """Sends an event for a silence and for refusals, each once."""
        reported = row
        if health.silent_s is not None and row.reported_silent != (row.last_at or 0):
            reported = replace(reported, reported_silent=row.last_at or 0)
            await self._raise(CONNECTION_SILENT, health, row.last_at or 0)
        if health.is_rejecting and row.reported_rejecting != row.refused_since:
            reported = replace(reported, reported_rejecting=row.refused_since)
            await self._raise(CONNECTION_REJECTING, health, row.refused_since or 0)
        if reported != row:
            await self._store.connection_health.note_reported(reported)

    async def _raise(self, kind: str, health: Health, episode: int) -> None:
        now_ms = self._clock.now_ms()
        body = watch_body(health, self._say)
        delivery, parsed = own_event(
            self._ids.next(),
            now_ms,
            kind=kind,
            dedupe_key=f"{kind}:{health.connection}:{episode}",
            subject=health.connection,
            occurred_at=now_ms,
            body=body,
        )
        receipts = await self._intake.take_in(self._own, delivery, parsed)
        if not all(receipt.duplicate for receipt in receipts):
            why = "; ".join(map(str, health.warnings()))
            logger.warning("%s name=%s: %s", kind, health.connection, why)

    async def _check_subscriptions(self) -> None:
        """Asks each provider that can be asked whether it still sends here."""
        for name, provider in self._connections.items():
            if not provider.can_check_subscription:
                continue
            now_ms = self._clock.now_ms()
            if not await self._store.connection_health.take_check(name, now_ms, CHECK_EVERY_MS):
                continue
            try:
                problem = await provider.check_subscription(
                    self._http, partial(self._is_wanted, provider)
                )
            except StepError as error:
                # A failed question says nothing about the subscription.
                logger.warning("watchdog.check_failed name=%s: %s", name, error.message)
                continue
            if problem is not None:
                logger.warning("connection.subscription name=%s: %s", name, problem)
            await self._store.connection_health.found(name, problem)

    def _is_wanted(self, provider: Provider, event_type: str) -> bool:
        """Whether a rule in force names this type of event for the connection."""
        rule_set = self._rulebook.active.rule_set
        return rule_set.names(event_type, provider.connection, provider.name)


def watch_body(health: Health, say: Say) -> dict[str, Any]:
    """The body of an event about a connection."""
    warnings = health.warnings()
    return {
        "text": f"{health.connection}: {' '.join(map(say, warnings))}",
        "actor": {"id": None, "name": None, "is_self": False},
        "data": {
            "connection": health.connection,
            "provider": health.provider,
            "last_delivery_at": _time(health.last_at),
            "silent_s": _whole(health.silent_s),
            "allowed_s": _whole(health.allowed_s),
            "refusals": health.refusals,
            "refused_since": _time(health.refused_since),
        },
    }


def _time(at: int | None) -> str | None:
    return None if at is None else iso_time(at)


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)
