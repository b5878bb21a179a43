"""Counts the things that wait for a person, for the numbers beside the links on every page."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import field

from automator.engine.operations.run_review import NEEDS_REVIEW
from automator.model import Reason, Severity, Waits, record
from automator.plugins.data_deletion import FIRST_KEY, LAST_KEY, data_deletion_code
from automator.server.web.answer_troubles import answer_troubles
from automator.server.web.services import Services
from automator.store import EventRow

_MOST_COUNTED = 100
#: At most this many of the newest requests to delete data are looked at.
_MOST_REQUESTS = 500


@record(kw_only=False)
class Attention:
    """The numbers of things that wait for a person, by kind."""

    #: Buyers in the inbox whom nobody has answered.
    buyers: int = 0
    #: Runs that ended badly and about which nobody has decided; 100 means 100 or more.
    review: int = 0
    #: Steps that wait for approval; 100 means 100 or more.
    approvals: int = 0
    #: Unsettled requests to delete a person's data, the oldest first.
    deletion_requests: Sequence[EventRow] = ()
    #: Rule files with errors.
    broken_files: int = 0
    #: Connections with a warning, and those through which nothing can be answered.
    connections: int = 0
    #: Why nothing can be answered through a connection, by its name.
    troubles: Mapping[str, Reason] = field(default_factory=dict)
    #: The reason why new deliveries cannot be stored; None while they can.
    trouble: Reason | None = None
    #: Whether a person has paused all sending.
    is_sending_paused: bool = False

    @property
    def unsettled(self) -> int:
        """The number of unsettled requests to delete a person's data."""
        return len(self.deletion_requests)

    @property
    def health(self) -> str:
        """The state in one word: good, wait (a person should look), or bad (nothing is stored)."""
        if self.trouble is not None:
            return "bad"
        needs_look = self.broken_files or self.connections or self.is_sending_paused
        return "wait" if needs_look else "good"


async def find_attention(services: Services) -> Attention:
    """Counts the things that wait for a person, with a few small queries."""
    states = await services.watchdog.states()
    ailing = {state.connection for state in states if state.warnings()}
    troubles = await answer_troubles(services)
    ailing |= _lost(services) | troubles.keys()
    log = services.store.log
    problems = services.rulebook.problems
    to_approve = await asyncio.to_thread(log.waiting_counts, Waits.APPROVAL, _MOST_COUNTED)
    return Attention(
        buyers=len(await asyncio.to_thread(services.inbox.buyers, services.clock.now_ms())),
        approvals=sum(to_approve.values()),
        review=await asyncio.to_thread(log.undecided_count, NEEDS_REVIEW.states),
        deletion_requests=await _unsettled_requests(services),
        broken_files=len({item.file for item in problems if item.severity is Severity.ERROR}),
        connections=len(ailing),
        troubles=troubles,
        trouble=services.store.trouble,
        is_sending_paused=services.gate.destinations.are_all_paused,
    )


async def without_access(services: Services) -> set[str]:
    """The connections through which nothing can be answered, or soon not any more."""
    return _lost(services).union(await answer_troubles(services))


def _lost(services: Services) -> set[str]:
    """The connections whose access can no longer be renewed."""
    return {keeper.connection for keeper in services.token_keepers if keeper.lost}


async def _unsettled_requests(services: Services) -> list[EventRow]:
    """The unsettled requests to delete a person's data, the oldest first."""
    found = await asyncio.to_thread(
        services.store.log.events_with_keys_between,
        tuple(services.connections),
        FIRST_KEY,
        LAST_KEY,
        _MOST_REQUESTS,
    )
    if not found:
        return []
    settled = {one.code for one in await services.store.erasing.erasures()}
    codes = {row.id: data_deletion_code(row.type, row.dedupe_key) for row in found}
    return [row for row in reversed(found) if codes[row.id] and codes[row.id] not in settled]
