"""What becomes of runs: retries, follow-ups, dead letters, order, and crashes in between."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import psycopg
import pytest

from automator.actions.forward import Forward
from automator.engine.attempts.next_step import NextStep
from automator.engine.attempts.performer import StepOutcome, StepPerformer
from automator.model import (
    AttemptStatus,
    Claimed,
    PermanentError,
    RetryableError,
    RunState,
    Settlement,
    StoreUnavailableError,
    UnknownOutcome,
    quoted,
)
from automator.plugins import StepResult
from automator.store.runs.recovery import REST_MS
from tests.support.http import HeldReply, a_reply
from tests.support.words import said
from tests.support.world import LEASE_S, World, a_world

FORWARD = """\
rules:
  - id: order
    trigger: {event: comment.created}
    actions:
      - id: send
        forward: {to: crm}
        %s
      - log: "sent: {{ steps.send.status }}"
"""
RETRYING = FORWARD % "retry: {max_attempts: 3, interval: 10s, strategy: fixed}"
PLAIN = FORWARD % "name: pass it on"
CONTINUING = FORWARD % "continue_on_error: true"
HOLDING = FORWARD % "on_unknown: hold"

TWICE = """\
rules:
  - id: order
    trigger: {event: comment.created}
    actions:
      - forward: {to: crm}
      - forward: {to: crm}
"""

FOLLOWING = """\
rules:
  - id: ask-again
    trigger: {event: comment.created}
    actions:
      - follow_up:
          after: 20h
          cancel_on: {event: message.received}
          actions:
            - forward: {to: crm}
"""


async def states(world: World) -> list[str]:
    return [detail.run.state.label for detail in await world.runs()]


async def statuses(world: World) -> list[AttemptStatus]:
    return [attempt.status for detail in await world.runs() for attempt in detail.attempts]


async def test_a_run_does_its_steps_in_order_and_later_ones_see_earlier_ones(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        await world.handles_comment(1, "11", "đặt hàng")

        (detail,) = await world.runs()
        assert detail.run.state is RunState.DONE
        assert [said(attempt.summary) for attempt in detail.attempts] == [
            "sent to crm: 200",
            "sent: ok",
        ]


async def test_a_failed_attempt_is_tried_again_when_its_time_comes_and_not_before(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RETRYING) as world:
        world.http.script = [a_reply(503), a_reply(500)]
        await world.handles_comment(1, "11", "đặt hàng")

        await world.passes(7)
        assert len(world.http.requests) == 1
        await world.passes(6)
        assert len(world.http.requests) == 2
        await world.passes(13)

        assert await statuses(world) == [
            AttemptStatus.RETRY,
            AttemptStatus.RETRY,
            AttemptStatus.OK,
            AttemptStatus.OK,
        ]
        keys = {request.headers["webhook-id"] for request in world.http.requests}
        assert len(keys) == 1


async def test_a_run_that_used_up_its_attempts_is_a_dead_letter_with_its_reason(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RETRYING) as world:
        world.http.script = [a_reply(503), a_reply(503), a_reply(503)]
        await world.handles_comment(1, "11", "đặt hàng")
        await world.passes(15)
        await world.passes(15)

        (detail,) = await world.runs()
        assert detail.run.state is RunState.DEAD
        assert "503" in said(detail.run.reason)
        assert len(detail.attempts) == 3


async def test_what_the_target_asks_to_wait_is_waited(tmp_path: Path) -> None:
    async with a_world(tmp_path, RETRYING) as world:
        world.http.script = [a_reply(429, headers={"retry-after": "120"})]
        await world.handles_comment(1, "11", "đặt hàng")

        await world.passes(100)
        before = len(world.http.requests)
        await world.passes(50)

        assert (before, len(world.http.requests)) == (1, 2)


async def test_a_permanent_failure_is_not_tried_again(tmp_path: Path) -> None:
    async with a_world(tmp_path, RETRYING) as world:
        world.http.script = [a_reply(404)]
        await world.handles_comment(1, "11", "đặt hàng")
        await world.passes(3600)

        assert await states(world) == ["dead"]
        assert len(world.http.requests) == 1


async def test_a_step_that_may_fail_lets_the_run_go_on(tmp_path: Path) -> None:
    async with a_world(tmp_path, CONTINUING) as world:
        world.http.script = [PermanentError("the address is refused")]
        await world.handles_comment(1, "11", "đặt hàng")

        (detail,) = await world.runs()
        assert detail.run.state is RunState.DONE
        assert said(detail.attempts[-1].summary) == "sent: failed"


async def test_an_unknown_outcome_that_must_not_be_repeated_waits_for_a_person(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, HOLDING) as world:
        world.http.script = [UnknownOutcome("no answer")]
        await world.handles_comment(1, "11", "đặt hàng")
        await world.passes(3600)

        assert await states(world) == ["unknown"]
        assert len(world.http.requests) == 1


async def test_an_unknown_outcome_is_otherwise_repeated_under_the_same_key(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RETRYING) as world:
        world.http.script = [UnknownOutcome("no answer")]
        await world.handles_comment(1, "11", "đặt hàng")
        await world.passes(15)

        assert await states(world) == ["done"]
        assert len({request.headers["webhook-id"] for request in world.http.requests}) == 1


async def test_a_run_whose_last_attempt_may_have_worked_waits_for_a_person(tmp_path: Path) -> None:
    rules = RETRYING + "    on_error:\n      - log: it failed\n"
    async with a_world(tmp_path, rules) as world:
        world.http.script = [UnknownOutcome("no answer")] * 3
        await world.handles_comment(1, "11", "đặt hàng")
        await world.passes(15)
        await world.passes(15)

        assert sorted(await states(world)) == ["done", "unknown"]
        assert len(world.http.requests) == 3


async def test_a_run_whose_last_attempt_has_failed_is_a_dead_letter(tmp_path: Path) -> None:
    async with a_world(tmp_path, RETRYING) as world:
        world.http.script = [UnknownOutcome("no answer"), *[RetryableError("no connection")] * 2]
        await world.handles_comment(1, "11", "đặt hàng")
        await world.passes(15)
        await world.passes(15)

        assert await states(world) == ["dead"]


async def test_runs_of_one_person_keep_their_order_while_one_of_them_waits(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RETRYING) as world:
        world.http.script = [RetryableError("no connection")]
        await world.handles_comment(1, "11", "một")
        await world.comments(2, "11", "hai")
        await world.handles_comment(3, "12", "ba")
        while_waiting = len(world.http.requests)

        await world.passes(15)

        texts = [text for request in world.http.requests for text in texts_in(request.body)]
        assert while_waiting == 2
        assert texts == ["một", "ba", "một", "hai"]


async def test_a_follow_up_fires_at_its_time(tmp_path: Path) -> None:
    async with a_world(tmp_path, FOLLOWING) as world:
        await world.handles_comment(1, "11", "giá?")

        await world.passes(20 * 3600 - 1)
        before = len(world.http.requests)
        await world.passes(1)

        assert (before, len(world.http.requests)) == (0, 1)


async def test_a_follow_up_is_cancelled_by_the_event_it_names(tmp_path: Path) -> None:
    async with a_world(tmp_path, FOLLOWING) as world:
        await world.handles_comment(1, "11", "giá?")

        await world.writes(2, "11", "cảm ơn shop")
        await world.passes(21 * 3600)

        assert await states(world) == ["done", "cancelled"]
        assert world.http.requests == []


async def test_a_person_is_known_again_under_the_id_that_the_private_reply_revealed(
    tmp_path: Path,
) -> None:
    rules = FOLLOWING.replace("actions:\n", "actions:\n      - private_reply: chào bạn\n", 1)
    async with a_world(tmp_path, rules) as world:
        world.http.script = [a_reply(200, b'{"recipient_id": "psid-11", "message_id": "m_9"}')]
        await world.handles_comment(1, "11", "giá?")

        await world.writes(2, "psid-11", "cảm ơn shop")
        await world.passes(21 * 3600)

        assert await states(world) == ["done", "cancelled"]


async def test_another_persons_message_cancels_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, FOLLOWING) as world:
        await world.handles_comment(1, "11", "giá?")

        await world.writes(2, "12", "cảm ơn shop")
        await world.passes(21 * 3600)

        assert await states(world) == ["done", "done"]


async def test_a_follow_up_survives_a_restart(tmp_path: Path) -> None:
    async with a_world(tmp_path, FOLLOWING) as world:
        await world.handles_comment(1, "11", "giá?")
        clock = world.clock

    async with a_world(tmp_path, FOLLOWING, clock=clock, node=2) as again:
        await again.passes(21 * 3600)

        assert await states(again) == ["done", "done"]
        assert len(again.http.requests) == 1


async def test_a_run_keeps_the_rules_that_started_it(tmp_path: Path) -> None:
    async with a_world(tmp_path, FOLLOWING) as world:
        await world.handles_comment(1, "11", "giá?")
        clock = world.clock

    changed = FOLLOWING.replace("forward: {to: crm}", "log: changed")
    async with a_world(tmp_path, changed, clock=clock, node=2) as again:
        await again.passes(21 * 3600)

        assert len(again.http.requests) == 1


@pytest.mark.parametrize(("rules", "state"), [(RETRYING, "done"), (HOLDING, "unknown")])
async def test_an_attempt_that_a_crash_interrupted_is_repeated_unless_it_must_be_held(
    tmp_path: Path, rules: str, state: str
) -> None:
    async with a_world(tmp_path, rules) as world:
        await world.runner.stop()
        await world.comments(1, "11", "đặt hàng")
        claimed = await world.store.claim(8)
        assert len(claimed) == 1
        clock = world.clock

    clock.advance(LEASE_S + 1)
    async with a_world(tmp_path, rules, clock=clock, node=2) as again:
        await again.passes(REST_MS[0] / 1000)

        (detail,) = await again.runs()
        assert detail.run.state.label == state
        assert detail.attempts[0].status is AttemptStatus.UNKNOWN
        assert "stopped during this attempt" in said(detail.attempts[0].summary)


async def test_a_crash_in_the_middle_of_a_claim_batch_is_counted_by_the_run_under_way_alone(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        first, third = HeldReply(), HeldReply()
        world.http.script = [first, a_reply(), third]
        await world.comments(0, "11", "đặt hàng")
        await first.asked.wait()
        for number in range(1, 4):
            await world.comments(number, "11", "đặt hàng")
        # The first is under way; the others come in one claim batch when it ends.
        first.answered.set()
        await third.asked.wait()
        world.clock.advance(LEASE_S + 1)

        assert await world.store.recover() == 2

        crashes = [(detail.run.crashes, detail.run.attempt) for detail in await world.runs()]
        assert crashes == [(0, 0), (0, 0), (1, 1), (0, 0)]
        third.answered.set()
        await world.passes(REST_MS[0] / 1000)
        assert await states(world) == ["done"] * 4
        assert len(world.http.requests) == 5


async def test_what_an_attempt_did_is_kept_until_the_store_can_commit_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        settle, failures = world.store.settle, [StoreUnavailableError("the disk is full")] * 2

        async def settle_later(settlement: Settlement) -> bool:
            if failures:
                raise failures.pop()
            return await settle(settlement)

        monkeypatch.setattr(world.store, "settle", settle_later)
        await world.comments(1, "11", "một")
        await world.handles_comment(2, "11", "hai")

        assert failures == []
        assert await states(world) == ["done", "done"]
        assert len(world.http.requests) == 2


async def test_the_actions_of_on_error_run_when_a_run_ends_dead(tmp_path: Path) -> None:
    rules = PLAIN + "    on_error:\n      - log: it failed\n"
    async with a_world(tmp_path, rules) as world:
        world.http.script = [a_reply(404)]
        await world.handles_comment(1, "11", "đặt hàng")

        failed, handler = await world.runs()
        assert (failed.run.state, handler.run.state) == (RunState.DEAD, RunState.DONE)
        assert [said(attempt.summary) for attempt in handler.attempts] == ["it failed"]


async def test_a_retried_dead_letter_goes_on_at_the_step_that_failed(tmp_path: Path) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        world.http.script = [a_reply(404)]
        await world.handles_comment(1, "11", "đặt hàng")
        (dead,) = await world.runs()

        assert await world.store.run_edits.retry(dead.run.id)
        await world.settled()

        assert await states(world) == ["done"]
        assert len(world.http.requests) == 2


def texts_in(body: bytes) -> list[str]:
    return [word for word in ("một", "hai", "ba") if f'"text":"{word}"'.encode() in body]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_step_that_a_late_beat_keeps_back_is_begun_later_and_counts_no_crash(
    tmp_path: Path,
) -> None:
    held = HeldReply()
    async with a_world(tmp_path, TWICE) as world:
        world.http.script = [held]
        await world.comments(1, "11", "đặt hàng")
        await held.asked.wait()
        world.clock.advance(LEASE_S / 2 + 1)
        held.answered.set()
        await world.settled()

        waiting = (await world.runs())[0].run
        assert (waiting.state, waiting.step, waiting.crashes) == (RunState.QUEUED, 1, 0)
        assert len(world.http.requests) == 1

        await world.passes(1)

        done = (await world.runs())[0].run
        assert (done.state, done.crashes) == (RunState.DONE, 0)
        assert len(world.http.requests) == 2


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_what_a_node_claimed_before_it_slept_is_not_begun_although_it_has_just_beaten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        claim, late = world.store.standing_claim, []

        async def claim_and_sleep(claiming: Awaitable[list[Claimed]]) -> list[Claimed]:
            claimed = await claiming
            if claimed and not late:
                late.extend(claimed)
                # Frozen between the commit and its answer; then it beats, and another node looks.
                await world.moves_clock(LEASE_S + 1)
                assert await world.store.recover() == 1
            return claimed

        def claim_later(limit: int, *, may_be_alone: bool = True) -> asyncio.Future[list[Claimed]]:
            return asyncio.ensure_future(claim_and_sleep(claim(limit, may_be_alone=may_be_alone)))

        monkeypatch.setattr(world.store, "standing_claim", claim_later)
        world.store.end_standing_claim()
        await world.handles_comment(1, "11", "đặt hàng")
        assert len(late) == 1
        assert world.http.requests == []

        await world.passes(REST_MS[0] / 1000 + 1)

        assert len(world.http.requests) == 1
        assert await states(world) == ["done"]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_run_that_another_node_took_over_is_not_begun_behind_one_that_was_kept(
    tmp_path: Path, postgresql_store_url: str
) -> None:
    url = postgresql_store_url.replace("postgresql+psycopg://", "postgresql://")
    held = HeldReply()
    async with a_world(tmp_path, PLAIN) as world:
        world.http.script = [a_reply(503), held]
        for number in (1, 2, 3):
            await world.comments(number, "11", "đặt hàng")
        await world.settled()
        # The first is tried again with the others behind it: a train.
        await world.moves_clock(20)
        world.runner.wake()
        await held.asked.wait()
        head = next(d.run for d in await world.runs() if d.run.state is RunState.RUNNING)
        world.clock.advance(LEASE_S + 1)
        with psycopg.connect(url) as settling:
            # Another node leaves alone what is locked by a settlement that has not ended.
            settling.execute("SELECT id FROM runs WHERE id = %s FOR UPDATE", (head.id,))
            taken = await world.store.recover()
            settling.rollback()
        assert taken == 2

        assert await world.runner.renew_leases(1)
        held.answered.set()
        await world.settled()

        assert await states(world) == ["done"] * 3
        assert len(world.http.requests) == 1 + 3


@pytest.mark.parametrize("failures", [1, 3, 4])
async def test_a_run_that_the_program_fails_to_carry_out_counts_a_crash_and_its_lane_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        left = ["a fault of the program"] * failures
        perform = StepPerformer.perform

        async def fail_first(performer: StepPerformer, attempted: NextStep) -> StepOutcome:
            if left:
                raise RuntimeError(left.pop())
            return await perform(performer, attempted)

        monkeypatch.setattr(StepPerformer, "perform", fail_first)
        await world.comments(1, "11", "một")
        await world.handles_comment(2, "11", "hai")
        for rest_ms in REST_MS:
            await world.passes(rest_ms / 1000)

        first, second = await world.runs()
        assert first.run.crashes == failures
        assert first.run.state is (RunState.DEAD if failures == 4 else RunState.DONE)
        assert second.run.state is RunState.DONE
        assert second.run.crashes == 0


async def test_a_result_that_cannot_be_stored_fails_its_step_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(*_: object) -> StepResult:
        return StepResult(summary=quoted("sent"), output={"root": 1j})

    monkeypatch.setattr(Forward, "run", run)
    async with a_world(tmp_path, PLAIN) as world:
        await world.handles_comment(1, "11", "đặt hàng")

        (detail,) = await world.runs()
        assert (detail.run.state, detail.run.crashes) == (RunState.DEAD, 0)
        assert "failed unexpectedly" in said(detail.run.reason)
