"""The watchdog: notices connections that have fallen silent, or whose deliveries are refused.

It reports each such episode once: in the log, and as an event to which rules can react. Pages and
`status` show it for as long as it lasts.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from automator.clock import Clock
from automator.configuration.calendar import Calendar
from automator.configuration.time_intervals import TimeInterval
from automator.engine.intake.intake import Intake
from automator.engine.intake.own_events import own_event
from automator.engine.operations.connection_state import (
    Health,
    Say,
    health_of,
    is_new_silence,
    watch_body,
)
from automator.engine.profiles.profiles import Profiles
from automator.engine.rulesets.rulebook import RuleBook
from automator.http.types import Http
from automator.model import (
    LOOK_IN_LIST,
    N_,
    IdSource,
    NotFoundError,
    Reason,
    StepError,
    StoreUnavailableError,
    UsageError,
)
from automator.model.log_filters import EventFilter
from automator.model.own_events import CONNECTION_REJECTING, CONNECTION_SILENT
from automator.plugins import Provider
from automator.reasons.attempts.platform import token_expired
from automator.reasons.connections import accounts_not_named
from automator.store import ConnectionHealth, Store

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
    ids: IdSource
    #: Words reasons for the events that rules see.
    say: Say
    profiles: Profiles | None = None
    #: The time intervals that expectations may name.
    intervals: Mapping[str, TimeInterval] = MappingProxyType({})

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
        asked = [item for item in (provider, *provider.accounts) if item.can_check_subscription]
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
        now_ms = self.clock.now_ms()
        body = watch_body(health, self.say)
        delivery, parsed = own_event(
            self.ids.next(),
            now_ms,
            kind=kind,
            dedupe_key=f"{kind}:{health.connection}:{episode}",
            subject=health.connection,
            occurred_at=now_ms,
            body=body,
        )
        receipts = await self.intake.take_in(self.own, delivery, parsed)
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
                problem = accounts_not_named(accounts=sorted(unnamed))
                logger.warning("connection.unnamed_accounts name=%s: %s", name, problem)
                await self.store.connection_health.found(name, problem)

    def _is_wanted(self, provider: Provider, event_type: str) -> bool:
        """Whether a rule in force names this type of event for the connection."""
        rule_set = self.rulebook.active.rule_set
        return rule_set.names(event_type, provider.connection, provider.name)
