"""Ids and file names for new rules that nothing else has, neither in force nor in the log."""

import asyncio
from collections.abc import Collection
from itertools import chain, count

from automator.model.log_filters import RunFilter
from automator.server.web.services import Services

#: Deleted rules whose ids are skipped, at most.
_MOST_PASSED = 50
#: Characters of a connection's name with which the id of a rule begins.
_LONGEST_START = 40


def start_of_ids(connection: str) -> str:
    """The beginning of the ids of rules that are made for a connection; ids contain no dot."""
    return connection.replace(".", "-")[:_LONGEST_START]


def free_name(wanted: str, taken: Collection[str], suffix: str = "") -> str:
    """`wanted`, or `wanted` with the first free number."""
    names = (f"{wanted}-{number}{suffix}" for number in count(2))
    return next(name for name in chain([wanted + suffix], names) if name not in taken)


async def free_rule_id(services: Services, wanted: str, taken: Collection[str] = ()) -> str:
    """The wanted id, with a number if a rule in force or an id in `taken` has it.

    A deleted rule keeps its id as long as the log has runs of it; otherwise these would seem to
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
