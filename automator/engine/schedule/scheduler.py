"""The scheduler: runs all recurring work of the process.

It keeps nothing that must survive the process: work that is due later is a row in the store.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from automator.clock import Clock
from automator.configuration.storage import Backup
from automator.engine.operations.erasing import merge_words
from automator.engine.operations.retention import Pruner
from automator.engine.operations.token_keeper import TokenKeeper
from automator.engine.operations.trace_export import TraceExport
from automator.engine.operations.word_indexing import WordIndexing
from automator.engine.replay.replays import Replays
from automator.engine.rulesets.rulebook import RuleBook
from automator.engine.runs.runner import Runner
from automator.engine.schedule.recurring import Recurring
from automator.garbage import FreeMemory
from automator.model import AutomatorError
from automator.store import Backups, Store

logger = logging.getLogger(__name__)

#: How many milliseconds this machine's clock may differ from the database's without a warning.
LARGEST_SHIFT_MS = 1_000


class Housekeeping:
    """Runs the recurring work between `async with` and its end."""

    def __init__(
        self,
        rulebook: RuleBook,
        store: Store,
        runner: Runner,
        fire_due: Callable[[], Awaitable[None]],
        go_on: Callable[[], Awaitable[None]],
        replays: Replays,
        on_lease_lost: Callable[[], None],
        *,
        check_connections: Callable[[], Awaitable[None]],
        tell_of_approvals: Callable[[], Awaitable[None]],
        backups: Backups | None,
        backup: Backup,
        clock: Clock,
        pruner: Pruner,
        token_keepers: Sequence[TokenKeeper] = (),
        traces: TraceExport | None = None,
    ) -> None:
        """`fire_due` fires due schedules, and `go_on` takes the contacts of schedules for people.

        `on_lease_lost` is called if this node was silent for so long that other nodes have taken
        over its runs. This node must then end.
        """
        self._fire_due = fire_due
        self._go_on = go_on
        self._check_connections = check_connections
        self._tell_of_approvals = tell_of_approvals
        self._rulebook = rulebook
        self._store = store
        self._runner = runner
        self._replays = replays
        self._on_lease_lost = on_lease_lost
        self._backups = backups
        self._backup = backup
        self._clock = clock
        self._pruner = pruner
        self._token_keepers = token_keepers
        self._traces = traces
        self._word_indexing = WordIndexing(store.upkeep)
        self._recurring = Recurring()
        self._free_memory = FreeMemory()

    async def __aenter__(self) -> "Housekeeping":
        store, every = self._store, self._recurring.every
        every(1, "rule files", self._reload_rules)
        every(1, "schedules", self._fire_due)
        every(1, "firings", self._go_on)
        every(60, "connections", self._check_connections)
        every(5, "approvals", self._tell_of_approvals)
        every(600, "budgets", self._prune_budgets)
        every(3600, "sessions", store.sessions.delete_expired)
        if store.disk is not None:
            every(2, "disk", store.measure_disk)
        if self._backups is not None and self._backup.keep:
            every(600, "backups", self.back_up_if_due)
        every(600, "limits", store.limits.prune)
        # The next two look for runs that should have been released by a settlement, and were not.
        every(5, "waiting runs", store.limits.let_in)
        every(5, "lanes", store.upkeep.repair_lanes)
        every(1, "words", self._index_words)
        every(60, "words of the erased", self._merge_words)
        if self._traces is not None:
            every(1, "traces", self._traces.go_on)
        every(5, "memory", self._give_back_memory)
        every(5, "replays", self._replays.resume)
        every(3600, "retention", self._prune)
        for keeper in self._token_keepers:
            every(60, f"tokens of {keeper.connection}", keeper.renew_if_due)
        if store.is_shared:
            # Another node may have released some of the runs that a restore had held.
            every(60, "held runs", store.quarantine.count_held)
            every(store.membership.heartbeat_every_s, "heartbeat", self._heartbeat)
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

    async def _heartbeat(self) -> None:
        """Renews this node's leases, and takes over the runs of nodes that have died."""
        members = self._store.membership
        if not await self._runner.renew_leases(self._rulebook.active.revision):
            logger.error("node.lease_lost: it was silent for too long, and ends")
            self._on_lease_lost()
            return
        taken_over = await self._store.recover() if members.may_take_over else 0
        if taken_over:
            logger.warning("node.took_over runs=%d", taken_over)
        if abs(members.clock_shift_ms) > LARGEST_SHIFT_MS:
            logger.warning("node.clock_differs database_ahead_ms=%d", members.clock_shift_ms)

    async def back_up_if_due(self) -> None:
        """Makes the regular backup if it is due."""
        backups, now_ms = self._backups, self._clock.now_ms()
        if backups is None or not await asyncio.to_thread(
            backups.is_due, now_ms, self._backup.every
        ):
            return
        try:
            made = await asyncio.to_thread(backups.make, now_ms, self._backup.keep)
        except AutomatorError as error:
            backups.failure = error
            logger.error("backup.failed: %s", error)  # noqa: TRY400 - the error says where.
        else:
            backups.failure = None
            logger.info("backup.made file=%s bytes=%d", made.file, made.size)

    async def _prune(self) -> None:
        for stage, count in (await self._pruner.run() or {}).items():
            if count:
                logger.info("retention.deleted what=%r count=%d", stage.value, count)

    async def _index_words(self) -> None:
        if self._store.is_accepting:
            # When the disk is nearly full, its last room is for events and runs.
            await self._word_indexing.go_on()

    async def _merge_words(self) -> None:
        if self._store.is_accepting:
            await merge_words(self._store)

    async def _give_back_memory(self) -> None:
        await asyncio.to_thread(self._free_memory.give_back)

    async def _prune_budgets(self) -> None:
        upkeep = self._store.upkeep
        while await upkeep.prune_budgets() or await upkeep.prune_echoes():
            continue
