"""A long queue: a server that starts with one answers at once; a target that was down gets all."""

import asyncio
import statistics
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from automator.clock import SystemClock
from automator.model import Verdict, format_id
from automator.store import EventPlan, StoreOptions, open_store
from tests.faults.figures import report
from tests.faults.installation import Installation, until_idle
from tests.faults.oracle import History, lost_now, violations
from tests.faults.sizes import size
from tests.faults.stored import read, read_copy
from tests.faults.target import Target
from tests.support.page_events import comment, delivery, signed
from tests.support.process import ServerProgram, call, wait_until
from tests.support.store import Shop

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]

QUEUED = size(3_000, 100_000)
TO_A_TARGET_THAT_IS_DOWN = size(500, 50_000)
LANES = 500
CANARIES = size(40, 200)
#: P11: seconds from the start of the process to the first delivery that is taken, and how many
#: times as long as the start without a queue that is on a machine which is busy with other things.
READY_S, READY_TIMES = size(15, 5), 3
#: Seconds that half of all, 99 of 100 and every delivery may take: what WhatsApp and Zalo ask for.
#: A small run may share its machine with others.
MEDIAN_S, P99_S, SLOWEST_S = size(3, 1) / 4, size(3, 1), size(6, 2)
_AT_ONCE = 500
_DOWN_S = size(1, 5)


async def fill(url: str, count: int) -> dict[int, str]:
    """Stores so many events, each with a run of the rule `note` that is due; number → event."""
    clock = SystemClock()
    options = StoreOptions(max_waiting=count)
    store = await open_store(url, clock=clock, node="filling", options=options)
    shop = Shop(clock, node=500)  # type: ignore[arg-type] # It only asks for the time.
    stored: dict[int, str] = {}

    async def receive(number: int) -> None:
        received = shop.delivery(verdict=Verdict.ACCEPTED)
        body = {"text": f"ghi sổ {number}", "provider": "facebook", "type": "comment.created"}
        event = shop.event(received, who=f"person-{number % LANES}", body=body)
        await store.ingest(received, [EventPlan(event, (shop.run(event, rule="note"),), 1)])
        stored[number] = format_id(event.id)

    try:
        for start in range(0, count, _AT_ONCE):
            # In their order: a number follows the one before it in its lane.
            await asyncio.gather(*map(receive, range(start, min(start + _AT_ONCE, count))))
    finally:
        await store.close()
    return stored


def prepared(
    folder: Path, target: Target, count: int
) -> tuple[Installation, dict[int, str], float]:
    """An installation that was stopped with so many runs in its queue, and the seconds that a
    start took before it had one.
    """
    installation = Installation(folder, target)
    # The first start publishes the rules that the runs are pinned to.
    assert installation.start().terminate() == 0
    began = time.monotonic()
    server = installation.start()
    start_s = time.monotonic() - began
    assert server.terminate() == 0
    return installation, asyncio.run(fill(installation.url, count)), start_s


def send_canaries(server: ServerProgram, first: int, count: int) -> list[float]:
    """Seconds that each of some deliveries took, sent one after another."""
    taken = []
    for number in range(first, first + count):
        body = delivery(changes=[comment(number, f"canary-{number}", f"đặt hàng {number}")])
        began = time.monotonic()
        status, answer = call(server.url, "POST", "/hooks/shop-page", body, signed(body))
        taken.append(time.monotonic() - began)
        assert status == 200, answer
        threading.Event().wait(0.02)
    return taken


def test_a_server_with_a_long_queue_takes_deliveries_at_once(tmp_path: Path) -> None:
    target = Target()
    # Slow enough that the queue is there all the time.
    target.delay_s = 0.2
    installation, stored_before, start_s = prepared(tmp_path, target, QUEUED)

    began = time.monotonic()
    server = installation.start()
    try:
        send_canaries(server, QUEUED, 1)
        ready_s = time.monotonic() - began
        taken = send_canaries(server, QUEUED + 1, CANARIES)
        left = QUEUED - len(target.numbers)
    finally:
        server.kill()
        target.close()
    stored = read_copy(installation.database_file, tmp_path / "copy")
    p99 = statistics.quantiles(taken, n=100)[98]
    report(
        "start with a long queue",
        queued=QUEUED,
        first_200_after=f"{ready_s:.1f} s",
        start_without_queue=f"{start_s:.1f} s",
        canary_p50=f"{1000 * statistics.median(taken):.0f} ms",
        canary_p99=f"{1000 * p99:.0f} ms",
        canary_slowest=f"{1000 * max(taken):.0f} ms",
        still_queued=left,
    )
    assert lost_now(stored_before, stored) == []
    assert left > 0, "vacuous: the queue was empty before the end"
    assert ready_s < max(READY_S, READY_TIMES * start_s)
    assert max(taken) < SLOWEST_S
    assert p99 < P99_S
    assert statistics.median(taken) < MEDIAN_S


def test_a_target_that_was_down_gets_everything_once_it_is_back(tmp_path: Path) -> None:
    target = Target()
    target.is_down.set()
    installation, stored_before, _ = prepared(tmp_path, target, TO_A_TARGET_THAT_IS_DOWN)

    server = installation.start()
    try:
        wait_until(lambda: target.refused > 0, "the target to refuse something")
        threading.Event().wait(_DOWN_S)
        target.is_down.clear()
        began = time.monotonic()
        until_idle(server, within_s=600)
        drained_s = time.monotonic() - began
        assert server.terminate() == 0
    finally:
        if not server.has_ended():
            server.kill()
        target.close()
    stored = read(installation.url)
    history = History(
        people=LANES, acknowledged=stored_before, sent=stored_before, effects=target.effects
    )
    effects = Counter(effect.key for effect in target.effects)
    report(
        "a target that was down",
        queued=TO_A_TARGET_THAT_IS_DOWN,
        down=f"{_DOWN_S:g} s",
        refused=target.refused,
        delivered=len(effects),
        repeated=sum(effects.values()) - len(effects),
        lost=TO_A_TARGET_THAT_IS_DOWN - len(effects),
        drained_within=f"{drained_s:.0f} s",
    )
    assert violations(history, stored) == []
    assert target.refused > 0
