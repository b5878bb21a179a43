"""The numbers beside the links of every page: how much waits for a person."""

import asyncio

from automator.engine.operations.review import NEEDS_REVIEW
from automator.model import Reason, Severity, Waits, record
from automator.server.web.refused_access import refused_access
from automator.server.web.services import Services

_MOST_COUNTED = 100


@record(kw_only=False)
class Attention:
    """The numbers of things that wait for a person, by kind."""

    #: Runs that ended badly, about which nobody has decided; 100 stands for more.
    review: int = 0
    #: Steps that wait for a person to approve them; 100 stands for more.
    approvals: int = 0
    #: Rule files with errors.
    broken_files: int = 0
    #: Connections with a warning, or whose access is refused or cannot be renewed.
    connections: int = 0
    #: Why no new deliveries are stored; None while they are.
    trouble: Reason | None = None
    #: Whether a person has paused all sending.
    is_sending_paused: bool = False

    @property
    def health(self) -> str:
        """In one word: good, wait (something needs a look), bad (no deliveries are stored)."""
        if self.trouble is not None:
            return "bad"
        needs_look = self.broken_files or self.connections or self.is_sending_paused
        return "wait" if needs_look else "good"


async def find_attention(services: Services) -> Attention:
    """Counts the open tasks, with a few small queries."""
    states = await services.watchdog.states()
    ailing = {state.connection for state in states if state.warnings()}
    ailing |= await without_access(services)
    log = services.store.log
    problems = services.rulebook.problems
    to_approve = await asyncio.to_thread(log.waiting_counts, Waits.APPROVAL, _MOST_COUNTED)
    return Attention(
        approvals=sum(to_approve.values()),
        review=await asyncio.to_thread(log.undecided_count, NEEDS_REVIEW.states),
        broken_files=len({item.file for item in problems if item.severity is Severity.ERROR}),
        connections=len(ailing),
        trouble=services.store.trouble,
        is_sending_paused=services.gate.destinations.are_all_paused,
    )


async def without_access(services: Services) -> set[str]:
    """The connections whose access is refused, or cannot be renewed any more."""
    log, now_ms = services.store.log, services.clock.now_ms()
    lost = {keeper.connection for keeper in services.token_keepers if keeper.lost}
    return lost.union(await asyncio.to_thread(refused_access, log, now_ms))
