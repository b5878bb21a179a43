"""A store for comparisons leaves out the attempts that only the log shows."""

from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.model import AttemptStatus, KeyedLimit, RunState
from automator.model.rule import Once
from automator.store import Store, StoreOptions, open_store
from tests.support.store import NODE, Shop, with_tables

ONCE = KeyedLimit(Once(key="event.actor.id"), '"lan"')


async def _open(folder: Path, clock: ManualClock) -> Store:
    options = StoreOptions(is_ephemeral=True, keeps_attempts=False)
    return await open_store(with_tables(folder), clock=clock, node=NODE, options=options)


async def _carried(store: Store, shop: Shop, state: RunState, status: AttemptStatus) -> int:
    """The run of an event, which ends so with one attempt that ended so."""
    await shop.receive(store, run={"limits": (ONCE,)})
    (claimed,) = await store.claim(1)
    attempt = shop.attempt(claimed, status=status)
    assert await store.settle(shop.settlement(claimed, state, attempts=(attempt,)))
    return claimed.run.id


async def test_of_a_run_that_is_done_no_attempt_is_kept(tmp_path: Path) -> None:
    store = await _open(tmp_path, clock := ManualClock())

    run_id = await _carried(store, Shop(clock), RunState.DONE, AttemptStatus.OK)

    detail = store.log.run(run_id)
    assert detail is not None
    assert detail.run.state is RunState.DONE
    assert detail.attempts == ()
    await store.close()


@pytest.mark.parametrize(
    ("status", "becomes"),
    [(AttemptStatus.OK, RunState.SUPPRESSED), (AttemptStatus.FAILED, RunState.QUEUED)],
)
async def test_once_still_sees_whether_a_run_that_failed_has_done_anything(
    tmp_path: Path, status: AttemptStatus, becomes: RunState
) -> None:
    store = await _open(tmp_path, clock := ManualClock())
    await _carried(store, Shop(clock), RunState.DEAD, status)

    await Shop(clock, node=2).receive(store, run={"limits": (ONCE,)})

    newest = store.log.runs(limit=1)[0]
    assert newest.run.state is becomes
    await store.close()
