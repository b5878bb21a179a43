"""The runner: claims due runs, and works on each lane in order.

A claim is committed before anything is sent, and a settlement afterwards. So after a crash the
store shows which attempts may have happened, and nothing else is repeated.
"""

import asyncio
import logging
import math
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from automator.clock import Clock
from automator.engine.failure_log import Failures
from automator.engine.outbound.target_gate import TargetGate
from automator.engine.runs.progress import Settler
from automator.engine.runs.run_carrier import RunCarrier
from automator.model import Claimed, Settlement, StoreUnavailableError, format_id
from automator.store import Store
from automator.store.runs.claims import ALONE_FROM

# --- Tasks that work on lanes, one lane after the other ---
#
# They are reused: starting and ending a task costs as much as all checks before a run's first step.


class LaneTasks:
    """Works on batches of claimed runs; a batch has the next runs of a lane. For the event loop."""

    def __init__(
        self,
        work: Callable[[list[Claimed]], Awaitable[None]],
        on_done: Callable[[], None],
        most_idle: int,
    ) -> None:
        """`work` does a batch, then `on_done` is called. `most_idle` idle tasks are kept."""
        self._work = work
        self._on_done = on_done
        self._most_idle = most_idle
        self._busy: set[asyncio.Task[None]] = set()
        #: Tasks that only wait for the commit of their last settlement, and need no worker.
        self._ending: set[asyncio.Task[None]] = set()
        #: Tasks without a batch, each with the future that will bring it one.
        self._idle: list[tuple[asyncio.Task[None], asyncio.Future[list[Claimed]]]] = []
        self._is_stopping = False

    @property
    def working(self) -> int:
        """The number of batches under way, without batches that only wait for their last commit."""
        return len(self._busy) - len(self._ending)

    def start(self, batch: list[Claimed]) -> None:
        """Gives a batch to an idle task, or to a new one."""
        while self._idle:
            task, handed = self._idle.pop()
            if not handed.done():
                handed.set_result(batch)
                self._busy.add(task)
                return
        task = asyncio.get_running_loop().create_task(self._go_on(batch))
        self._busy.add(task)
        task.add_done_callback(self._leave)

    def note_ending(self) -> None:
        """Counts the batch of the current task as done, though its last commit has not happened."""
        task = asyncio.current_task()
        if task is not None and task in self._busy:
            self._ending.add(task)

    async def stop(self, drain_s: float) -> None:
        """Gives the tasks `drain_s` seconds to end, and cancels the rest."""
        self._is_stopping = True
        for _, handed in self._idle:
            handed.cancel()
        if self._busy:
            _, unfinished = await asyncio.wait(set(self._busy), timeout=drain_s)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def _go_on(self, batch: list[Claimed]) -> None:
        """Works on this batch, and then on each further batch that the task gets."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        while task is not None:
            try:
                await self._work(batch)
            except Exception:
                # The failure of one batch does not concern the next.
                logger.exception("runner.lane_failed")
            self._leave(task)
            if self._is_stopping or len(self._idle) >= self._most_idle:
                return
            handed: asyncio.Future[list[Claimed]] = loop.create_future()
            self._idle.append((task, handed))
            batch = await handed

    def _leave(self, task: "asyncio.Task[None]") -> None:
        """Notes that the task's batch is done, or that the task was cancelled."""
        if task in self._busy:
            self._busy.discard(task)
            self._ending.discard(task)
            self._on_done()


logger = logging.getLogger(__name__)

#: After how many seconds without looking for due runs the runner counts as stuck.
STALLED_S = 30.0
#: How many seconds running attempts have to finish after `stop`.
DRAIN_S = 15.0


class Runner:
    """Works on up to `workers` lanes at once. One instance per process, on the event loop."""

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
        #: When the runner last claimed or had no free worker, by the monotonic clock; None: never.
        self._looked_at: float | None = None
        self._is_idle = False
        self._failures = Failures("claims")

    @property
    def trouble(self) -> str:
        """A sentence about why due runs are not performed; "" while they are performed."""
        if self._looked_at is None or self._stopping:
            return ""
        if not self._store.membership.holds_leases:
            return "this node's heartbeats are not committed, so that it must begin nothing"
        silent_s = self._clock.monotonic() - self._looked_at
        if silent_s > STALLED_S:
            return f"nothing could be claimed for {silent_s:.0f} s"
        return ""

    def wake(self) -> None:
        """Makes the runner look for due runs now. Call it on the event loop."""
        self._wake.set()
        self._due.claim_sooner()

    async def renew_leases(self, revision: int) -> bool:
        """Renews the leases of runs that are under way, and of runs that wait behind these.

        A run that another node has taken over is not begun here any more. Returns False if the
        other nodes have removed this node: then it must end.

        Raises:
            StoreUnavailableError: nothing was renewed.
        """
        return await self._leased.renew(revision)

    async def run(self) -> None:
        """Claims and performs runs until `stop`. Waits while the store is unavailable."""
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
            if claimed is None:
                await self._wait()

    def _say_trouble(self) -> None:
        """Logs when runs are no longer performed, and when they are performed again."""
        trouble = self.trouble
        if trouble and not self._is_idle:
            logger.error("runner.idle: %s", trouble)
        elif self._is_idle and not trouble:
            logger.warning("runner.goes_on")
        self._is_idle = bool(trouble)

    async def _claim(self, free: int) -> list[Claimed] | None:
        """Claims due runs in up to `free` lanes. Returns None if nothing can be claimed now."""
        if free <= 0:
            self._looked_at = self._clock.monotonic()
            return None
        if not self._store.membership.holds_leases:
            return None
        try:
            claimed = await self._due.claim(free, may_be_alone=not self._leased.has_one_alone)
            if claimed and not self._may_start(claimed):
                await self._store.return_runs([item.run.id for item in claimed])
                claimed = []
        except StoreUnavailableError as error:
            self._failures.add(error)
            return None
        self._failures.end()
        self._looked_at = self._clock.monotonic()
        return claimed

    def _may_start(self, claimed: Sequence[Claimed]) -> bool:
        """False if the commit took so long that other nodes may have taken these runs over."""
        is_recent = self._store.membership.is_recent
        for item in () if is_recent else claimed:
            logger.warning("runner.lease_unsure run=%s", format_id(item.run.id))
        return is_recent and not self._stopping

    async def stop(self) -> None:
        """Stops claiming, lets running attempts finish, and gives the other runs back."""
        self._stopping = True
        self._wake.set()
        self._due.end()
        self._gate.stop()
        # If the store is gone, attempts cannot be settled, so there is nothing to wait for.
        await self._lanes.stop(DRAIN_S if self._store.is_available else 0)

    @property
    def _free(self) -> int:
        """The number of free workers. A lane that waits for a commit or a destination uses none."""
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

        For a runner that does not `run`, because its caller moves the clock. Ends after `most`
        claims even if more runs are due.

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
        """Works on a batch. Runs that stay claimed after a failure wait until their leases end."""
        try:
            await self._work_batch(batch)
        except StoreUnavailableError:
            # The claim stays in the store, which says that an attempt may have happened.
            logger.warning("runner.settle_failed lane=%s", format_id(batch[0].run.id))
        except Exception:
            # Without this, the run would stay claimed for good, and block its lane.
            logger.exception("runner.lane_failed lane=%s", format_id(batch[0].run.id))
            await self._send_back(batch, batch, self._store.take_back)
        finally:
            if self._leased.let_go(batch):
                # The lane's next run can be claimed now, but not by the claim that already waits.
                self._due.end()

    async def _work_batch(self, batch: list[Claimed]) -> None:
        """Carries the runs out in order. If one has to wait, gives the rest back."""
        if not self._goes_on:
            await self._give_back(batch, batch)
            return
        for position, claimed in enumerate(batch):
            may_begin = partial(self._may_begin, claimed, batch)
            settlement = await self._carrier.carry(claimed, may_begin, is_follower=position > 0)
            if settlement is None:
                # Lost runs are not given back. Runs that have not begun are unchanged.
                await self._give_back(batch[position:], batch)
                return
            rest = batch[position + 1 :]
            begins = self._begins_behind(settlement, rest, batch) if rest else None
            if begins is None:
                # Free the worker already, so that the next claim can share this commit.
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
        """The run that begins with this settlement's commit; None if the rest is given back."""
        # Runs that the settled run starts go before the rest of the batch.
        follows = settlement.state.is_final and not settlement.starts and self._goes_on
        return rest[0].run.id if follows and self._leased.holds(rest[0], batch) else None

    @property
    def _goes_on(self) -> bool:
        """Whether further runs may begin, because nobody has called `stop`."""
        return not self._stopping and self._store.membership.holds_leases

    def _may_begin(self, claimed: Claimed, batch: list[Claimed]) -> bool:
        """Whether no other node can have the run, because the last heartbeat renewed its lease."""
        return self._store.membership.holds_leases and self._leased.holds(claimed, batch)

    async def _give_back(self, rest: Sequence[Claimed], batch: list[Claimed]) -> None:
        """Puts runs that have not begun back into the queue."""
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
        # On a shared database a failed commit may have worked all the same, and other nodes may
        # have these runs by now. Then it is better to let their leases end, which does no harm.
        await (returning() if self._store.is_shared else self._settler.until_committed(returning))


# --- The runs that this node has claimed and whose leases it renews ---


class LeasedRuns:
    """Knows which claimed runs this node still owns, in batches of one lane each."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._batches: dict[int, list[Claimed]] = {}
        #: The run under way that may have killed the process before; there is at most one.
        self._alone: set[int] = set()

    @property
    def has_one_alone(self) -> bool:
        """Whether a run that may have killed the process is under way, so that no other begins."""
        return bool(self._alone)

    def add(self, batch: list[Claimed]) -> None:
        """Adds the runs of a batch that was just claimed."""
        for item in batch:
            self._batches[item.run.id] = batch
        if batch[0].run.crashes >= ALONE_FROM:
            self._alone.add(batch[0].run.id)

    def holds(self, claimed: Claimed, batch: list[Claimed]) -> bool:
        """Whether the run still belongs to this batch: not lost, and not claimed again since."""
        return self._batches.get(claimed.run.id) is batch

    def let_go(self, batch: list[Claimed]) -> bool:
        """Forgets the runs of a batch. True if this lets another run begin that must be alone."""
        was_alone = batch[0].run.id in self._alone
        self._alone.discard(batch[0].run.id)
        for item in batch:
            # The same test as in `holds`, without a call for each run.
            if self._batches.get(item.run.id) is batch:
                del self._batches[item.run.id]
        return was_alone

    async def renew(self, revision: int) -> bool:
        """Renews the leases of all runs here, and forgets runs that another node has taken over.

        Returns False if the other nodes have removed this node: then it must end.

        Raises:
            StoreUnavailableError: nothing was renewed.
        """
        leased = dict(self._batches)
        lost = await self._store.membership.heartbeat(leased.keys(), revision)
        for run_id in lost or ():
            # If the run was claimed again since the heartbeat, it now belongs to another batch.
            if self._batches.get(run_id) is leased[run_id]:
                del self._batches[run_id]
        return lost is not None


# --- Claims of due runs, which the runner asks for or which a commit makes ---

#: After how many seconds the runner looks for due runs even if nothing woke it.
POLL_S = 1.0
#: How many seconds a timer must be late to be set again; also the shortest wait for due runs.
_SOON_S = 0.001


class DueRuns:
    """Makes the claims of a runner, one after the other. Belongs to the event loop."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        #: The latest claim, which waits in the store; below, the timer of the next look.
        self._standing: asyncio.Future[list[Claimed]] | None = None
        #: uvloop returns a plain Handle, without `when`, for a moment that has already come.
        self._timer: asyncio.Handle | None = None
        self._looks_at = math.inf

    def due_in_s(self) -> float:
        """Seconds until the next look for due runs."""
        due, poll_s = self._store.next_due(), POLL_S * self._store.patience
        if due is None:
            return poll_s
        return min(poll_s, max((due - self._clock.now_ms()) / 1000, _SOON_S))

    def claim(self, limit: int, *, may_be_alone: bool) -> Awaitable[list[Claimed]]:
        """Claims due runs in up to `limit` lanes. May wait for them until the next look is due.

        Raises, or the returned awaitable does:
            StoreUnavailableError: nothing was claimed.
        """
        self._standing = self._store.standing_claim(limit, may_be_alone=may_be_alone)
        # The timer of the last claim is reused, because it rarely has to be set again.
        self._set_timer()
        return self._standing

    def taken(self, *, may_be_alone: bool) -> list[Claimed]:
        """Claims the due runs of one lane at once, for a caller that moves the clock.

        The claim stays open between two calls, so that a commit can claim the runs that it makes
        due. The writer has to do each operation before it returns.

        Raises:
            StoreUnavailableError: nothing was claimed.
        """
        standing, due = self._standing, self._store.next_due()
        is_due = due is not None and due <= self._clock.now_ms()
        if standing is None or (is_due and not standing.done()):
            standing = self._standing = self._store.standing_claim(1, may_be_alone=may_be_alone)
        if not standing.done():
            return []
        self._standing = None
        return standing.result()

    def claim_sooner(self) -> None:
        """Looks for due runs earlier than planned, because some may be due already."""
        if self._standing is not None and not self._standing.done():
            self._set_timer()

    def end(self) -> None:
        """Ends the waiting claim. It returns the runs that it has claimed, if any."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        standing = self._standing
        if standing is None or standing.done():
            return
        try:
            self._store.end_standing_claim()
        except StoreUnavailableError as error:
            standing.set_exception(error)
        if not standing.done():
            # If the end does not reach the claim, it is tried again.
            loop = asyncio.get_running_loop()
            self._looks_at = loop.time() + POLL_S
            self._timer = loop.call_at(self._looks_at, self.end)

    def _set_timer(self) -> None:
        loop = asyncio.get_running_loop()
        when = loop.time() + self.due_in_s()
        if self._timer is not None:
            if self._looks_at <= when + _SOON_S:
                return
            self._timer.cancel()
        self._timer, self._looks_at = loop.call_at(when, self.end), when
