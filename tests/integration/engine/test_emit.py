"""`emit`: events that rules raise, which go through the same rules once and not for ever."""

import asyncio
from pathlib import Path

import pytest

from automator.engine.attempts.next_step import NextStep
from automator.engine.attempts.performer import StepOutcome
from automator.engine.runs import run_carrier
from automator.engine.runs.run_carrier import EmittedEvents
from automator.model import AttemptStatus, Event, RunState
from automator.simulation.incoming import StoredEvents
from tests.support.words import said
from tests.support.world import CONNECTION, World, a_world

COMPLAINT = """\
rules:
  - id: complaint
    {mode}
    trigger: {{event: comment.created}}
    conditions: ["contains(event.text, 'tệ')"]
    actions:
      - emit: {{event: complaint.received, data: {{said: "{{{{ event.text }}}}", weight: 2}}}}
  - id: sorry
    trigger: {{event: complaint.received}}
    conditions: ["event.data.weight == `2`"]
    actions:
      - reply: "{{{{ event.actor.name }}}}, shop xin lỗi: {{{{ event.data.said }}}}"
"""
COMES = ["comment.created", "complaint.received"]
RING = """\
rules:
  - id: begins
    trigger: {event: comment.created}
    actions: [emit: ring.tick]
  - id: tick
    trigger: {event: ring.tick}
    actions: [emit: ring.tock]
  - id: tock
    trigger: {event: ring.tock}
    actions: [emit: ring.tick]
"""


async def events(world: World) -> list[Event]:
    """Every event, the oldest first."""
    log, until_ms = world.store.log, world.clock.now_ms() + 1000
    return await asyncio.to_thread(log.whole_events, after=0, until_ms=until_ms, limit=100)


async def test_an_emitted_event_is_about_the_same_person_and_place(tmp_path: Path) -> None:
    async with a_world(tmp_path, COMPLAINT.format(mode="")) as world:
        await world.handles_comment(1, "11", "dịch vụ tệ")
        came, emitted = await events(world)
        first, second = await world.runs()
        (answer,) = world.http.requests

    assert (emitted.type, emitted.connection, emitted.contact) == (
        *("complaint.received", CONNECTION),
        came.contact,
    )
    assert emitted.body["comment"] == came.body["comment"]
    assert emitted.body["text"] is None
    assert emitted.body["emitted"] == {
        "event": came.body["id"],
        "run": emitted.body["emitted"]["run"],
        "rule": "complaint",
        "step": "emit",
        "depth": 1,
        "key": f"{came.body['id']}/complaint/emit",
    }
    assert said(first.attempts[0].summary) == "raised the event complaint.received"
    assert (second.run.rule, second.run.state) == ("sorry", RunState.DONE)
    assert came.body["comment"]["id"] in answer.url
    assert "shop xin lỗi: dịch vụ tệ".encode() in answer.body


async def test_a_step_that_is_repeated_emits_its_event_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process may die after the commit of the event, and before that of the step."""
    carry_out = EmittedEvents.carry_out

    async def twice(self: EmittedEvents, attempted: NextStep, outcome: StepOutcome) -> StepOutcome:
        await carry_out(self, attempted, outcome)
        return await carry_out(self, attempted, outcome)

    monkeypatch.setattr(EmittedEvents, "carry_out", twice)
    async with a_world(tmp_path, COMPLAINT.format(mode="")) as world:
        await world.handles_comment(1, "11", "dịch vụ tệ")

        assert [event.type for event in await events(world)] == COMES
        assert [run.run.rule for run in await world.runs()] == ["complaint", "sorry"]


async def test_a_shadow_rule_emits_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, COMPLAINT.format(mode="mode: shadow")) as world:
        await world.handles_comment(1, "11", "dịch vụ tệ")
        (run,) = await world.runs()

        assert len(await events(world)) == 1
        assert said(run.attempts[0].summary) == (
            "shadow: would have done: raised the event complaint.received"
        )


async def test_rules_that_raise_one_another_in_a_ring_come_to_an_end(tmp_path: Path) -> None:
    async with a_world(tmp_path, RING) as world:
        await world.handles_comment(1, "11", "alo")
        *earlier, last = await world.runs()

    assert [run.run.rule for run in earlier] == ["begins", "tick", "tock"]
    assert {run.run.state for run in earlier} == {RunState.DONE}
    assert last.run.state is RunState.DEAD
    assert "rules have raised" in said(last.attempts[0].summary)


async def test_one_event_makes_rules_raise_no_more_than_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_carrier, "MOST_EMITTED", 2)
    rules = "rules:\n" + "".join(
        f"  - {{id: r{number}, trigger: {{event: comment.created}}, actions: [emit: many.x]}}\n"
        for number in range(3)
    )
    async with a_world(tmp_path, rules) as world:
        await world.handles_comment(1, "11", "một")
        await world.handles_comment(2, "12", "hai")
        attempts = [run.attempts[0] for run in await world.runs()]

    assert [attempt.status for attempt in attempts].count(AttemptStatus.FAILED) == 2
    assert [attempt.status for attempt in attempts].count(AttemptStatus.OK) == 4


async def test_an_emitted_event_is_not_taken_for_something_that_the_person_wrote(
    tmp_path: Path,
) -> None:
    rules = """\
rules:
  - id: asks
    trigger: {event: comment.created}
    actions: [follow_up: {after: 2h, actions: [emit: later.due]}]
"""
    async with a_world(tmp_path, rules) as world:
        await world.handles_comment(1, "11", "alo")
        before = await asyncio.to_thread(world.store.log.contact, f"{CONNECTION}:11")
        await world.passes(7300)
        after = await asyncio.to_thread(world.store.log.contact, f"{CONNECTION}:11")

        assert [event.type for event in await events(world)] == ["comment.created", "later.due"]
        assert after["last_inbound_at"] == before["last_inbound_at"]


async def test_a_simulation_of_the_log_leaves_to_the_rules_what_they_raise(tmp_path: Path) -> None:
    async with a_world(tmp_path, COMPLAINT.format(mode="")) as world:
        await world.handles_comment(1, "11", "dịch vụ tệ")
        source = StoredEvents(
            log=world.store.log,
            connections=[CONNECTION],
            after=0,
            until_ms=world.clock.now_ms() + 1000,
            most=10,
        )
        arrivals = await asyncio.to_thread(lambda: list(source.arrivals()))

    assert [event.type for one in arrivals for event in one.written] == ["comment.created"]
    assert source.left_out == 0
