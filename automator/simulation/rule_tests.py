"""Runs the tests of rule files. Each test has its own simulation, with the whole rule set."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from operator import attrgetter
from typing import Any

from automator.engine.explanation.why import explain_event
from automator.files import suggest
from automator.model import (
    AttemptStatus,
    AutomatorError,
    NotFoundError,
    Reason,
    RejectedDelivery,
    Remember,
    RunState,
    UsageError,
    parse_id,
    record,
)
from automator.plugins import Provider
from automator.reasons import tryout as reasons
from automator.reasons.attempts.questions import belongs_to_question
from automator.reasons.problems.phrases import word_connections
from automator.reasons.problems.rules import rule_unknown_connection
from automator.reasons.tryout import (
    test_cannot_arrive,
    test_no_connection,
    test_no_log,
    test_nothing_read,
)
from automator.rules import (
    ArrivalSource,
    ConditionExplanation,
    ExpectSource,
    FollowUpExpectation,
    RuleExplanation,
    RuleTest,
    StepExpectation,
)
from automator.simulation.incoming import (
    Arrival,
    arrival_of_event,
    arrival_of_fields,
    arrival_of_sample,
    arrival_of_source,
)
from automator.simulation.recorder import RecordedStep
from automator.simulation.simulated_runs import SimulatedRun, runs_of
from automator.simulation.simulation import Setting, Simulation, SimulationSetup, simulating

#: When a test begins that names no time: a Tuesday morning, in the zone of the settings.
_DEFAULT_START = datetime(2026, 11, 24, 10, 0)  # noqa: DTZ001 - in the zone of the settings
#: How many milliseconds a test that names no end waits for follow-ups.
_LONGEST_MS = 400 * 86_400_000


@record
class TestResult:
    """The result of one test."""

    __test__ = False

    test: RuleTest
    #: The differences from the expectation; empty if the test passed.
    failures: tuple[Reason, ...]
    #: The rule's decision about each event, with the values that it read.
    decisions: tuple[RuleExplanation, ...] = ()
    #: The runs of the rule and its follow-ups.
    runs: tuple[SimulatedRun, ...] = ()
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the test found no difference."""
        return not self.failures


def run_tests(
    setup: SimulationSetup,
    tests: Sequence[RuleTest],
    on_result: Callable[[TestResult], None] = lambda _result: None,
) -> list[TestResult]:
    """Runs tests one after another. Call it outside an event loop."""
    results = []
    for test in tests:
        results.append(asyncio.run(run_test(setup, test)))
        on_result(results[-1])
    return results


async def run_test(setup: SimulationSetup, test: RuleTest) -> TestResult:
    """Runs one test. Never raises: an error becomes a failure of the test."""
    began = time.perf_counter()
    try:
        if test.failure is not None:
            raise CannotArriveError(test_cannot_arrive(problem=test.failure))
        result = await _run(setup, test)
    except CannotArriveError as error:
        result = TestResult(test=test, failures=(error.reason,))
    return replace(result, seconds=time.perf_counter() - began)


async def _run(setup: SimulationSetup, test: RuleTest) -> TestResult:
    given = test.source.given
    starts_at = given.starts_at
    if starts_at is None:
        start = _DEFAULT_START.replace(tzinfo=setup.settings.zone)
        starts_at = round(start.timestamp() * 1000)
    setting = Setting(
        starts_at=starts_at,
        vars=given.vars,
        answers=given.answers,
        rollout=given.is_rolled_out,
        approval=given.approval,
    )
    async with simulating(setup, setting) as simulation:
        return await _watch(setup, test, simulation)


async def _watch(setup: SimulationSetup, test: RuleTest, simulation: Simulation) -> TestResult:
    arrivals = arrivals_of(setup, test, simulation)
    await make_people_known(setup, test, simulation, arrivals)
    event_ids: list[int] = []
    for number, arrival in enumerate(arrivals):
        if number == 0:
            await make_first_known(test, simulation, setup.connections[arrival.connection], arrival)
        try:
            arrived = await simulation.receive(arrival)
        except RejectedDelivery as error:
            raise CannotArriveError(test_cannot_arrive(problem=error.reason)) from error
        if not arrived:
            raise CannotArriveError(test_nothing_read(connection=arrival.connection))
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
    """Explains the rule's decision about each event, as `automator why` does."""
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
    """Returns the contact of the last event's person at the end."""
    if not event_ids:
        return {}
    log = simulation.store.log
    detail = await asyncio.to_thread(log.event, event_ids[-1])
    if detail is None or detail.event.contact is None:
        return {}
    return await asyncio.to_thread(log.contact, detail.event.contact)


# --- Arrivals of a test, and the people who are already known ---


_ACTOR = "event.actor.id"


class CannotArriveError(Exception):
    """An event of a test cannot be made, for the reason in its message."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


def arrivals_of(setup: SimulationSetup, test: RuleTest, simulation: Simulation) -> list[Arrival]:
    """Makes the arrivals of a test. An arrival that names no person is from the person of the first
    event.
    """
    at = simulation.clock.now_ms()
    arrivals: list[Arrival] = []
    person: dict[str, Any] = {}
    for serial, source in enumerate(test.source.arrivals, 1):
        at += round(source.after * 1000)
        try:
            if source.stored is not None:
                arrival = _stored(setup, source.stored, at)
                provider = setup.connections[arrival.connection]
            else:
                provider = _provider_for(setup, test.rule, source, simulation)
                if source.delivery is None:
                    provider = provider.of_first_account
                arrival = _arrival(provider, source, person.get(provider.name), at, serial)
            person.setdefault(provider.name, _person_of(provider, arrival))
        except AutomatorError as error:
            raise CannotArriveError(test_cannot_arrive(problem=error.reason)) from error
        arrivals.append(arrival)
    return arrivals


def _arrival(
    provider: Provider, source: ArrivalSource, person: str | None, at: int, serial: int
) -> Arrival:
    if person is not None and source.sample is not None and _ACTOR not in source.changes:
        with contextlib.suppress(UsageError):
            # A sample that has no author has no field for an author either.
            changes = {_ACTOR: person, **source.changes}
            return arrival_of_sample(provider, source.sample, changes, at, serial)
    if person is not None and source.type is not None:
        fields = {"actor": {"id": person}, **source.fields}
        return arrival_of_fields(provider.connection, source.type, fields, at, serial)
    return arrival_of_source(provider, source, at, serial)


def _stored(setup: SimulationSetup, written: str, at: int) -> Arrival:
    """Makes an arrival of a stored event, as if it came in at `at`."""
    event_id = parse_id(written)
    if event_id is None or setup.stored is None:
        raise CannotArriveError(test_no_log(id=written))
    event = setup.stored(event_id)
    if event.connection not in setup.connections:
        raise CannotArriveError(test_no_connection(provider=event.connection))
    # Platforms count their limits from the event's own time, so that time moves by the same span.
    later = at - event.received_at
    happened_at = None if event.occurred_at is None else event.occurred_at + later
    moved = replace(event, occurred_at=happened_at, received_at=at)
    return replace(arrival_of_event(moved), event_id=None)


def _person_of(provider: Provider, arrival: Arrival) -> str | None:
    if arrival.written is not None:
        return arrival.written.actor_id
    return next((item.actor_id for item in provider.parse(arrival.request)), None)


def _connection_of(provider: Provider, arrival: Arrival) -> str:
    """Returns the connection of the first event, which may be the connection of one account."""
    parsed = provider.parse(arrival.request) if arrival.written is None else ()
    return next((item.connection for item in parsed if item.connection), provider.connection)


def _provider_for(
    setup: SimulationSetup, rule: str, source: ArrivalSource, simulation: Simulation
) -> Provider:
    """Returns the connection that the event names, else the first of the rule's that fits."""
    if source.connection is not None:
        if source.connection not in setup.connections:
            raise _unknown_connection(setup, source.connection)
        return setup.connections[source.connection]
    kind = source.sample.partition("/")[0] if source.sample else None
    compiled = simulation.engine.rulebook.active.rule_set.rule(rule)
    names = compiled.spec.trigger.connections if compiled else ()
    wanted = [name for name in names if name in setup.connections]
    for name in [*wanted, *setup.connections]:
        provider = setup.connections[name]
        if kind in (None, provider.name):
            return provider
    raise CannotArriveError(test_no_connection(provider=kind or "-"))


def _unknown_connection(setup: SimulationSetup, name: str) -> CannotArriveError:
    suggestion = suggest(name, setup.connections, word_connections)
    return CannotArriveError(
        test_cannot_arrive(problem=rule_unknown_connection(name=name, suggestion=suggestion))
    )


async def make_people_known(
    setup: SimulationSetup, test: RuleTest, simulation: Simulation, arrivals: Sequence[Arrival]
) -> None:
    """Stores the people whom the test describes, as contacts.

    A schedule may fire for them, and steps may write to them by name.
    """
    given, now_ms = test.source.given.contacts, simulation.clock.now_ms()
    own = _connection_of_contacts(simulation, test, arrivals) if given else ""
    for one in given:
        name = one.connection or own
        if name not in setup.connections:
            raise _unknown_connection(setup, name)
        await simulation.store.contacts.assume(
            setup.connections[name].of_first_account.connection if not one.connection else name,
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
    """Returns the connection of people for whom the test names none.

    It is the connection of the rule's contacts, else of a step, else of the first event.
    """
    rule = simulation.engine.rulebook.active.rule_set.rule(test.rule)
    if rule is None:
        return ""
    audience = rule.spec.trigger.audience
    if audience is not None:
        return audience.connection
    of_event = arrivals[0].connection if arrivals else ""
    return next((step.via for step in rule.steps.values() if step.via), of_event)


async def make_first_known(
    test: RuleTest, simulation: Simulation, provider: Provider, first: Arrival
) -> None:
    """Stores the person of the first event as a contact, as the test describes them."""
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


# --- Expectations of a test, compared with the results of its simulation ---


_FOLLOW_UP = "follow_up"
_NOBODY = "-"


@record
class RuleResults:
    """The results of one rule in a test."""

    #: The runs of the rule itself and of its follow-ups, in the order in which they were stored.
    runs: Sequence[SimulatedRun]
    #: The rule's decision about each event.
    decisions: Sequence[RuleExplanation]
    #: The contact at the end.
    contact: Mapping[str, Any]

    @property
    def started(self) -> list[SimulatedRun]:
        """Returns the runs of the rule itself, without runs for answers to its own questions."""
        return [run for run in self.runs if not run.path and not _is_answer(run)]

    @property
    def follow_ups(self) -> list[SimulatedRun]:
        """Returns the runs of follow-ups."""
        return [run for run in self.runs if run.path and not run.is_of_question]

    @property
    def steps(self) -> list[RecordedStep]:
        """Returns the steps of the rule, with repeated questions and the steps after answers."""
        runs = [*self.started, *(run for run in self.runs if run.is_of_question)]
        return sorted((step for run in runs for step in _ended(run)), key=attrgetter("at"))

    @property
    def held_back(self) -> list[SimulatedRun]:
        """Returns the runs that were stored as held back, and will not run."""
        return [run for run in self.started if run.state is RunState.SUPPRESSED]


def _is_answer(run: SimulatedRun) -> bool:
    """Whether a run was held back because its event answers a question of the same rule."""
    reason = run.reason
    return (
        reason is not None
        and reason.code == belongs_to_question.code
        and reason.params["rule"] == run.rule
    )


def differences(expect: ExpectSource, results: RuleResults) -> Iterator[Reason]:
    """Reports every difference from the expectation."""
    yield from _matches(expect, results)
    if expect.suppressed is not None:
        yield from _suppressed(expect.suppressed, results)
    if expect.actions is not None:
        yield from _actions(expect, results)
    if expect.follow_ups is not None:
        yield from _follow_ups(expect.follow_ups, results.follow_ups)
    if expect.contact is not None:
        yield from _contact_diffs(expect.contact, results.contact)


def _matches(expect: ExpectSource, results: RuleResults) -> Iterator[Reason]:
    count = len(results.started)
    wanted = expect.matched if expect.no_match is None else not expect.no_match
    if wanted is False and count:
        yield reasons.test_match_not_expected()
    elif wanted is True and not count:
        yield reasons.test_did_not_match()
    elif wanted is not None and not isinstance(wanted, bool) and wanted != count:
        yield reasons.test_times_differ(expected=wanted, got=count)
    elif isinstance(expect.no_match, str):
        yield from _not_because(expect.no_match, results.decisions)


def _not_because(expected: str, decisions: Sequence[RuleExplanation]) -> Iterator[Reason]:
    """Reports a rule that did not match, but because of another condition than the named one."""
    for decision in decisions:
        deciding = [item for item in decision.conditions if item.decides]
        if not any(_mentions(item, expected) for item in deciding):
            yield reasons.test_no_match_elsewhere(expected=expected, got=decision.decided_by)


def _mentions(condition: ConditionExplanation, expected: str) -> bool:
    """Whether a condition, or one inside a group, has this in its expression or name."""
    is_here = expected in condition.text or expected in condition.name
    return is_here or any(_mentions(inner, expected) for inner in condition.children)


def _suppressed(expected: bool | str, results: RuleResults) -> Iterator[Reason]:
    held = results.held_back
    if expected and not held:
        yield reasons.test_not_held_back()
    for run in held:
        because = run.reason
        if because is None:
            continue
        if expected is False:
            yield reasons.test_held_back(because=because)
        elif isinstance(expected, str) and not _is_reason(because.code, expected):
            yield reasons.test_held_back_otherwise(
                expected=expected, got=because.code, because=because
            )


def _is_reason(code: str, expected: str) -> bool:
    """Whether a reason is the expected one or a variant of it, as `once_within` is of `once`."""
    return code == expected or code.startswith(f"{expected}_")


def _actions(expect: ExpectSource, results: RuleResults) -> Iterator[Reason]:
    if expect.suppressed is None:
        for run in results.held_back:
            if run.reason is not None:
                yield reasons.test_held_back(because=run.reason)
    yield from _steps(expect.actions or (), results.steps)


def _ended(run: SimulatedRun) -> Iterator[RecordedStep]:
    """Yields the last attempt of each step. A failed attempt without a retry is a last one too."""
    for step, after in zip_longest(run.steps, run.steps[1:]):
        if step.status is not AttemptStatus.RETRY:
            yield step
        elif after is not None and after.id == step.id:
            continue
        elif after is not None or run.state.is_final:
            yield replace(step, status=AttemptStatus.FAILED)
        else:
            yield step


def _steps(
    expected: Sequence[StepExpectation], carried_out: Sequence[RecordedStep]
) -> Iterator[Reason]:
    """Reports the differences in the steps. A skipped step counts only if the test names it as
    skipped.
    """
    named = {item.id for item in expected if item.status != AttemptStatus.OK}
    got = [
        step
        for step in carried_out
        if step.action != _FOLLOW_UP
        and (step.status is not AttemptStatus.SKIPPED or step.id in named)
    ]
    if [item.id for item in expected] != [step.id for step in got]:
        yield reasons.test_actions_differ(
            expected=[item.id for item in expected] or [reasons.test_no_actions()],
            got=[step.id for step in got] or [reasons.test_no_actions()],
        )
        return
    for item, step in zip(expected, got, strict=True):
        yield from _step(item, step)


def _step(expected: StepExpectation, got: RecordedStep) -> Iterator[Reason]:
    if got.status != expected.status:
        yield reasons.test_status_differs(
            step=got.id, expected=expected.status, got=got.status.value, because=got.summary
        )
    said = got.text or got.told or ""
    if expected.text is not None and said != expected.text:
        yield reasons.test_text_differs(step=got.id, expected=expected.text, got=said)
    for part in expected.contains:
        if part not in said:
            yield reasons.test_text_lacks(step=got.id, expected=part, got=said)
    if expected.to is not None and got.to != expected.to:
        yield reasons.test_receiver_differs(
            step=got.id, expected=expected.to, got=got.to or _NOBODY
        )
    if expected.via is not None and got.via != expected.via:
        yield reasons.test_connection_differs(
            step=got.id, expected=expected.via, got=got.via or _NOBODY
        )


def _follow_ups(
    expected: Sequence[FollowUpExpectation], planned: Sequence[SimulatedRun]
) -> Iterator[Reason]:
    if len(expected) != len(planned):
        yield reasons.test_follow_ups_differ(expected=len(expected), got=len(planned))
    for number, (item, run) in enumerate(zip(expected, planned, strict=False), 1):
        if item.after is not None and round(item.after * 1000) != run.due_at - run.created_at:
            yield reasons.test_follow_up_time_differs(
                number=number,
                expected=round(item.after * 1000),
                got=run.due_at - run.created_at,
            )
        is_cancelled = run.state is RunState.CANCELLED
        if item.cancelled and not is_cancelled:
            yield reasons.test_follow_up_goes_on(number=number)
        elif is_cancelled and not item.cancelled and item.cancelled is not None:
            yield reasons.test_follow_up_cancelled(number=number)
        if item.actions is not None:
            yield from _steps(item.actions, list(_ended(run)))


def _contact_diffs(expected: Mapping[str, Any], contact: Mapping[str, Any]) -> Iterator[Reason]:
    """Reports the differences in the contact: its values by name, and its tags under `tags`."""
    state = contact.get("state") or {}
    for name, value in expected.items():
        got = contact.get("tags") if name == "tags" else state.get(name)
        if got != value:
            yield reasons.test_contact_differs(name=name, expected=str(value), got=str(got))
