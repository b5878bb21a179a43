"""The standing claim: one that found nothing, and is made again by each commit that releases runs.

So a run that is due at once is claimed by the commit that stores it, and no claim is made in vain.
Only a database of one process has one: there nothing is released but by the writer's own commits.
"""

import threading
from collections.abc import Sequence

from automator.store.batch.operations import Operation


class StandingClaim:
    """The claim that waits, if there is one. Belongs to the writer's thread, but for `keeps`."""

    def __init__(self) -> None:
        self._waiting: Operation | None = None
        #: The last claim took all runs there were, also those that must be done alone, and none was
        #: released since: another claim would only find runs that become due.
        self.is_all_taken = False
        #: A transaction is under way, which may release runs after it has made its claims.
        self._is_under_way = False
        self._lock = threading.Lock()

    @property
    def waits(self) -> bool:
        """Whether a claim waits."""
        return self._waiting is not None

    @property
    def lanes_wanted(self) -> int:
        """In how many lanes it takes runs."""
        return 0 if self._waiting is None else int(self._waiting.payload.limit)

    def made_with(self, asked: Sequence[Operation], *, released: bool) -> Sequence[Operation]:
        """The claims for a transaction to make: those it was asked for, else the waiting one."""
        if asked or self._waiting is None or not released:
            return asked
        return (self._waiting,)

    def keeps(self, asked: Operation) -> bool:
        """Lets a claim wait if it would find nothing. Call it, in any thread, when none is due."""
        with self._lock:
            # The one that waits already is asked again when its transaction is done once more.
            has_place = self._waiting is None and not self._is_under_way
            if has_place and self.is_all_taken and asked.payload.waits:
                asked.is_parked = True
                self._waiting = asked
            return self._waiting is asked

    def begin(self) -> None:
        """A transaction begins: nothing is kept until its end, since it may release runs."""
        with self._lock:
            self._is_under_way = True

    def after_commit(
        self,
        made: Sequence[Operation],
        *,
        is_all_claimed: bool,
        is_exhausted: bool,
        released: bool,
    ) -> list[Operation]:
        """Keeps a claim that shall wait, and returns the one that waits no more.

        `is_all_claimed`: the last claim has found no more than it took. `is_exhausted`: the
        released runs are claimed, as far as they can be. `released`: some are left all the same.
        A claim that was asked for ends the one before it.
        """
        with self._lock:
            self._is_under_way = False
            if not made:
                self.is_all_taken = self.is_all_taken and not released
                return []
            before, last = self._waiting, made[-1]
            is_complete = last.error is None and last.payload.may_be_alone
            self.is_all_taken = is_all_claimed and not released and is_complete
            found_nothing = not last.result and last.error is None
            last.is_parked = last.payload.waits and found_nothing and is_exhausted
            self._waiting = last if last.is_parked else None
            if before is None or before is self._waiting:
                return []
            if before is not last:
                before.is_parked, before.result = False, []
            return [before]
