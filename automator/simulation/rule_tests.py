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

from automator.conditions.functions.patterns import compile_pattern
from automator.engine.explanation.why import explain_event
from automator.files import suggest
from automator.http.json_body import dump_json
from automator.model import (
    AttemptStatus,
    AutomatorError,
    NotFoundError,
    Place,
    Reason,
    RejectedDelivery,
    Remember,
    RunState,
    UsageError,
    in_one_line,
    parse_id,
    record,
    shortened,
)
from automator.model.rule import ON_ERROR_PATH
from automator.plugins import Provider
from automator.reasons import tryout as reasons
from automator.reasons.attempts.questions import belongs_to_question
from automator.reasons.problems.phrases import word_connections
from automator.reasons.problems.rules import rule_unknown_connection
from automator.rules import (
    ArrivalSource,
    ConditionExplanation,
    ExpectSource,
    FollowUpExpectation,
    RuleExplanation,
    RuleTest,
    StepExpectation,
)
from automator.rules.schema.rule_tests import (
    COMPARISONS,
    ContactSource,
    LineExpectation,
    SentExpectation,
    comparisons_in,
    seen_words,
)
from automator.simulation.incoming import (
    Arrival,
    arrival_of_events,
    arrival_of_fields,
    arrival_of_sample,
    arrival_of_source,
)
from automator.simulation.recorder import Plain, RecordedStep
from automator.simulation.simulation import (
    Setting,
    SimulatedRun,
    Simulation,
    SimulationSetup,
    runs_of,
    simulating,
)

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
    #: For each of them, the place in the test that expects something else.
    places: tuple[Place, ...] = ()
    #: The rule's decision about each event, with the values that it read.
    decisions: tuple[RuleExplanation, ...] = ()
    #: The runs of the rule and its follow-ups.
    runs: tuple[SimulatedRun, ...] = ()
    seconds: float = 0.0

    @property
    def differences(self) -> list[tuple[Reason, Place]]:
        """Returns each difference with the place of what is expected."""
        return list(zip(self.failures, self.places, strict=True))

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
            raise CannotArriveError(reasons.test_cannot_arrive(problem=test.failure))
        result = await _run(setup, test)
    except CannotArriveError as error:
        result = TestResult(test=test, failures=(error.reason,), places=(test.place,))
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
            raise CannotArriveError(reasons.test_cannot_arrive(problem=error.reason)) from error
        if not arrived:
            raise CannotArriveError(reasons.test_nothing_read(connection=arrival.connection))
        event_ids += [event_id for event_id in arrived if event_id not in event_ids]
    await _let_time_go_on(test, simulation)
    decisions = await _decisions(test.rule, simulation, event_ids)
    happened = RuleResults(
        runs=await runs_of(simulation, test.rule),
        decisions=decisions,
        contact=await _contact_of_last(simulation, event_ids),
    )
    found = list(differences(test.source.expect, happened))
    if simulation.why_ended is not None:
        found.insert(0, ((), simulation.why_ended))
    return TestResult(
        test=test,
        failures=tuple(reason for _, reason in found),
        places=tuple(test.place_of(path) for path, _ in found),
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
        due = min((run.run_at for run in waiting), default=None)
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


async def _contact_of_last(simulation: Simulation, event_ids: Sequence[int]) -> Mapping[str, Any]:
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
            raise CannotArriveError(reasons.test_cannot_arrive(problem=error.reason)) from error
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
        raise CannotArriveError(reasons.test_no_log(id=written))
    event = setup.stored(event_id)
    if event.connection not in setup.connections:
        raise CannotArriveError(reasons.test_no_connection(provider=event.connection))
    # Platforms count their limits from the event's own time, so that time moves by the same span.
    later = at - event.received_at
    happened_at = None if event.occurred_at is None else event.occurred_at + later
    moved = replace(event, occurred_at=happened_at, received_at=at)
    return replace(arrival_of_events([moved]), event_ids=())


def _person_of(provider: Provider, arrival: Arrival) -> str | None:
    parsed = arrival.written or provider.parse(arrival.request)
    return next((item.actor_id for item in parsed), None)


def _connection_of(provider: Provider, arrival: Arrival) -> str:
    """Returns the connection of the first event, which may be the connection of one account."""
    parsed = () if arrival.written else provider.parse(arrival.request)
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
    raise CannotArriveError(reasons.test_no_connection(provider=kind or "-"))


def _unknown_connection(setup: SimulationSetup, name: str) -> CannotArriveError:
    suggestion = suggest(name, setup.connections, word_connections)
    problem = rule_unknown_connection(name=name, suggestion=suggestion)
    return CannotArriveError(reasons.test_cannot_arrive(problem=problem))


async def make_people_known(
    setup: SimulationSetup, test: RuleTest, simulation: Simulation, arrivals: Sequence[Arrival]
) -> None:
    """Stores the people whom the test describes, as contacts.

    A schedule may fire for them, and steps may write to them by name.
    """
    given = test.source.given.contacts
    own = _connection_of_contacts(simulation, test, arrivals) if given else ""
    for one in given:
        name = one.connection or own
        if name not in setup.connections:
            raise _unknown_connection(setup, name)
        account = setup.connections[name].of_first_account.connection
        await _make_known(simulation, one, one.connection or account, one.id, one.wrote or 0.0)


async def _make_known(
    simulation: Simulation,
    given: ContactSource,
    connection: str,
    person: str,
    wrote_s: float | None,
) -> None:
    """Stores a person as a contact, as the test describes them."""
    now_ms = simulation.clock.now_ms()
    await simulation.store.contacts.assume(
        connection,
        person,
        Remember(values=given.state, add_tags=tuple(given.tags)),
        opted_out=given.opted_out,
        answered_at=now_ms if given.answered_by_hand else None,
        name=given.name,
        wrote_at=None if wrote_s is None else now_ms - round(wrote_s * 1000),
        blocked=given.blocked,
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
    person = given.id or _person_of(provider, first)
    if person is not None:
        connection = given.connection or _connection_of(provider, first)
        await _make_known(simulation, given, connection, person, given.wrote)


# --- Expectations of a test, compared with the results of its simulation ---


_FOLLOW_UP = "follow_up"
_NOBODY = "-"
_LOG = "log"
Path = tuple[str | int, ...]
#: A difference: the path in `expect` to what is expected, and what is there instead.
Difference = tuple[Path, Reason]


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
        return [
            run
            for run in self.runs
            if run.path not in ("", ON_ERROR_PATH) and not run.is_of_question
        ]

    @property
    def steps(self) -> list[RecordedStep]:
        """Returns the steps of the rule, with repeated questions and the steps after
        the answers.
        """
        return self.steps_of([*self.started, *(run for run in self.runs if run.is_of_question)])

    @property
    def sent(self) -> list[dict[str, Any]]:
        """Returns everything that was sent, in the order of time."""
        return [one for step in self.steps_of(self.runs) for one in step.sent]

    @property
    def lines(self) -> list[Mapping[str, Any]]:
        """Returns the lines that were written into the log, with their levels."""
        steps = self.steps_of(self.runs)
        return [step.output for step in steps if step.action == _LOG and step.told]

    @property
    def vars(self) -> Mapping[str, Any]:
        """Returns the values that were set, in the end."""
        return {name: one for run in self.runs for name, one in run.data.get("vars", {}).items()}

    @property
    def on_error(self) -> list[RecordedStep]:
        """Returns the steps of `on_error`."""
        return self.steps_of([run for run in self.runs if run.path == ON_ERROR_PATH])

    def steps_of(self, runs: Sequence[SimulatedRun]) -> list[RecordedStep]:
        """Returns the steps of runs in the order of time, each once."""
        steps = [self._answered(run, step) for run in runs for step in _ended(run)]
        return sorted(steps, key=attrgetter("at"))

    def _answered(self, run: SimulatedRun, step: RecordedStep) -> RecordedStep:
        """Returns a question with what became of it; other steps as they are."""
        for asked in self.runs:
            is_asked_here = run.id == asked.parent_id or run.parent_id == asked.id
            if asked.answer and asked.path == step.id and is_asked_here:
                return replace(step, answer=asked.answer["status"], output=asked.answer)
        return step

    @property
    def last(self) -> SimulatedRun | None:
        """Returns the last run of the rule, or the run that waits or has waited for an answer."""
        asking = [run for run in self.runs if run.is_of_question and not run.is_about_answer]
        return max([*self.started, *asking], key=attrgetter("id"), default=None)

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


def differences(expect: ExpectSource, results: RuleResults) -> Iterator[Difference]:
    """Reports every difference from the expectation."""
    yield from _matches(expect, results)
    if expect.actions is not None and expect.suppressed is None:
        held = (run.reason for run in results.held_back)
        for because in filter(None, held):
            yield ("actions",), reasons.test_held_back(because=because)
    for key in expect.expected_keys:
        if key in _DIFFERENCES:
            for path, reason in _DIFFERENCES[key](getattr(expect, key), results):
                yield (key, *path), reason


def _matches(expect: ExpectSource, results: RuleResults) -> Iterator[Difference]:
    count = len(results.started)
    wanted = expect.matched if expect.no_match is None else not expect.no_match
    path = ("matched",) if expect.no_match is None else ("no_match",)
    if wanted is False and count:
        yield path, reasons.test_match_not_expected()
    elif wanted is True and not count:
        yield path, reasons.test_did_not_match()
    elif wanted is not None and not isinstance(wanted, bool) and wanted != count:
        yield path, reasons.test_times_differ(expected=wanted, got=count)
    elif isinstance(expect.no_match, str):
        because = _not_because(expect.no_match, results.decisions)
        yield from ((path, reason) for reason in because)


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


def _suppressed(expected: bool | str, results: RuleResults) -> Iterator[Difference]:
    held = results.held_back
    if expected and not held:
        yield (), reasons.test_not_held_back()
    for run in held:
        because = run.reason
        if because is None:
            continue
        if expected is False:
            yield (), reasons.test_held_back(because=because)
        elif isinstance(expected, str) and not _is_reason(because.code, expected):
            reason = reasons.test_held_back_otherwise(
                expected=expected, got=because.code, because=because
            )
            yield (), reason


def _is_reason(code: str, expected: str) -> bool:
    """Whether a reason is the expected one or a variant of it, as `once_within` is of `once`."""
    return code == expected or code.startswith(f"{expected}_")


def _ended(run: SimulatedRun) -> Iterator[RecordedStep]:
    """Yields each step with its last attempt and the requests of all; a failed attempt without
    another one is the last.
    """
    count, requests = 0, tuple[Mapping[str, Any], ...]()
    for step, after in zip_longest(run.steps, run.steps[1:]):
        count, requests = count + 1, (*requests, *step.requests)
        if step.status is AttemptStatus.RETRY and after is not None and after.id == step.id:
            continue
        is_over = step.status is AttemptStatus.RETRY and (after is not None or run.state.is_final)
        status = AttemptStatus.FAILED if is_over else step.status
        yield replace(step, status=status, attempts=count, requests=requests)
        count, requests = 0, ()


def _steps(
    expected: Sequence[StepExpectation],
    carried_out: Sequence[RecordedStep],
) -> Iterator[Difference]:
    """Reports the differences of the steps. A skipped step counts if the test names
    it as skipped.
    """
    named = {item.id for item in expected if item.status != "ok"}
    got = [
        step
        for step in carried_out
        if step.action != _FOLLOW_UP
        and (step.status is not AttemptStatus.SKIPPED or step.id in named)
    ]
    if [item.id for item in expected] != [step.id for step in got]:
        reason = reasons.test_actions_differ(
            expected=[item.id for item in expected] or [reasons.test_no_actions()],
            got=[step.id for step in got] or [reasons.test_no_actions()],
        )
        yield (), reason
        return
    for number, (item, step) in enumerate(zip(expected, got, strict=True)):
        for path, reason in _step(item, step):
            yield (number, *path), reason


def _step(expected: StepExpectation, got: RecordedStep) -> Iterator[Difference]:
    unanswered = expected.status == "unanswered" and got.answer not in ("", "answered")
    if expected.status not in (got.status, got.answer) and not unanswered:
        status = got.answer or got.status.value
        reason = reasons.test_status_differs(
            step=got.id, expected=expected.status, got=status, because=got.summary
        )
        yield ("status",), reason
    words = got.words
    for word in seen_words(StepExpectation):
        wanted, value = getattr(expected, word), words.get(word)
        if wanted is None or wanted == ():
            continue
        if word == "sends":
            yield from _among(f"{got.id}: sends", wanted, got.sent, (word,))
            continue
        if word == "contains":
            value, wanted = words["text"], {"contains": list(wanted)}
        if word == "reason":
            wanted, value = _codes(got.summary, wanted)
        is_silent = word in ("text", "contains") and value is None
        for unlike in _unlike(wanted, "" if is_silent else value):
            yield (word, *unlike.path), _step_reason(got.id, word, unlike)


def _step_reason(step: str, word: str, unlike: "_Unlike") -> Reason:
    """The sentence about a word of a step, which texts and receivers have of their own."""
    said, got = str(unlike.expected), str(unlike.got)
    if word == "text" and unlike.how == "equals":
        return reasons.test_text_differs(step=step, expected=said, got=got)
    if word in ("text", "contains") and unlike.how == "contains":
        return reasons.test_text_lacks(step=step, expected=said, got=got)
    if word == "to" and unlike.how == "equals":
        receiver = _NOBODY if unlike.got is None else got
        return reasons.test_receiver_differs(step=step, expected=said, got=receiver)
    return unlike.reason(f"{step}: {word}")


def _follow_ups(
    expected: Sequence[FollowUpExpectation], results: RuleResults
) -> Iterator[Difference]:
    planned = results.follow_ups
    if len(expected) != len(planned):
        yield (), reasons.test_follow_ups_differ(expected=len(expected), got=len(planned))
    for index, (item, run) in enumerate(zip(expected, planned, strict=False)):
        number, waits_ms = index + 1, run.run_at - run.created_at
        if item.after is not None and round(item.after * 1000) != waits_ms:
            reason = reasons.test_follow_up_time_differs(
                number=number, expected=round(item.after * 1000), got=waits_ms
            )
            yield (index, "after"), reason
        is_cancelled = run.state is RunState.CANCELLED
        if item.cancelled and not is_cancelled:
            yield (index, "cancelled"), reasons.test_follow_up_goes_on(number=number)
        elif is_cancelled and not item.cancelled and item.cancelled is not None:
            yield (index, "cancelled"), reasons.test_follow_up_cancelled(number=number)
        for path, reason in _steps(item.actions or (), results.steps_of([run])):
            if item.actions is not None:
                yield (index, "actions", *path), reason


def _contact(expected: Mapping[str, Any], results: RuleResults) -> Iterator[Difference]:
    """Reports the differences in remembered values: names of `state`, and facts of the contact."""
    contact = results.contact
    of_contact = {name: contact.get(name) for name in ("tags", "opted_out", "blocked")}
    known = {**(contact.get("state") or {}), **of_contact}
    for name, value in expected.items():
        for unlike in _unlike(value, known.get(name)):
            reason = unlike.reason(f"contact: {name}")
            if unlike.how == "equals" and not unlike.path:
                reason = reasons.test_contact_differs(
                    name=name, expected=str(value), got=str(known.get(name))
                )
            yield (name, *unlike.path), reason


def _among(
    what: str,
    expected: Sequence[SentExpectation | LineExpectation],
    found: Sequence[Mapping[str, Any]],
    path: Path = (),
) -> Iterator[Difference]:
    """Reports what is expected and not found; with `[]`, what is found nevertheless."""
    if not expected and found:
        yield path, reasons.test_nothing_expected(what=what, got=[_named(one) for one in found])
    for number, item in enumerate(map(_said, expected)):
        compared = [(one, list(_unlike(item, one))) for one in found]
        one, unlike = min(compared, key=lambda pair: len(pair[1]), default=({}, []))
        if not one:
            reason = reasons.test_nothing_there(what=what, expected=shown(item))
            yield (*path, number), reason
        for first in unlike[:1]:
            reason = reasons.test_not_among(
                what=what,
                expected=shown(item),
                nearest=_named(one),
                difference=first.reason(what),
            )
            yield (*path, number, *first.path), reason


def _never_sends(
    unwanted: Sequence[SentExpectation], sent: Sequence[Mapping[str, Any]]
) -> Iterator[Difference]:
    for number, item in enumerate(map(_said, unwanted)):
        for one in sent:
            if not any(_unlike(item, one)):
                reason = reasons.test_value_unwanted(
                    what="never_sends", expected=shown(item), got=_named(one)
                )
                yield (number,), reason


def _values(what: str, expected: Any, got: Any) -> Iterator[Difference]:
    return ((unlike.path, unlike.reason(what)) for unlike in _unlike(expected, got))


def _codes(reason: Reason | None, expected: Any) -> tuple[Any, Any]:
    """A reason is expected by its code, or by the code of a reason within it."""
    wanted = {"contains": expected} if isinstance(expected, str) else expected
    return wanted, list(reason.codes()) if reason else []


#: The comparison of each key of `expect`, besides the keys about the decision.
_DIFFERENCES: Mapping[str, Callable[[Any, RuleResults], Iterator[Difference]]] = {
    "suppressed": _suppressed,
    "actions": lambda wanted, got: _steps(wanted, got.steps),
    "on_error": lambda wanted, got: _steps(wanted, got.on_error),
    "follow_ups": _follow_ups,
    "sends": lambda wanted, got: _among("sends", wanted, got.sent),
    "never_sends": lambda unwanted, got: _never_sends(unwanted, got.sent),
    "log": lambda wanted, got: _among("log", wanted, got.lines),
    "vars": lambda wanted, got: _values("vars", wanted, got.vars),
    "contact": _contact,
    "state": lambda wanted, got: _values("state", wanted, got.last and got.last.state.label),
    "outcome": lambda wanted, got: _values(
        "outcome", wanted, got.last and got.last.outcome and got.last.outcome.label
    ),
    "reason": lambda wanted, got: _values(
        "reason", *_codes(got.last.reason if got.last else None, wanted)
    ),
}


def _said(expected: SentExpectation | LineExpectation) -> dict[str, Any]:
    """Returns what is expected by its words."""
    return {name: value for name, value in expected if value is not None}


def _named(found: Mapping[str, Any]) -> str:
    """Names something that was sent or written: its receiver or address, and its text."""
    parts = found.get("method"), found.get("to") or found.get("url"), found.get("text")
    return in_one_line(" ".join(filter(None, parts)), _MOST_SHOWN)


# --- A value that is expected, compared with the value that is there ---


_MOST_SHOWN = 200


@record
class _Unlike:
    """One difference between an expected value and the value that is there."""

    #: The keys and numbers that lead to the part that differs.
    path: Path
    #: The word of `COMPARISONS` by which it was compared.
    how: str = "equals"
    expected: Any
    got: Any

    def reason(self, what: str) -> Reason:
        """The sentence about it; `what` names the whole value."""
        kind = {
            "contains": reasons.test_value_lacks,
            "matches": reasons.test_value_unmatched,
            "not": reasons.test_value_unwanted,
        }.get(self.how, reasons.test_value_differs)
        where = ".".join([what, *(str(part) for part in self.path if part not in COMPARISONS)])
        got = self.got if isinstance(self.got, Reason) else shown(self.got)
        return kind(what=where, expected=shown(self.expected), got=got)


def shown(value: Any) -> str:
    """Returns a value as JSON, shortened for a sentence."""
    return shortened(dump_json(value).decode(), _MOST_SHOWN)


def _unlike(expected: Any, got: Any, path: Path = ()) -> Iterator[_Unlike]:
    """Yields the differences: of a mapping only in the keys that are expected."""
    compared = comparisons_in(expected)
    if compared is not None:
        for how, wanted in compared.items():
            for part in _failing(how, wanted, got):
                yield _Unlike(path=(*path, how), how=how, expected=part, got=got)
    elif isinstance(expected, Mapping) and isinstance(got, Mapping):
        for name, inner in expected.items():
            if name in got or inner is None or comparisons_in(inner) is not None:
                yield from _unlike(inner, got.get(name), (*path, name))
            else:
                only = reasons.test_only_others(known=list(got) or ["-"])
                yield _Unlike(path=(*path, name), expected=inner, got=only)
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for number, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from _unlike(one, other, (*path, number))
    elif not _is_same(expected, got):
        yield _Unlike(path=path, expected=expected, got=got)


def _failing(how: str, wanted: Any, got: Any) -> list[Any]:
    """Returns the parts of a comparison that do not hold."""
    match how:
        case "contains":
            parts = wanted if isinstance(wanted, list) else [wanted]
            return [part for part in parts if not _has(got, part)]
        case "matches":
            holds = compile_pattern(wanted).is_in(_as_text(got))
        case "not":
            holds = any(_unlike(wanted, got))
        case _:
            holds = _is_same(wanted, got)
    return [] if holds else [wanted]


def _as_text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return dump_json(value).decode()


def _has(got: Any, part: Any) -> bool:
    """Whether a text has a part, a list an item, or a mapping these keys with these values."""
    if isinstance(got, list):
        return any(not any(_unlike(part, item)) for item in got)
    if isinstance(part, Mapping):
        return not any(_unlike(part, got))
    return str(part) in _as_text(got)


def _is_same(expected: Any, got: Any) -> bool:
    """Whether two values are equal as JSON: 1 is not true, and a text is not a number."""
    if isinstance(got, Plain) or (isinstance(expected, str) and isinstance(got, Mapping | list)):
        return _as_text(got) == _as_text(expected)
    return bool(expected == got) and isinstance(expected, bool) == isinstance(got, bool)
