"""The scheduler: runs all recurring work of the process, and computes the times of cron lines.

Nothing durable is kept here: what is due later is a row in the store. The intervals follow the
monotonic clock, because APScheduler's own timers follow the wall clock and stop when it is set
back.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger

from automator.clock import Clock
from automator.configuration.settings import Backup
from automator.engine.operations.recurring import Recurring
from automator.engine.operations.retention import Pruner
from automator.engine.operations.token_keeper import TokenKeeper
from automator.engine.replay.replays import Replays
from automator.engine.rulesets.rulebook import RuleBook
from automator.engine.runs.runner import Runner
from automator.model import AutomatorError, StoreUnavailableError
from automator.store import Backups, Store

logger = logging.getLogger(__name__)

#: Seconds between two looks at the rule files.
RULE_FILES_EVERY_S = 1
#: Seconds between two looks at what schedules have due.
SCHEDULES_EVERY_S = 1
#: Seconds between two looks at how the connections are doing.
CONNECTIONS_EVERY_S = 60
#: Seconds between two clean-ups of sessions that have ended.
SESSIONS_EVERY_S = 3600
#: Seconds between two looks at the disk under the database.
DISK_EVERY_S = 2
#: Seconds between two looks at whether a backup is due.
BACKUPS_EVERY_S = 600
#: Seconds between two counts of what a restore holds, which another node may have released.
HELD_EVERY_S = 60
#: Seconds between two clean-ups of what limits have counted.
LIMITS_EVERY_S = 600
#: Seconds between two looks for runs whose turn has come although no settlement said so.
TURNS_EVERY_S = 5
#: Seconds between two looks at what is to be indexed for searching, and how long one may take:
#: the writer shall have most of its time for what comes in.
WORDS_EVERY_S = 1
WORDS_FOR_S = 0.2
#: Operations of the store between two of them, from which on one portion is enough: then what
#: comes in goes first, and what is not indexed yet is looked through when somebody searches.
MUCH_DONE = 500
#: Seconds between two looks for replays that nobody carries on.
REPLAYS_EVERY_S = 5
#: Seconds between two clean-ups of what was counted of things said.
BUDGETS_EVERY_S = 600
#: Seconds between two passes that delete what is older than it is to be kept.
RETENTION_EVERY_S = 3600
#: Seconds between two looks at whether an access token's life is nearly over.
TOKENS_EVERY_S = 60
#: Milliseconds by which this machine's clock may differ from the database's without a warning.
LARGEST_SHIFT_MS = 1_000


def cron_times(lines: Sequence[Sequence[str]], wall: datetime) -> Iterator[datetime]:
    """The times on a wall clock, `wall` included, at which any of these cron lines fires.

    A line has five fields: minute, hour, day, month, day of the week. What a zone makes of such a
    time is not decided here: neither its gaps nor its hours that come twice are known.
    """
    triggers = [
        CronTrigger(
            minute=minute,
            hour=hour,
            day=day,
            month=month,
            day_of_week=weekday,
            second=0,
            timezone=UTC,
        )
        for minute, hour, day, month, weekday in lines
    ]
    after = wall.replace(tzinfo=UTC)
    while True:
        found = [trigger.get_next_fire_time(None, after) for trigger in triggers]
        times = [time for time in found if time is not None]
        if not times:
            return
        yield min(times).replace(tzinfo=None)
        after = min(times) + timedelta(seconds=1)


class Housekeeping:
    """Runs the recurring work between `async with` and its end."""

    def __init__(
        self,
        rulebook: RuleBook,
        store: Store,
        runner: Runner,
        fire_due: Callable[[], Awaitable[None]],
        replays: Replays,
        forgotten: Callable[[], None],
        *,
        look_after_connections: Callable[[], Awaitable[None]],
        backups: Backups | None,
        backup: Backup,
        clock: Clock,
        pruner: Pruner,
        token_keepers: Sequence[TokenKeeper] = (),
    ) -> None:
        """`fire_due` fires what schedules have due. `forgotten` is called when other nodes have
        counted this one out, so that it must end.
        """
        self._fire_due = fire_due
        self._look_after_connections = look_after_connections
        self._rulebook = rulebook
        self._store = store
        self._runner = runner
        self._replays = replays
        self._forgotten = forgotten
        self._backups = backups
        self._backup = backup
        self._clock = clock
        self._pruner = pruner
        self._token_keepers = token_keepers
        #: What the store had done when words were last indexed.
        self._done = 0
        self._recurring = Recurring()

    async def __aenter__(self) -> "Housekeeping":
        every = self._recurring.every
        every(RULE_FILES_EVERY_S, "rule files", self._reload_rules)
        every(SCHEDULES_EVERY_S, "schedules", self._fire_due)
        every(CONNECTIONS_EVERY_S, "connections", self._look_after_connections)
        every(BUDGETS_EVERY_S, "budgets", self._forget_budgets)
        every(SESSIONS_EVERY_S, "sessions", self._forget_sessions)
        if self._store.disk is not None:
            every(DISK_EVERY_S, "disk", self._store.look_at_disk)
        if self._backups is not None and self._backup.keep:
            every(BACKUPS_EVERY_S, "backups", self.back_up_if_due)
        every(LIMITS_EVERY_S, "limits", self._prune_limits)
        every(TURNS_EVERY_S, "turns", self._let_in)
        every(WORDS_EVERY_S, "words", self._index_words)
        every(REPLAYS_EVERY_S, "replays", self._replays.resume)
        every(RETENTION_EVERY_S, "retention", self.prune)
        if self._token_keepers:
            every(TOKENS_EVERY_S, "tokens", self._renew_tokens)
        if self._store.is_shared:
            every(HELD_EVERY_S, "held runs", self._look_at_held)
            every(self._store.membership.heartbeat_every_s, "heartbeat", self._heartbeat)
        self._recurring.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._recurring.stop()

    async def _reload_rules(self) -> None:
        if await self._rulebook.reload_if_changed():
            active = self._rulebook.active
            logger.info(
                "rules.loaded revision=%d rules=%d", active.revision, len(active.rule_set.rules)
            )

        elif self._store.is_shared and await self._rulebook.follow():
            active = self._rulebook.active
            logger.info("rules.followed revision=%d", active.revision)

    async def _renew_tokens(self) -> None:
        for keeper in self._token_keepers:
            await keeper.renew_if_due()

    async def _heartbeat(self) -> None:
        """Says that this node lives, and takes over what nodes held that no longer do."""
        members = self._store.membership
        try:
            if not await self._runner.renew_leases(self._rulebook.active.revision):
                logger.error("node.forgotten: it was silent for too long, and ends")
                self._forgotten()
                return
            taken_over = await self._store.recover()
        except StoreUnavailableError:
            logger.warning("node.heartbeat_failed")
            return
        if taken_over:
            logger.warning("node.took_over runs=%d", taken_over)
        if abs(members.clock_shift_ms) > LARGEST_SHIFT_MS:
            logger.warning("node.clock_differs database_ahead_ms=%d", members.clock_shift_ms)

    async def back_up_if_due(self) -> None:
        """Makes the regular backup when it is time for one."""
        backups, now_ms = self._backups, self._clock.now_ms()
        if backups is None or not await asyncio.to_thread(
            backups.is_due, now_ms, self._backup.every
        ):
            return
        try:
            made = await asyncio.to_thread(backups.make, now_ms, self._backup.keep)
        except AutomatorError as error:
            backups.failure = str(error)
            logger.error("backup.failed: %s", error)  # noqa: TRY400 - the reason says it all.
        else:
            backups.failure = ""
            logger.info("backup.made file=%s bytes=%d", made.file, made.size)

    async def _look_at_held(self) -> None:
        await self._store.quarantine.look()

    async def _let_in(self) -> None:
        try:
            await self._store.limits.let_in()
            await self._store.upkeep.look_at_lanes()
        except StoreUnavailableError:
            logger.warning("turns.look_failed")

    async def _prune_limits(self) -> None:
        try:
            await self._store.limits.prune()
        except StoreUnavailableError:
            logger.warning("limits.prune_failed")

    async def prune(self) -> None:
        """Deletes what is older than it is to be kept."""
        try:
            gone = await self._pruner.run()
        except StoreUnavailableError:
            logger.warning("retention.pass_failed")
            return
        for stage, count in (gone or {}).items():
            if count:
                logger.info("retention.deleted what=%r count=%d", stage.value, count)

    async def _index_words(self) -> None:
        """Goes on filling the full-text indexes; while much comes in, one portion at a time."""
        if not self._store.is_accepting:
            # What little room there is on the disk is for what is under way.
            return
        began, upkeep = time.monotonic(), self._store.upkeep
        much = upkeep.done - self._done > MUCH_DONE
        self._done = upkeep.done
        try:
            while await upkeep.index_words():
                if much or upkeep.is_busy or time.monotonic() - began > WORDS_FOR_S:
                    return
        except StoreUnavailableError:
            logger.warning("words.not_indexed")

    async def _forget_sessions(self) -> None:
        await self._store.sessions.delete_expired()

    async def _forget_budgets(self) -> None:
        try:
            while (
                await self._store.upkeep.prune_budgets() or await self._store.upkeep.prune_echoes()
            ):
                continue
        except StoreUnavailableError:
            logger.warning("budgets.prune_failed")
