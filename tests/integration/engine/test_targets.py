"""A target that is slow, down, held back or limited slows nobody else, and loses nothing."""

import asyncio
import logging
import sqlite3
import threading
from pathlib import Path

import pytest

from automator.configuration.target import Target
from automator.engine.outbound import capacity
from automator.engine.outbound.capacity import MOST_WAITING
from automator.engine.outbound.circuit_breaker import FIRST_WAIT_MS, OPENS_AFTER
from automator.engine.outbound.destinations import EVERYTHING
from automator.engine.outbound.gated_http import GatedHttp
from automator.engine.outbound.target_gate import TargetGate
from automator.http.types import HttpReply
from automator.model import (
    AttemptStatus,
    RetryableError,
    RunState,
    Settlement,
    TargetHealth,
    TargetState,
)
from automator.model.errors import TargetUnavailable
from automator.model.log_filters import RunFilter
from automator.store.log.log import Log
from tests.support.http import SentRequest, a_reply
from tests.support.words import said
from tests.support.world import World, a_world, until

SLOW = "https://slow.example/in"
CRM = "https://crm.example/in"
TOKENS = "https://oauth.example/v4/oa/access_token"
RULES = """\
rules:
  - id: slow
    trigger: {event: comment.created}
    actions:
      - forward: {to: slow}
  - id: good
    trigger: {event: message.received}
    actions:
      - forward: {to: crm}
"""
FORWARDS = """\
rules:
  - id: order
    trigger: {event: comment.created}
    actions:
      - id: send
        forward: {to: crm}
        retry: {max_attempts: 3, interval: 1s, strategy: fixed}
"""


async def fails(world: World, times: int) -> None:
    """So many runs in a row find that the target does not answer; each is tried once."""
    for number in range(times):
        world.http.script.append(RetryableError("no connection to crm.example"))
        await world.handles_comment(number, str(100 + number), "đặt hàng")


async def test_an_attempt_says_which_target_it_went_to(tmp_path: Path) -> None:
    async with a_world(tmp_path, FORWARDS, targets={"crm": Target(url=CRM)}) as world:
        world.http.script.append(a_reply(200))
        await world.handles_comment(1, "100", "đặt hàng")

        log = world.store.log
        (row,) = log.runs(RunFilter(target="crm"))
        detail = log.run(row.id)
        assert detail is not None
        assert [attempt.target for attempt in detail.attempts] == ["crm"]
        assert log.runs(RunFilter(target="crm.example:443")) == []


async def test_a_target_that_hangs_holds_its_own_attempts_and_no_others(tmp_path: Path) -> None:
    targets = {"slow": Target(url=SLOW, concurrency=2)}
    async with a_world(tmp_path, RULES, targets=targets) as world:
        world.http.hanging[SLOW] = asyncio.Event()
        # Many more than there are workers.
        for number in range(100):
            await world.comments(number, str(1000 + number), "đặt hàng")
        await until(lambda: world.http.under_way[SLOW] == 2)

        for number in range(5):
            await world.writes(500 + number, str(5000 + number), "xin chào")
        await until(lambda: [r.url for r in world.http.requests].count(CRM) == 5)

        assert world.http.peak[SLOW] == 2
        world.http.hanging[SLOW].set()


async def test_what_waited_for_a_busy_target_is_sent_within_its_limit(tmp_path: Path) -> None:
    targets = {"slow": Target(url=SLOW, concurrency=2)}
    async with a_world(tmp_path, RULES, targets=targets) as world:
        answers = world.http.hanging[SLOW] = asyncio.Event()
        for number in range(90):
            await world.comments(number, str(1000 + number), "đặt hàng")
        # All others are back in the queue soon.
        await until(lambda: world.store.log.waiting_for_targets() == {"slow": 88})

        answers.set()
        # One by one, each is found when a place becomes free.
        await until(
            lambda: {row.run.state for row in world.store.log.runs(limit=200)} == {RunState.DONE}
        )

        assert {len(detail.attempts) for detail in await world.runs()} == {1}
        assert world.http.peak[SLOW] == 2


async def test_what_is_put_back_while_the_target_becomes_free_does_not_wait_for_a_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "LONGEST_WAIT_S", 0.05)
    targets = {"slow": Target(url=SLOW, concurrency=1)}
    async with a_world(tmp_path, RULES, targets=targets) as world:
        answer = world.http.hanging[SLOW] = asyncio.Event()
        settle = world.store.settle

        async def settle_late(settlement: Settlement) -> bool:
            if settlement.waits_for is not None:
                answer.set()
                await until(lambda: world.gate.destinations.named("slow").capacity.under_way == 0)
                await world.gate.run_once()
            return await settle(settlement)

        monkeypatch.setattr(world.store, "settle", settle_late)
        for number in range(2):
            await world.comments(number, str(1000 + number), "đặt hàng")

        await until(lambda: [r.url for r in world.http.requests].count(SLOW) == 2)


async def test_a_target_that_fails_is_left_alone_and_the_first_to_try_again_is_one(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, FORWARDS) as world:
        await fails(world, OPENS_AFTER)
        crm = world.gate.destinations.named("crm")
        assert crm.health.state is TargetState.OPEN
        asked = len(world.http.requests)

        for number in range(10):
            await world.comments(50 + number, str(500 + number), "đặt hàng")
        await world.passes(2)
        latest = (await world.runs())[-1]
        assert len(world.http.requests) == asked
        assert latest.attempts == ()
        assert latest.run.attempt == 0
        assert latest.run.waits_for_others
        assert said(latest.run.reason).startswith("waiting: crm fails since 2026-11-24 00:00:00")
        assert "no connection to crm.example" in said(latest.run.reason)

        world.http.script = [a_reply(503)]
        await world.passes(FIRST_WAIT_MS / 1000)
        await until(lambda: len(world.http.requests) == asked + 1)
        await world.settled()
        assert crm.health.state is TargetState.OPEN
        assert len(world.http.requests) == asked + 1

        await world.passes(2 * FIRST_WAIT_MS / 1000)
        await until(lambda: crm.health.state is TargetState.CLOSED)
        await world.settled()
        await world.settled()

        runs = await world.runs()
        assert {detail.run.state for detail in runs} == {RunState.DONE}
        assert [len(detail.attempts) for detail in runs[OPENS_AFTER + 1 :]] == [1] * 9


async def test_runs_that_failed_at_a_target_go_on_as_soon_as_it_has_recovered(
    tmp_path: Path,
) -> None:
    slowly = FORWARDS.replace("max_attempts: 3, interval: 1s", "max_attempts: 8, interval: 2h")
    async with a_world(tmp_path, slowly) as world:
        await fails(world, OPENS_AFTER)
        crm = world.gate.destinations.named("crm")
        await world.handles_comment(60, "600", "đặt hàng")
        world.http.script = [a_reply(503)]
        await world.passes(FIRST_WAIT_MS / 1000)
        await until(lambda: len(world.http.requests) == OPENS_AFTER + 1)
        await world.settled()
        await world.handles_comment(61, "601", "đặt hàng")

        await world.passes(2 * FIRST_WAIT_MS / 1000)
        await until(lambda: crm.health.state is TargetState.CLOSED)
        await until(lambda: len(world.http.requests) == 2 * OPENS_AFTER + 3)
        await world.settled()

        runs = await world.runs()
        assert {detail.run.state for detail in runs} == {RunState.DONE}
        assert [len(detail.attempts) for detail in runs] == [2] * (OPENS_AFTER + 1) + [1]


async def test_a_paused_target_gets_nothing_until_it_is_resumed_also_after_a_restart(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, FORWARDS) as world:
        await world.gate.pause("crm", "hoa", "they move house")
        await world.comments(1, "11", "một")
        await world.handles_comment(2, "11", "hai")
        clock = world.clock
        assert said((await world.runs())[0].run.reason) == (
            "waiting: crm is paused since 2026-11-24 00:00:00 UTC by hoa: they move house"
        )

    async with a_world(tmp_path, FORWARDS, clock=clock, node=2) as again:
        await again.passes(3 * 3600)
        assert again.http.requests == []

        await again.gate.resume("crm", "hoa")
        await until(lambda: len(again.http.requests) == 2)
        await again.settled()

        assert [detail.run.state.label for detail in await again.runs()] == ["done", "done"]
        bodies = [request.body.decode() for request in again.http.requests]
        assert ["một" in bodies[0], "hai" in bodies[1]] == [True, True]
        assert [
            [(attempt.number, attempt.status) for attempt in detail.attempts]
            for detail in await again.runs()
        ] == [[(1, AttemptStatus.OK)]] * 2


async def test_while_all_sending_is_paused_no_target_and_no_new_host_gets_anything(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, FORWARDS) as world:
        await world.gate.pause(EVERYTHING, "hoa")
        await world.handles_comment(1, "11", "một")
        clock = world.clock
        host = world.gate.destinations.of_url("https://never-used.example/x")
        with pytest.raises(TargetUnavailable):
            host.admit()
        assert EVERYTHING not in [item.name for item in world.gate.destinations]
        assert said((await world.runs())[0].run.reason) == (
            "waiting: all sending is paused since 2026-11-24 00:00:00 UTC by hoa"
        )

    async with a_world(tmp_path, FORWARDS, clock=clock, node=2) as again:
        await again.comments(2, "12", "hai")
        await again.passes(3 * 3600)
        assert again.http.requests == []

        await again.gate.resume(EVERYTHING, "hoa")
        await until(lambda: len(again.http.requests) == 2)
        await again.settled()
        assert [len(detail.attempts) for detail in await again.runs()] == [1, 1]


async def test_an_access_is_renewed_while_all_sending_is_paused(tmp_path: Path) -> None:
    async with a_world(tmp_path, FORWARDS) as world:
        await world.gate.pause(EVERYTHING, "hoa")

        await GatedHttp(world.gate, world.http, is_upkeep=True).request("POST", TOKENS)
        with pytest.raises(TargetUnavailable):
            await GatedHttp(world.gate, world.http).request("POST", TOKENS)

        await world.gate.pause("oauth.example:443", "hoa")
        with pytest.raises(TargetUnavailable):
            await GatedHttp(world.gate, world.http, is_upkeep=True).request("POST", TOKENS)
        assert [request.url for request in world.http.requests] == [TOKENS]


async def test_who_waits_at_a_target_goes_back_when_all_sending_is_paused(tmp_path: Path) -> None:
    targets = {"crm": Target(url=CRM, concurrency=1)}
    async with a_world(tmp_path, FORWARDS, targets=targets) as world:
        crm = world.gate.destinations.named("crm")
        assert crm.admit()
        assert not crm.admit()
        waiting = asyncio.create_task(crm.wait(world.gate.on_waiting))
        await asyncio.sleep(0)

        await world.gate.pause(EVERYTHING, "hoa")

        with pytest.raises(TargetUnavailable):
            await waiting
        world.gate.ended(crm)
        assert crm.room() == 0
        await world.gate.resume(EVERYTHING, "hoa")
        assert crm.room() == 1


async def test_nothing_is_sent_before_the_health_of_the_targets_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(tmp_path, FORWARDS) as world:
        await world.gate.pause("crm", "hoa", "they move house")
        await world.handles_comment(1, "11", "một")
        clock = world.clock
    clock.advance(3 * 3600)
    is_read = threading.Event()
    read = Log.targets

    def slowly(log: Log) -> list[TargetHealth]:
        assert is_read.wait(30)
        return read(log)

    monkeypatch.setattr(Log, "targets", slowly)
    async with a_world(tmp_path, FORWARDS, clock=clock, node=2) as again:
        try:
            await again.settled()
            assert again.http.requests == []
            assert [detail.attempts for detail in await again.runs()] == [()]
        finally:
            is_read.set()
        await again.settled()
        assert again.http.requests == []
        assert said((await again.runs())[0].run.reason).startswith("waiting: crm is paused")


async def test_a_target_that_says_it_is_gone_gets_nothing_more(tmp_path: Path) -> None:
    async with a_world(tmp_path, FORWARDS) as world:
        world.http.script = [a_reply(410)]
        await world.handles_comment(1, "11", "một")
        await world.comments(2, "12", "hai")
        await world.passes(7 * 86_400)

        gone, waits = await world.runs()
        assert gone.run.state is RunState.DEAD
        assert said(waits.run.reason).endswith("it answered 410: gone for good")
        assert len(world.http.requests) == 1


async def test_a_rate_is_kept(tmp_path: Path) -> None:
    targets = {"crm": Target.model_validate({"url": CRM, "rate": "2/s"})}
    async with a_world(tmp_path, FORWARDS, targets=targets) as world:
        for number in range(6):
            await world.comments(number, str(100 + number), "đặt hàng")
        for sent in range(1, 7):
            await until(lambda sent=sent: len(world.http.requests) >= sent)  # type: ignore[misc]
            await asyncio.sleep(0.1)
            assert len(world.http.requests) == sent
            world.clock.advance(0.5)
        await world.settled()

        assert {detail.run.state for detail in await world.runs()} == {RunState.DONE}


async def test_retries_of_a_target_that_fails_do_not_multiply_what_it_gets(tmp_path: Path) -> None:
    rules = FORWARDS.replace("max_attempts: 3", "max_attempts: 9")
    async with a_world(tmp_path, rules) as world:
        seen: set[bytes] = set()

        async def fails_every_third_once(request: SentRequest) -> HttpReply:
            is_first = request.body not in seen
            seen.add(request.body)
            return a_reply(503 if is_first and len(seen) % 3 == 0 else 200)

        world.http.answer = fails_every_third_once
        for number in range(60):
            await world.comments(number, str(100 + number), "đặt hàng")
        await world.settled()
        crm = world.gate.destinations.named("crm")
        assert (len(world.http.requests), crm.health.state) == (60, TargetState.CLOSED)

        await world.passes(1.5)
        at_once = len(world.http.requests) - 60
        assert at_once <= 60 / 5
        reasons = [
            said(detail.run.reason) for detail in await world.runs() if said(detail.run.reason)
        ]
        assert len(reasons) == 20 - at_once
        assert all("crm fails, and gets about one retry in five requests" in it for it in reasons)
        assert crm.retries.counted(world.clock.monotonic()) == (60 + at_once, at_once)

        for _ in range(12):
            await world.passes(5)
        runs = await world.runs()
        assert {detail.run.state for detail in runs} == {RunState.DONE}
        assert sorted(len(detail.attempts) for detail in runs) == [1] * 40 + [2] * 20


async def test_a_provider_that_is_nearly_used_up_is_sent_less_before_it_refuses(
    tmp_path: Path,
) -> None:
    rules = """\
rules:
  - id: hello
    trigger: {event: message.received}
    actions:
      - message: xin chào
"""
    async with a_world(tmp_path, rules) as world:
        used = ["97", "96", "20", "21"]

        async def answers(_request: SentRequest) -> HttpReply:
            headers = {"x-app-usage": f'{{"call_count":{used.pop(0)}}}'}
            return HttpReply(status=200, headers=headers, body=b'{"message_id": "m_1"}')

        world.http.answer = answers
        for number in range(3):
            await world.handles_message(number, str(11 + number), "chào shop")
        assert len(world.http.requests) == 1
        waiting = [detail.run for detail in await world.runs()][1:]
        assert all("97 % of its quota are used" in said(run.reason) for run in waiting)
        assert [run.attempt for run in waiting] == [0, 0]

        for _ in range(16):
            await world.passes(10)
        await world.handles_message(9, "99", "chào shop")

        runs = await world.runs()
        assert {detail.run.state for detail in runs} == {RunState.DONE}
        assert {len(detail.attempts) for detail in runs} == {1}


async def test_nodes_share_what_they_know_and_one_of_them_makes_the_try(tmp_path: Path) -> None:
    async with a_world(tmp_path, FORWARDS) as world:
        await fails(world, OPENS_AFTER)
        await until(lambda: not world.gate.destinations.named("crm").is_unsaved)
        gates = [
            TargetGate(
                store=world.store,
                targets={"crm": Target(url=CRM)},
                host_concurrency=4,
                clock=world.clock,
            )
            for _ in range(2)
        ]
        await world.runner.stop()
        for gate in gates:
            await gate.run_once()
        assert {gate.destinations.named("crm").health.state for gate in gates} == {TargetState.OPEN}

        world.clock.advance(FIRST_WAIT_MS / 1000)
        for gate in gates:
            await gate.run_once()

        assert [gate.destinations.named("crm").tries for gate in gates] == [1, 0]


async def test_a_host_that_is_no_target_has_a_limit_too(tmp_path: Path) -> None:
    rules = RULES.replace("forward: {to: slow}", f"forward: {{to: '{SLOW}'}}")
    async with a_world(tmp_path, rules) as world:
        answers = world.http.hanging[SLOW] = asyncio.Event()
        for number in range(20):
            await world.comments(number, str(1000 + number), "đặt hàng")
        await until(lambda: world.http.under_way[SLOW] == 4)
        answers.set()
        await until(lambda: len(world.http.requests) == 20)
        await world.settled()

        assert world.http.peak[SLOW] == 4
        assert world.gate.destinations.of_url(SLOW).name == "slow.example:443"


async def test_a_message_of_several_parts_is_not_torn_apart(tmp_path: Path) -> None:
    rules = """\
rules:
  - id: hello
    trigger: {event: message.received}
    actions:
      - message:
          text: xin chào
          attachments: [{type: image, url: "https://shop.example/a.png"}]
"""
    async with a_world(tmp_path, rules) as world:

        async def pauses_in_between(request: SentRequest) -> HttpReply:
            host = world.gate.destinations.of_url(request.url)
            await world.gate.pause(host.name, "hoa")
            return a_reply(200, b'{"message_id": "m_1"}')

        world.http.answer = pauses_in_between
        await world.handles_message(1, "11", "chào shop")

        (detail,) = await world.runs()
        assert detail.run.state is RunState.DONE
        assert len(world.http.requests) == 2


async def test_who_waits_at_a_quick_target_holds_a_worker_and_at_a_slow_one_none(
    tmp_path: Path,
) -> None:
    targets = {"slow": Target(url=SLOW, concurrency=1)}
    async with a_world(tmp_path, RULES, targets=targets) as world:
        slow = world.gate.destinations.named("slow")
        for _ in range(MOST_WAITING):
            assert slow.admit()
            world.gate.ended(slow)
        assert slow.admit()
        assert not slow.admit()
        second = asyncio.create_task(slow.wait(world.gate.on_waiting))
        await asyncio.sleep(0)

        assert (slow.capacity.waiting, world.gate.destinations.waiting) == (1, 0)
        world.clock.advance(1)
        assert (slow.capacity.waiting, world.gate.destinations.waiting) == (1, 1)

        world.gate.ended(slow)
        await second
        world.gate.ended(slow)


async def test_a_database_that_is_gone_is_said_once_by_the_gate_and_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    rounds, error = 0, sqlite3.OperationalError("unable to open database file")
    error.sqlite_errorname = "SQLITE_CANTOPEN"

    async def run_once() -> None:
        nonlocal rounds
        rounds += 1
        if rounds <= 3:
            raise error

    async with a_world(tmp_path, RULES) as world:
        monkeypatch.setattr(world.gate, "run_once", run_once)
        while rounds <= 4:
            world.gate.has_put_back("crm")
            await asyncio.sleep(0.01)

    said = [record for record in caplog.records if record.getMessage().startswith("targets.")]
    assert [record.getMessage() for record in said] == [
        "targets.failed: OperationalError: unable to open database file",
        "targets.recovered failures=3",
    ]
    assert not any(record.exc_info for record in said)
