"""Ids for new rules, under which nothing else stands in the log."""

import asyncio
from collections.abc import Collection

from automator.rules.editing.gallery import free_name
from automator.server.web.services import Services
from automator.store import RunFilter

#: Deleted rules whose ids are passed by.
_MOST_PASSED = 50


async def free_rule_id(services: Services, wanted: str, taken: Collection[str] = ()) -> str:
    """The wanted id, or the same with a number: no rule in force has it, nor one in `taken`.

    A deleted rule keeps its id as long as the log has runs of it, or these would be taken for those
    of the new rule.
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
