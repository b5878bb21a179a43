"""The runner: claims due runs, and has the runs of each lane done in order.

A claim is committed before an outside call and a settlement after it. So after a crash it is known
which attempts may have happened, and no other attempt is repeated.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from automator.clock import Clock
from automator.engine.failures import Failures
from automator.engine.outbound.target_gate import TargetGate
from automator.engine.runs.lanes.due_runs import POLL_S, DueRuns
from automator.engine.runs.lanes.lane_tasks import LaneTasks
from automator.engine.runs.lanes.leased_runs import LeasedRuns
from automator.engine.runs.run_carrier import RunCarrier
from automator.engine.runs.settler import Settler
from automator.model import Claimed, Settlement, StoreUnavailableError, format_id
from automator.store import Store

logger = logging.getLogger(__name__)

#: Seconds without a look for due work after which the runner counts as standing still.
STALLED_S = 30.0
#: Seconds that running attempts get to finish after the order to stop.
DRAIN_S = 15.0


class Runner:
    """Works on `workers` lanes at once. One instance a process, on the event loop."""

    def __init__(
        self,
        *,
        store: Store,
        carrier: RunCarrier,
        settler: Settler,
        gate: TargetGate,
        clock: Clock,
        workers: int,
    ) -> None:
        self._store = store
        self._carrier = carrier
        self._settler = settler
        self._gate = gate
        gate.on_waiting = self.wake
        self._clock = clock
        self._workers = workers
        self._leased = LeasedRuns(store)
        self._wake = asyncio.Event()
        self._lanes = LaneTasks(self._work_lane, self._wake.set, workers)
        self._due = DueRuns(store, clock)
        self._stopping = False
        #: When it last claimed or had no worker free, by the monotonic clock; None = not begun.
        self._looked_at: float | None = None
        self._is_idle = False
        self._failures = Failures("claims")

    @property
    def trouble(self) -> str:
        """The reason why due runs are not performed, in words; "" while they are."""
        if self._looked_at is None or self._stopping:
            return ""
        if not self._store.membership.holds_leases:
            return "this node's heartbeats are not committed, so that it must begin nothing"
        silent_s = self._clock.monotonic() - self._looked_at
        if silent_s > STALLED_S:
            return f"nothing could be claimed for {silent_s:.0f} s"
        return ""

    def wake(self) -> None:
        """Looks for due runs at once. Call it on the event loop."""
        self._wake.set()
        self._due.claim_sooner()

    async def renew_leases(self, revision: int) -> bool:
        """Renews the leases of the runs that are under way or wait behind one of them.

        A run that another node has taken over is not begun here any more. False when the other
        nodes have removed this node, so that it must end.

        Raises:
            StoreUnavailableError: nothing was renewed.
        """
        return await self._leased.renew(revision)

    async def run(self) -> None:
        """Works until `stop`; a store that is unavailable is waited for."""
        self._store.work_available = self.wake
        self._looked_at = self._clock.monotonic()
        gating = asyncio.get_running_loop().create_task(self._gate.run())
        try:
            await self._claim_and_start()
        finally:
            self._gate.stop()
            await gating

    async def _claim_and_start(self) -> None:
        await self._gate.knows_healths()
        while not self._stopping:
            self._wake.clear()
            free = self._free
            self._store.membership.tell_others(busy=free <= 0)
            claimed = await self._claim(free)
            if claimed:
                self._start(claimed)
            if self._is_idle or not claimed:
                self._say_trouble()
            if claimed is None or not (claimed or self._due.waits_in_store):
                await self._wait()

    def _say_trouble(self) -> None:
        """Logs once that no run is performed, and once that runs are performed again."""
        trouble = self.trouble
        if trouble and not self._is_idle:
            logger.error("runner.idle: %s", trouble)
        elif self._is_idle and not trouble:
            logger.warning("runner.goes_on")
        self._is_idle = bool(trouble)

    async def _claim(self, free: int) -> list[Claimed] | None:
        """Claims due runs in up to `free` lanes; None if none can be claimed now."""
        asked_at = self._clock.monotonic()
        if free <= 0:
            self._looked_at = asked_at
            return None
        if not self._store.membership.holds_leases:
            return None
        try:
            claimed = await self._due.claim(free, may_be_alone=not self._leased.has_one_alone)
            if claimed and not self._may_start(claimed, asked_at):
                await self._store.return_runs([item.run.id for item in claimed])
                claimed = []
        except StoreUnavailableError as error:
            self._failures.add(error)
            return None
        self._failures.end()
        self._looked_at = self._clock.monotonic()
        return claimed

    def _may_start(self, claimed: Sequence[Claimed], asked_at: float) -> bool:
        """False when the claim took so long that other nodes may have these runs by now."""
        is_recent = self._store.membership.is_recent(asked_at)
        for item in () if is_recent else claimed:
            logger.warning("runner.lease_unsure run=%s", format_id(item.run.id))
        return is_recent and not self._stopping

    async def stop(self) -> None:
        """Stops claiming, lets running attempts finish, and returns the other runs."""
        self._stopping = True
        self._wake.set()
        self._due.end()
        self._gate.stop()
        # Attempts that cannot be settled any more are not waited for.
        await self._lanes.stop(DRAIN_S if self._store.is_available else 0)

    @property
    def _free(self) -> int:
        """Free workers: a lane that waits for a commit or a destination holds none."""
        return self._workers - self._lanes.working + self._gate.destinations.waiting

    async def _wait(self) -> None:
        """Sleeps until new work is committed, a lane ends, or the next run is due."""
        timeout = POLL_S if self._free <= 0 else self._due.due_in_s()
        try:
            async with asyncio.timeout(timeout):
                await self._wake.wait()
        except TimeoutError:
            return

    async def work_off(self, most: int) -> int:
        """Carries out due runs one after another until none is due; returns the number of claims.

        For a runner that does not `run`: whoever calls it decides when time goes on. It ends after
        `most` claims even if more is due.

        Raises:
            StoreUnavailableError: nothing can be claimed.
        """
        for done in range(most):
            claimed = self._due.taken(may_be_alone=not self._leased.has_one_alone)
            if not claimed:
                return done
            self._leased.add(claimed)
            await self._work_lane(claimed)
        return most

    def _start(self, claimed: Sequence[Claimed]) -> None:
        batches: dict[str, list[Claimed]] = defaultdict(list)
        is_told = logger.isEnabledFor(logging.DEBUG)
        for item in claimed:
            batches[item.run.lane or f"run {item.run.id}"].append(item)
            if is_told:
                run = item.run
                logger.debug(
                    "runner.claimed run=%s rule=%s revision=%d",
                    format_id(run.id),
                    run.rule,
                    run.revision,
                )
        for batch in batches.values():
            self._leased.add(batch)
            self._lanes.start(batch)

    async def _work_lane(self, batch: list[Claimed]) -> None:
        """Works on a batch; runs that it leaves claimed wait until their leases end."""
        try:
            await self._work_batch(batch)
        except StoreUnavailableError:
            # A claim stays in the store as an attempt that may have happened.
            logger.warning("runner.settle_failed lane=%s", format_id(batch[0].run.id))
        except Exception:
            # Left as it is, the run would stay claimed, and its lane would stand still.
            logger.exception("runner.lane_failed lane=%s", format_id(batch[0].run.id))
            await self._send_back(batch, batch, self._store.take_back)
        finally:
            if self._leased.let_go(batch):
                # The next one may be claimed, which the claim that waits must not.
                self._due.end()

    async def _work_batch(self, batch: list[Claimed]) -> None:
        """Carries the runs out in order; when one has to wait, the rest is returned."""
        if not self._goes_on:
            await self._give_back(batch, batch)
            return
        for position, claimed in enumerate(batch):
            may_begin = partial(self._may_begin, claimed, batch)
            settlement = await self._carrier.carry(claimed, may_begin, is_follower=position > 0)
            if settlement is None:
                # Lost runs are not returned; runs that were not begun are as before.
                await self._give_back(batch[position:], batch)
                return
            rest = batch[position + 1 :]
            begins = self._begins_behind(settlement, rest, batch) if rest else None
            if begins is None:
                # Its worker is free, so that the next claim can share its commit.
                self._lanes.note_ending()
                self._wake.set()
            else:
                settlement = replace(settlement, begins=begins)
            if await self._settler.settle(settlement) and begins is not None:
                continue
            if rest:
                await self._give_back(rest, batch)
            return

    def _begins_behind(
        self, settlement: Settlement, rest: list[Claimed], batch: list[Claimed]
    ) -> int | None:
        """The run that begins when the one before it is settled; None when the rest goes back."""
        # The runs that it starts come before the rest of the batch.
        follows = settlement.state.is_final and not settlement.starts and self._goes_on
        return rest[0].run.id if follows and self._leased.holds(rest[0], batch) else None

    @property
    def _goes_on(self) -> bool:
        """Whether more runs may begin."""
        return not self._stopping and self._store.membership.holds_leases

    def _may_begin(self, claimed: Claimed, batch: list[Claimed]) -> bool:
        """Whether no other node can have it: the last heartbeat renewed its lease."""
        return self._store.membership.holds_leases and self._leased.holds(claimed, batch)

    async def _give_back(self, rest: Sequence[Claimed], batch: list[Claimed]) -> None:
        """Puts runs that were not begun back into the queue."""
        await self._send_back(rest, batch, self._store.return_runs)

    async def _send_back(
        self,
        rest: Sequence[Claimed],
        batch: list[Claimed],
        send: Callable[[Sequence[int]], Awaitable[None]],
    ) -> None:
        run_ids = [item.run.id for item in rest if self._leased.holds(item, batch)]
        if not run_ids:
            return
        returning = partial(send, run_ids)
        # Of a shared database nobody knows whether a commit that failed happened, and others may
        # have these by now. There the leases run out, which costs these runs nothing.
        await (returning() if self._store.is_shared else self._settler.until_committed(returning))
