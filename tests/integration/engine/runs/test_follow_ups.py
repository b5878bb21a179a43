"""Follow-ups that come too late, and those that a step cancels."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from automator.model import RunState
from automator.store import Log
from tests.support.http import a_reply
from tests.support.words import said
from tests.support.world import World, a_world

HOUR = 3600

WINDOW = """\
rules:
  - id: ask-again
    trigger: {event: comment.created}
    actions:
      - follow_up:
          after: 20h
          within: 2h
          actions:
            - forward: {to: crm}
              retry: {max_attempts: 5, interval: 50m, strategy: fixed}
"""

CANCEL = """\
rules:
  - id: order
    trigger: {event: comment.created}
    conditions: ["!contains(event.text, 'xong')"]
    actions:
      - follow_up:
          after: 20h
          key: "{{ event.text }}"
          actions: [log: "còn quan tâm?"]
  - id: other
    trigger: {event: comment.created}
    actions:
      - follow_up: {after: 30h, actions: [log: other]}
  - id: done
    trigger: {event: [message.received, comment.created]}
    conditions: ["contains(event.text, 'xong')"]
    actions:
      - cancel_follow_ups: %s
"""


async def ended(world: World) -> list[str]:
    """Every follow-up: its rule, its state and why."""
    return [
        f"{detail.run.rule} {detail.run.state.label} {said(detail.run.reason)}".strip()
        for detail in await world.runs()
        if detail.run.path
    ]


async def test_a_follow_up_that_comes_within_its_window_acts(tmp_path: Path) -> None:
    async with a_world(tmp_path, WINDOW) as world:
        await world.handles_comment(1, "11", "giá?")

        await world.passes(22 * HOUR)

        assert await ended(world) == ["ask-again done"]


async def test_a_follow_up_that_comes_after_its_window_is_cancelled_and_says_so(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, WINDOW) as world:
        await world.handles_comment(1, "11", "giá?")

        await world.passes(22 * HOUR + 1)

        until = "Wed 2026-11-25 05:00 (Asia/Ho_Chi_Minh)"
        assert await ended(world) == [f"ask-again cancelled too late: it could act until {until}"]
        assert world.http.requests == []


async def test_no_try_of_a_follow_up_is_put_behind_its_window(tmp_path: Path) -> None:
    async with a_world(tmp_path, WINDOW) as world:
        world.http.script = [a_reply(503)] * 5
        await world.handles_comment(1, "11", "giá?")
        for _ in range(30):
            await world.passes(HOUR)

        assert len(world.http.requests) == 3
        (line,) = await ended(world)
        assert line.startswith("ask-again cancelled too late for another try: forward: ")


async def test_a_person_may_do_a_follow_up_that_was_too_late(tmp_path: Path) -> None:
    async with a_world(tmp_path, WINDOW) as world:
        await world.handles_comment(1, "11", "giá?")
        await world.passes(30 * HOUR)
        late = (await world.runs())[-1].run

        assert await world.store.run_edits.retry(late.id)
        await world.settled()

        assert await ended(world) == ["ask-again done"]


async def cancelled_by(world: World, person: str = "11") -> list[str]:
    """The follow-ups of two orders of one person after they are done with something."""
    await world.comments(1, "11", "áo")
    await world.handles_comment(2, "11", "váy")
    await world.handles_message(3, person, "xong")
    return [
        f"{run.rule} {run.data.get('key')} {run.state.label}"
        for run in (detail.run for detail in await world.runs())
        if run.path
    ]


async def test_all_waiting_follow_ups_of_a_person_are_cancelled(tmp_path: Path) -> None:
    async with a_world(tmp_path, CANCEL % "{}") as world:
        assert await cancelled_by(world) == [
            "order áo cancelled",
            "other None cancelled",
            "order váy cancelled",
            "other None cancelled",
        ]
        reasons = [line for line in await ended(world) if "cancelled by done, run " in line]
        assert len(reasons) == 4


async def test_those_of_one_rule_or_with_one_key_are_cancelled_alone(tmp_path: Path) -> None:
    async with a_world(tmp_path, CANCEL % "other") as world:
        assert await cancelled_by(world) == [
            "order áo queued",
            "other None cancelled",
            "order váy queued",
            "other None cancelled",
        ]


async def test_the_key_says_which_of_several_is_meant(tmp_path: Path) -> None:
    async with a_world(tmp_path, CANCEL % "{key: áo}") as world:
        assert await cancelled_by(world) == [
            "order áo cancelled",
            "other None queued",
            "order váy queued",
            "other None queued",
        ]


async def test_nobody_elses_follow_ups_are_cancelled(tmp_path: Path) -> None:
    async with a_world(tmp_path, CANCEL % "{}") as world:
        assert {line.split()[-1] for line in await cancelled_by(world, "12")} == {"queued"}


async def test_a_step_cancels_what_was_started_before_it_and_nothing_after_it(
    tmp_path: Path,
) -> None:
    rules = """\
rules:
  - id: order
    trigger: {event: comment.created}
    actions:
      - follow_up: {after: 1h, actions: [log: before]}
      - cancel_follow_ups:
      - follow_up: {after: 2h, actions: [log: after]}
"""
    async with a_world(tmp_path, rules) as world:
        await world.handles_comment(1, "11", "áo")

        states = [run.run.state for run in await world.runs() if run.run.path]
        assert states == [RunState.CANCELLED, RunState.QUEUED]


CHECKED = """\
rules:
  - id: ask-again
    trigger: {event: message.received}
    actions:
      - follow_up:
          after: 20h
          cancel_on: {event: message.received}
          actions:
            - message: "Bạn còn quan tâm không ạ?"
"""


async def test_a_follow_up_waits_for_a_database_that_is_away_and_counts_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, tries = Log.events_of_contact_after, []

    def fails_twice(self: Log, *args: Any) -> Any:
        tries.append(args)
        if len(tries) <= 2:
            raise PoolTimeoutError("all connections are in use")
        return look(self, *args)

    async with a_world(tmp_path, CHECKED) as world:
        await world.handles_message(1, "11", "giá?")
        monkeypatch.setattr(Log, "events_of_contact_after", fails_twice)
        await world.passes(20 * HOUR)

        assert await ended(world) == ["ask-again done"]
        assert [detail.run.crashes for detail in await world.runs()] == [0, 0]
        assert len(world.http.requests) == 1
        assert len(tries) > 2
