"""The gate to other systems: lets attempts through to their destinations, or puts them back.

Every attempt asks here before it sends. An attempt that may not be sent now goes back into the
queue. It is not counted, and occupies no worker there. Its run is released once the destination
accepts it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping

from automator.clock import Clock
from automator.configuration.target import Target
from automator.engine.failure_log import Failures
from automator.engine.outbound import circuit_breaker as breaker
from automator.engine.outbound.destination import Destination
from automator.engine.outbound.destinations import Destinations
from automator.http.types import ReadQuota
from automator.model import N_, NotFoundError, TargetHealth, TargetState
from automator.store import Store

logger = logging.getLogger(__name__)

#: How many seconds pass between two rounds, if no request ends earlier.
ROUND_EVERY_S = 1.0
#: How many seconds pass at least between two releases, so that each releases several runs.
_GATHER_S = 0.02
#: After how many rounds the store is searched for runs that other nodes have put back.
_SEARCH_EVERY = 30


class TargetGate:
    """Lets attempts through to the destinations. One instance per process, on the event loop."""

    def __init__(
        self,
        *,
        store: Store,
        targets: Mapping[str, Target],
        host_concurrency: int,
        clock: Clock,
        read_quota: ReadQuota | None = None,
    ) -> None:
        #: Is called when an attempt begins to wait, so that another attempt can use its worker.
        self.on_waiting: Callable[[], None] = lambda: None
        self._store = store
        self._clock = clock
        self.destinations = Destinations(
            store=store,
            targets=targets,
            host_concurrency=host_concurrency,
            clock=clock,
            read_quota=read_quota,
        )
        self._ended = asyncio.Event()
        #: Is set once the stored healths have been read; until then all destinations look closed.
        self._is_known = asyncio.Event()
        self._rounds = 0
        self._is_stopping = False

    def ended(self, destination: Destination) -> None:
        """Ends an attempt, and lets a waiting one begin."""
        destination.end_request()
        if destination.has_backlog or destination.is_unsaved:
            self._ended.set()

    def has_put_back(self, name: str) -> None:
        """Notes that a run waits in the store for a destination, so that it will be released."""
        self.destinations.named(name).has_backlog = True
        self._ended.set()

    async def knows_healths(self) -> None:
        """Waits until the stored healths are read, or until `stop`. No run may begin before."""
        await self._is_known.wait()

    async def run(self) -> None:
        """Until `stop`: stores changed healths, and releases runs that may go on."""
        failures = Failures("targets")
        while not self._is_stopping:
            # Cleared before the round, so that changes during the round lead to another one.
            self._ended.clear()
            try:
                await self.run_once()
            except Exception as error:  # noqa: BLE001 - without this loop no run is released.
                failures.add(error)
            else:
                failures.end()
            try:
                async with asyncio.timeout(ROUND_EVERY_S):
                    await self._ended.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(_GATHER_S)

    def stop(self) -> None:
        """Sends all waiting attempts back into the queue."""
        self._is_stopping = True
        self._is_known.set()
        self._ended.set()
        for destination in self.destinations:
            destination.capacity.send_back()

    async def run_once(self) -> None:
        """Makes a round: exchanges healths with other nodes, half-opens breakers, releases runs."""
        looks = self._store.is_shared and self._rounds % self._store.patience == 0
        if looks or self._rounds == 0:
            await self._refresh()
        if self._rounds % _SEARCH_EVERY == 0:
            for name in await asyncio.to_thread(self._store.log.waiting_for_targets):
                self.destinations.named(name).has_backlog = True
        self._rounds += 1
        for destination in self.destinations:
            if breaker.may_be_tried(destination.health, self._clock.now_ms()):
                await self._try(destination)
            elif destination.is_unsaved:
                destination.is_unsaved = False
                await self._save(destination, destination.health)
            if destination.has_backlog and (room := destination.room()):
                await self._release(destination, room)

    async def _release(self, destination: Destination, room: int) -> None:
        """Makes up to `room` waiting runs of a destination due. More may be waiting."""
        destination.capacity.ended = 0
        # Set before the commit, because runs put back during the commit are not released by it.
        destination.has_backlog = False
        released = room
        try:
            released = await self._store.targets.release(destination.name, room)
        finally:
            if released >= room:
                destination.has_backlog = True

    async def pause(self, name: str, by: str, reason: str = "") -> TargetHealth:
        """Pauses a destination until a person resumes it; EVERYTHING pauses all of them.

        Raises:
            NotFoundError: there is no such destination.
        """
        return await self._change(name, lambda old, now: breaker.paused(old, now, by, reason))

    async def resume(self, name: str, by: str) -> TargetHealth:
        """Lets a destination be used again, whatever its state.

        Raises:
            NotFoundError: there is no such destination.
        """
        return await self._change(name, lambda old, now: breaker.resumed(old, now, by))

    async def _change(
        self, name: str, change: Callable[[TargetHealth, int], TargetHealth]
    ) -> TargetHealth:
        await self._refresh()
        if name not in self.destinations:
            raise NotFoundError(
                N_("there is no target '{name}'"),
                fix=N_("Known are: {known}."),
                name=name,
                known=", ".join(item.name for item in self.destinations) or "-",
            )
        destination = self.destinations.named(name)
        while True:
            changed = change(destination.health, self._clock.now_ms())
            if await self._save(destination, changed):
                destination.has_backlog = True
                self._ended.set()
                return destination.health

    async def _try(self, destination: Destination) -> None:
        """Half-opens a breaker for one run, unless another node has done it."""
        half_open = breaker.half_open(destination.health, self._clock.now_ms())
        destination.is_unsaved = False
        if await self._save(destination, half_open):
            destination.tries = 1

    async def _save(self, destination: Destination, health: TargetHealth) -> bool:
        """Stores a health. Returns False if another change came first, which then holds."""
        before = destination.health.state
        is_closed = health.state is TargetState.CLOSED
        has_recovered = is_closed and (destination.has_recovered or before is not health.state)
        saved = await self._store.targets.save(health, has_recovered=has_recovered)
        if saved is None:
            await self._refresh()
            return False
        if saved.state is not before or saved.state is not TargetState.CLOSED:
            logger.warning(
                "target.%s name=%s failures=%d %s",
                saved.state, saved.name, saved.failures, saved.reason or "",
            )  # fmt: skip
        self.destinations.take_over(destination, saved)
        destination.has_recovered = False
        if has_recovered:
            destination.has_backlog = True
        return True

    async def _refresh(self) -> None:
        if self._store.is_shared:
            nodes = await asyncio.to_thread(self._store.log.nodes)
            self.destinations.share_among(self._store.membership.place_among(nodes))
        for health in await asyncio.to_thread(self._store.log.targets):
            destination = self.destinations.named(health.name)
            if health.version > destination.health.version:
                destination.is_unsaved = False
                self.destinations.take_over(destination, health)
                # The node that stored the health has released the runs that had failed there.
                destination.has_recovered = False
                destination.has_backlog = True
        self._is_known.set()
