"""A settlement changes a run only while its claim holds; its attempts are always written."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.model import AttemptStatus, LinkContact, Remember, RunState
from automator.store import Store
from automator.store.batch.batch import LEASE_MS
from automator.store.batch.operations import Operation
from automator.store.database.statements import WriteConnection
from automator.store.runs.recovery import REST_MS
from tests.support.store import Shop


async def test_a_settled_run_is_done_and_its_attempt_is_in_the_log(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store)
    claimed = (await store.claim(1))[0]
    attempt = shop.attempt(
        claimed, request={"body": "\ud83d", "id": 2**64}, response={"status": 200}
    )
    data = {"steps": {"reply": {"status": "ok", "output": {"id": 2**70}}}}
    clock.advance(3)

    assert await store.settle(shop.settlement(claimed, data=data, attempts=(attempt,)))

    detail = store.log.run(claimed.run.id)
    assert detail is not None
    assert detail.attempts == (attempt,)
    assert (detail.run.state, detail.run.data) == (RunState.DONE, data)
    assert (detail.run.finished_at, detail.run.owner) == (clock.now_ms(), None)


async def test_a_run_goes_on_under_the_same_claim(store: Store, shop: Shop) -> None:
    await shop.receive(store)
    claimed = (await store.claim(1))[0]

    on = shop.settlement(claimed, RunState.RUNNING, step=1, attempt=1)
    end = replace(on, claimed_step=1, claimed_attempt=1, state=RunState.DONE, step=2, attempts=())

    assert await asyncio.gather(store.settle(on), store.settle(end)) == [True, True]
    assert store.log.runs()[0].run.step == 2


async def test_the_same_step_cannot_be_settled_twice(store: Store, shop: Shop) -> None:
    await shop.receive(store)
    claimed = (await store.claim(1))[0]

    settled = await asyncio.gather(
        store.settle(shop.settlement(claimed)), store.settle(shop.settlement(claimed))
    )

    assert settled == [True, False]


async def test_a_lost_claim_changes_nothing_but_records_its_attempt(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    event, _ = await shop.receive(store)
    lost = (await store.claim(1))[0]
    clock.advance(LEASE_MS / 1000 + 1)
    await store.recover()
    clock.advance(REST_MS[0] / 1000)
    held = (await store.claim(1))[0]

    settled = await store.settle(
        shop.settlement(
            lost,
            effects=(Remember(values={"asked": True}),),
            new_runs=(shop.follow_up(event),),
        )
    )

    assert not settled
    detail = store.log.run(held.run.id)
    assert detail is not None
    assert (detail.run.state, detail.run.attempt) == (RunState.RUNNING, 2)
    assert [attempt.status for attempt in detail.attempts] == [AttemptStatus.SUPERSEDED]
    assert detail.children == ()
    assert (await store.contacts.find("shop-page", "lan"))["state"] == {}


async def test_a_settlement_that_comes_again_has_its_first_result_and_one_attempt(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    """As after a commit of which the answer was lost."""
    await shop.receive(store)
    first = (await store.claim(1))[0]
    going_on = shop.settlement(first, RunState.RUNNING, step=1, attempt=1, attempts=())
    assert [await store.settle(going_on), await store.settle(going_on)] == [True, True]
    ended = shop.settlement(first, claimed_step=1, claimed_attempt=1)
    lost = shop.settlement(first, owner="node-2")

    results = [await store.settle(item) for item in (ended, ended, lost, lost)]

    assert results == [True, True, False, False]
    detail = store.log.run(first.run.id)
    assert detail is not None
    assert [attempt.id for attempt in detail.attempts] == [
        item.attempts[0].id for item in (ended, lost)
    ]


async def test_another_owner_cannot_settle(store: Store, shop: Shop) -> None:
    await shop.receive(store)
    claimed = (await store.claim(1))[0]

    assert not await store.settle(shop.settlement(claimed, owner="node-2"))


@pytest.mark.parametrize("change", [{"claimed_step": 1}, {"claimed_attempt": 2}])
async def test_a_run_is_not_ended_by_the_settlement_of_another_claim(
    store: Store, shop: Shop, change: dict[str, int]
) -> None:
    await shop.receive(store)
    claimed = (await store.claim(1))[0]

    assert not await store.settle(shop.settlement(claimed, **change))

    detail = store.log.run(claimed.run.id)
    assert detail is not None
    assert detail.run.state is RunState.RUNNING
    assert [attempt.status for attempt in detail.attempts] == [AttemptStatus.SUPERSEDED]


async def test_a_run_that_waits_again_is_not_ended_by_the_claim_before(
    store: Store, shop: Shop
) -> None:
    await shop.receive(store)
    claimed = (await store.claim(1))[0]
    await store.return_runs([claimed.run.id])

    assert not await store.settle(shop.settlement(claimed))

    assert store.log.runs()[0].run.state is RunState.QUEUED


async def test_of_settlements_that_share_a_commit_only_the_one_without_its_claim_is_refused(
    store: Store, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in ("lan", "minh", "thu"):
        await shop.receive(store, who=who)
    last, lost, first = reversed(await store.claim(8))
    settlements = [shop.settlement(first), shop.settlement(lost, owner="node-2")]
    settlements = [shop.settlement(last), *settlements]

    before = store.log.runs()
    transactions = store._writer._transactions
    apply, sizes = transactions.apply, []

    def counted(db: WriteConnection, operations: Sequence[Operation]) -> Any:
        sizes.append(len(operations))
        return apply(db, operations)

    monkeypatch.setattr(transactions, "apply", counted)
    results = await asyncio.gather(*[store.settle(one) for one in settlements])

    # No transaction was repeated.
    assert (sum(sizes), results) == (3, [True, True, False])
    assert all(row.run.state is RunState.RUNNING for row in before)
    found = [store.log.run(item.run.id) for item in (first, lost, last)]
    assert [
        (detail.run.state, [attempt.status for attempt in detail.attempts])
        for detail in found
        if detail is not None
    ] == [
        (RunState.DONE, [AttemptStatus.OK]),
        (RunState.RUNNING, [AttemptStatus.SUPERSEDED]),
        (RunState.DONE, [AttemptStatus.OK]),
    ]


async def test_a_run_that_ends_lets_the_one_behind_it_go_on(store: Store, shop: Shop) -> None:
    await shop.receive(store, runs=2)
    first, second = await store.claim(1)
    await store.return_runs([second.run.id])

    assert await store.settle(shop.settlement(first))

    assert [item.run.id for item in await store.claim(8)] == [second.run.id]


async def test_values_and_tags_are_kept_with_the_contact(store: Store, shop: Shop) -> None:
    effects = (
        Remember(values={"size": "M", "asked": 1}, add_tags=("khách", "mới")),
        Remember(values={"asked": 2**64}, add_tags=("vip", "khách"), remove_tags=("mới",)),
    )
    await shop.receive(store)
    claimed = (await store.claim(1))[0]

    await store.settle(shop.settlement(claimed, effects=effects))

    contact = await store.contacts.find("shop-page", "lan")
    assert contact["state"] == {"size": "M", "asked": 2**64}
    assert contact["tags"] == ["khách", "vip"]


async def test_linked_ids_are_one_contact_whoever_wrote_first(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store, who="psid-9", body={"text": "alo", "actor": {"name": "Lan PSID"}})
    known = (await store.claim(1))[0]
    await store.settle(
        shop.settlement(known, effects=(Remember(values={"a": 1, "b": 1}, add_tags=("cũ",)),))
    )
    clock.advance(60)
    await shop.receive(store, who="user-1", body={"text": "giá?", "actor": {}})
    claimed = (await store.claim(1))[0]

    await store.settle(
        shop.settlement(claimed, effects=(Remember(values={"b": 2}), LinkContact(alias="psid-9")))
    )

    contact = await store.contacts.find("shop-page", "psid-9")
    assert contact == await store.contacts.find("shop-page", "user-1")
    assert contact["id"] == "user-1"
    assert contact["name"] == "Lan PSID"
    assert contact["state"] == {"a": 1, "b": 2}
    assert contact["tags"] == ["cũ"]
    assert contact["first_seen"] == "2026-11-24T00:00:00.000Z"
    assert contact["last_inbound_at"] == "2026-11-24T00:01:00.000Z"


async def test_links_of_links_end_at_one_contact(store: Store, shop: Shop) -> None:
    await shop.receive(store, who="a", lane="1")
    await shop.receive(store, who="b", lane="2")
    first, second = await store.claim(2)
    await store.settle(shop.settlement(first, effects=(LinkContact(alias="x"),)))
    await store.settle(
        shop.settlement(
            second, effects=(LinkContact(alias="a"), LinkContact(alias="x"), LinkContact(alias="b"))
        )
    )

    await shop.receive(store, who="x", body={"text": "alo", "actor": {"name": "Lan X"}})

    for who in ("a", "b", "x"):
        assert (await store.contacts.find("shop-page", who))["name"] == "Lan X"
