"""Runs the tests of rule files: each in a simulation of its own, with the whole rule set."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from automator.engine.explanation.why import explain_event
from automator.files import suggest
from automator.model import (
    AutomatorError,
    NotFoundError,
    Reason,
    RejectedDelivery,
    Remember,
    UsageError,
    parse_id,
    record,
)
from automator.plugins import Provider
from automator.reasons.problems.rules import UNKNOWN_CONNECTION
from automator.reasons.problems.words import WORD_CONNECTIONS
from automator.reasons.tryout import (
    CANNOT_ARRIVE,
    NO_FITTING_CONNECTION,
    NO_LOG_HERE,
    NOTHING_READ,
)
from automator.rules import ArrivalSource, RuleExplanation, RuleTest
from automator.simulation.arrivals import (
    Arrival,
    fields_arrive,
    sample_arrives,
    source_arrives,
    stored_arrives,
)
from automator.simulation.expectations import RuleResults, differences
from automator.simulation.history import SimulatedRun, runs_of
from automator.simulation.simulation import Bench, Setting, Simulation, simulating

#: When a test begins that names no time: a Tuesday morning in the zone of the settings.
_DEFAULT_START = datetime(2026, 11, 24, 10, 0)  # noqa: DTZ001 - the zone is that of the settings
#: Milliseconds for which follow-ups are waited for when a test names no time.
_LONGEST_MS = 400 * 86_400_000
_ACTOR = "event.actor.id"


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


class _CannotArrive(Exception):
    """An event of a test cannot be made."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


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
            raise _CannotArrive(CANNOT_ARRIVE(problem=test.failure))
        result = await _run(bench, test)
    except _CannotArrive as error:
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
    arrivals = _arrivals(bench, test, simulation)
    await _know(bench, test, simulation, arrivals)
    event_ids: list[int] = []
    for number, arrival in enumerate(arrivals):
        if number == 0:
            await _assume(test, simulation, bench.connections[arrival.connection], arrival)
        try:
            arrived = await simulation.receive(arrival)
        except RejectedDelivery as error:
            raise _CannotArrive(CANNOT_ARRIVE(problem=error.reason)) from error
        if not arrived:
            raise _CannotArrive(NOTHING_READ(connection=arrival.connection))
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


def _arrivals(bench: Bench, test: RuleTest, simulation: Simulation) -> list[Arrival]:
    """The arrivals of a test; where one names nobody, it is from the person of the first event."""
    at = simulation.clock.now_ms()
    arrivals: list[Arrival] = []
    person: dict[str, Any] = {}
    for serial, source in enumerate(test.source.arrivals, 1):
        at += round(source.after * 1000)
        try:
            if source.stored is not None:
                arrival = _stored(bench, source.stored, at)
                provider = bench.connections[arrival.connection]
            else:
                provider = _provider_for(bench, test.rule, source, simulation)
                if source.delivery is None:
                    provider = provider.of_first_account
                arrival = _arrival(provider, source, person.get(provider.name), at, serial)
            person.setdefault(provider.name, _person_of(provider, arrival))
        except AutomatorError as error:
            raise _CannotArrive(CANNOT_ARRIVE(problem=error.reason)) from error
        arrivals.append(arrival)
    return arrivals


def _arrival(
    provider: Provider, source: ArrivalSource, person: str | None, at: int, serial: int
) -> Arrival:
    if person is not None and source.sample is not None and _ACTOR not in source.changes:
        with contextlib.suppress(UsageError):
            # A sample without an author has no place for one.
            changes = {_ACTOR: person, **source.changes}
            return sample_arrives(provider, source.sample, changes, at, serial)
    if person is not None and source.type is not None:
        fields = {"actor": {"id": person}, **source.fields}
        return fields_arrive(provider.connection, source.type, fields, at, serial)
    return source_arrives(provider, source, at, serial)


def _stored(bench: Bench, written: str, at: int) -> Arrival:
    """An event of the log, as if it came now."""
    event_id = parse_id(written)
    if event_id is None or bench.stored is None:
        raise _CannotArrive(NO_LOG_HERE(id=written))
    event = bench.stored(event_id)
    if event.connection not in bench.connections:
        raise _CannotArrive(NO_FITTING_CONNECTION(provider=event.connection))
    # Platforms count from the moment at which it happened, which is as long ago as it was then.
    later = at - event.received_at
    happened_at = None if event.occurred_at is None else event.occurred_at + later
    moved = replace(event, occurred_at=happened_at, received_at=at)
    return replace(stored_arrives(moved), event_id=None)


def _person_of(provider: Provider, arrival: Arrival) -> str | None:
    if arrival.written is not None:
        return arrival.written.actor_id
    return next((item.actor_id for item in provider.parse(arrival.request)), None)


def _connection_of(provider: Provider, arrival: Arrival) -> str:
    """The connection of the first event, which may be that of one of several accounts."""
    parsed = provider.parse(arrival.request) if arrival.written is None else ()
    return next((item.connection for item in parsed if item.connection), provider.connection)


def _provider_for(
    bench: Bench, rule: str, source: ArrivalSource, simulation: Simulation
) -> Provider:
    """The connection that is named, or the first of the rule's that fits."""
    if source.connection is not None:
        if source.connection not in bench.connections:
            suggestion = suggest(source.connection, bench.connections, WORD_CONNECTIONS)
            problem = UNKNOWN_CONNECTION(name=source.connection, suggestion=suggestion)
            raise _CannotArrive(CANNOT_ARRIVE(problem=problem))
        return bench.connections[source.connection]
    kind = source.sample.partition("/")[0] if source.sample else None
    compiled = simulation.engine.rulebook.active.rule_set.rule(rule)
    names = compiled.spec.trigger.connections if compiled else ()
    wanted = [name for name in names if name in bench.connections]
    for name in [*wanted, *bench.connections]:
        provider = bench.connections[name]
        if kind in (None, provider.name):
            return provider
    raise _CannotArrive(NO_FITTING_CONNECTION(provider=kind or "-"))


async def _know(
    bench: Bench, test: RuleTest, simulation: Simulation, arrivals: Sequence[Arrival]
) -> None:
    """Makes the people known for whom a schedule may fire, or to whom steps may write by name."""
    given, now_ms = test.source.given.contacts, simulation.clock.now_ms()
    own = _connection_of_contacts(simulation, test, arrivals) if given else ""
    for one in given:
        name = one.connection or own
        if name not in bench.connections:
            suggestion = suggest(name, bench.connections, WORD_CONNECTIONS)
            problem = UNKNOWN_CONNECTION(name=name, suggestion=suggestion)
            raise _CannotArrive(CANNOT_ARRIVE(problem=problem))
        await simulation.store.contacts.assume(
            bench.connections[name].of_first_account.connection if not one.connection else name,
            one.id,
            Remember(values=one.state, add_tags=tuple(one.tags)),
            opted_out=one.opted_out,
            answered_at=now_ms if one.answered_by_hand else None,
            name=one.name,
            wrote_at=now_ms - round(one.wrote * 1000),
            blocked=one.blocked,
        )


def _connection_of_contacts(
    simulation: Simulation, test: RuleTest, arrivals: Sequence[Arrival]
) -> str:
    """The connection of people whose test names none: of the rule's contacts, of a step, or of the
    first event.
    """
    rule = simulation.engine.rulebook.active.rule_set.rule(test.rule)
    if rule is None:
        return ""
    audience = rule.spec.trigger.audience
    if audience is not None:
        return audience.connection
    of_event = arrivals[0].connection if arrivals else ""
    return next((step.via for step in rule.steps.values() if step.via), of_event)


async def _assume(
    test: RuleTest, simulation: Simulation, provider: Provider, first: Arrival
) -> None:
    """Makes the person of the first event known as the test wants it."""
    given = test.source.given.contact
    if given == type(given)():
        return
    person = _person_of(provider, first)
    if person is None:
        return
    await simulation.store.contacts.assume(
        _connection_of(provider, first),
        person,
        Remember(values=given.state, add_tags=tuple(given.tags)),
        opted_out=given.opted_out,
        answered_at=simulation.clock.now_ms() if given.answered_by_hand else None,
        name=given.name,
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
            account = await explain_event(simulation.store.log, revisions, event_id, rule)
        except NotFoundError:
            continue
        found += [item.explanation for item in account.rules]
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
