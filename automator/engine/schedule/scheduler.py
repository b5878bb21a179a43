"""The scheduler: runs all recurring work of the process.

It keeps nothing that must survive the process: work that is due later is a row in the store.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from automator.clock import Clock
from automator.configuration.storage import Backup
from automator.engine.operations.erasing import give_back_pages, merge_words
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


@dataclass(kw_only=True, eq=False)
class Housekeeping:
    """Runs the recurring work between `async with` and its end."""

    rulebook: RuleBook
    store: Store
    runner: Runner
    #: Fires due schedules; below, takes the contacts of schedules for people.
    fire_due: Callable[[], Awaitable[None]]
    go_on: Callable[[], Awaitable[None]]
    replays: Replays
    #: Called if this node was silent for so long that other nodes have taken over its
    #: runs. This node must then end.
    on_lease_lost: Callable[[], None]
    check_connections: Callable[[], Awaitable[None]]
    tell_of_approvals: Callable[[], Awaitable[None]]
    report_troubles: Callable[[], Awaitable[None]]
    backups: Backups | None
    backup: Backup
    clock: Clock
    pruner: Pruner
    token_keepers: Sequence[TokenKeeper] = ()
    traces: TraceExport | None = None

    def __post_init__(self) -> None:
        self._word_indexing = WordIndexing(self.store.upkeep)
        self._recurring = Recurring()
        self._free_memory = FreeMemory()

    async def __aenter__(self) -> "Housekeeping":
        store, every = self.store, self._recurring.every
        look = partial(every, patience=lambda: store.patience)
        every(1, "rule files", self.rulebook.reload_if_changed)
        every(1, "schedules", self.fire_due)
        every(1, "firings", self.go_on)
        every(60, "connections", self.check_connections)
        every(5, "approvals", self.tell_of_approvals)
        every(60, "troubles", self.report_troubles)
        every(600, "budgets", self._prune_budgets)
        every(3600, "sessions", store.sessions.delete_expired)
        if store.disk is not None:
            every(2, "disk", store.measure_disk)
        if self.backups is not None and self.backup.keep:
            every(600, "backups", self.back_up_if_due)
        every(600, "limits", store.limits.prune)
        # The next two look for runs that should have been released by a settlement, and were not.
        look(5, "waiting runs", store.limits.let_in)
        look(5, "lanes", store.upkeep.repair_lanes)
        look(1, "words", self._index_words)
        every(60, "words of the erased", self._merge_words)
        every(60, "free pages", partial(give_back_pages, store))
        if self.traces is not None:
            every(1, "traces", self.traces.go_on)
        every(5, "memory", self._give_back_memory)
        look(5, "replays", self.replays.resume)
        every(3600, "retention", self._prune)
        for keeper in self.token_keepers:
            every(60, f"tokens of {keeper.connection}", keeper.renew_if_due)
        if store.is_shared:
            look(1, "rules of other nodes", self.rulebook.follow)
            # Another node may have released some of the runs that a restore had held.
            every(60, "held runs", store.quarantine.count_held)
            every(store.membership.heartbeat_every_s, "heartbeat", self._heartbeat)
        self._recurring.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._recurring.stop()

    async def _heartbeat(self) -> None:
        """Renews this node's leases, and takes over the runs of nodes that have died."""
        members = self.store.membership
        if not await self.runner.renew_leases(self.rulebook.active.revision):
            logger.error("node.lease_lost: it was silent for too long, and ends")
            self.on_lease_lost()
            return
        taken_over = await self.store.recover() if members.may_take_over else 0
        if taken_over:
            logger.warning("node.took_over runs=%d", taken_over)
        if abs(members.clock_shift_ms) > LARGEST_SHIFT_MS:
            logger.warning("node.clock_differs database_ahead_ms=%d", members.clock_shift_ms)

    async def back_up_if_due(self) -> None:
        """Makes the regular backup if it is due."""
        backups, now_ms = self.backups, self.clock.now_ms()
        if backups is None or not await asyncio.to_thread(
            backups.is_due, now_ms, self.backup.every
        ):
            return
        try:
            made = await asyncio.to_thread(backups.make, now_ms, self.backup.keep)
        except AutomatorError as error:
            backups.failure = error
            logger.error("backup.failed: %s", error)  # noqa: TRY400 - the error says where.
        else:
            backups.failure = None
            logger.info("backup.made file=%s bytes=%d", made.file, made.size)

    async def _prune(self) -> None:
        for stage, count in (await self.pruner.run() or {}).items():
            if count:
                logger.info("retention.deleted what=%r count=%d", stage.value, count)

    async def _index_words(self) -> None:
        if self.store.is_accepting:
            # When the disk is nearly full, its last room is for events and runs.
            await self._word_indexing.go_on()

    async def _merge_words(self) -> None:
        if self.store.is_accepting:
            await merge_words(self.store)

    async def _give_back_memory(self) -> None:
        await asyncio.to_thread(self._free_memory.give_back)

    async def _prune_budgets(self) -> None:
        upkeep = self.store.upkeep
        while await upkeep.prune_budgets() or await upkeep.prune_echoes():
            continue
