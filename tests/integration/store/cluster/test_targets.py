"""What nodes know of destinations, and the runs that wait for one."""

from dataclasses import replace

from automator.clock import ManualClock
from automator.model import RunState, TargetHealth, TargetState, Waits, quoted
from automator.store import Store
from tests.support.store import Shop

OPEN = TargetHealth(
    name="crm",
    state=TargetState.OPEN,
    since=5,
    reason=quoted("it answered 503"),
    failures=7,
    failing_since=3,
    retry_at=9,
    openings=1,
)


async def test_a_change_that_has_not_seen_the_latest_one_changes_nothing(store: Store) -> None:
    stored = await store.targets.save(OPEN)
    assert stored == replace(OPEN, version=1)
    assert await store.targets.save(OPEN) is None

    paused = await store.targets.save(replace(stored, state=TargetState.PAUSED, by="hoa"))

    assert await store.targets.save(replace(stored, failures=8)) is None
    assert store.log.targets() == [paused]
    assert paused == replace(OPEN, state=TargetState.PAUSED, by="hoa", version=2)


async def test_the_oldest_that_wait_for_a_target_are_released_first(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    waiting = []
    for number in range(3):
        await shop.receive(store, who=f"who-{number}")
        claimed = (await store.claim(1))[0]
        waiting.append(claimed.run.id)
        put_back = shop.settlement(
            claimed,
            RunState.QUEUED,
            step=0,
            run_at=clock.now_ms() + 3_600_000,
            attempts=(),
            waits_for=Waits.TARGET,
            target="crm" if number else "other",
        )
        await store.settle(put_back)
    assert store.log.waiting_for_targets() == {"crm": 2, "other": 1}
    assert await store.claim(5) == []

    assert await store.targets.release("crm", 1) == 1
    assert [item.run.id for item in await store.claim(5)] == waiting[1:2]
    assert await store.targets.release("crm", 5) == 1
    assert [item.run.id for item in await store.claim(5)] == waiting[2:]
    assert await store.targets.release("crm", 5) == 0
    assert store.log.waiting_for_targets() == {"other": 1}
