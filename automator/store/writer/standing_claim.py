"""The standing claim: one that found nothing, and is made again by each commit that releases runs.

So a run that is due at once is claimed by the commit that stores it, and no claim is made in vain.
Only a database of one process has one: there nothing is released but by the writer's own commits.
"""

from collections.abc import Sequence

from automator.store.batch.operations import Operation


class StandingClaim:
    """The claim that waits, if there is one. Belongs to the writer's thread."""

    def __init__(self) -> None:
        self._waiting: Operation | None = None
        #: The last claim took all there was, also what must be done alone, and nothing was released
        #: since: another one would find nothing, but for what becomes due.
        self.is_all_taken = False

    @property
    def waits(self) -> bool:
        """There is one."""
        return self._waiting is not None

    @property
    def lanes_wanted(self) -> int:
        """In how many lanes it takes runs."""
        return 0 if self._waiting is None else int(self._waiting.payload.limit)

    def made_with(self, asked: Sequence[Operation], *, released: bool) -> Sequence[Operation]:
        """The claims that a transaction makes: those that it was asked for, or the waiting one."""
        if asked or self._waiting is None or not released:
            return asked
        return (self._waiting,)

    def would_keep(self, asked: Operation) -> bool:
        """Whether a claim would find nothing and may wait; the caller knows what is due."""
        if self._waiting is asked:
            # Its transaction is done once more.
            return True
        return self.is_all_taken and self._waiting is None and bool(asked.payload.waits)

    def keep(self, asked: Operation) -> None:
        """Lets a claim wait."""
        asked.is_parked = True
        self._waiting = asked

    def after_commit(
        self,
        made: Sequence[Operation],
        *,
        is_all_claimed: bool,
        is_exhausted: bool,
        released: bool,
    ) -> list[Operation]:
        """Keeps a claim that shall wait, and returns the one that waits no more.

        `is_all_claimed`: the last claim has found no more than it took. `is_exhausted`: what was
        released is claimed, as far as it can be. `released`: something is left all the same. A
        claim that was asked for ends the one before it.
        """
        if not made:
            self.is_all_taken = self.is_all_taken and not released
            return []
        before, last = self._waiting, made[-1]
        self.is_all_taken = (
            is_all_claimed and not released and last.error is None and last.payload.may_be_alone
        )
        found_nothing = not last.result and last.error is None
        last.is_parked = last.payload.waits and found_nothing and is_exhausted
        self._waiting = last if last.is_parked else None
        if before is None or before is self._waiting:
            return []
        if before is not last:
            before.is_parked, before.result = False, []
        return [before]
