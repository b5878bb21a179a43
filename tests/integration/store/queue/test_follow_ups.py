"""What waits for a person, and how a settlement cancels it."""

import asyncio

from automator.clock import ManualClock
from automator.model import CancelFollowUps, Claimed, LinkContact, RunState
from automator.reasons.runs import cancelled_by_rule
from automator.store import Store
from tests.support.store import Shop, writer_held

CANCEL = CancelFollowUps(reason=cancelled_by_rule(rule="done", run=1))


async def claimed_run(store: Store, shop: Shop, who: str = "lan") -> Claimed:
    await shop.receive(store, who=who)
    return (await store.claim(1))[0]


def waiting(store: Store) -> list[str]:
    """The follow-ups with their states, the oldest first."""
    runs = [row.run for row in store.log.runs()]
    return [f"{run.path} {run.state.label}" for run in reversed(runs) if run.path]


async def test_a_settlement_cancels_what_waits_with_or_without_an_event_to_cancel_it(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    event, _ = await shop.receive(store)
    first = (await store.claim(1))[0]
    started = (shop.follow_up(event), shop.follow_up(event, path="later", cancel_on=None))
    await store.settle(shop.settlement(first, new_runs=started))
    clock.advance(1)

    await store.settle(shop.settlement(await claimed_run(store, shop), effects=(CANCEL,)))

    assert waiting(store) == ["ask-again cancelled", "later cancelled"]
    cancelled = store.log.run(started[0].id)
    assert cancelled is not None
    assert (cancelled.run.reason, cancelled.run.finished_at) == (CANCEL.reason, clock.now_ms())


async def test_what_waits_for_a_person_under_another_id_is_cancelled_too(
    store: Store, shop: Shop
) -> None:
    event, _ = await shop.receive(store, who="psid-9")
    first = (await store.claim(1))[0]
    await store.settle(shop.settlement(first, new_runs=(shop.follow_up(event),)))

    second = await claimed_run(store, shop, "user-1")
    effects = (LinkContact(alias="psid-9"), CANCEL)
    await store.settle(shop.settlement(second, effects=effects))

    assert waiting(store) == ["ask-again cancelled"]


async def test_a_settlement_sees_what_the_one_before_it_in_the_same_commit_has_started(
    store: Store, shop: Shop
) -> None:
    event, _ = await shop.receive(store, who="lan", lane="a")
    first = (await store.claim(1))[0]
    await shop.receive(store, who="lan", lane="b")
    second = (await store.claim(1))[0]
    own = shop.follow_up(event, path="after")

    async with writer_held(store):
        both = asyncio.gather(
            store.settle(shop.settlement(first, new_runs=(shop.follow_up(event),))),
            store.settle(shop.settlement(second, effects=(CANCEL,), new_runs=(own,))),
        )
        await asyncio.sleep(0)
    await both

    assert sorted(waiting(store)) == ["after queued", "ask-again cancelled"]


async def test_a_follow_up_that_was_just_put_back_into_the_queue_is_cancelled(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    event, _ = await shop.receive(store, lane="a")
    first = (await store.claim(1))[0]
    await store.settle(shop.settlement(first, new_runs=(shop.follow_up(event, 1_000),)))
    clock.advance(2)
    follow_up = (await store.claim(1))[0]
    await shop.receive(store, lane="b")
    second = (await store.claim(1))[0]
    again = shop.settlement(follow_up, RunState.QUEUED, step=0, run_at=clock.now_ms() + 60_000)

    async with writer_held(store):
        both = asyncio.gather(
            store.settle(again), store.settle(shop.settlement(second, effects=(CANCEL,)))
        )
        await asyncio.sleep(0)
    await both

    assert waiting(store) == ["ask-again cancelled"]
