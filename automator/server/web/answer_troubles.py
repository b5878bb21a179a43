"""Finds the connections through which nothing can be answered, with the reason of each.

A platform no longer accepts the access, as recent runs show, or does not answer any request.
"""

import asyncio

from automator.model import DAY_MS, Outcome, Reason
from automator.model.log_filters import RunFilter
from automator.reasons.attempts.platform import token_expired
from automator.reasons.connections import platform_not_reached
from automator.server.web.services import Services
from automator.store import Log, RunRow

#: The code of the error with which every provider reports that the access has ended.
REFUSED_ACCESS = token_expired.code
_MOST_REFUSED = 50
#: A platform is said not to answer after so many failures without a success between them.
_FAILURES = 2


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
