"""Claims due runs for the runner: at once, or by the commit that makes some due."""

import asyncio
from collections.abc import Awaitable

from automator.clock import Clock
from automator.model import Claimed, StoreUnavailableError
from automator.store import Store

#: Seconds after which the runner looks for due work even if nothing woke it.
POLL_S = 1.0
#: A timer that is set for a moment before this one is not worth setting again, in seconds.
_SOON_S = 0.001


class DueRuns:
    """The claims of one runner, one after the other. Belongs to the event loop."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        #: The last claim that waits or waited in the store, and when it is time to look again.
        self._standing: asyncio.Future[list[Claimed]] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waits_in_store(self) -> bool:
        """A claim waits until there is something: nobody needs to wake its runner."""
        return not self._store.is_shared

    def due_in_s(self) -> float:
        """Seconds until the next look for due runs."""
        due = self._store.next_due()
        if due is None:
            return POLL_S
        return min(POLL_S, max((due - self._clock.now_ms()) / 1000, _SOON_S))

    def claim(self, limit: int, *, may_be_alone: bool) -> Awaitable[list[Claimed]]:
        """Due runs in up to `limit` lanes; it may wait for them until the next look is due.

        Raises, or what is awaited does:
            StoreUnavailableError: nothing was claimed.
        """
        if not self.waits_in_store:
            return self._store.claim(limit, may_be_alone=may_be_alone)
        self._standing = self._store.standing_claim(limit, may_be_alone=may_be_alone)
        # The timer of the claim before this one stays: it seldom has to be set anew.
        self._set_timer()
        return self._standing

    def taken(self, *, may_be_alone: bool) -> list[Claimed]:
        """Claims the due runs of one lane at once, for a caller that sets the clock.

        The claim stands between two calls, so that a commit which makes runs due claims them. It
        needs a writer that does each operation before it returns.

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
        """Something may be due before the next look."""
        if self._standing is not None and not self._standing.done():
            self._set_timer()

    def end(self) -> None:
        """Ends the claim that waits, which returns what was claimed just now, if anything."""
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
        else:
            # If that was not committed, it is tried again.
            self._timer = asyncio.get_running_loop().call_later(POLL_S, self.end)

    def _set_timer(self) -> None:
        loop = asyncio.get_running_loop()
        when = loop.time() + self.due_in_s()
        if self._timer is not None:
            if self._timer.when() <= when + _SOON_S:
                return
            self._timer.cancel()
        self._timer = loop.call_at(when, self.end)
