"""Keeps an event that has come in as a test of a rule, in the rule's own file."""

import asyncio
from dataclasses import replace

from automator.model import N_, NotFoundError
from automator.rules.editing.edits import with_rule_test
from automator.server.editing.rule_changes import change_text
from automator.server.rule_tests.bench import bench_of
from automator.server.rule_tests.running import MOST_SECONDS
from automator.server.shared.events import event_detail
from automator.server.web.services import Services
from automator.simulation.recorded_tests import test_of


async def keep_as_test(services: Services, event_id: int, rule_id: str, author: str) -> str:
    """Writes a test that expects what the rule does about the event now; returns its file.

    Raises:
        NotFoundError: there is no such event or rule.
        UsageError: the event cannot come in again.
        SpliceError: the file is written in a way that cannot be changed so.
        ConflictError: somebody else has changed the file at the same time.
        RequestError: too many tries wait already (503).
    """
    detail = await event_detail(services, event_id)
    rules = services.rulebook.active.rule_set
    rule = rules.rule(rule_id)
    if rule is None:
        raise NotFoundError(N_("there is no rule {id}"), id=rule_id)
    bench = bench_of(rules.files, services.surroundings, services.settings, services.connections)
    bench = replace(bench, most_seconds=MOST_SECONDS)
    test = await services.rule_tests.run(
        lambda: asyncio.run(test_of(bench, rule, detail.event)), of=author
    )
    file = rule.spec.place.file
    await change_text(services, file, author, lambda text: with_rule_test(text, rule_id, test))
    return file
