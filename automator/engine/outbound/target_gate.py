"""The gate before the outside: a destination for each target or host, with its limits.

Every attempt asks here before it sends. An attempt that may not go now returns to the queue without
being counted, holds no worker there, and is released when its destination can take it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial

from automator.clock import Clock
from automator.configuration.settings import Target
from automator.engine.outbound import circuit_breaker as breaker
from automator.engine.outbound.address_guard import place_of_url
from automator.engine.outbound.destination import Destination
from automator.engine.outbound.provider_quota import Headers
from automator.engine.outbound.rate_limiter import RateLimiter
from automator.engine.outbound.shared_rate_limiter import SharedRateLimiter
from automator.http.types import ReadQuota
from automator.model import (
    N_,
    NotFoundError,
    StoreUnavailableError,
    TargetHealth,
    TargetState,
)
from automator.store import Store

logger = logging.getLogger(__name__)

#: Seconds between two looks at what can be released, when nothing ended earlier.
LOOK_EVERY_S = 1.0
#: Seconds between two releases, at least, so that each releases several runs.
_GATHER_S = 0.02
#: Looks between two searches for runs that nobody here has put back.
_SEARCH_EVERY = 30


class TargetGate:
    """All destinations of this node. One instance a process, on the event loop."""

    def __init__(
        self,
        *,
        store: Store,
        targets: Mapping[str, Target],
        host_concurrency: int,
        clock: Clock,
        read_quota: ReadQuota | None = None,
    ) -> None:
        #: Called when an attempt begins to wait, so that another one may take its place.
        self.on_waiting: Callable[[], None] = lambda: None
        self._read_quota = read_quota
        self._store = store
        self._clock = clock
        self._host_concurrency = host_concurrency
        self._targets = targets
        self._by_url = {target.url: name for name, target in targets.items()}
        self._destinations: dict[str, Destination] = {}
        self._ended = asyncio.Event()
        #: The stored healths have been read once; before that every destination looks closed.
        self._is_known = asyncio.Event()
        self._looks = 0
        self._is_stopping = False
        #: This node among those that live: its place, and how many there are.
        self._share = (0, 1)
        for name in targets:
            self.destination(name)

    @property
    def waiting(self) -> int:
        """Attempts that wait at their destinations and hold no worker meanwhile.

        At a brisk destination they count as working: their wait is so short that claiming more
        runs would only put those back into the queue.
        """
        return sum(
            item.waiting
            for item in self._destinations.values()
            if item.waiting and not item.is_brisk
        )

    def destinations(self) -> list[Destination]:
        """All destinations that are configured or were used, by name."""
        return [self._destinations[name] for name in sorted(self._destinations)]

    def destination(self, name: str) -> Destination:
        """The destination with this name, made at its first use."""
        found = self._destinations.get(name)
        if found is None:
            target = self._targets.get(name)
            found = self._destinations[name] = Destination(
                name,
                concurrency=self._host_concurrency,
                rate_limiter=self._rate_limiter_of(name, target.rate)
                if target and target.rate
                else None,
                clock=self._clock,
                read_quota=self._read_quota,
            )
            self._give_share(found)
        return found

    def _rate_limiter_of(self, name: str, per_second: float) -> RateLimiter | SharedRateLimiter:
        if not self._store.is_shared:
            return RateLimiter(per_second)
        return SharedRateLimiter(
            per_second,
            partial(self._store.targets.take_rate_portion, name, per_second),
            self._clock,
        )

    def _give_share(self, destination: Destination) -> None:
        """Divides the concurrency limit of a target among the nodes; each has at least one."""
        target = self._targets.get(destination.name)
        if target is None:
            return
        place, destination.nodes = self._share
        each, rest = divmod(target.concurrency, destination.nodes)
        destination.concurrency = max(1, each + (place < rest))

    def of_url(self, url: str) -> Destination:
        """The destination of a request: the target with exactly this address, or else the host."""
        name = self._by_url.get(url)
        if name is None:
            host, port = place_of_url(url) or ("", 0)
            name = f"{host}:{port}"
        return self.destination(name)

    def name_of(self, url: str) -> str:
        """The name of the destination of an address."""
        return self.of_url(url).name

    def is_target(self, destination: Destination) -> bool:
        """Whether it is a target of automator.yaml, which is one address and not a host."""
        return destination.name in self._targets

    async def enter(
        self,
        url: str,
        headers: Headers = None,
        *,
        is_retry: bool = False,
        has_reservation: bool = False,
    ) -> Destination:
        """As Destination.enter, for the destination of an address."""
        destination = self.of_url(url)
        await destination.enter(
            self.on_waiting, headers, is_retry=is_retry, has_reservation=has_reservation
        )
        return destination

    def ended(self, destination: Destination) -> None:
        """Ends an attempt, so that a waiting one may begin."""
        destination.leave()
        if destination.has_backlog or destination.is_unsaved:
            self._ended.set()

    def has_put_back(self, name: str) -> None:
        """Notes that a run waits for a destination in the store, from where it is released."""
        self.destination(name).has_backlog = True
        self._ended.set()

    async def knows_healths(self) -> None:
        """Returns when the stored healths were read, or at `stop`: no run may begin earlier."""
        await self._is_known.wait()

    async def run(self) -> None:
        """Stores what has changed and releases what may go on, until `stop`."""
        while not self._is_stopping:
            # Cleared before the look, so that changes during it cause another one.
            self._ended.clear()
            try:
                await self.look()
            except StoreUnavailableError:
                logger.warning("targets.store_unavailable")
            except Exception:
                # This loop must go on: without it no waiting run is released.
                logger.exception("targets.look_failed")
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._ended.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(_GATHER_S)

    def stop(self) -> None:
        """Sends all waiting attempts back into the queue."""
        self._is_stopping = True
        self._is_known.set()
        self._ended.set()
        for destination in self._destinations.values():
            destination.send_away()

    async def look(self) -> None:
        """One round: syncs changes with other nodes, half-opens breakers, releases runs."""
        if self._store.is_shared or self._looks == 0:
            await self._refresh()
        if self._looks % _SEARCH_EVERY == 0:
            for name in await asyncio.to_thread(self._store.log.waiting_for_targets):
                self.destination(name).has_backlog = True
        self._looks += 1
        for destination in list(self._destinations.values()):
            if breaker.may_be_tried(destination.health, self._clock.now_ms()):
                await self._try(destination)
            elif destination.is_unsaved:
                destination.is_unsaved = False
                await self._save(destination, destination.health)
            if destination.has_backlog and (room := destination.room()):
                await self._release(destination, room)

    async def _release(self, destination: Destination, room: int) -> None:
        """Makes up to `room` runs that wait for a destination due; there may be more of them."""
        destination.ended = 0
        # Set before the commit: it does not release runs that are put back during it.
        destination.has_backlog = False
        released = room
        try:
            released = await self._store.targets.release(destination.name, room)
        finally:
            if released >= room:
                destination.has_backlog = True

    async def pause(self, name: str, by: str, reason: str = "") -> TargetHealth:
        """Holds a destination back until a person resumes it.

        Raises:
            NotFoundError: there is no such destination.
        """
        return await self._change(name, lambda old, now: breaker.paused(old, now, by, reason))

    async def resume(self, name: str, by: str) -> TargetHealth:
        """Lets a destination take requests again, whatever its state.

        Raises:
            NotFoundError: there is no such destination.
        """
        return await self._change(name, lambda old, now: breaker.resumed(old, now, by))

    async def _change(
        self, name: str, change: Callable[[TargetHealth, int], TargetHealth]
    ) -> TargetHealth:
        await self._refresh()
        if name not in self._destinations:
            raise NotFoundError(
                N_("there is no target '{name}'"),
                fix=N_("Known are: {known}."),
                name=name,
                known=", ".join(sorted(self._destinations)) or "-",
            )
        destination = self._destinations[name]
        while True:
            changed = change(destination.health, self._clock.now_ms())
            if await self._save(destination, changed):
                destination.has_backlog = True
                self._ended.set()
                return destination.health

    async def _try(self, destination: Destination) -> None:
        """Half-opens a breaker for one run, unless another node has done so."""
        half_open = breaker.half_open(destination.health, self._clock.now_ms())
        destination.is_unsaved = False
        if await self._save(destination, half_open):
            destination.tries = 1

    async def _save(self, destination: Destination, health: TargetHealth) -> bool:
        """Stores a health; returns False when another change came first, which counts."""
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
        destination.become(saved)
        destination.has_recovered = False
        if has_recovered:
            destination.has_backlog = True
        return True

    async def _refresh(self) -> None:
        if self._store.is_shared:
            nodes = await asyncio.to_thread(self._store.log.nodes)
            self._share = self._store.membership.place_among(nodes)
            for name in self._targets:
                self._give_share(self._destinations[name])
        for health in await asyncio.to_thread(self._store.log.targets):
            destination = self.destination(health.name)
            if health.version > destination.health.version:
                destination.is_unsaved = False
                destination.become(health)
                # The node that stored the health has released the runs that failed there.
                destination.has_recovered = False
                destination.has_backlog = True
        self._is_known.set()
