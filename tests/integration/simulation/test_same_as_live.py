"""A simulation and a backtest decide and send what the live engine does, in the same order."""

import asyncio
import json
import re
import sqlite3
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automator.actions import builtin_actions
from automator.clock import ManualClock
from automator.configuration.settings import Budgets, Settings
from automator.configuration.target import Target
from automator.configuration.time_intervals import TimeInterval
from automator.engine.attempts.recording import request_text
from automator.http.types import HttpReply
from automator.model import AttemptStatus, RunState
from automator.model.log_filters import RunFilter
from automator.providers.facebook import FacebookProvider
from automator.rules import RuleContext
from automator.server.rule_tests.setup import setup_of
from automator.simulation.backtest_side import Range, play_side
from automator.simulation.simulation import Setting, SimulationSetup, simulating
from automator.simulation.stored_events import StoredEvents
from automator.store import Log, open_reader
from tests.support.http import SentRequest, a_reply
from tests.support.world import CONNECTION, World, a_world, database_in

START_MS = 1_795_478_400_000
HOUR_MS = 3_600_000
#: How long time goes on after the last event.
AFTER_MS = 22 * HOUR_MS
SPEAKING = ("reply", "private_reply", "message", "ask")
UNFINISHED = RunFilter(states=(RunState.QUEUED, RunState.RUNNING), ended_waits=True)
OPEN = {
    "open": TimeInterval.model_validate({"times": ["07:30-12:00"], "timezone": "Asia/Ho_Chi_Minh"})
}
TARGETS = {"crm": Target(url="https://crm.example/in")}

CONDITIONS = (
    "keywords(event.text, ['giá', 'bao nhiêu'])",
    "contact.state.asked == null",
    "event.actor.id != '1002'",
    "contains(contact.tags || `[]`, 'khách')",
    "!between(now, '20:00', '23:00', 'Asia/Ho_Chi_Minh')",
    "arm(event.actor.id, 'greeting', ['a', 'b']) == 'a'",
    "!(event.comment.is_reply)",
    "event.post.message == null",
)
LIMITS: tuple[Mapping[str, Any], ...] = (
    {},
    {"once": {"key": "event.actor.id"}},
    {"throttle": {"key": "event.actor.id", "limit": 2, "period": "1h"}},
    {"debounce": {"key": "event.actor.id", "quiet": "10m", "max_wait": "30m"}},
    {"concurrency": {"key": "event.actor.id", "limit": 1, "mode": "skip"}},
    {"concurrency": {"key": "event.actor.id", "limit": 1, "mode": "restart"}},
)
ACTIONS: tuple[Mapping[str, Any], ...] = (
    {"reply": "Chào {{ event.actor.name | default('bạn') }}, {{ now }}"},
    {"message": "Bạn đã hỏi {{ contact.state.asked | default('gì') }}"},
    {"private_reply": "Giá cho {{ event.text }}"},
    {"remember": {"asked": "{{ event.text }}", "tags": {"add": ["khách"]}}},
    {"forward": {"to": "crm", "body": {"text": "{{ event.text }}", "event": "{{ event.id }}"}}},
    {"log": "{{ event.text }}", "if": "event.text != 'đẹp'"},
    {
        "follow_up": {
            "after": "20m",
            "cancel_on": {"event": "message.received"},
            "actions": [{"message": "Bạn còn hỏi không"}],
        }
    },
    {
        "follow_up": {
            "after": "20h",
            "actions": [{"message": "{{ contact.state.asked | default('…') }}"}],
        }
    },
    {"cancel_follow_ups": {}},
    {"message": {"to": "1003", "text": "{{ event.actor.id }} đã hỏi"}},
    {"message": {"to": "{{ contact.state.asked }}", "text": "gửi cho ai"}},
    {
        "follow_up": {
            "after": "2h",
            "cancel_on": {"event": "message.received"},
            "actions": [{"message": "một"}],
            "next": [
                {"after": "1h", "actions": [{"message": "hai"}]},
                {"after": "20h", "actions": [{"message": "ba"}]},
            ],
        }
    },
    {"ask": {"text": "Size nào ạ?", "choices": ["M", "L"], "expires": "2h"}},
)
TRIGGERS: tuple[Mapping[str, Any], ...] = (
    {"event": "comment.created"},
    {"event": "message.received"},
    {"event": "*", "connection": CONNECTION},
    {"schedule": {"every": "3h"}},
    {"schedule": {"every": "5h"}, "contacts": {"connection": CONNECTION}},
    {"absence": {"of": "message.received", "after": "comment.created", "within": "45m",
                 "key": "event.actor.id"}},
)  # fmt: skip


@st.composite
def rules(draw: st.DrawFn) -> str:
    """One to four rules, as YAML, which JSON is."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        rule: dict[str, Any] = {"id": f"rule-{number}", "trigger": draw(st.sampled_from(TRIGGERS))}
        is_timed = not rule["trigger"].keys().isdisjoint(("schedule", "absence"))
        actions = [{"log": "{{ event.type }}"}] if is_timed else []
        if "contacts" in rule["trigger"]:
            rule["conditions"] = draw(st.sampled_from(([], ["contact.state.asked != null"])))
            rule |= draw(st.sampled_from(({}, {"pause_on": {"human_reply": "1h"}})))
            rule["limits"] = draw(st.sampled_from(({}, {"once": {"key": "contact.id"}})))
            actions = [{"message": "Chào {{ contact.id }}", "id": "greeting"}]
        if not is_timed:
            chosen = st.sampled_from(CONDITIONS)
            rule["conditions"] = draw(st.lists(chosen, max_size=2, unique=True))
            rule["limits"] = draw(st.sampled_from(LIMITS))
            rule["stop"] = draw(st.booleans())
            rule["fallback"] = draw(st.sampled_from((False, False, True)))
            rule["priority"] = draw(st.integers(0, 1))
            rule |= draw(st.sampled_from(({}, {}, {"pause_on": {"human_reply": "1h"}})))
            chosen = st.integers(0, len(ACTIONS) - 1)
            picked = draw(st.lists(chosen, min_size=1, max_size=4, unique=True))
            actions = [{**ACTIONS[place], "id": f"step{place}"} for place in picked]
        rule |= draw(
            st.sampled_from(({}, {}, *({"active": ["open"], "outside": way} for way in _WAYS)))
        )
        found.append({**rule, "actions": actions})
    return json.dumps({"rules": found}, ensure_ascii=False)


_WAYS = ("skip", "wait")
#: Minutes since the event before, what happens, who does it, and what they write.
EVENTS = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 9, 15, 25, 70, 300)),
        st.sampled_from(("comments", "comments", "writes", "writes", "answers")),
        st.sampled_from(("1001", "1002", "1003")),
        st.sampled_from(("giá?", "bao nhiêu vậy", "đẹp", "ok")),
    ),
    min_size=1,
    max_size=6,
)


@dataclass(frozen=True)
class Story:
    """What an engine has done, without what names it differently in each."""

    #: Of each run, in order: its event, rule and path, its states and times, and its attempts.
    runs: Sequence[Any]
    #: What went out, in order: that of time, and within each conversation.
    sent: Sequence[Any]


def story_of(log: Log) -> Story:
    """The story that a store tells."""
    details = [log.run(row.id) for row in log.runs(limit=1_000)]
    runs, sent = [], []
    for detail in details:
        assert detail is not None
        run = detail.run
        fired = detail.event.body["data"].get("scheduled_at", detail.event.id)
        tries = [
            (item.started_at, item.step, item.status.value, item.summary.code, item.said)
            for item in detail.attempts
        ]
        runs.append(
            (run.created_at, fired, run.rule, run.path, run.state.label, run.run_at,
             run.reason and run.reason.code, run.note and run.note.code, tries)
        )  # fmt: skip
        # Of two conversations nobody promises which one comes first within the same moment.
        place = run.lane or f"{fired} {run.rule}"
        sent += [
            ((item.started_at, place, item.id), run.rule, item.step, _essence(item.request))
            for item in detail.attempts
            if item.request is not None
        ]
    return Story(sorted(runs, key=str), [(key[0], *item) for key, *item in sorted(sent)])


def _essence(request: Mapping[str, Any]) -> tuple[Any, ...]:
    """What was sent, without the id of the run that some bodies carry."""
    return request["method"], request["url"], re.sub(r"run-\d+", "run", request["body"])


async def live(folder: Path, text: str, events: Sequence[Any]) -> tuple[Story, int]:
    """The live engine over a database file, and when its time ended."""
    clock = ManualClock(START_MS)
    async with a_world(folder, text, clock=clock, intervals=OPEN) as world:
        # A simulation asks nobody for a name or a post.
        asks_nobody = {"look_up_names": False, "look_up_posts": False}
        world.provider.options = world.provider.options.model_copy(update=asks_nobody)
        body = json.dumps(world.provider.answer_when_sent).encode()

        async def answer(_request: SentRequest) -> HttpReply:
            return a_reply(200, body)

        world.http.answer = answer
        assert world.rulebook.active.rule_set.rules, world.rulebook.problems
        await world.schedules.fire_due()
        for number, (gap, what, person, said) in enumerate(events, 1):
            await goes_on(world, clock.now_ms() + gap * 60_000)
            await DOES[what](world, number, person, said)
            await settled(world)
        await goes_on(world, clock.now_ms() + AFTER_MS)
        return story_of(world.store.log), clock.now_ms()


DOES: Mapping[str, Callable[[World, int, str, str], Any]] = {
    "comments": lambda world, number, person, said: world.comments(number, person, said),
    "writes": lambda world, number, person, said: world.writes(number, person, said),
    "answers": lambda world, number, person, _said: world.answers_by_hand(number, person),
}


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
        if all(row.run.state is RunState.QUEUED and row.run.run_at > now_ms for row in rows):
            return
        world.runner.wake()
        await asyncio.sleep(0.002)
    await world.settled()


def setup(text: str) -> SimulationSetup:
    """The same rules, connection and settings as those of the live engine."""
    options = FacebookProvider.options_model.model_validate(
        {
            "provider": "facebook",
            "app_secret": "another-secret-that-is-never-asked-for",
            "verify_token": "verify-token-for-tests",
            "page_access_token": "page-token-for-tests",
            "graph_url": "http://127.0.0.1:1/facebook/v26.0",
        }
    )
    rule_context = RuleContext(
        actions=builtin_actions(),
        connections={CONNECTION: "facebook"},
        time_intervals=OPEN,
        advises=False,
    )
    own = Settings(targets=TARGETS, budgets=Budgets(), workers=8)
    connections = {CONNECTION: FacebookProvider(CONNECTION, options)}
    return setup_of({"shop.yaml": text}, rule_context, own, connections)


async def simulated(text: str, log: Log, until_ms: int) -> Story:
    """A simulation of the events of a log."""
    stored = StoredEvents(
        log=log, connections=[CONNECTION], after=0, until_ms=until_ms + 1, most=1_000
    )
    async with simulating(setup(text), Setting(starts_at=START_MS)) as simulation:
        await simulation.play(stored.arrivals(), until_ms)
        return story_of(simulation.store.log)


def said_in(file: Path) -> tuple[set[Any], set[Any]]:
    """Which rules acted on what, and what they sent, as a backtest writes it down."""
    db = sqlite3.connect(file)
    try:
        acted = {tuple(row) for row in db.execute("SELECT event, rule FROM acted WHERE event > 0")}
        said = {
            # What belongs to a message stands behind its words.
            # Those of a schedule have other events there.
            (max(event, 0), *row, what.partition(' {"')[0] if action in SPEAKING else what)
            for event, *row, what, action in db.execute(
                "SELECT event, rule, path, step, at, what, action FROM done"
                " WHERE action NOT IN ('remember', 'follow_up', 'cancel_follow_ups', 'log')"
            )
        }
    finally:
        db.close()
    return acted, said


def said_by(log: Log, until_ms: int) -> tuple[set[Any], set[Any]]:
    """The same, as the log of the live engine has it."""
    acted, said = set(), set()
    for row in log.runs(limit=1_000):
        detail = log.run(row.id)
        assert detail is not None
        run = detail.run
        is_scheduled = "scheduled_at" in detail.event.body["data"]
        for item in detail.attempts:
            if not is_scheduled:
                acted.add((run.event_id, run.rule))
            if item.request is not None and item.status is AttemptStatus.OK:
                key = (0 if is_scheduled else run.event_id, run.rule, run.path, item.step)
                said.add((*key, item.started_at, item.said or request_text(item.request)))
    assert all(at <= until_ms for *_, at, _text in said)
    return acted, said


@settings(
    max_examples=max(1, settings().max_examples // 3),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(text=rules(), events=EVENTS)
def test_simulation_backtest_and_live_engine_decide_and_send_the_same(
    text: str, events: Sequence[Any]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        expected, ended_ms = asyncio.run(live(folder, text, events))
        log = open_reader(database_in(folder))
        try:
            assert asyncio.run(simulated(text, log, ended_ms)) == expected
            whole = Range(after=0, until_ms=ended_ms + 1, most=1_000)
            ended = play_side(setup(text), folder / "side.db", whole, log, lambda: False)
            acted, said = said_by(log, ended_ms)
        finally:
            log.close()
        acted_there, said_there = said_in(folder / "side.db")

        # The side ends when nothing waits, which may be before or after the live engine's end.
        both_ms = min(ended_ms, ended.now_ms)
        assert {item for item in said_there if item[-2] <= both_ms} == {
            item for item in said if item[-2] <= both_ms
        }
        assert acted_there >= acted if ended.now_ms >= ended_ms else acted_there <= acted
