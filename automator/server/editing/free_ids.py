"""Finds unused ids and file names for new rules; runs in the log count as use of an id."""

import asyncio
from collections.abc import Collection
from itertools import chain, count

from automator.model.log_filters import RunFilter
from automator.server.web.services import Services

#: At most this many ids of deleted rules are skipped.
_MOST_PASSED = 50
#: The id of a rule begins with at most this many characters of its connection's name.
_LONGEST_START = 40


def start_of_ids(connection: str) -> str:
    """The beginning of the ids of a connection's rules: its name, with - for ., which ids lack."""
    return connection.replace(".", "-")[:_LONGEST_START]


def free_name(wanted: str, taken: Collection[str], suffix: str = "") -> str:
    """`wanted` with the suffix or, if that is taken, `wanted-2`, `wanted-3` and so on."""
    names = (f"{wanted}-{number}{suffix}" for number in count(2))
    return next(name for name in chain([wanted + suffix], names) if name not in taken)


async def free_rule_id(services: Services, wanted: str, taken: Collection[str] = ()) -> str:
    """The wanted id, with a number if a rule in force or an id in `taken` has it.

    The id of a deleted rule stays taken while the log has its runs, because these would seem to
    belong to the new rule.
    """
    known = {rule.spec.id for rule in services.rulebook.active.rule_set.rules} | {*taken}
    return await asyncio.to_thread(_free, services, wanted, known)


def _free(services: Services, wanted: str, known: set[str]) -> str:
    for _ in range(_MOST_PASSED):
        found = free_name(wanted, known)
        if not services.store.log.runs(RunFilter(rule=found), limit=1):
            break
        known.add(found)
    return free_name(wanted, known)
