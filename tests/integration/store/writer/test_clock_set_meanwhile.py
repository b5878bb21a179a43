"""The clock is set between the submission of an operation and its commit: no wait changes."""

import asyncio

import pytest

from automator.clock import ManualClock
from automator.model import AttemptStatus, RunState, Waits, quoted
from automator.model.log_filters import RunFilter
from automator.store import Store
from tests.support.store import Shop, writer_held

MINUTE_MS = 60_000
FIVE_DAYS_S = 5 * 86_400.0


@pytest.fixture(params=[FIVE_DAYS_S, -FIVE_DAYS_S], ids=["set forward", "set back"])
def step_s(request: pytest.FixtureRequest) -> float:
    found: float = request.param
    return found


def due_in(store: Store, clock: ManualClock, event_id: int, path: str = "") -> int:
    rows = store.log.runs(RunFilter(event_id=event_id))
    (found,) = (row.run for row in rows if row.run.path == path)
    return found.run_at - clock.now_ms()


async def test_a_follow_up_waits_as_long_as_it_was_to_wait(
    store: Store, clock: ManualClock, shop: Shop, step_s: float
) -> None:
    event, event_id = await shop.receive(store)
    (claimed,) = await store.claim(1)
    later = clock.now_ms() + 20 * MINUTE_MS
    child = shop.run(event, run_at=later, path="again", acts_until=later + MINUTE_MS)

    async with writer_held(store):
        settled = store.settle(shop.settlement(claimed, new_runs=(child,), owner=store.node))
        clock.set_by(step_s)
        await asyncio.sleep(0.02)
    assert await settled

    assert due_in(store, clock, event_id, "again") == 20 * MINUTE_MS
    rows = store.log.runs(RunFilter(event_id=event_id))
    assert [row.run.acts_until for row in rows if row.run.path] == [clock.now_ms() + 21 * MINUTE_MS]


async def test_a_retry_waits_as_long_as_it_was_to_wait(
    store: Store, clock: ManualClock, shop: Shop, step_s: float
) -> None:
    _, event_id = await shop.receive(store)
    (claimed,) = await store.claim(1)
    failed = shop.settlement(
        claimed,
        state=RunState.QUEUED,
        run_at=clock.now_ms() + 5 * MINUTE_MS,
        waits_for=Waits.RETRY,
        attempts=(shop.attempt(claimed, status=AttemptStatus.RETRY, node=store.node),),
        reason=quoted("503"),
        owner=store.node,
    )

    async with writer_held(store):
        settled = store.settle(failed)
        clock.set_by(step_s)
        await asyncio.sleep(0.02)
    assert await settled

    assert due_in(store, clock, event_id) == 5 * MINUTE_MS


async def test_the_run_of_a_new_event_is_due_at_once(
    store: Store, clock: ManualClock, shop: Shop, step_s: float
) -> None:
    async with writer_held(store):
        received = asyncio.create_task(shop.receive(store))
        await asyncio.sleep(0.02)
        clock.set_by(step_s)
    _, event_id = await received

    assert due_in(store, clock, event_id) == 0
    assert [claimed.run.event_id for claimed in await store.claim(8)] == [event_id]
