"""The standing claim: runs are claimed by the commit that releases them, and none is forgotten."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.model import Claimed, RunState, StoreUnavailableError
from automator.reasons.database import database_unreached
from automator.store import Store
from automator.store.batch.operations import Kind, Operation
from automator.store.runs import claims
from automator.store.writer import transaction
from tests.support.store import Shop, standing


@pytest.fixture
def commits(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[list[Kind]]:
    """The kinds of the operations of each transaction, as they are asked for."""
    found: list[list[Kind]] = []
    apply = transaction.Transactions.apply

    def noted(self: Any, db: Any, operations: Sequence[Operation]) -> Any:
        found.append([operation.kind for operation in operations])
        return apply(self, db, operations)

    monkeypatch.setattr(transaction.Transactions, "apply", noted)
    return found


async def test_a_run_is_claimed_by_the_commit_that_stores_it(
    store: Store, shop: Shop, commits: list[list[Kind]]
) -> None:
    claiming = await standing(store)
    commits.clear()

    event, _ = await shop.receive(store)

    (claimed,) = await claiming
    assert (claimed.run.event_id, claimed.run.state) == (event.id, RunState.RUNNING)
    assert commits == [[Kind.INGEST]]
    assert store.log.runs()[0].run.state is RunState.RUNNING


async def test_what_is_due_already_is_claimed_at_once(store: Store, shop: Shop) -> None:
    event, _ = await shop.receive(store)

    (claimed,) = await store.standing_claim(8)

    assert claimed.run.event_id == event.id


async def test_a_run_behind_another_is_claimed_by_the_commit_that_settles_that(
    store: Store, shop: Shop
) -> None:
    await shop.receive(store)
    (first,) = await store.claim(8)
    claiming = await standing(store)
    second, _ = await shop.receive(store)
    await store.limits.let_in()
    assert not claiming.done()

    await store.settle(shop.settlement(first))

    assert [item.run.event_id for item in await claiming] == [second.id]


async def test_a_settlement_with_nothing_behind_it_in_its_lane_makes_no_claim(
    store: Store, shop: Shop, looks: list[claims.ClaimRequest]
) -> None:
    await shop.receive(store)
    (first,) = await store.claim(8)
    claiming = await standing(store)
    looks.clear()

    await store.settle(shop.settlement(first))

    assert (looks, claiming.done()) == ([], False)
    event, _ = await shop.receive(store)
    assert [item.run.event_id for item in await claiming] == [event.id]


async def test_a_claim_that_is_ended_comes_back_without_runs_and_takes_none(
    store: Store, shop: Shop
) -> None:
    claiming = await standing(store)

    store.end_standing_claim()

    assert await claiming == []
    await shop.receive(store)
    assert store.log.runs()[0].run.state is RunState.QUEUED


async def test_another_claim_takes_the_place_of_the_one_that_waits(
    store: Store, shop: Shop
) -> None:
    first = await standing(store)
    second = await standing(store)
    assert await first == []

    event, _ = await shop.receive(store)

    assert [item.run.event_id for item in await second] == [event.id]


async def test_a_run_that_is_due_later_is_announced_and_not_claimed(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    claiming = await standing(store)
    announced = asyncio.Event()
    store.work_available = announced.set

    await shop.receive(store, run={"run_at": clock.now_ms() + 4_000})

    await asyncio.wait_for(announced.wait(), 60)
    assert not claiming.done()
    assert store.next_due() == clock.now_ms() + 4_000


@pytest.mark.parametrize("failing", ["claim", "claimed_at_once"])
async def test_a_claim_that_fails_does_not_fail_the_delivery_that_released_it(
    failing: str, store: Store, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = getattr(transaction, failing)
    claiming = await standing(store)

    def fail(*_: Any) -> list[Claimed]:
        raise RuntimeError("a run that cannot be read")

    monkeypatch.setattr(transaction, failing, fail)
    # Two runs of one lane are looked for: at once only the only one of a lane is claimed.
    event, _ = await shop.receive(store, runs=2 if failing == "claim" else 1)
    with pytest.raises(RuntimeError):
        await claiming
    monkeypatch.setattr(transaction, failing, works)

    assert {item.run.event_id for item in await store.claim(8)} == {event.id}


async def test_a_claim_can_be_ended_after_a_commit_failed_and_none_works_any_more(
    store: Store, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    claiming = await standing(store)

    def fails(*_: Any) -> None:
        raise StoreUnavailableError(database_unreached())

    monkeypatch.setattr(transaction, "apply_ingests", fails)
    with pytest.raises(StoreUnavailableError):
        await shop.receive(store)
    monkeypatch.setattr(transaction.Transactions, "apply", fails)

    store.end_standing_claim()

    assert await asyncio.wait_for(claiming, 5) == []


async def test_a_store_that_is_closed_takes_no_standing_claim(store: Store) -> None:
    await store.close()

    with pytest.raises(StoreUnavailableError):
        store.standing_claim(8)
    with pytest.raises(StoreUnavailableError):
        store.end_standing_claim()


async def test_settlements_that_nobody_waits_for_share_the_commit_of_what_comes(
    store: Store, shop: Shop, commits: list[list[Kind]]
) -> None:
    await shop.receive(store, who="lan")
    await shop.receive(store, who="minh")
    first, second = await store.claim(8)
    commits.clear()

    settling = store.settle(shop.settlement(first)), store.settle(shop.settlement(second))
    await asyncio.gather(*settling, shop.receive(store, who="hoa"))

    assert commits == [[Kind.SETTLE, Kind.SETTLE, Kind.INGEST]]


async def test_a_claim_behind_one_that_took_all_there_was_does_not_wake_the_writer(
    store: Store, shop: Shop, commits: list[list[Kind]]
) -> None:
    await shop.receive(store, who="lan")
    assert len(await store.claim(8)) == 1
    commits.clear()
    done = store.upkeep.done

    claiming = store.standing_claim(8)
    await asyncio.sleep(0.05)
    assert (commits, claiming.done(), store.upkeep.done) == ([], False, done)
    event, _ = await shop.receive(store, who="minh")

    assert [item.run.event_id for item in await claiming] == [event.id]
    assert commits == [[Kind.INGEST]]


@pytest.mark.parametrize("behind", ["nothing", "a run that sleeps", "a run that is due"])
async def test_a_settlement_lets_a_claim_look_only_if_a_run_behind_it_is_due(
    behind: str, store: Store, shop: Shop, clock: ManualClock, looks: list[claims.ClaimRequest]
) -> None:
    await shop.receive(store)
    (first,) = await store.standing_claim(1)
    if behind != "nothing":
        late = {"run_at": clock.now_ms() + 4_000} if behind == "a run that sleeps" else {}
        await shop.receive(store, run=late)
    looks.clear()
    await store.settle(shop.settlement(first))

    claiming = store.standing_claim(8)
    await store.limits.let_in()

    is_made = behind == "a run that is due"
    assert (len(looks), claiming.done()) == (int(is_made), is_made)


@pytest.mark.parametrize("left", ["more", "released", "due", "alone", "waiting"])
async def test_a_claim_looks_again_where_something_may_be_left(
    left: str, store: Store, shop: Shop, clock: ManualClock, looks: list[claims.ClaimRequest]
) -> None:
    await shop.receive(store, who="lan")
    if left == "more":
        await shop.receive(store, who="minh")
    if left == "due":
        await shop.receive(store, who="minh", run={"run_at": clock.now_ms() + 4_000})
    first = await store.claim(1 if left == "more" else 8, may_be_alone=left != "alone")
    assert len(first) == 1
    if left == "due":
        clock.advance(4)
    elif left == "released":
        await store.return_runs([first[0].run.id])
    elif left == "waiting":
        await standing(store)
    looks.clear()

    claiming = store.standing_claim(8)
    await store.limits.let_in()

    assert len(looks) == 1
    assert claiming.done() is (left in ("more", "due", "released"))


@pytest.mark.parametrize("released", ["a run", "a run that is due later"])
async def test_a_claim_hears_of_what_a_commit_under_way_releases(
    released: str,
    store: Store,
    shop: Shop,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await store.claim(8) == []
    announced = asyncio.Event()
    store.work_available = announced.set
    began, may_end = threading.Event(), threading.Event()
    apply = transaction.Transactions.apply

    def slowly(self: Any, db: Any, operations: Sequence[Operation]) -> Any:
        committed = apply(self, db, operations)
        began.set()
        may_end.wait(60)
        return committed

    monkeypatch.setattr(transaction.Transactions, "apply", slowly)
    is_later = released == "a run that is due later"
    run = {"run_at": clock.now_ms() + 4_000} if is_later else {}
    receiving = asyncio.ensure_future(shop.receive(store, run=run))
    await asyncio.to_thread(began.wait, 60)
    # Nothing was left before that commit, which has made its claims already.
    claiming = store.standing_claim(8)
    may_end.set()

    event, _ = await receiving
    await asyncio.wait_for(announced.wait(), 60)
    if is_later:
        assert not claiming.done()
        store.end_standing_claim()
        assert await claiming == []
    else:
        (claimed,) = await asyncio.wait_for(claiming, 60)
        assert claimed.run.event_id == event.id
