"""This process as a node: its number, its heartbeat, and whether its leases are still valid."""

from collections.abc import Collection, Sequence

from automator.clock import Clock
from automator.store.batch.batch import Edit
from automator.store.cluster import node_leases
from automator.store.database.dialect import Database
from automator.store.database.wake_up import WakeUpListener
from automator.store.writer.transaction import Transactions


class Members:
    """The part of the store that nodes use to know of one another."""

    def __init__(
        self, edit: Edit, transactions: Transactions, clock: Clock, database: Database
    ) -> None:
        self._edit = edit
        self._transactions = transactions
        self._clock = clock
        self._database = database
        self._listener: WakeUpListener | None = None
        self._me: node_leases.Membership | None = None
        self._last_heartbeat = clock.monotonic()
        #: The time of the last heartbeat, and of the first heartbeat in the unbroken series up to
        #: it, by the database's clock.
        self._beat_ms = self._steady_since_ms = 0

    @property
    def heartbeat_every_s(self) -> float:
        """Seconds between two heartbeats: three to a lease."""
        return self._transactions.lease_ms / 3000

    @property
    def clock_shift_ms(self) -> int:
        """Milliseconds by which the database's clock was ahead of ours at the last commit."""
        return self._transactions.shift_ms

    @property
    def holds_leases(self) -> bool:
        """Whether no other process can have taken over the claims of this process.

        False as soon as the last heartbeat is older than half a lease, so that a running attempt
        still has time to end before other nodes begin it again.
        """
        if not self._database.is_shared:
            return True
        age_ms = (self._clock.monotonic() - self._last_heartbeat) * 1000
        return age_ms < self._transactions.lease_ms / 2

    @property
    def may_take_over(self) -> bool:
        """Whether this node may take runs with expired leases from the nodes that held them.

        A node may once its heartbeats have gone on for a whole lease without a gap of half a lease.
        After such a gap, or just after it has started, it cannot tell dead nodes from nodes that
        also lost the database for a while, or whose leases ended only because the database's clock
        jumped. Those nodes come back within a lease, and settle or renew what they hold.
        """
        if not self._database.is_shared:
            return True
        return self._beat_ms - self._steady_since_ms >= self._transactions.lease_ms

    def is_recent(self, asked_at: float) -> bool:
        """Whether runs may begin whose claim was asked for at this moment.

        If the process slept before the claim was committed, its leases may be over, and no
        heartbeat has renewed them. A lease with three quarters of its time left outlasts the next
        heartbeat.

        Args:
            asked_at: by the monotonic clock, before the claim was asked for.
        """
        if not self._database.is_shared:
            return True
        return (self._clock.monotonic() - asked_at) * 1000 < self._transactions.lease_ms / 4

    def place_among(self, known: Sequence[node_leases.NodeRow]) -> tuple[int, int]:
        """The place of this node among the live nodes, counted from 0, and their number."""
        newest = max((node.heartbeat_at for node in known), default=0)
        lease_ms = self._transactions.lease_ms
        alive = {node.id for node in known if node.heartbeat_at > newest - lease_ms}
        me = self._me
        if me is None or me.number not in alive:
            return 0, max(1, len(alive))
        return sorted(alive).index(me.number), len(alive)

    async def join(self, version: str) -> int:
        """Takes a node number that no other process has; ids and claims contain it.

        Raises:
            AutomatorError: there are too many nodes.
        """
        self._me = await self._edit(lambda db, batch: node_leases.join(db, version, batch))
        self._transactions.node = self._me.name
        self._beat_ms = self._steady_since_ms = self._me.started_at
        return self._me.number

    async def heartbeat(self, held: Collection[int], revision: int) -> frozenset[int] | None:
        """Renews the leases on these runs, and returns those that this node has lost.

        None if this node was forgotten and must end.
        """
        me = self._me
        if me is None:
            return frozenset()
        # The time before the commit: a lease must never seem younger than it is.
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
        """Says that this node has ended, so that no other node waits for it."""
        me = self._me
        if me is not None:
            await self._edit(lambda db, _batch: node_leases.leave(db, me))

    def tell_others(self, *, busy: bool) -> None:
        """Tells the other nodes of new work while this node is busy, since they may be free."""
        self._transactions.needs_help = busy

    def listen(self) -> None:
        """Listens to the wake-ups of busy nodes from now on. Call it once, after `join`."""
        transactions = self._transactions
        self._listener = self._database.listener(transactions.node, transactions.released)
        if self._listener is not None:
            self._listener.start()

    def stop_listening(self) -> None:
        """Ends the listening thread, if there is one."""
        if self._listener is not None:
            self._listener.stop()
