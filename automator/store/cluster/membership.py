"""This process as a node: its number, its heartbeat, and whether it still has its leases."""

from collections.abc import Callable, Collection, Sequence

from automator.clock import Clock
from automator.store.batch.batch import Edit
from automator.store.cluster import node_leases
from automator.store.database.dialect import Database
from automator.store.database.wake_up import WakeUpListener
from automator.store.writer.transaction import Transactions


class Members:
    """The part of the store by which nodes know of each other."""

    def __init__(
        self,
        edit: Edit,
        transactions: Transactions,
        clock: Clock,
        database: Database,
        on_wake_up: Callable[[], None],
    ) -> None:
        """`on_wake_up` is called in the listening thread when a busy node has work."""
        self._edit = edit
        self._transactions = transactions
        self._clock = clock
        self._database = database
        self._on_wake_up = on_wake_up
        self._listener: WakeUpListener | None = None
        self._me: node_leases.Membership | None = None
        self._last_heartbeat = clock.monotonic()
        #: The time of the last heartbeat, by the database's clock.
        self._beat_ms = 0
        #: The time since which heartbeats have come without a gap of half a lease, by the same
        #: clock.
        self._steady_since_ms = 0

    @property
    def heartbeat_every_s(self) -> float:
        """Seconds between two heartbeats. There are three within the time of a lease."""
        return self._transactions.lease_ms / 3000

    @property
    def clock_shift_ms(self) -> int:
        """The milliseconds by which the database's clock was ahead of ours at the last commit."""
        return self._transactions.shift_ms

    @property
    def holds_leases(self) -> bool:
        """Whether certainly no other process has taken over this process's claims.

        False once the last heartbeat is older than half a lease: a running attempt then still has
        time to end before another node begins it again.
        """
        if not self._database.is_shared:
            return True
        age_ms = (self._clock.monotonic() - self._last_heartbeat) * 1000
        return age_ms < self._transactions.lease_ms / 2

    @property
    def may_take_over(self) -> bool:
        """Whether this node may take over runs with expired leases from other nodes.

        It may once its heartbeats have gone on for a whole lease without a gap of half a lease.
        Before that, for example just after its start, it cannot know whether the others are dead.
        They may have lost the database for a while, as this node has, or the database's clock may
        have jumped. Nodes that are alive come back within a lease, and settle or renew their runs.
        """
        if not self._database.is_shared:
            return True
        return self._beat_ms - self._steady_since_ms >= self._transactions.lease_ms

    @property
    def is_recent(self) -> bool:
        """Whether the runs of the latest claim may begin.

        If the process slept since the claim's transaction began, the leases of these runs may be
        over, and no heartbeat has renewed them. If three quarters of a lease are left, it lasts
        until the next heartbeat.
        """
        if not self._database.is_shared:
            return True
        age_ms = (self._clock.monotonic() - self._transactions.claimed_at) * 1000
        return age_ms < self._transactions.lease_ms / 4

    def place_among(self, known: Sequence[node_leases.NodeRow]) -> tuple[int, int]:
        """The position of this node among the live nodes, from 0, and how many nodes are alive."""
        newest = max((node.heartbeat_at for node in known), default=0)
        lease_ms = self._transactions.lease_ms
        alive = {node.id for node in known if node.heartbeat_at > newest - lease_ms}
        me = self._me
        if me is None or me.number not in alive:
            return 0, max(1, len(alive))
        return sorted(alive).index(me.number), len(alive)

    async def join(self, version: str) -> int:
        """Takes a node number that no other process has, for the ids and claims of this node.

        Raises:
            AutomatorError: there are too many nodes.
        """
        self._me = await self._edit(lambda db, batch: node_leases.join(db, version, batch))
        self._transactions.node = self._me.name
        self._beat_ms = self._steady_since_ms = self._me.started_at
        return self._me.number

    async def heartbeat(self, held: Collection[int], revision: int) -> frozenset[int] | None:
        """Renews the leases of the runs in `held`; returns the runs that this node has lost.

        Returns None if the other nodes have forgotten this node: then it must end.
        """
        me = self._me
        if me is None:
            return frozenset()
        # Taken before the commit, because a lease must never seem younger than it is.
        begun = self._clock.monotonic()
        now_ms, lost = await self._edit(
            lambda db, batch: (batch.now_ms, node_leases.renew(db, me, held, revision, batch))
        )
        if lost is not None:
            self._last_heartbeat = begun
            if not 0 <= now_ms - self._beat_ms < self._transactions.lease_ms / 2:
                self._steady_since_ms = now_ms
            self._beat_ms = now_ms
        return lost

    async def leave(self) -> None:
        """Tells the other nodes that this node has ended, so that they do not wait for it."""
        me = self._me
        if me is not None:
            await self._edit(lambda db, _batch: node_leases.leave(db, me))

    def tell_others(self, *, busy: bool) -> None:
        """Tells the other nodes of new work if this node is busy; they may be free."""
        self._transactions.needs_help = busy

    def listen(self) -> None:
        """Begins to listen to the wake-ups of busy nodes. Call it once, after `join`."""
        self._listener = self._database.listener(self._transactions.node, self._on_wake_up)
        if self._listener is not None:
            self._listener.start()

    def stop_listening(self) -> None:
        """Ends the listening thread, if there is one."""
        if self._listener is not None:
            self._listener.stop()
