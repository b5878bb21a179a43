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
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from automator.actions import builtin_actions
from automator.clock import ManualClock, SystemClock, iso_time
from automator.configuration.settings import Budgets, Settings
from automator.engine.attempts.recording import request_text
from automator.engine.explanation.why import explain_event
from automator.engine.intake.intake import Accepted
from automator.engine.outbound import circuit_breaker
from automator.engine.rulesets.revisions import Revisions
from automator.engine.runs import progress
from automator.engine.tryout.trial_events import events_in
from automator.engine.tryout.trial_result import Trial, TriedRun
from automator.engine.tryout.tryout import Subject, try_event_here
from automator.http.json_body import dump_json
from automator.http.types import HttpReply, InboundRequest
from automator.model import AttemptStatus, Place, Reason, RunState, format_id
from automator.model.ids import ID_PATTERN
from automator.model.log_filters import RunFilter
from automator.plugins import Provider
from automator.providers.simulator import sample_names
from automator.rules import RuleContext, RuleExplanation, RuleTest, RuleTestSource, load_rules
from automator.server.rule_tests.setup import setup_of
from automator.server.tryout.subjects import tryout_parts
from automator.simulation import rule_tests
from automator.simulation.backtest_side import Range, play_side
from automator.simulation.event_lines import LineReader
from automator.simulation.rule_tests import run_test
from automator.simulation.simulated_runs import SimulatedRun, runs_of
from automator.simulation.simulation import Setting, Simulation, SimulationSetup, simulating
from automator.simulation.stored_events import StoredEvents
from automator.store import Log, RunDetail, open_reader
from tests.support.http import SentRequest, a_reply
from tests.support.postgresql import PostgreSQLServer
from tests.support.stories import (
    BOT,
    HOUR_MS,
    NOTIFY,
    OA,
    OPEN,
    PAGE,
    REPO,
    START_MS,
    TARGETS,
    Plot,
    connections,
    stories,
)
from tests.support.world import World, a_world, database_in, keep_in

#: How long time goes on after the last event.
AFTER_MS = 22 * HOUR_MS
SPEAKING = ("reply", "private_reply", "message", "ask")
SENDING = (*SPEAKING, "forward", "request", "notify", "moderate")
UNFINISHED = RunFilter(states=(RunState.QUEUED, RunState.RUNNING), ended_waits=True)


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

    def __init__(self, log: Log) -> None:
        self._named: dict[str, str] = {}
        self.events: dict[int, str] = {}
        for run in log.runs(limit=1_000):
            self.name(run.id, "a run")
        counts = Counter[str]()
        for row in sorted(log.events(limit=1_000), key=lambda row: row.id):
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
        text = re.sub(r"\brun-\d{19}\b", "run-a run", str(what))
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
    names, runs, sent = Names(log), [], []
    for row in log.runs(limit=1_000):
        detail = log.run(row.id)
        assert detail is not None
        run, event = detail.run, names.events[detail.run.event_id]
        runs.append(
            (run.created_at, event, run.rule, run.path, row.became, run.run_at,
             names.reason(run.reason), names.reason(run.note), run.is_of_question,
             [_tried(names, item) for item in detail.attempts])
        )  # fmt: skip
        # Of two conversations nobody promises which one comes first within the same moment.
        place = run.lane or f"{event} {run.rule}"
        sent += [
            ((item.started_at, place, item.id), run.rule, item.step, _essence(names, item.request))
            for item in detail.attempts
            if item.request is not None
        ]
    decisions = []
    for event_id, event in names.events.items():
        found = await explain_event(log, revisions, event_id)
        decisions += [(event, *decided(names, item.explanation)) for item in found.rules]
    return Story(
        sorted(runs, key=str),
        [(key[0], *item) for key, *item in sorted(sent)],
        sorted(decisions, key=str),
    )


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

    async def answer(self, request: SentRequest) -> HttpReply:
        """What a test of a rule would assume for the step that asks, else a success."""
        written = f"{request.url} {request.body.decode()}"
        asking = re.search(r"\br\d\w*s\d\w*", written)
        headers = {"content-type": "application/json"}
        if asking is not None and (given := self.answers.get(asking[0])):
            body = json.dumps(given["body"]).encode() if "body" in given else b""
            return a_reply(given["status"], body, headers)
        found = (body for place, body in self.usual.items() if place in request.url)
        return a_reply(200, next(found, b""), headers)


@dataclass
class Live:
    """What the live engine has done, when its time ended, and how tries differ from it."""

    story: Story
    ended_ms: int
    #: What tries have said of events before they came in, and what then happened.
    tried: list[Any] = field(default_factory=list)
    happened: list[Any] = field(default_factory=list)


async def live(folder: Path, plot: Plot) -> Live:
    """The live engine over a database."""
    clock = ManualClock(START_MS)
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
            await goes_on(world, clock.now_ms() + happening.gap * 60_000)
            provider = known[happening.source.connection]
            request = happening.request(provider, clock.now_ms())
            trial = await trial_of(world, plot, provider, request)
            accepted = await world.intake.receive(provider, request)
            assert isinstance(accepted, Accepted)
            await settled(world)
            if trial is not None and not accepted.receipts[0].duplicate:
                foretold.append((trial, accepted.receipts[0].event_id))
        await goes_on(world, clock.now_ms() + AFTER_MS)
        log, revisions = world.store.log, world.rulebook.revisions
        told = Live(await story_of(log, revisions), clock.now_ms())
        for trial, event_id in foretold:
            await compare(told, plot, trial, event_id, log, revisions)
        return told


async def goes_on(world: World, until_ms: int) -> None:
    """Time goes by, from one thing that is due to the next."""
    while (now_ms := world.clock.now_ms()) < until_ms:
        # The store knows an earlier time than that of a run which has been put off since.
        rows = await asyncio.to_thread(world.store.log.runs, UNFINISHED, limit=1_000)
        timed = world.schedules.next_at, world.firings.next_at
        known = (*(row.run.run_at for row in rows), *timed)
        due = min((at for at in known if at is not None and at > now_ms), default=until_ms)
        due = min(due, until_ms)
        await world.moves_clock((due - now_ms) / 1000)
        await settled(world)


async def settled(world: World) -> None:
    """Until no run is under way or due; what stands behind a sleeping one is waited for a while."""
    for _ in range(200):
        now_ms = world.clock.now_ms()
        rows = await asyncio.to_thread(world.store.log.runs, UNFINISHED, limit=1_000)
        due = [row.run for row in rows if row.run.run_at <= now_ms]
        if all(row.run.state is RunState.QUEUED for row in rows):
            if not due:
                return
            sleeping = {row.run.lane for row in rows if row.run.run_at > now_ms}
            if all(run.lane in sleeping for run in due):
                break
        world.runner.wake()
        await asyncio.sleep(0.002)
    await world.settled()


# --- Tries ---


async def trial_of(
    world: World, plot: Plot, provider: Provider, request: InboundRequest
) -> Trial | None:
    """A try of an event that is about to come in; None if earlier runs still have to act."""
    log = world.store.log
    rows = await asyncio.to_thread(log.runs, UNFINISHED, limit=1_000)
    if any(not row.run.path or row.run.is_of_question or row.attempts for row in rows):
        return None
    found = events_in(provider, request)
    if len(found) != 1:
        return None
    ((event, delivery),) = found
    own = Settings(targets=TARGETS, notify=NOTIFY)
    parts = tryout_parts(
        builtin_actions(), connections(), own, SystemClock(), contact_of=log.contact
    )
    subject = Subject(
        event=event,
        at=request.received_at,
        contact={} if event.contact is None else log.contact(event.contact),
        delivery=delivery,
        answers=plot.answers,
    )
    return await try_event_here(parts, world.rulebook.active.rule_set, subject, log.limits_of)


async def compare(
    told: Live, plot: Plot, trial: Trial, event_id: int, log: Log, revisions: Revisions
) -> None:
    """Takes down what a try said of an event and what happened, until something else came in."""
    names = Names(log)
    names.name(trial.event.id, names.events[event_id])
    later = (at for at in plot.arrive_at if at > trial.at)
    until_ms = min(later, default=told.ended_ms)
    if plot.arrive_at.count(trial.at) > 1:
        return
    explained = await explain_event(log, revisions, event_id)
    told.happened += sorted((decided(names, item.explanation) for item in explained.rules), key=str)
    told.tried += sorted((decided(names, item) for item in trial.rules), key=str)
    runs = [log.run(row.id) for row in log.runs(limit=1_000) if row.run.event_id == event_id]
    # A try ends where the answer to a question is waited for.
    asked = {item.run.id for item in runs if item is not None and item.run.is_of_question}
    told.happened += sorted(
        (
            of_run(names, item, until_ms)
            for item in runs
            if item is not None
            and asked.isdisjoint((item.run.id, item.run.parent_id))
            and begins_at(item) < until_ms
            # A try shows what a rule in shadow mode would do as if it were live.
            and not item.run.is_shadow
        ),
        key=str,
    )
    told.tried += sorted(
        (
            of_try(names, item, until_ms)
            for item in trial.runs
            if item.at < until_ms and not item.is_shadow
        ),
        key=str,
    )


def begins_at(detail: RunDetail) -> int:
    return detail.attempts[0].started_at if detail.attempts else detail.run.run_at


def of_run(names: Names, detail: RunDetail, until_ms: int) -> Any:
    """What a run has done at first; later attempts of a step are not tried."""
    run = detail.run
    steps = []
    for item in detail.attempts:
        if item.started_at >= until_ms:
            break
        request = None if item.request is None else _essence(names, item.request)
        steps.append((item.step, item.status.value, names.of(item.summary), request))
        if item.status is AttemptStatus.RETRY:
            return run.rule, run.path, begins_at(detail), "tried again", steps
    state = run.state.label
    return run.rule, run.path, begins_at(detail), (state, names.reason(run.reason)), steps


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
    if any(item.status is AttemptStatus.RETRY for item in run.steps):
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
    return setup_of({"shop.yaml": text}, rule_context, own, connections())


async def simulated(plot: Plot, log: Log, until_ms: int) -> Story:
    """A simulation of the events of a log."""
    stored = StoredEvents(
        log=log, connections=connections(), after=0, until_ms=until_ms + 1, most=1_000,
        with_deliveries=True,
    )  # fmt: skip
    async with simulating(setup(plot.rules), _setting(plot)) as simulation:
        await simulation.play(stored.arrivals(), until_ms)
        return await story_of(simulation.store.log, simulation.engine.rulebook.revisions)


def _setting(plot: Plot) -> Setting:
    return Setting(starts_at=START_MS, answers=plot.answers)


def written(plot: Plot) -> list[dict[str, Any]]:
    """What comes in, as a person writes it into a test or a file of events."""
    lines, at = [], START_MS
    known = connections()
    for happening in plot.happenings:
        at += happening.gap * 60_000
        source = happening.source
        line: dict[str, Any] = {"connection": source.connection, "after": f"{happening.gap}m"}
        if source.needs_headers:
            line |= {"sample": source.sample, "with": happening.changes()}
        else:
            line["delivery"] = happening.request(known[source.connection], at).body.decode()
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


def sent_by(log: Log) -> set[Any]:
    """The same, as the log of the live engine has it."""
    details = [log.run(row.id) for row in log.runs(limit=1_000)]
    return {
        (run.rule, run.path, item.step, item.started_at, item.action, _alike(what))
        for detail in details
        if detail is not None and not (run := detail.run).is_shadow
        for item in detail.attempts
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
            "given": {"clock": iso_time(START_MS), "answers": plot.answers},
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


def same(there: Story, really: Story) -> None:
    assert there.sent == really.sent
    assert there.runs == really.runs
    assert there.decisions == really.decisions


def tries_same(really: Live) -> None:
    assert really.tried == really.happened


# --- The comparison ---


def tell(plot: Plot, url: str | None) -> None:
    """Tells a story in every way, and compares."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        without_chance(patch)
        folder = Path(name)
        if url is not None:
            keep_in(folder, url)
        really = asyncio.run(live(folder, plot))
        with contextlib.closing(open_reader(database_in(folder))) as log:
            same(asyncio.run(simulated(plot, log, really.ended_ms)), really.story)
            same(asyncio.run(simulated_lines(plot, folder, really.ended_ms)), really.story)
            same(asyncio.run(in_a_test(plot, patch)), really.story)
            tries_same(really)
            if not plot.answers:
                # A backtest assumes that all goes well.
                there, ended_ms = backtested(plot, folder, log, really.ended_ms)
                # It ends when nothing waits, which may be before or after the live engine's end.
                both_ms = min(ended_ms, really.ended_ms)
                assert {item for item in there if item[3] <= both_ms} == {
                    item for item in sent_by(log) if item[3] <= both_ms
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
