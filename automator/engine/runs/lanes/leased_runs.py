"""The runs that this node has claimed and whose leases it renews."""

from automator.model import Claimed
from automator.store import ALONE_FROM, Store


class LeasedRuns:
    """Knows which claimed runs are this node's still; they come and go in batches of one lane."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._batches: dict[int, list[Claimed]] = {}
        #: The run under way that may have killed the process before: at most one.
        self._alone: set[int] = set()

    @property
    def has_one_alone(self) -> bool:
        """A run that may have killed the process before is under way: no other such may begin."""
        return bool(self._alone)

    def add(self, batch: list[Claimed]) -> None:
        """Adds the runs of a batch that was just claimed."""
        for item in batch:
            self._batches[item.run.id] = batch
        if batch[0].run.crashes >= ALONE_FROM:
            self._alone.add(batch[0].run.id)

    def holds(self, claimed: Claimed, batch: list[Claimed]) -> bool:
        """False when the run was lost meanwhile, or was claimed again for another batch."""
        return self._batches.get(claimed.run.id) is batch

    def let_go(self, batch: list[Claimed]) -> bool:
        """Forgets the runs of a batch; True if another run that has to be alone may begin now."""
        was_alone = batch[0].run.id in self._alone
        self._alone.discard(batch[0].run.id)
        for item in batch:
            # As `holds`, without a call for each run.
            if self._batches.get(item.run.id) is batch:
                del self._batches[item.run.id]
        return was_alone

    async def renew(self, revision: int) -> bool:
        """Renews the leases of all runs here, and forgets those that another node has taken over.

        False when the other nodes have removed this node, so that it must end.

        Raises:
            StoreUnavailableError: nothing was renewed.
        """
        leased = dict(self._batches)
        lost = await self._store.membership.heartbeat(leased.keys(), revision)
        for run_id in lost or ():
            # A run that was claimed again since the heartbeat is in another batch by now.
            if self._batches.get(run_id) is leased[run_id]:
                del self._batches[run_id]
        return lost is not None
