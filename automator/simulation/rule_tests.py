"""Runs the tests of rule files: each in a simulation of its own, with the whole rule set."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from automator.engine.explanation.why import explain_event
from automator.model import NotFoundError, Reason, RejectedDelivery, record
from automator.reasons.tryout import CANNOT_ARRIVE, NOTHING_READ
from automator.rules import RuleExplanation, RuleTest
from automator.simulation.arrivals_of_tests import (
    CannotArriveError,
    arrivals_of,
    make_first_known,
    make_people_known,
)
from automator.simulation.expectations import RuleResults, differences
from automator.simulation.history import SimulatedRun, runs_of
from automator.simulation.simulation import Bench, Setting, Simulation, simulating

#: When a test begins that names no time: a Tuesday morning in the zone of the settings.
_DEFAULT_START = datetime(2026, 11, 24, 10, 0)  # noqa: DTZ001 - the zone is that of the settings
#: Milliseconds for which follow-ups are waited for when a test names no time.
_LONGEST_MS = 400 * 86_400_000


@record
class TestResult:
    """The result of one test."""

    __test__ = False

    test: RuleTest
    #: The differences from the expectation; empty when there are none.
    failures: tuple[Reason, ...]
    #: The rule's decision about each event, with the values that it read.
    decisions: tuple[RuleExplanation, ...] = ()
    #: The steps of the rule and its follow-ups.
    runs: tuple[SimulatedRun, ...] = ()
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether everything went as expected."""
        return not self.failures


def run_tests(
    bench: Bench,
    tests: Sequence[RuleTest],
    on_result: Callable[[TestResult], None] = lambda _result: None,
) -> list[TestResult]:
    """Runs tests one after another. Call it outside of an event loop."""
    results = []
    for test in tests:
        results.append(asyncio.run(run_test(bench, test)))
        on_result(results[-1])
    return results


async def run_test(bench: Bench, test: RuleTest) -> TestResult:
    """Runs one test. An error is a failure of the test, never an exception."""
    began = time.perf_counter()
    try:
        if test.failure is not None:
            raise CannotArriveError(CANNOT_ARRIVE(problem=test.failure))
        result = await _run(bench, test)
    except CannotArriveError as error:
        result = TestResult(test=test, failures=(error.reason,))
    return replace(result, seconds=time.perf_counter() - began)


async def _run(bench: Bench, test: RuleTest) -> TestResult:
    given = test.source.given
    starts_at = given.starts_at
    if starts_at is None:
        start = _DEFAULT_START.replace(tzinfo=bench.settings.zone)
        starts_at = round(start.timestamp() * 1000)
    setting = Setting(
        starts_at=starts_at,
        vars=given.vars,
        answers=given.answers,
        rollout=given.is_rolled_out,
        approval=given.approval,
    )
    async with simulating(bench, setting) as simulation:
        return await _watch(bench, test, simulation)


async def _watch(bench: Bench, test: RuleTest, simulation: Simulation) -> TestResult:
    arrivals = arrivals_of(bench, test, simulation)
    await make_people_known(bench, test, simulation, arrivals)
    event_ids: list[int] = []
    for number, arrival in enumerate(arrivals):
        if number == 0:
            await make_first_known(test, simulation, bench.connections[arrival.connection], arrival)
        try:
            arrived = await simulation.receive(arrival)
        except RejectedDelivery as error:
            raise CannotArriveError(CANNOT_ARRIVE(problem=error.reason)) from error
        if not arrived:
            raise CannotArriveError(NOTHING_READ(connection=arrival.connection))
        event_ids += arrived
    await _let_time_go_on(test, simulation)
    decisions = await _decisions(test.rule, simulation, event_ids)
    happened = RuleResults(
        runs=await runs_of(simulation, test.rule),
        decisions=decisions,
        contact=await _contact(simulation, event_ids),
    )
    failures = list(differences(test.source.expect, happened))
    ended = simulation.why_ended
    if ended is not None:
        failures.insert(0, ended)
    return TestResult(
        test=test,
        failures=tuple(failures),
        decisions=tuple(decisions),
        runs=tuple(happened.runs),
    )


async def _let_time_go_on(test: RuleTest, simulation: Simulation) -> None:
    now = simulation.clock.now_ms()
    if test.source.run_for is not None:
        await simulation.run_until(now + round(test.source.run_for * 1000))
        return
    while not simulation.is_exhausted:
        waiting = [run for run in await runs_of(simulation, test.rule) if not run.state.is_final]
        due = min((run.due_at for run in waiting), default=None)
        if due is None or not simulation.clock.now_ms() <= due <= now + _LONGEST_MS:
            return
        await simulation.run_until(due)


async def _decisions(
    rule: str, simulation: Simulation, event_ids: Sequence[int]
) -> list[RuleExplanation]:
    """The explanation of the rule for each event, as `automator why` gives it."""
    revisions = simulation.engine.rulebook.revisions
    found = []
    for event_id in event_ids:
        try:
            explained = await explain_event(simulation.store.log, revisions, event_id, rule)
        except NotFoundError:
            continue
        found += [item.explanation for item in explained.rules]
    return found


async def _contact(simulation: Simulation, event_ids: Sequence[int]) -> Mapping[str, Any]:
    """The contact of the last event's person at the end."""
    if not event_ids:
        return {}
    log = simulation.store.log
    detail = await asyncio.to_thread(log.event, event_ids[-1])
    if detail is None or detail.event.contact is None:
        return {}
    return await asyncio.to_thread(log.contact, detail.event.contact)
