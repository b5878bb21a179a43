"""Previews decide, say and send what the live engine does, in the same order: simulations of stored
events and of lines of a file, tests of rules, backtests and tries.
"""

import asyncio
import contextlib
import json
import os
import re
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine, and_, create_engine, literal_column, select

from automator.actions import builtin_actions
from automator.clock import ManualClock, SystemClock, iso_time
from automator.configuration.settings import Budgets, Settings
from automator.engine.attempts.recording import request_text
from automator.engine.explanation.why import explain_detail
from automator.engine.intake.intake import Accepted
from automator.engine.outbound import circuit_breaker
from automator.engine.rulesets.revisions import Revisions
from automator.engine.runs import progress
from automator.engine.tryout.trial_events import events_in
from automator.engine.tryout.trial_result import Trial, TriedRun, TriedStep
from automator.engine.tryout.tryout import Subject, try_event_here
from automator.http.json_body import dump_json
from automator.http.types import HttpReply, InboundRequest
from automator.model import (
    Attempt,
    AttemptStatus,
    Event,
    Place,
    Reason,
    Run,
    RunState,
    Waits,
    format_id,
)
from automator.model.ids import ID_PATTERN
from automator.model.log_filters import RunFilter
from automator.model.rule import ON_ERROR_PATH
from automator.model.speech import APPROVALS
from automator.plugins import Provider
from automator.providers.simulator import sample_names
from automator.reasons.attempts.steps import contact_budget
from automator.reasons.limits import collected, collected_last
from automator.reasons.runs import not_absent_before
from automator.rules import RuleContext, RuleExplanation, RuleTest, RuleTestSource, load_rules
from automator.server.rule_tests.setup import setup_of
from automator.server.tryout.subjects import tryout_parts
from automator.simulation import rule_tests
from automator.simulation.backtest import Range, play_side
from automator.simulation.event_lines import LineReader
from automator.simulation.incoming import StoredEvents
from automator.simulation.rule_tests import run_test
from automator.simulation.simulation import (
    InlineExecutor,
    Setting,
    SimulatedRun,
    Simulation,
    SimulationSetup,
    runs_of,
    simulating,
)
from automator.store import EventDetail, Log, RunRow, open_reader
from automator.store.database.statements import Statement
from automator.store.log.queries import RUN_ROWS
from automator.store.queue.lanes import has_one_before
from automator.store.queue.run_rows import RUN_COLUMNS, run_from_row
from automator.store.runs.seen_values import load_seen
from automator.store.schema.tables import UNFINISHED
from automator.store.schema.tables import attempts as attempts_table
from automator.store.schema.tables import events as events_table
from automator.store.schema.tables import runs as runs_table
from automator.store.search.log_rows import (
    ATTEMPT_COLUMNS,
    EVENT_COLUMNS,
    attempt_from_row,
    event_from_row,
)
from tests.support.http import SentRequest, a_reply
from tests.support.postgresql import PostgreSQLServer
from tests.support.stories import (
    BOT,
    HOUR_MS,
    NOTIFY,
    OA,
    OPEN,
    ORDERS,
    PAGE,
    REPO,
    START_MS,
    TARGETS,
    Happening,
    Plot,
    Source,
    connections,
    stories,
)
from tests.support.world import World, a_world, database_in, keep_in

CONNECTIONS = connections()
#: How long time goes on after the last event.
AFTER_MS = 22 * HOUR_MS
SPEAKING = ("reply", "private_reply", "message", "ask")
SENDING = (*SPEAKING, "forward", "request", "notify", "moderate")
UNFINISHED_RUNS = RunFilter(states=(RunState.QUEUED, RunState.RUNNING), ended_waits=True)


# --- What an engine has done, without what names it differently in each ---


@dataclass(frozen=True)
class Story:
    """What has happened."""

    #: Of each run: its event, rule and path, its states and times, and its attempts.
    runs: Sequence[Any]
    #: What went out, in order: that of time, and within each conversation.
    sent: Sequence[Any]
    #: Of each event and rule: whether it matches, and why.
    decisions: Sequence[Any]


class Names:
    """Names for the ids of a log that mean the same in another log."""

    def __init__(self, runs: Iterable[RunRow], events: Iterable[Event]) -> None:
        self._named: dict[str, str] = {}
        self.events: dict[int, str] = {}
        for run in runs:
            self.name(run.id, "a run")
        counts = Counter[str]()
        for row in events:
            # The key of an event that a rule has raised names the event before it.
            key = f"{row.connection}/{row.type}"
            counts[key] += 1
            is_own = row.type.startswith("schedule.") or row.type == "order.flagged"
            key += f" {self.of(row.dedupe_key) if is_own else counts[key]}"
            self.events[row.id] = key
            self.name(row.id, key)
            self.name(row.delivery_id, "a delivery")

    def name(self, number: int, name: str) -> None:
        self._named |= {format_id(number): name, str(number): name}

    def of(self, what: Any) -> str:
        """A text or a reason, without ids and without what differs between two runs."""
        # A try makes ids of its own.
        what = re.sub(r"(event=order\.flagged id=)\d{19}", r"\1an event", str(what))
        text = re.sub(r"\brun([-=])\d{19}\b", r"run\1a run", str(what))
        # A person has a name, and decides at a time.
        text = re.sub(r"\b(after_approval within=\d+|approved by=Lan at=\d+)", "approved", text)
        text = re.sub(r"\b(declined_in_test|declined by=Lan at=\d+)", "declined", text)
        text = re.sub(rf"\brun {ID_PATTERN[1:-1]}\b", "run a run", text)
        text = re.sub(r"\w+", lambda found: self._named.get(found[0], found[0]), text)
        # A person who writes a delivery down leaves out the program that sent it.
        text = re.sub(r',"user-agent":("[^"]*"|null)', "", text)
        return without_chosen(text)

    def reason(self, reason: Reason | None) -> str | None:
        return None if reason is None else self.of(reason)


def without_chosen(text: str) -> str:
    """A text without the words of it that are one of several: the run decides which it says."""
    return re.sub(r"(riêng )?(một|hai|ba) r", "one of r", text)


async def story_of(log: Log, revisions: Revisions) -> Story:
    """The story that a store tells."""
    return (await WholeLog.of(log, revisions)).story()


@dataclass
class WholeLog:
    """Everything in a log, read at once: run after run takes many times as long."""

    names: Names
    runs: Sequence[RunRow]
    attempts: Mapping[int, Sequence[Attempt]]
    #: The decisions of all rules about each event.
    explained: Mapping[int, Sequence[RuleExplanation]]

    @classmethod
    async def of(cls, log: Log, revisions: Revisions) -> "WholeLog":
        with log.queries() as db:
            rows = [
                RunRow(run=run_from_row(row), last_summary=None, **_beside(RUN_COLUMNS, row))
                for row in db.query(_RUNS)
            ]
            known = {row.id: row for row in db.query(_EVENTS)}
            event_of = {row.id: known[row.run.event_id] for row in rows}
            attempts = defaultdict[int, list[Attempt]](list)
            for row in db.query(_ATTEMPTS):
                columns = SimpleNamespace(**row._asdict(), _mapping=row._asdict())
                attempt = attempt_from_row(columns, event_of[row.run_id].body)
                attempts[row.run_id].append(attempt)
        events = {number: event_from_row(row) for number, row in known.items()}
        explained = {}
        contacts: dict[str | None, Mapping[str, Any]] = {None: {}}
        for number, event in events.items():
            if event.contact not in contacts:
                contacts[event.contact] = log.contact(event.contact)
            detail = EventDetail(
                event=event,
                delivery=None,
                runs=tuple(row for row in reversed(rows) if row.run.event_id == number),
                revision=known[number].revision,
                seen=load_seen(known[number].seen),
            )
            rule_set = await revisions.of(detail.revision)
            contact = contacts[event.contact]
            found = explain_detail(detail, rule_set, contact, None)
            explained[number] = [item.explanation for item in found.rules]
        return cls(Names(rows, events.values()), rows, attempts, explained)

    def story(self) -> Story:
        """What has happened, under names that all logs share."""
        names, runs, sent = self.names, [], []
        for row in self.runs:
            run, event = row.run, names.events[row.run.event_id]
            attempts = self.attempts.get(row.id, ())
            runs.append(
                (run.created_at, event, run.rule, run.path, row.became, run.run_at,
                 names.reason(run.reason), names.reason(run.note), run.is_of_question,
                 [_tried(names, item) for item in attempts])
            )  # fmt: skip
            # Of two conversations nobody promises which one comes first within the same moment.
            place = run.lane or f"{event} {run.rule}"
            sent += [
                ((item.started_at, place, item.id), run.rule, item.step,
                 _essence(names, item.request))
                for item in attempts
                if item.request is not None
            ]  # fmt: skip
        decisions = [
            (event, *decided(names, item))
            for event_id, event in names.events.items()
            for item in self.explained[event_id]
        ]
        return Story(
            sorted(runs, key=str),
            [(key[0], *item) for key, *item in sorted(sent)],
            sorted(decisions, key=str),
        )


def _beside(columns: Sequence[Any], row: Any) -> dict[str, Any]:
    """The values of a row behind these columns."""
    named = row._asdict()
    del named["last_summary"]
    return dict(list(named.items())[len(columns) :])


_RUNS = Statement(RUN_ROWS.order_by(runs_table.c.id))
_EVENTS = Statement(select(*EVENT_COLUMNS).order_by(events_table.c.id))
_ATTEMPTS = Statement(select(*ATTEMPT_COLUMNS).order_by(attempts_table.c.id))


def _tried(names: Names, item: Any) -> Any:
    said = None if item.said is None else names.of(item.said)
    return item.started_at, item.step, item.status.value, names.of(item.summary), said


def decided(names: Names, explained: RuleExplanation) -> Any:
    """What a rule has decided, with what its conditions have."""
    held = [(item.text, item.holds, item.decides) for item in explained.conditions]
    return explained.rule, explained.matched, names.of(explained.decided_by), held


def _essence(names: Names, request: Mapping[str, Any]) -> tuple[Any, ...]:
    """What was sent, without the ids of the run that some bodies carry."""
    return request["method"], names.of(request["url"]), names.of(request["body"])


# --- The live engine ---


@dataclass
class Outside:
    """The other side of everything that the live engine sends."""

    answers: Mapping[str, Mapping[str, Any]]
    usual: Mapping[str, bytes]
    #: The step that wrote to an address last: a look-up there names no step.
    wrote: dict[str, str] = field(default_factory=dict)

    async def answer(self, request: SentRequest) -> HttpReply:
        """What a test of a rule would assume for the step that asks, else a success."""
        written = f"{request.url} {request.body.decode()}"
        asking, place = re.search(r"\br\d\w*s\d\w*", written), request.url.partition("?")[0]
        if asking is not None:
            self.wrote[place] = asking[0]
        headers = {"content-type": "application/json"}
        step = self.wrote.get(place, "") if asking or request.method == "GET" else ""
        if given := self.answers.get(step):
            body = json.dumps(given["body"]).encode() if "body" in given else b""
            return a_reply(given["status"], body, {**headers, **given.get("headers", {})})
        found = (body for part, body in self.usual.items() if part in request.url)
        return a_reply(200, next(found, b""), headers)


@dataclass
class Live:
    """What the live engine has done, when its time ended, and how tries differ from it."""

    log: "WholeLog"
    ended_ms: int
    #: What tries have said of events before they came in, and what then happened.
    tried: list[Any] = field(default_factory=list)
    happened: list[Any] = field(default_factory=list)


async def live(folder: Path, plot: Plot) -> Live:
    """The live engine over a database. Only what writes to it has a thread of its own."""
    asyncio.get_running_loop().set_default_executor(InlineExecutor())
    clock = ManualClock(START_MS)
    # Its own, as the engine gives them their tokens.
    known = connections()
    others = {name: item for name, item in known.items() if name != PAGE}
    async with a_world(
        folder, plot.rules, clock=clock, intervals=OPEN, others=others, notify=NOTIFY
    ) as world:
        world.provider.options = known[PAGE].options
        usual = {"127.0.0.1:1/facebook": known[PAGE], "zalo": known[OA]}
        usual |= {"telegram": known[BOT], "github": known[REPO]}
        bodies = {place: dump_json(item.answer_when_sent) for place, item in usual.items()}
        world.http.answer = Outside(plot.answers, bodies).answer
        assert world.rulebook.active.rule_set.rules, world.rulebook.problems
        await world.schedules.fire_due()
        foretold = []
        for happening in plot.happenings:
            await goes_on(world, plot, clock.now_ms() + happening.gap * 60_000)
            provider = known[happening.source.connection]
            request = happening.request(provider, clock.now_ms())
            # A try assumes that messages are approved.
            trial = (
                None
                if plot.approval in ("declined", "expired")
                else await trial_of(world, plot, provider, request)
            )
            accepted = await world.intake.receive(provider, request)
            assert isinstance(accepted, Accepted)
            await settled(world, plot)
            if trial is not None and not accepted.receipts[0].duplicate:
                foretold.append((trial, accepted.receipts[0].event_id))
        await goes_on(world, plot, clock.now_ms() + AFTER_MS)
        log = await WholeLog.of(world.store.log, world.rulebook.revisions)
        told = Live(log, clock.now_ms())
        for trial, event_id in foretold:
            compare(told, plot, trial, event_id)
        return told


#: The unfinished runs, each with whether another one goes before it in its lane.
_UNFINISHED = Statement(
    select(
        runs_table.c.id,
        runs_table.c.state,
        runs_table.c.run_at,
        runs_table.c.waits_for,
        runs_table.c.step,
        and_(runs_table.c.lane.is_not(None), has_one_before).label("is_behind"),
    )
    .where(literal_column(UNFINISHED))
    # A person decides in this order, as a preview does.
    .order_by(runs_table.c.id)
)
_MOST_LOOKS = 20_000


def unfinished(world: World) -> Sequence[Any]:
    with world.store.log.queries() as db:
        return db.query(_UNFINISHED)


async def goes_on(world: World, plot: Plot, until_ms: int) -> None:
    """Time goes by, from one thing that is due to the next."""
    while (now_ms := world.clock.now_ms()) < until_ms:
        # The store knows an earlier time than that of a run which has been put off since.
        timed = world.schedules.next_at, world.firings.next_at
        known = (*(row.run_at for row in unfinished(world)), *timed)
        due = min((at for at in known if at is not None and at > now_ms), default=until_ms)
        due = min(due, until_ms)
        await world.moves_clock((due - now_ms) / 1000)
        await settled(world, plot)


async def settled(world: World, plot: Plot) -> None:
    """Until no run is under way, and none is due but runs that wait for an earlier one to end:
    behind it in its lane, or for its place.
    """
    is_quiet = False
    for _ in range(_MOST_LOOKS):
        rows, was_quiet, now_ms = unfinished(world), is_quiet, world.clock.now_ms()
        is_quiet = not any(
            row.state == RunState.RUNNING
            or (row.run_at <= now_ms and not row.is_behind and row.waits_for != Waits.PLACE)
            for row in rows
        )
        waiting = [row.id for row in rows if row.waits_for == Waits.APPROVAL]
        if is_quiet and waiting and plot.approval != "expired":
            await decide(world, plot, waiting)
            is_quiet = False
            continue
        if is_quiet and was_quiet:
            return
        if is_quiet:
            # What was committed may have to reach the engine yet.
            await world.committed()
        else:
            world.runner.wake()
            await asyncio.sleep(0.001)
    raise AssertionError(f"still busy: {rows}")


async def decide(world: World, plot: Plot, waiting: Sequence[int]) -> None:
    """A person decides about the messages that wait for it."""
    approvals = world.store.approvals
    for run_id in waiting:
        detail = world.store.log.run(run_id)
        assert detail is not None
        for step, kept in detail.run.data[APPROVALS].items():
            if not kept.get("decided"):
                judge = approvals.approve if plot.approval == "approved" else approvals.decline
                assert await judge(run_id, step, "Lan")


# --- Tries ---


async def trial_of(
    world: World, plot: Plot, provider: Provider, request: InboundRequest
) -> Trial | None:
    """A try of an event that is about to come in; None if earlier runs still have to act."""
    log = world.store.log
    rows = log.runs(UNFINISHED_RUNS, limit=1_000)
    if any(not row.run.path or row.run.is_of_question or row.attempts for row in rows):
        return None
    found = events_in(provider, request)
    if len(found) != 1:
        return None
    ((event, delivery),) = found
    own = Settings(targets=TARGETS, notify=NOTIFY)
    parts = tryout_parts(builtin_actions(), CONNECTIONS, own, SystemClock(), contact_of=log.contact)
    subject = Subject(
        event=event,
        at=request.received_at,
        contact={} if event.contact is None else log.contact(event.contact),
        delivery=delivery,
        answers=plot.answers,
    )
    return await try_event_here(parts, world.rulebook.active.rule_set, subject, log.limits_of)


def compare(told: Live, plot: Plot, trial: Trial, event_id: int) -> None:
    """Takes down what a try said of an event and what happened, until something else came in."""
    log, names = told.log, told.log.names
    # What another event has started may act for the same person, which a try knows nothing of. An
    # event that a step raises may have done so at once.
    acted = (
        begins_at(row.run, attempts) + (row.run.event_id > event_id and changes_person(attempts))
        for row in log.runs
        if row.run.event_id != event_id and row.run.contact == trial.event.contact
        for attempts in [log.attempts.get(row.id, ())]
    )
    later = (at for at in (*plot.arrive_at, *acted) if at > trial.at)
    until_ms = min(later, default=told.ended_ms)
    if plot.approval:
        # People decide about all messages before the first one fails, and a try about each in turn.
        failed = (item for item in trial.runs if item.path == ON_ERROR_PATH)
        until_ms = min([until_ms, *(item.at for item in failed if changes_person(item.steps))])
    if plot.arrive_at.count(trial.at) > 1:
        return
    names.name(trial.event.id, names.events[event_id])
    explained = log.explained[event_id]
    told.happened += sorted((in_short(decided(names, item)) for item in explained), key=str)
    told.tried += sorted((in_short(decided(names, item)) for item in trial.rules), key=str)
    runs = [row.run for row in log.runs if row.run.event_id == event_id]
    # A try does not wait behind a run of the lane that is tried again.
    waits = {
        runs_on.id: (again[0], runs_on.finished_at or told.ended_ms)
        for runs_on in runs
        for again in [[one.started_at for one in log.attempts.get(runs_on.id, ()) if is_again(one)]]
        if again
    }
    began = {
        (run.rule, run.path): begins_at(run, log.attempts[run.id])
        for run in runs
        if log.attempts.get(run.id)
    }
    late = {
        (item.rule, item.path)
        for item in trial.runs
        for first, last in waits.values()
        if first < item.at <= last or first == item.at < began.get((item.rule, item.path), item.at)
    } | {(run.rule, run.path) for run in runs if waits and not log.attempts.get(run.id)}
    # The run that waits may have begun before the other one failed, and have waited for people.
    late |= {
        (run.rule, run.path)
        for run in runs
        for acted in [[one.started_at for one in log.attempts.get(run.id, ())]]
        for other, (first, _) in waits.items()
        if acted and other != run.id and acted[0] <= first < acted[-1]
    }
    # Nor does a try know when such a run would fail, and have its `on_error`.
    late |= {(rule, ON_ERROR_PATH) for rule, _ in late}
    # Nor that the awaited event has come before an event that is late.
    late |= {
        (run.rule, run.path)
        for run in runs
        if run.reason is not None and run.reason.code == not_absent_before.code
    }
    # What follows a later attempt is not tried either.
    again_at = {
        run.id: min(
            (one.started_at for one in log.attempts.get(run.id, ()) if is_again(one)),
            default=told.ended_ms,
        )
        for run in runs
    }
    # A try ends where the answer to a question is waited for.
    asked = {run.id for run in runs if run.is_of_question}
    told.happened += sorted(
        (
            of_run(names, run, attempts, until_ms)
            for run in runs
            for attempts in [log.attempts.get(run.id, ())]
            if asked.isdisjoint((run.id, run.parent_id))
            and begins_at(run, attempts) < until_ms
            # A try shows what a rule in shadow mode would do as if it were live.
            and not run.is_shadow
            and (run.rule, run.path) not in late
            and run.created_at <= again_at.get(run.parent_id, told.ended_ms)
        ),
        key=str,
    )
    told.tried += sorted(
        (
            of_try(names, item, until_ms)
            for item in trial.runs
            if item.at < until_ms and not item.shadow and (item.rule, item.path) not in late
        ),
        key=str,
    )


def in_short(decision: Any) -> Any:
    """A decision without the conditions that did not decide. Nobody keeps the values that they
    would have read, so an explanation takes what the contact has since.
    """
    rule, matched, by, held = decision
    return decision if matched else (rule, by, [one for one in held if one[-1]])


def is_again(attempt: Attempt | TriedStep) -> bool:
    """Whether the step may be tried again after this attempt."""
    return attempt.status in (AttemptStatus.RETRY, AttemptStatus.UNKNOWN)


def changes_person(attempts: Sequence[Attempt | TriedStep]) -> bool:
    """Whether what follows for the same person may be something else after these attempts."""
    return any(item.action in ("remember", "cancel_follow_ups") for item in attempts)


def begins_at(run: Run, attempts: Sequence[Attempt]) -> int:
    return attempts[0].started_at if attempts else run.run_at


def of_run(names: Names, run: Run, attempts: Sequence[Attempt], until_ms: int) -> Any:
    """What a run has done at first; later attempts of a step are not tried."""
    steps = []
    at = begins_at(run, attempts)
    for number, item in enumerate(attempts):
        if item.started_at >= until_ms:
            break
        request = None if item.request is None else _essence(names, item.request)
        steps.append((item.step, item.status.value, names.of(item.summary), request))
        behind = attempts[number + 1 :]
        is_held = behind[0].step != item.step if behind else run.state is RunState.DEAD
        if item.status is AttemptStatus.RETRY or (is_again(item) and not is_held):
            return run.rule, run.path, at, "tried again", steps
    return run.rule, run.path, at, (run.state.label, names.reason(run.reason)), steps


def of_try(names: Names, run: TriedRun, until_ms: int) -> Any:
    """The same of a run that was tried."""
    steps = [
        (
            item.id,
            item.status.value,
            names.of(item.summary),
            _essence(names, item.requests[-1]) if item.requests else None,
        )
        for item in run.steps
    ]
    if run.state is RunState.QUEUED and run.steps and is_again(run.steps[-1]):
        return run.rule, run.path, run.at, "tried again", steps
    return run.rule, run.path, run.at, (run.state.label, names.reason(run.reason)), steps


# --- The other previews ---


def setup(text: str) -> SimulationSetup:
    """The same rules, connections and settings as those of the live engine."""
    rule_context = RuleContext(
        actions=builtin_actions(),
        time_intervals=OPEN,
        samples=frozenset(sample_names()),
        advises=False,
    )
    own = Settings(targets=TARGETS, notify=NOTIFY, budgets=Budgets(), workers=8)
    return setup_of({"shop.yaml": text}, rule_context, own, CONNECTIONS)


async def simulated(plot: Plot, log: Log, until_ms: int) -> Story:
    """A simulation of the events of a log."""
    stored = StoredEvents(
        log=log, connections=CONNECTIONS, after=0, until_ms=until_ms + 1, most=1_000,
        with_deliveries=True,
    )  # fmt: skip
    async with simulating(setup(plot.rules), _setting(plot)) as simulation:
        await simulation.play(stored.arrivals(), until_ms)
        return await story_of(simulation.store.log, simulation.engine.rulebook.revisions)


def _setting(plot: Plot) -> Setting:
    approval = plot.approval or "approved"
    return Setting(starts_at=START_MS, answers=plot.answers, approval=approval)


def written(plot: Plot) -> list[dict[str, Any]]:
    """What comes in, as a person writes it into a test or a file of events."""
    lines, at = [], START_MS
    for happening in plot.happenings:
        at += happening.gap * 60_000
        source = happening.source
        line: dict[str, Any] = {"connection": source.connection, "after": f"{happening.gap}m"}
        if source.needs_headers:
            line |= {"sample": source.sample, "with": happening.changes()}
        else:
            line["delivery"] = happening.request(CONNECTIONS[source.connection], at).body.decode()
        lines.append(line)
    return lines


async def simulated_lines(plot: Plot, folder: Path, until_ms: int) -> Story:
    """A simulation of the same events in a file."""
    file = folder / "events.ndjson"
    file.write_text("\n".join(map(json.dumps, written(plot))), encoding="utf-8")
    own = setup(plot.rules)
    loaded = load_rules(own.rule_context, own.files)
    reader = LineReader(setup=own, rules=loaded.rule_set, starts_at=START_MS, now_ms=START_MS)
    arrivals = reader.read(file)
    assert not reader.problems, [str(item.reason) for item in reader.problems]
    async with simulating(own, _setting(plot)) as simulation:
        await simulation.play(arrivals, until_ms)
        return await story_of(simulation.store.log, simulation.engine.rulebook.revisions)


#: How the ids of events and runs are written.
_ID = re.compile(rf"\b({ID_PATTERN[1:-1]}|\d{{19}})\b")


def backtested(plot: Plot, folder: Path, log: Log, until_ms: int) -> tuple[set[Any], int]:
    """What a side of a backtest has sent, and when its time ended."""
    whole = Range(after=0, until_ms=until_ms + 1, most=1_000)
    ended = play_side(setup(plot.rules), folder / "side.db", whole, log, lambda: False)
    with contextlib.closing(sqlite3.connect(folder / "side.db")) as db:
        rows = db.execute("SELECT rule, path, step, at, action, what FROM done").fetchall()
    return {
        # What belongs to a message stands behind its words.
        (*row, action, _alike(what.partition(' {"')[0] if action in SPEAKING else what))
        for *row, action, what in rows
        if action in SENDING
    }, ended.now_ms


def sent_by(log: WholeLog) -> set[Any]:
    """The same, as the log of the live engine has it."""
    return {
        (run.rule, run.path, item.step, item.started_at, item.action, _alike(what))
        for row in log.runs
        if not (run := row.run).is_shadow
        for item in log.attempts.get(row.id, ())
        if item.request is not None and item.status is AttemptStatus.OK
        for what in [item.said if item.action in SPEAKING else request_text(item.request)]
    }


def _alike(what: str | None) -> str:
    return without_chosen(_ID.sub("an id", what or ""))


async def in_a_test(plot: Plot, patch: pytest.MonkeyPatch) -> Story:
    """What happens in the test of a rule."""
    told: list[Story] = []

    async def watched(simulation: Simulation, rule: str) -> Sequence[SimulatedRun]:
        log, revisions = simulation.store.log, simulation.engine.rulebook.revisions
        told[:] = [await story_of(log, revisions)]
        return await runs_of(simulation, rule)

    patch.setattr(rule_tests, "runs_of", watched)
    source = RuleTestSource.model_validate(
        {
            "name": "the story",
            "given": {
                "clock": iso_time(START_MS),
                "answers": plot.answers,
                "approval": plot.approval or "approved",
            },
            "events": written(plot),
            "run_for": f"{AFTER_MS // 1000}s",
            "expect": {},
        }
    )
    result = await run_test(setup(plot.rules), RuleTest("rule-0", Place("shop.yaml", 1, 1), source))
    assert result.passed, [str(failure) for failure in result.failures]
    (story,) = told
    return story


def without_chance(patch: pytest.MonkeyPatch) -> None:
    """Takes the middle of what is drawn by a run's id, as previews do, and finds no target down."""
    patch.setattr(circuit_breaker, "OPENS_AFTER", 10_000)
    patch.setattr(circuit_breaker, "WINDOW_OUTCOMES", 10_000)
    patch.setattr(progress, "JITTER", 0.0)
    patch.setattr("automator.plugins.action.drawn_from", lambda _key: 0.5)
    patch.setattr("automator.engine.runs.hindrances.drawn_from", lambda _key: 0.0)
    patch.setattr(
        "automator.configuration.calendar.Calendar.spread_opening",
        lambda self, at, _share: self.next_opening(at),
    )


_ENGINES: dict[Any, Engine] = {}


def sharing_statements(patch: pytest.MonkeyPatch) -> None:
    """Lets all engines of one kind share compiled statements, which each would compile anew."""

    def create(url: Any, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        kind = engine.dialect.name, options.get("poolclass"), options.get("isolation_level")
        first: Any = _ENGINES.setdefault(kind, engine)
        made: Any = engine
        made.dialect, made._compiled_cache = first.dialect, first._compiled_cache
        return engine

    for module in ("address", "sqlite", "postgresql"):
        patch.setattr(f"automator.store.database.{module}.create_engine", create)


def same(there: Story, really: Story) -> None:
    assert there.sent == really.sent
    assert there.runs == really.runs
    assert there.decisions == really.decisions


def is_race(story: Story) -> bool:
    """Whether runs wanted to write to a person at the same time, and one of them was too many.

    Between conversations nothing has an order, so it may be any of them.
    """
    at_once = Counter(at for *_, attempts in story.runs for at in {one[0] for one in attempts})
    return any(
        one[3].startswith(contact_budget.code) and at_once[one[0]] > 1
        for *_, attempts in story.runs
        for one in attempts
    )


def collects_at_once(runs: Iterable[RunRow]) -> bool:
    """Whether a rule has collected events of several conversations that came at the same time.

    If it is decided in the turns of these conversations, any of them may be the first.
    """
    lanes, collecting = defaultdict(set), set()
    for run in (row.run for row in runs):
        at_once = run.rule, run.created_at
        lanes[at_once].add(run.lane)
        if run.reason is not None and run.reason.code in (collected.code, collected_last.code):
            collecting.add(at_once)
    return any(len(lanes[at_once]) > 1 for at_once in collecting)


def tries_same(really: Live) -> None:
    assert really.tried == really.happened


# --- The comparison ---


def tell(plot: Plot, url: str | None) -> None:
    """Tells a story in every way, and compares."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        without_chance(patch)
        sharing_statements(patch)
        folder = Path(name)
        if url is not None:
            keep_in(folder, url)
        really = asyncio.run(live(folder, plot))
        story = really.log.story()
        if is_race(story) or collects_at_once(really.log.runs):
            return
        with contextlib.closing(open_reader(database_in(folder))) as log:
            same(asyncio.run(simulated(plot, log, really.ended_ms)), story)
            same(asyncio.run(simulated_lines(plot, folder, really.ended_ms)), story)
            same(asyncio.run(in_a_test(plot, patch)), story)
            tries_same(really)
            if not plot.answers and plot.approval in ("", "approved"):
                # A backtest assumes that all goes well.
                there, ended_ms = backtested(plot, folder, log, really.ended_ms)
                # It ends when nothing waits, which may be before or after the live engine's end.
                both_ms = min(ended_ms, really.ended_ms)
                assert {item for item in there if item[3] <= both_ms} == {
                    item for item in sent_by(really.log) if item[3] <= both_ms
                }


#: `make previews` says how many examples; otherwise they are few, and the same every time.
_EXAMPLES = os.environ.get("EXAMPLES", "")
_told = settings(
    max_examples=int(_EXAMPLES or 3),
    derandomize=not _EXAMPLES,
    suppress_health_check=list(HealthCheck),
)


@_told
@given(plot=stories())
def test_previews_and_the_live_engine_decide_say_and_send_the_same(plot: Plot) -> None:
    tell(plot, None)


@pytest.mark.long
@_told
@given(plot=stories())
def test_they_do_so_on_postgresql(postgresql: PostgreSQLServer, plot: Plot) -> None:
    url = postgresql.new_database()
    try:
        tell(plot, url)
    finally:
        postgresql.give_back(url)


# --- Stories in which a preview once did something else ---

_COMMENT = Source(PAGE, "facebook/comment.created")
_MESSAGE = Source(PAGE, "facebook/message.received")
_ORDER = Source(ORDERS, "generic/order", has_text=False)
_BUSY = {"concurrency": {"key": "event.actor.id", "limit": 1, "mode": "restart"}}
_FLAG = {
    "id": "flag",
    "if": "event.type != 'order.flagged'",
    "emit": {"type": "order.flagged", "data": {}},
}
_SAY = {"id": "say", "message": {"to": "1003", "text": "Chào"}}
_LATER = {"id": "later", "follow_up": {"after": "20m", "actions": [_SAY]}}
_FLAG_LATER = {"id": "later", "follow_up": {"after": "1h", "actions": [_FLAG]}}
#: A step that another system answers has an id like that of a random story, and says it.
_ANSWER = {"id": "r0s0", "private_reply": "Giá đây r0s0"}
_BLOCK = {"id": "block", "remember": {"blocked": True}}
_OPT_OUT = {"id": "out", "remember": {"opted_out": True}}


def _trigger(events: Any) -> Any:
    return events if isinstance(events, dict) else {"event": events}


def a_plot(
    rules: Sequence[Mapping[str, Any]],
    *sources: Source,
    person: str | None = "1001",
    answers: Mapping[str, Mapping[str, Any]] | None = None,
    approval: str = "",
) -> Plot:
    """Rules, and what comes in minute after minute."""
    named = [
        {"id": f"rule-{number}", **rule, "trigger": _trigger(rule["trigger"])}
        for number, rule in enumerate(rules)
    ]
    happenings = tuple(
        Happening(gap=1, source=source, person=person, said="giá?", late=0, number=number)
        for number, source in enumerate(sources, 1)
    )
    return Plot(json.dumps({"rules": named}), happenings, answers or {}, approval)


@pytest.mark.parametrize(
    "steps",
    [[_FLAG, _SAY], [_FLAG, {"log": "before"}, _SAY], [_FLAG, _LATER], [_FLAG, {"log": "last"}]],
    ids=["message", "log-and-message", "follow-up", "log"],
)
def test_a_run_that_an_event_of_its_own_step_replaces_goes_on_as_little_in_a_try(
    steps: Sequence[Mapping[str, Any]],
) -> None:
    triggers = ["message.received", "order.flagged"]
    tell(a_plot([{"trigger": triggers, "limits": _BUSY, "actions": steps}], _MESSAGE), None)


@pytest.mark.parametrize("between", [[], [{"cancel_follow_ups": {}}]], ids=["", "cancelled"])
def test_an_event_of_a_step_replaces_follow_ups_of_earlier_runs_in_a_try(
    between: Sequence[Mapping[str, Any]],
) -> None:
    later = {**_LATER, "if": "event.type == 'message.received'"}
    triggers = ["message.received", "order.flagged"]
    tell(
        a_plot(
            [
                {"trigger": triggers, "limits": _BUSY, "actions": [later]},
                *({"trigger": "message.received", "actions": [step]} for step in between),
                {"trigger": "message.received", "actions": [_FLAG]},
            ],
            _MESSAGE,
        ),
        None,
    )


def test_a_follow_up_that_an_event_of_its_own_step_replaces_goes_on_as_little_in_a_try() -> None:
    steps = [{**_FLAG, "id": "raise"}, _SAY]
    later = {"id": "later", "follow_up": {"after": "20m", "actions": steps}, "if": _FLAG["if"]}
    triggers = ["message.received", "order.flagged"]
    tell(a_plot([{"trigger": triggers, "limits": _BUSY, "actions": [later]}], _MESSAGE), None)


def test_an_event_of_a_step_cancels_follow_ups_of_its_run_in_a_try() -> None:
    cancelled = {"cancel_on": {"event": "order.flagged"}}
    later = {**_LATER, "follow_up": {**_LATER["follow_up"], **cancelled}}
    tell(a_plot([{"trigger": "message.received", "actions": [later, _FLAG]}], _MESSAGE), None)


def test_an_event_about_nobody_cancels_no_follow_up_in_a_try() -> None:
    cancelled = {"after": "20m", "cancel_on": {"event": "order.flagged"}}
    later = {"id": "later", "follow_up": {**cancelled, "actions": [{"log": "later"}]}}
    rule = {"trigger": "order.created", "actions": [later, _FLAG]}
    tell(a_plot([rule], _ORDER, person=None), None)


@pytest.mark.parametrize("raised", [_FLAG, _FLAG_LATER], ids=["at-once", "later"])
def test_a_try_does_not_carry_what_an_event_of_a_step_starts(raised: Mapping[str, Any]) -> None:
    late = {"id": "late", "follow_up": {"after": "20h", "actions": [{"log": "late"}]}}
    raises = {"trigger": "message.received", "actions": [late, raised]}
    tell(a_plot([raises, {"trigger": "order.flagged", "actions": [_BLOCK]}], _MESSAGE), None)


def test_an_event_of_a_step_ends_the_wait_for_its_absence_in_a_try() -> None:
    absence = {"of": "order.flagged", "after": "message.received", "within": "45m"}
    keyed = {**absence, "key": "event.actor.id"}
    waits = {"trigger": {"absence": keyed}, "actions": [{"log": "none"}]}
    tell(a_plot([waits, {"trigger": "message.received", "actions": [_FLAG]}], _MESSAGE), None)


def test_a_try_waits_for_no_run_that_begins_at_the_same_time_and_is_tried_again() -> None:
    absence = {"of": "message.received", "after": "comment.created", "within": "45m"}
    trigger = {"absence": {**absence, "key": "event.actor.id"}}
    again = {"retry": {"max_attempts": 3, "interval": "10m", "strategy": "fixed"}}
    fails = {"id": "r0s0", "request": {"url": "https://r0s0.example/find"}, **again}
    rules = [{"trigger": trigger, "actions": [fails]}, {"trigger": trigger, "actions": [_SAY]}]
    tell(a_plot(rules, _COMMENT, answers={"r0s0": {"status": 504}}), None)


def test_a_try_of_a_late_event_does_not_know_that_the_awaited_one_has_come_before() -> None:
    absence = {"of": "message.received", "after": "comment.created", "within": "45m"}
    trigger = {"absence": {**absence, "key": "event.actor.id"}}
    plot = a_plot([{"trigger": trigger, "actions": [_SAY]}], _MESSAGE, _COMMENT)
    message, comment = plot.happenings
    tell(replace(plot, happenings=(message, replace(comment, late=30))), None)


def test_a_try_goes_on_after_an_approval_though_a_run_before_it_is_tried_again() -> None:
    again = {"retry": {"max_attempts": 3, "interval": "10m", "strategy": "fixed"}}
    asked = {**_SAY, "approve": {"within": "2h", "otherwise": "send"}}
    fails = {"id": "r0s0", "forward": {"to": "https://r0s0.example/in"}, **again}
    rules = [
        {"trigger": "message.received", "actions": [asked, fails]},
        {"trigger": "message.received", "actions": [{"log": "begins"}, {**asked, "id": "too"}]},
    ]
    plot = a_plot(rules, _MESSAGE, _COMMENT, answers={"r0s0": {"status": 429}}, approval="approved")
    tell(plot, None)


def test_the_one_private_reply_to_a_comment_is_left_if_it_failed_in_a_try() -> None:
    again = {"id": "again", "private_reply": "Giá vẫn đây"}
    rule = {"trigger": "comment.created", "actions": [_ANSWER], "on_error": [again]}
    tell(a_plot([rule], _COMMENT, answers={"r0s0": {"status": 400}}), None)


def test_a_rule_in_shadow_mode_leaves_the_private_reply_to_others_in_a_try() -> None:
    shadow = {"trigger": "comment.created", "mode": "shadow", "actions": [_ANSWER]}
    tell(a_plot([shadow, {**shadow, "mode": "live"}], _COMMENT), None)


@pytest.mark.parametrize("approval", ["approved", "declined"])
@pytest.mark.parametrize("condition", ["event.text == 'giá?'", "event.text == 'ok'"])
def test_an_approved_message_goes_to_nobody_whom_its_run_has_blocked(
    approval: str, condition: str
) -> None:
    steps = [_BLOCK, {**_SAY, "approve": True, "if": condition}, {"log": "after"}]
    rule = {"trigger": "message.received", "actions": steps}
    tell(a_plot([rule], _MESSAGE, approval=approval), None)


def test_no_rule_acts_for_somebody_whom_an_earlier_rule_blocks() -> None:
    rules = [{"trigger": "message.received", "actions": [step]} for step in (_BLOCK, {"log": "x"})]
    tell(a_plot(rules, _MESSAGE), None)


def test_nobody_declines_a_message_of_a_rule_in_shadow_mode() -> None:
    asked = {**_SAY, "approve": True}
    rule = {"trigger": "message.received", "mode": "shadow", "actions": [asked]}
    tell(a_plot([rule], _MESSAGE, approval="declined"), None)


def test_a_backtest_has_what_a_run_and_its_follow_up_send_when_both_fail() -> None:
    fails = {"id": "hide", "moderate": "hide"}
    later = {"id": "later", "follow_up": {"after": "20m", "actions": [{**fails, "id": "too"}]}}
    rule = {"trigger": "message.received", "actions": [later, fails], "on_error": [_SAY]}
    tell(a_plot([rule], _MESSAGE), None)


@pytest.mark.parametrize("pause", [{}, {"pause_on": {"human_reply": "1h"}}], ids=["", "pause"])
def test_a_rule_waits_for_an_absence_whatever_an_earlier_rule_stops_later(
    pause: Mapping[str, Any],
) -> None:
    asked = {"once": {"key": "contact.state.asked"}}
    stops = {
        "trigger": "comment.created",
        "stop": True,
        "limits": asked,
        "actions": [_SAY],
        **pause,
    }
    absence = {"of": "message.received", "after": "comment.created", "within": "45m"}
    keyed = {**absence, "key": "event.actor.id"}
    waits = {"trigger": {"absence": keyed}, "actions": [{"log": "none"}]}
    later = {"trigger": "comment.created", "actions": [{**_SAY, "id": "too"}]}
    tell(a_plot([stops, waits, later], _COMMENT), None)


def test_a_story_goes_on_while_a_run_waits_for_its_place() -> None:
    busy = {"concurrency": {**_BUSY["concurrency"], "mode": "queue"}}
    say = {"id": "r0s0", "message": {"to": "1003", "text": "Chào r0s0"}}
    rule = {"trigger": "*", "limits": busy, "actions": [say]}
    tell(a_plot([rule], _COMMENT, _MESSAGE, answers={"r0s0": {"status": 429}}), None)


_ASKED = {
    "id": "r0s0",
    "message": {"to": "1003", "text": "{{ now }} {{ contact.state.asked | default('gì') }} r0s0"},
    "approve": {"within": "2h", "otherwise": "send"},
    "retry": {"max_attempts": 3, "interval": "10m", "strategy": "fixed"},
}
_REMEMBER = {"remember": {"asked": "{{ event.text }}"}}


@pytest.mark.parametrize("approval", ["approved", "declined", "expired"])
def test_other_rules_act_while_a_message_waits_for_approval_in_a_preview(approval: str) -> None:
    waits = [_ASKED, {"log": "{{ contact.state.asked | default('gì') }}"}]
    rules: list[Mapping[str, Any]] = [
        {"trigger": "message.received", "actions": waits},
        {"trigger": "message.received", "actions": [_REMEMBER]},
    ]
    tell(a_plot(rules, _MESSAGE, _MESSAGE, approval=approval), None)


@pytest.mark.parametrize("approval", ["approved", "expired"])
def test_a_message_is_tried_again_in_a_preview_with_the_text_that_was_approved(
    approval: str,
) -> None:
    rule = {"trigger": "message.received", "actions": [_REMEMBER, _ASKED]}
    tell(a_plot([rule], _MESSAGE, answers={"r0s0": {"status": 503}}, approval=approval), None)


def test_a_person_decides_about_messages_in_the_order_in_which_they_began_to_wait() -> None:
    rules: list[Mapping[str, Any]] = [
        {"trigger": "message.received", "actions": [{"reply": "Chào", "approve": True}]},
        {"trigger": "message.received", "actions": [_ASKED]},
    ]
    tell(a_plot(rules, _MESSAGE, approval="approved"), None)


def test_people_decide_about_all_messages_before_the_first_one_fails() -> None:
    asked = {"approve": True}
    fails = {"id": "r0s0", "message": "Chào r0s0", **asked}
    rules = [
        {"trigger": "message.received", "actions": [fails], "on_error": [_OPT_OUT]},
        {"trigger": "message.received", "actions": [{"reply": "Chào", **asked}]},
    ]
    tell(a_plot(rules, _MESSAGE, answers={"r0s0": {"status": 400}}, approval="approved"), None)


def test_a_look_up_is_answered_like_the_step_that_looks() -> None:
    rule = {
        "trigger": "github.issue_comment.created",
        "actions": [{"id": "r0s0", "reply": "Dạ r0s0"}],
    }
    source = Source(REPO, "github/issue_comment.created", needs_headers=True)
    tell(a_plot([rule], source, answers={"r0s0": {"status": 504}}), None)


_TWO_COMMENTS = Source(
    PAGE,
    "facebook/batch",
    person=("entry.0.changes.0.value.from.id", "entry.0.changes.1.value.from.id"),
)


@pytest.mark.parametrize("mode", ["skip", "restart", "queue"])
def test_the_events_of_a_stored_delivery_come_in_together_in_a_preview(mode: str) -> None:
    busy = {"concurrency": {**_BUSY["concurrency"], "mode": mode}}
    rule = {"trigger": "comment.created", "limits": busy, "actions": [_REMEMBER, _SAY]}
    tell(a_plot([rule], _TWO_COMMENTS), None)


_BY_HAND = Source(PAGE, "facebook/message.echo", person=("entry.0.messaging.0.recipient.id",))


@pytest.mark.parametrize("quiet", ["10m", "2h"])
def test_a_colleagues_reply_holds_a_debounce_back_on_arrival_in_a_try(quiet: str) -> None:
    collects = {"debounce": {"key": "event.actor.id", "quiet": quiet, "max_wait": "3h"}}
    pause = {"pause_on": {"human_reply": "1h"}}
    rule = {"trigger": "message.received", "limits": collects, "actions": [_SAY], **pause}
    tell(a_plot([rule], _BY_HAND, _MESSAGE), None)


def test_a_try_writes_to_the_person_of_its_event_by_their_own_window() -> None:
    say = {"id": "say", "message": {"via": PAGE, "to": "1003", "text": "Chào"}}
    plot = a_plot([{"trigger": "message.received", "actions": [say]}], _MESSAGE, person="1003")
    late = tuple(replace(one, late=25 * 60) for one in plot.happenings)
    tell(replace(plot, happenings=late), None)


@pytest.mark.parametrize(
    "out",
    [{"conditions": ["event.text == 'ok'"]}, {"rollout": {"percent": 1, "key": "'nobody'"}}],
    ids=["condition", "rollout"],
)
def test_a_decision_on_arrival_is_explained_by_what_decided_then(out: Mapping[str, Any]) -> None:
    conditions = ["contact.state.asked == null", *out.get("conditions", ())]
    rule = {"trigger": "message.received", **out, "conditions": conditions, "actions": [_SAY]}
    remembers = {"trigger": "message.received", "actions": [_REMEMBER]}
    tell(a_plot([rule, remembers], _MESSAGE), None)
