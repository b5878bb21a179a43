"""All destinations of this node: one for each target or host, made when it is first used."""

from collections.abc import Iterator, Mapping
from functools import partial

from automator.clock import Clock
from automator.configuration.target import Target
from automator.engine.network.address_guard import place_of_url
from automator.engine.outbound.destination import Destination
from automator.engine.outbound.rate_limiter import RateLimiter
from automator.engine.outbound.shared_rate_limiter import SharedRateLimiter
from automator.http.types import ReadQuota
from automator.model import TargetHealth, TargetState
from automator.store import Store

#: The name under which the pause of all sending is stored. No target or host has it.
EVERYTHING = "*"


class Destinations:
    """Makes destinations with their limits, and finds the destination for an address."""

    def __init__(
        self,
        *,
        store: Store,
        targets: Mapping[str, Target],
        host_concurrency: int,
        clock: Clock,
        read_quota: ReadQuota | None = None,
    ) -> None:
        self._read_quota = read_quota
        self._store = store
        self._clock = clock
        self._host_concurrency = host_concurrency
        self._targets = targets
        self._by_name: dict[str, Destination] = {}
        #: Stands for all destinations: while it is paused, nothing is sent to any of them.
        self.everything = Destination(
            EVERYTHING, concurrency=host_concurrency, rate_limiter=None, clock=clock
        )
        #: The position of this node among the live nodes, and how many nodes are alive.
        self._share = (0, 1)
        self._by_url = {target.address: self.named(name) for name, target in targets.items()}

    @property
    def are_all_paused(self) -> bool:
        """Whether a person has paused all sending."""
        return self.everything.health.state is TargetState.PAUSED

    def __iter__(self) -> Iterator[Destination]:
        """Yields the configured destinations and all that were used, by name."""
        return map(self._by_name.__getitem__, sorted(self._by_name))

    def __contains__(self, name: str) -> bool:
        return name == EVERYTHING or name in self._by_name

    @property
    def waiting(self) -> int:
        """The number of attempts that wait at destinations and occupy no worker meanwhile.

        Attempts at a fast destination do not count: they wait so shortly that any further run
        claimed instead would only be put back into the queue.
        would only put these back into the queue.
        """
        # A loop: the runner calls this before and after each claim, and a generator costs more.
        waiting = 0
        for item in self._by_name.values():
            here = item.capacity.waiting
            if here and not item.capacity.is_fast:
                waiting += here
        return waiting

    def named(self, name: str) -> Destination:
        """The destination with this name, made at its first use."""
        found = self._by_name.get(name)
        if found is None:
            if name == EVERYTHING:
                return self.everything
            target = self._targets.get(name)
            found = self._by_name[name] = Destination(
                name,
                concurrency=self._host_concurrency,
                rate_limiter=self._rate_limiter_of(name, target.rate)
                if target and target.rate
                else None,
                clock=self._clock,
                read_quota=self._read_quota,
                everything=self.everything,
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
        """Divides a target's concurrency limit among the nodes. Each node gets at least one."""
        target = self._targets.get(destination.name)
        if target is None:
            return
        place, destination.nodes = self._share
        each, rest = divmod(target.concurrency, destination.nodes)
        destination.capacity.concurrency = max(1, each + (place < rest))

    def of_url(self, url: str) -> Destination:
        """The destination of a request: the target with exactly this address, else the host."""
        found = self._by_url.get(url)
        if found is None:
            host, port = place_of_url(url) or ("", 0)
            found = self.named(f"{host}:{port}")
        return found

    def take_over(self, destination: Destination, health: TargetHealth) -> None:
        """Takes on a health that this node or another one has computed."""
        destination.take_over(health)
        if destination is self.everything:
            for one in self._by_name.values():
                one.capacity.send_back()
                one.has_backlog = True

    def name_of(self, url: str) -> str:
        """The name of the destination of an address."""
        return self.of_url(url).name

    def is_target(self, destination: Destination) -> bool:
        """Whether the destination is a target of automator.yaml, and not just a host."""
        return destination.name in self._targets

    def share_among(self, share: tuple[int, int]) -> None:
        """Divides the limits of targets anew. `share`: this node's position, the node count."""
        self._share = share
        for name in self._targets:
            self._give_share(self.named(name))
