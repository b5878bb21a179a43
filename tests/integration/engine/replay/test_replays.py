"""Replays: planned first, started once, from the step that failed or from the first one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from automator.engine.replay import decisions
from automator.engine.replay import replays as replays_module
from automator.engine.replay.decisions import ReplayReader
from automator.engine.replay.plan import ReplayPlan
from automator.engine.replay.replays import Replays
from automator.engine.replay.request import ReplayRequest, read_request
from automator.model import IdSource, RunState, UsageError, format_id
from automator.model.log_filters import RunFilter
from automator.reasons.replays import already_replayed, has_a_run
from automator.rules import CompiledRule, EventFacts, RuleExplanation, explain_rule
from automator.store import EventRow, Replay, RunDetail, RunRow, WorkState
from tests.support.http import a_reply
from tests.support.replaying import finished
from tests.support.words import said
from tests.support.world import World, a_world, until

RULES = """\
rules:
  - id: order
    name: Pass orders on
    trigger: {event: comment.created}
    conditions:
      - contains(event.text, 'giá')
    actions:
      - id: crm
        forward: {to: crm}
      - id: stock
        forward: {to: crm}
        on_unknown: hold
      - id: note
        log: "{{ steps.crm.output.status }} {{ event.text }}"
"""
LATER = RULES.replace("id: note", "id: noted").replace("'giá'", "'giá?'")
NOBODY = 404


@asynccontextmanager
async def replaying(folder: Path, rules: str = RULES) -> AsyncIterator[tuple[World, Replays]]:
    async with a_world(folder, rules) as world:
        ids = IdSource(world.clock.now_ms, 7)
        replays = Replays(world.store, world.rulebook.revisions, ids, world.clock)
        yield world, replays
        await replays.close()


def asked(world: World, **fields: Any) -> ReplayRequest:
    data = {**fields, "from": fields.get("begin", "step"), "rate": 500}
    data.pop("begin", None)
    return read_request(data, now_ms=world.clock.now_ms(), revision=world.rulebook.active.revision)


async def carried_out(world: World, replays: Replays, **fields: Any) -> Replay:
    """Confirms a replay and waits for its end and for what it started."""
    world.clock.advance(1)
    replay, _ = await replays.confirm(asked(world, **fields), "hoa")
    await finished(replays, replay.id)
    await world.settled()
    found = world.store.log.replay(replay.id)
    assert found is not None
    return found


def started(world: World, replay: Replay) -> int:
    found = world.store.log.replay(replay.id)
    return 0 if found is None else found.started


async def newest(world: World, replay: Replay) -> list[RunDetail]:
    rows = world.store.log.runs(RunFilter(replay_id=replay.id), after=0)
    found = [world.store.log.run(row.id) for row in rows]
    return [detail for detail in found if detail is not None]


async def failed_at_the_second_step(world: World, count: int = 1) -> list[RunDetail]:
    for number in range(count):
        world.http.script = [a_reply(), a_reply(NOBODY)]
        await world.handles_comment(number, f"1{number}", f"giá {number}")
    assert {detail.run.state for detail in await world.runs()} == {RunState.DEAD}
    world.http.requests.clear()
    return await world.runs()


def counts(plan: ReplayPlan) -> dict[str, int]:
    return {said(skip.reason): skip.count for skip in plan.skips.values()}


async def test_a_dead_run_goes_on_where_it_failed_and_keeps_what_was_done(tmp_path: Path) -> None:
    async with replaying(tmp_path) as (world, replays):
        (dead,) = await failed_at_the_second_step(world)

        replay = await carried_out(world, replays, filters={"state": "dead"})

        (again,) = await newest(world, replay)
        assert [attempt.step for attempt in again.attempts] == ["stock", "note"]
        assert said(again.attempts[1].summary) == "200 giá 0"
        assert len(world.http.requests) == 1
        assert again.run.replay == {
            "id": format_id(replay.id),
            "by": "hoa",
            "at": again.run.replay["at"],
            "of": format_id(dead.run.id),
        }
        assert (replay.state, replay.found, replay.seen, replay.started) == (
            WorkState.DONE, 1, 1, 1,
        )  # fmt: skip
        assert world.store.log.run(dead.run.id) == dead


async def test_from_the_start_every_step_is_done_again(tmp_path: Path) -> None:
    async with replaying(tmp_path) as (world, replays):
        await failed_at_the_second_step(world)

        replay = await carried_out(world, replays, filters={"state": "dead"}, begin="start")

        (again,) = await newest(world, replay)
        assert [attempt.step for attempt in again.attempts] == ["crm", "stock", "note"]


async def test_a_plan_starts_nothing_and_says_what_it_would(tmp_path: Path) -> None:
    async with replaying(tmp_path) as (world, replays):
        await failed_at_the_second_step(world, 2)
        await world.handles_comment(9, "19", "giá 9")
        world.clock.advance(1)

        plan = await replays.plan(asked(world, filters={"rule": "order"}))

        (group,) = plan.groups.values()
        assert (plan.found, plan.starts, group.steps, group.keeps) == (
            3, 2, ("stock", "note"), True,
        )  # fmt: skip
        assert group.examples[0].text == "giá 0"
        assert counts(plan) == {"done: only replayed when the filter names state=done": 1}
        assert len(await world.runs()) == 3
        assert plan.as_data()["request"]["filters"]["rule"] == "order"


async def test_a_plan_that_is_confirmed_twice_at_once_starts_everything_once(
    tmp_path: Path,
) -> None:
    async with replaying(tmp_path) as (world, replays):
        await failed_at_the_second_step(world, 3)
        world.clock.advance(1)
        request = asked(world, filters={"state": "dead"})
        repeated = read_request(
            request.as_data(), now_ms=world.clock.now_ms() + 60_000, revision=request.revision
        )

        confirmed = await asyncio.gather(
            replays.confirm(request, "hoa"), replays.confirm(repeated, "hoa")
        )
        await finished(replays, request.id)
        later, is_new = await replays.confirm(repeated, "hoa")

        assert sorted(is_new for _, is_new in confirmed) == [False, True]
        assert (is_new, later.started) == (False, 3)
        assert len(await world.runs()) == 6


async def test_another_plan_leaves_out_what_was_replayed_unless_it_is_asked_for(
    tmp_path: Path,
) -> None:
    async with replaying(tmp_path) as (world, replays):
        await failed_at_the_second_step(world, 2)
        await carried_out(world, replays, filters={"state": "dead"})

        second = await carried_out(world, replays, filters={"state": "dead"})
        third = await carried_out(world, replays, filters={"state": "dead"}, again=True)

        assert (second.started, second.left_out) == (0, [(already_replayed(), 2)])
        assert third.started == 2


async def test_two_plans_at_once_over_the_same_runs_start_them_once(tmp_path: Path) -> None:
    async with replaying(tmp_path) as (world, replays):
        await failed_at_the_second_step(world, 4)
        world.clock.advance(1)

        first, second = await asyncio.gather(
            replays.confirm(asked(world, filters={"state": "dead"}), "hoa"),
            replays.confirm(asked(world, filters={"state": "dead", "rule": "order"}), "minh"),
        )
        for replay, _ in (first, second):
            await finished(replays, replay.id)

        assert len(await world.runs()) == 8
        ends = [world.store.log.replay(replay.id) for replay, _ in (first, second)]
        assert sorted(end.started for end in ends if end) == [0, 4]


async def test_a_run_that_changed_after_the_plan_is_left_out(tmp_path: Path) -> None:
    async with replaying(tmp_path) as (world, replays):
        dead, other = await failed_at_the_second_step(world, 2)
        world.clock.advance(1)
        request = asked(world, filters={"rule": "order"})
        await replays.plan(request)
        assert await world.store.run_edits.retry(dead.run.id)
        await world.settled()

        replay, _ = await replays.confirm(request, "hoa")

        (again,) = await newest(world, replay)
        assert again.run.replay["of"] == format_id(other.run.id)


async def test_the_rules_as_they_are_now_may_lack_the_step_and_those_of_then_have_it(
    tmp_path: Path,
) -> None:
    async with replaying(tmp_path) as (world, replays):
        await failed_at_the_second_step(world)
        file = tmp_path / "rules" / "shop.yaml"
        file.write_text(RULES.replace("id: stock", "id: store"), encoding="utf-8")
        assert await world.rulebook.reload_if_changed()
        world.clock.advance(1)

        now = await replays.plan(asked(world, filters={"state": "dead"}))
        then = await carried_out(world, replays, filters={"state": "dead"}, rules="then")

        assert counts(now) == {"the step stock is not in the rule any more (rules: then has it)": 1}
        (again,) = await newest(world, then)
        assert (again.run.revision, again.run.state) == (1, RunState.DONE)


async def test_a_step_is_found_where_it_stands_now(tmp_path: Path) -> None:
    async with replaying(tmp_path) as (world, replays):
        await failed_at_the_second_step(world)
        file = tmp_path / "rules" / "shop.yaml"
        first = "    actions:\n      - log: new first step\n"
        file.write_text(RULES.replace("    actions:\n", first), encoding="utf-8")
        assert await world.rulebook.reload_if_changed()

        replay = await carried_out(world, replays, filters={"state": "dead"})

        (again,) = await newest(world, replay)
        assert [attempt.step for attempt in again.attempts] == ["stock", "note"]
        assert again.run.revision == 2


async def test_from_the_start_the_rule_of_now_has_to_match(tmp_path: Path) -> None:
    async with replaying(tmp_path) as (world, replays):
        await failed_at_the_second_step(world)
        (tmp_path / "rules" / "shop.yaml").write_text(LATER, encoding="utf-8")
        assert await world.rulebook.reload_if_changed()
        world.clock.advance(1)

        plan = await replays.plan(asked(world, filters={"state": "dead"}, begin="start"))
        step = await replays.plan(asked(world, filters={"state": "dead"}))

        (reason,) = counts(plan)
        assert reason.startswith("its rule does not match any more: shop.yaml:6:")
        assert step.starts == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("id: order", "id: orders"), "its rule is not there any more"),
        (("    trigger", "    enabled: false\n    trigger"), "its rule is switched off"),
    ],
)
async def test_a_rule_that_is_gone_is_named(
    tmp_path: Path, change: tuple[str, str], reason: str
) -> None:
    async with replaying(tmp_path) as (world, replays):
        await failed_at_the_second_step(world)
        file = tmp_path / "rules" / "shop.yaml"
        file.write_text(RULES.replace(*change), encoding="utf-8")
        assert await world.rulebook.reload_if_changed()
        world.clock.advance(1)

        assert counts(await replays.plan(asked(world, filters={"state": "dead"}))) == {reason: 1}


async def test_events_that_nobody_answered_are_replayed_by_a_new_rule(tmp_path: Path) -> None:
    async with replaying(tmp_path) as (world, replays):
        await world.comments(1, "11", "giá?")
        await world.handles_comment(2, "12", "ship không?")
        file = tmp_path / "rules" / "shop.yaml"
        second = RULES.partition("rules:\n")[2].replace("id: order", "id: ship")
        file.write_text(RULES + second.replace("'giá'", "'i'"), encoding="utf-8")
        assert await world.rulebook.reload_if_changed()

        replay = await carried_out(
            world, replays, over="events", filters={"type": "comment.created"}
        )

        found = [
            (detail.run.rule, detail.event.body["text"]) for detail in await newest(world, replay)
        ]
        assert found == [("ship", "giá?"), ("ship", "ship không?")]
        assert replay.left_out == [(has_a_run(), 1)]


async def test_a_plan_explains_only_what_it_leaves_out_and_a_start_decides_only_by_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    explained: list[str] = []
    decided: list[int] = []

    def explain(rule: CompiledRule, scope: Any, facts: EventFacts) -> RuleExplanation:
        explained.append(scope["event"]["text"])
        return explain_rule(rule, scope, facts)

    class Counting(ReplayReader):
        async def decide(self, sources: Sequence[RunRow | EventRow], now_ms: int) -> Any:
            decided.append(len(sources))
            return await super().decide(sources, now_ms)

    monkeypatch.setattr(decisions, "explain_rule", explain)
    monkeypatch.setattr(replays_module, "ReplayReader", Counting)
    async with replaying(tmp_path) as (world, replays):
        await failed_at_the_second_step(world, 2)
        world.http.script = [a_reply(NOBODY)]
        await world.handles_comment(9, "19", "giá?")
        (tmp_path / "rules" / "shop.yaml").write_text(LATER, encoding="utf-8")
        assert await world.rulebook.reload_if_changed()
        world.clock.advance(1)
        request = asked(world, filters={"state": "dead"}, begin="start")

        plan = await replays.plan(request)
        assert (plan.found, plan.starts, explained, decided) == (3, 1, ["giá 0", "giá 1"], [3])

        await replays.confirm(request, "hoa")
        await finished(replays, request.id)
        assert decided == [3, 3]


async def test_it_goes_on_where_it_was_after_its_process_died(tmp_path: Path) -> None:
    async with replaying(tmp_path) as (world, replays):
        await failed_at_the_second_step(world, 5)
        world.clock.advance(1)
        request = asked(world, filters={"state": "dead"})
        await world.store.replays.begin(await replays.announced(request, "hoa"))

        await replays.resume()
        assert world.store.log.runs(RunFilter(replay_id=request.id)) == []
        world.clock.advance(20)
        await replays.resume()
        await finished(replays, request.id)

        rows = world.store.log.runs(RunFilter(replay_id=request.id))
        assert len(rows) == 5


async def test_no_chunk_is_started_while_too_many_runs_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays_module, "CHUNK", 2)
    async with replaying(tmp_path) as (world, _):
        await failed_at_the_second_step(world, 8)
        world.clock.advance(1)
        ids = IdSource(world.clock.now_ms, 8)
        replays = Replays(world.store, world.rulebook.revisions, ids, world.clock, window=3)
        await world.runner.stop()  # Nobody takes what is due.

        replay, _ = await replays.confirm(asked(world, filters={"state": "dead"}), "hoa")
        await until(lambda: started(world, replay) >= 4)
        for _ in range(40):
            await asyncio.sleep(0.01)
        await world.committed()

        going = world.store.log.replay(replay.id)
        assert going is not None
        assert (going.state, going.started) == (WorkState.GOING, 4)
        await replays.stop(replay.id)
        await replays.close()


async def test_a_stopped_replay_starts_nothing_more(tmp_path: Path) -> None:
    async with replaying(tmp_path) as (world, replays):
        await failed_at_the_second_step(world, 2)
        world.clock.advance(1)
        request = asked(world, filters={"state": "dead"})
        await world.store.replays.begin(await replays.announced(request, "hoa"))

        await replays.stop(request.id)
        world.clock.advance(20)
        await replays.resume()

        assert world.store.log.runs(RunFilter(replay_id=request.id)) == []
        stopped = world.store.log.replay(request.id)
        assert stopped is not None
        assert stopped.state is WorkState.STOPPED


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"filters": {}}, "which runs? all of them are too many"),
        ({"filters": {"until": "1d"}}, "which runs? all of them are too many"),
        ({"filters": {"stat": "dead"}}, "there is no filter 'stat'"),
        ({"filters": "state=dead"}, "filters is no object of texts"),
        ({"filters": {"state": "dead"}, "from": "middle"}, "from is not 'middle'"),
        ({"filters": {"state": "dead"}, "rate": 0}, "rate is a number from 1 to 500"),
        ({"filters": {"state": "dead"}, "rate": True}, "rate is a number"),
        ({"filters": {"state": "dead"}, "again": "yes"}, "again is true or false"),
        ({"filters": {"state": "dead"}, "revision": 9}, "revision is a number"),
        ({"filters": {"state": "dead"}, "how": "fast"}, "a replay has no 'how'"),
        ({"over": "events", "filters": {"state": "dead"}}, "there is no filter 'state' here"),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused(data: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_request(data, now_ms=1_795_478_400_000, revision=1)

    assert said in caught.value.message


UNANSWERED = """\
rules:
  - id: unanswered
    trigger:
      absence: {of: message.received, after: comment.created, within: 1h, key: event.actor.id}
    actions:
      - forward: {to: crm}
"""


async def test_what_did_not_come_is_not_waited_for_again(tmp_path: Path) -> None:
    async with replaying(tmp_path, UNANSWERED) as (world, replays):
        await world.comments(1, "11", "giá")
        world.http.script = [a_reply(NOBODY)]
        await world.passes(3600)
        (dead,) = await world.runs()
        assert dead.run.state is RunState.DEAD

        replay = await carried_out(world, replays, filters={"state": "dead"}, begin="start")

        (again,) = await newest(world, replay)
        assert again.run.state is RunState.DONE


async def test_a_wait_that_came_to_nothing_is_not_replayed(tmp_path: Path) -> None:
    async with replaying(tmp_path, UNANSWERED) as (world, replays):
        await world.comments(1, "11", "giá")
        await world.writes(2000, "11", "chào")
        (ended,) = await world.runs()
        assert ended.run.state is RunState.CANCELLED

        of_run = await replays.plan(asked(world, filters={"state": "cancelled"}))

        assert counts(of_run) == {"it waited for an event, and ended without acting": 1}


BOTH = """\
rules:
  - id: talks
    trigger:
      both: {of: [comment.created, message.received], within: 1h, key: event.actor.id}
    actions:
      - forward: {to: crm, body: {count: "{{ events | length }}"}}
"""


async def test_a_pair_is_replayed_with_both_events_and_half_a_pair_is_left_out(
    tmp_path: Path,
) -> None:
    async with replaying(tmp_path, BOTH) as (world, replays):
        await world.comments(1, "11", "giá")
        await world.passes(3600)
        of_half = await replays.plan(asked(world, filters={"state": "cancelled"}))
        assert counts(of_half) == {"it waited for an event, and ended without acting": 1}

        await world.comments(2, "12", "giá")
        world.http.script = [a_reply(NOBODY)]
        await world.writes(4_000_000, "12", "chào")
        await world.passes(0)
        replay = await carried_out(world, replays, filters={"state": "dead"}, begin="start")

        (again,) = await newest(world, replay)
        assert again.run.state is RunState.DONE
        assert world.http.last.body == b'{"count":2}'
