"""Counts the things that wait for a person, for the numbers beside the links on every page.

Among them are connections through which nothing can be answered, each with its reason: a platform
no longer accepts the access, as recent runs show, or does not answer any request.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from automator.engine.operations.run_review import NEEDS_REVIEW
from automator.model import DAY_MS, Outcome, Reason, Severity, Waits, record
from automator.model.log_filters import RunFilter
from automator.plugins.data_deletion import FIRST_KEY, LAST_KEY, data_deletion_code
from automator.reasons.attempts.platform import token_expired
from automator.reasons.connections import platform_not_reached
from automator.server.web.services import Services
from automator.store import EventRow, Log, RunRow
from automator.store.database.disk import Room, little_left

_MOST_COUNTED = 100
#: At most this many of the newest requests to delete data are looked at.
_MOST_REQUESTS = 500
#: The code of the error with which every provider reports that the access has ended.
REFUSED_ACCESS = token_expired.code
_MOST_REFUSED = 50
#: A platform is said not to answer after so many failures without a success between them.
_FAILURES = 2


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
    ailing |= _lost(services).keys() | troubles.keys()
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


async def without_access(services: Services) -> dict[str, Reason]:
    """The connections through which nothing can be answered, or soon not any more, and why."""
    return {**await answer_troubles(services), **_lost(services)}


def low_disk(services: Services) -> tuple[Path, int] | None:
    """The folder of this node whose disk is low, with its free bytes; None if there is room."""
    disk, given = services.store.disk, services.settings.disk
    folder = services.data if disk is None else disk.folder
    free = little_left(folder, Room(given.keep_free, low=given.low))
    return None if free is None else (folder, free)


def _lost(services: Services) -> dict[str, Reason]:
    """The connections whose access can no longer be renewed, each with the reason."""
    return {keeper.connection: keeper.lost for keeper in services.token_keepers if keeper.lost}


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


async def answer_troubles(services: Services) -> dict[str, Reason]:
    """The connections through which nothing can be answered now."""
    log, now_ms = services.store.log, services.clock.now_ms()
    refused = await asyncio.to_thread(_refused, log, now_ms)
    return {**_not_reached(services), **refused}


def _not_reached(services: Services) -> dict[str, Reason]:
    destinations = services.gate.destinations
    silent = {
        one.name.rpartition(":")[0]: one.health.failing_since
        for one in destinations
        if one.health.failures >= _FAILURES and not destinations.is_target(one)
    }
    return {
        name: platform_not_reached(host=host, since=since)
        for name, provider in services.connections.items()
        for host, since in silent.items()
        if since is not None and host in provider.hosts
    }


def _refused(log: Log, now_ms: int) -> dict[str, Reason]:
    """The connections whose access was refused in the last day, with the newest reasons.

    Not those with a later successful answer, which shows that the access works again.
    """
    since_ms = now_ms - DAY_MS
    refused = RunFilter(error_code=REFUSED_ACCESS, since_ms=since_ms)
    newest: dict[str, RunRow] = {}
    for row in log.runs(refused, limit=_MOST_REFUSED):
        newest.setdefault(row.connection, row)
    found = {}
    for name, row in newest.items():
        answered = RunFilter(connection=name, outcome=Outcome.ANSWERED, since_ms=since_ms)
        later = log.runs(answered, limit=1)
        if row.run.reason is not None and not (later and later[0].id >= row.id):
            # Without the name of a step: it is true for the whole connection.
            found[name] = row.run.reason.innermost
    return found
