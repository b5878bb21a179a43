"""A run that a claim waits for is stored as claimed, where the claim would have taken it."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from automator.clock import ManualClock
from automator.model import Claimed, Event, Remember, RunState
from automator.store import Store
from automator.store.runs import claims
from automator.store.schema.tables import runs
from tests.support.store import Shop, standing


async def unlooked(
    store: Store, looks: list[claims.ClaimRequest], limit: int = 8
) -> "asyncio.Future[list[Claimed]]":
    """A standing claim; `looks` has those after it."""
    claiming = await standing(store, limit)
    looks.clear()
    return claiming


def rows(store: Store) -> list[Any]:
    """All runs, with all columns that a claim writes."""
    with store.log.engine.connect() as connection:
        return list(connection.execute(select(runs).order_by(runs.c.id)))


async def test_it_is_not_looked_for_and_is_as_a_claim_would_have_made_it(
    store: Store, shop: Shop, looks: list[claims.ClaimRequest]
) -> None:
    await shop.receive(store, who="lan")
    (ordinary,) = await store.claim(8)
    claiming = await unlooked(store, looks)

    event, _ = await shop.receive(store, who="minh")

    (claimed,) = await claiming
    assert (looks, claimed.run.event_id) == ([], event.id)
    first, second = rows(store)
    differ = {"id", "event_id", "lane", "contact", "seq_at", "run_at", "created_at", "begun_at"}
    unlike = {n for n in first._fields if first._mapping[n] != second._mapping[n]}
    assert unlike <= differ
    assert (second.begun_at, second.lease_until) == (first.begun_at, first.lease_until)
    assert (claimed.run.attempt, claimed.run.owner) == (ordinary.run.attempt, ordinary.run.owner)
    assert (claimed.event, claimed.connection) == (event.body, event.connection)
    assert claimed.contact.keys() == ordinary.contact.keys()
    assert await store.settle(shop.settlement(claimed))


async def test_a_run_behind_another_of_its_lane_is_not_claimed(
    store: Store, shop: Shop, looks: list[claims.ClaimRequest]
) -> None:
    await shop.receive(store, who="lan")
    (first,) = await store.claim(8)
    claiming = await unlooked(store, looks)

    behind, _ = await shop.receive(store, who="lan")
    free, _ = await shop.receive(store, who="minh")

    assert [item.run.event_id for item in await claiming] == [free.id]
    claiming = await unlooked(store, looks)
    await store.settle(shop.settlement(first))
    assert [item.run.event_id for item in await claiming] == [behind.id]


async def test_a_lane_that_is_not_named_after_a_person_is_looked_at_as_well(
    store: Store, shop: Shop, looks: list[claims.ClaimRequest]
) -> None:
    await shop.receive(store, who="lan", run={"lane": "post-1"})
    (first,) = await store.claim(8)
    claiming = await unlooked(store, looks)

    await shop.receive(store, who="minh", run={"lane": "post-1"})
    free, _ = await shop.receive(store, who="thu", run={"lane": "post-2"})

    assert [item.run.event_id for item in await claiming] == [free.id]
    assert await store.settle(shop.settlement(first))


async def test_a_run_behind_a_follow_up_that_sleeps_in_its_lane_is_claimed_in_its_turn(
    store: Store, shop: Shop, looks: list[claims.ClaimRequest]
) -> None:
    event, _ = await shop.receive(store)
    (first,) = await store.claim(8)
    await store.settle(shop.settlement(first, new_runs=(shop.follow_up(event),)))
    claiming = await unlooked(store, looks)

    following, _ = await shop.receive(store)

    assert [item.run.event_id for item in await claiming] == [following.id]


async def test_runs_of_one_lane_are_claimed_as_one_batch_in_their_order(
    store: Store, shop: Shop, looks: list[claims.ClaimRequest]
) -> None:
    claiming = await unlooked(store, looks)

    await shop.receive(store, runs=3)

    claimed = await claiming
    assert len(looks) == 1
    assert [item.run.id for item in claimed] == sorted(row.id for row in rows(store))
    assert [row.begun_at is None for row in rows(store)] == [False, True, True]


async def test_a_run_that_is_due_later_is_not_claimed(
    store: Store, shop: Shop, clock: ManualClock, looks: list[claims.ClaimRequest]
) -> None:
    claiming = await unlooked(store, looks)

    await shop.receive(store, run={"run_at": clock.now_ms() + 4_000})

    assert [row.state for row in rows(store)] == [RunState.QUEUED]
    assert not claiming.done()


async def test_no_run_is_claimed_before_one_that_has_become_due(
    store: Store, shop: Shop, clock: ManualClock, looks: list[claims.ClaimRequest]
) -> None:
    late, _ = await shop.receive(store, who="lan", run={"run_at": clock.now_ms() + 4_000})
    claiming = await unlooked(store, looks, limit=1)
    clock.advance(5)

    await shop.receive(store, who="minh")

    assert [item.run.event_id for item in await claiming] == [late.id]


async def together(store: Store, shop: Shop, count: int) -> list[Event]:
    """Deliveries of so many people, which share a commit."""
    received = await asyncio.gather(
        *(shop.receive(store, who=f"person {number}") for number in range(count))
    )
    return [event for event, _ in received]


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_a_claim_gets_no_more_lanes_than_it_asked_for(
    limit: int, store: Store, shop: Shop, looks: list[claims.ClaimRequest]
) -> None:
    claiming = await unlooked(store, looks, limit)

    events = await together(store, shop, 3)

    assert [item.run.event_id for item in await claiming] == [e.id for e in events[:limit]]
    # What is left is not forgotten.
    left = await store.standing_claim(8) if limit < 3 else []
    assert [item.run.event_id for item in left] == [e.id for e in events[limit:]]


async def test_where_many_lanes_are_occupied_the_claim_looks_for_runs(
    store: Store, shop: Shop, looks: list[claims.ClaimRequest]
) -> None:
    await together(store, shop, 20)
    held = await store.claim(64)
    claiming = await unlooked(store, looks, 64)

    await asyncio.gather(together(store, shop, 20), shop.receive(store, who="minh"))

    (claimed,) = await claiming
    assert len(looks) == 1
    assert claimed.run.id not in {item.run.id for item in held}


async def test_a_run_that_the_same_commit_changes_afterwards_is_claimed_after_that(
    store: Store, shop: Shop, looks: list[claims.ClaimRequest]
) -> None:
    claiming = await unlooked(store, looks)

    await asyncio.gather(shop.receive(store), store.limits.let_in())

    assert len(await claiming) == 1
    assert len(looks) == 1


NAMELESS: dict[str, Any] = {"body": {"text": "Còn hàng không?", "actor": {"id": "lan"}}}
OF_OURS: dict[str, Any] = {"is_self": True}
BY_HAND: dict[str, Any] = {
    "is_self": True,
    "type": "message.sent",
    "body": {"message": {"sent_by": "human"}, "conversation": {"id": "lan"}},
}


@pytest.mark.parametrize("known", [None, "by an event", "with a tag", "under another id"])
@pytest.mark.parametrize("changes", [{}, NAMELESS, OF_OURS, BY_HAND])
async def test_it_sees_the_contact_as_the_commit_leaves_it(
    store: Store,
    shop: Shop,
    clock: ManualClock,
    looks: list[claims.ClaimRequest],
    known: str | None,
    changes: dict[str, Any],
) -> None:
    if known == "by an event":
        await shop.receive(store, runs=0)
    elif known == "with a tag":
        kept = Remember(values={"size": "M"}, add_tags=("buyer",))
        await store.contacts.assume("shop-page", "lan", kept, opted_out=True)
    elif known == "under another id":
        await shop.receive(store, who="old", runs=0, same_person=("old", "lan"))
    clock.advance(60)
    claiming = await unlooked(store, looks)

    await shop.receive(store, **changes)

    (claimed,) = await claiming
    assert looks == []
    assert claimed.contact == await store.contacts.find("shop-page", "lan")
