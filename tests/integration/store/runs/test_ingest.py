"""What comes in is stored once, starts its runs once, and cancels what waits for it."""

import asyncio
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.model import LinkContact, OptOut, RunState, Verdict, format_id, quoted
from automator.model.log_filters import DeliveryFilter, RunFilter
from automator.store import EventPlan, Store
from tests.support.store import Shop
from tests.support.words import said


async def test_a_duplicate_delivery_starts_no_second_run(store: Store, shop: Shop) -> None:
    first, _ = await shop.receive(store, key="comment-1")

    _, first_id = await shop.receive(store, key="comment-1")

    assert first_id == first.id
    assert [row.run.event_id for row in store.log.runs()] == [first.id]
    assert [row.is_duplicate for row in store.log.deliveries()] == [True, False]


async def test_a_duplicate_inside_one_batch_starts_no_second_run(store: Store, shop: Shop) -> None:
    received = await asyncio.gather(*[shop.receive(store, key="comment-1") for _ in range(20)])

    assert {first_id for _, first_id in received} == {received[0][0].id}
    assert len(store.log.runs()) == 1
    assert len(store.log.events()) == 1


async def test_a_duplicate_inside_one_delivery_names_the_first_event(
    store: Store, shop: Shop
) -> None:
    delivery = shop.delivery()
    events = [shop.event(delivery, key="comment-1") for _ in range(2)]

    receipts = await store.ingest(
        delivery, [EventPlan(event, (shop.run(event),), 1) for event in events]
    )

    assert [receipt.event_id for receipt in receipts] == [events[0].id] * 2
    assert [receipt.duplicate for receipt in receipts] == [False, True]
    assert not store.log.deliveries()[0].is_duplicate


async def test_the_same_key_of_another_connection_is_no_duplicate(store: Store, shop: Shop) -> None:
    await shop.receive(store, key="1")

    other, first_id = await shop.receive(store, key="1", connection="zalo-oa")

    assert first_id == other.id


@pytest.mark.parametrize("key", ["k" * 65, "k" * 1_000_000, "\ud83d", "a\0b", "é" * 40])
async def test_an_unwieldy_dedupe_key_still_recognises_duplicates(
    store: Store, shop: Shop, key: str
) -> None:
    first, _ = await shop.receive(store, key=key)

    _, first_id = await shop.receive(store, key=key)
    other, other_id = await shop.receive(store, key=key + "x")

    assert first_id == first.id
    assert other_id == other.id


async def test_an_event_comes_back_as_it_was_stored(store: Store, shop: Shop) -> None:
    body = {
        "text": "Giá \ud83d bao\0nhiêu 😀",
        "actor": {"id": "lan", "name": "L\ud83dan\0"},
        "data": {"big": 18446744073709551616, "exact": 12345678901234567890, "none": None},
    }
    event, _ = await shop.receive(store, body=body)

    detail = store.log.event(event.id)
    row = store.log.events()[0]

    assert detail is not None
    assert detail.event == event
    assert detail.revision == 1
    assert row.text == "Giá \ufffd bao\ufffdnhiêu 😀"
    assert row.actor_name == "L\ufffdan\ufffd"


async def test_a_rejected_delivery_is_kept_byte_for_byte(store: Store, shop: Shop) -> None:
    delivery = shop.delivery(body=b"\xff\x00{", verdict=Verdict.REJECTED, reason=quoted("no match"))

    await store.record_delivery(delivery)

    assert store.log.delivery(delivery.id) == delivery
    rejected = DeliveryFilter(verdict=Verdict.REJECTED)
    assert [row.id for row in store.log.deliveries(rejected)] == [delivery.id]
    assert store.log.deliveries(DeliveryFilter(verdict=Verdict.UNPARSABLE)) == []


async def test_an_own_event_makes_no_contact(store: Store, shop: Shop) -> None:
    await shop.receive(store, who="page", is_self=True)

    assert await store.contacts.find("shop-page", "page") == {}


async def test_a_contact_keeps_its_first_time_and_its_last_name(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store)
    clock.advance(10)
    await shop.receive(store, body={"text": "alo", "actor": {"id": "lan"}})

    contact = await store.contacts.find("shop-page", "lan")

    assert contact["id"] == "lan"
    assert contact["name"] == "Lan"
    assert contact["first_seen"] == "2026-11-24T00:00:00.000Z"
    assert contact["last_inbound_at"] == "2026-11-24T00:00:10.000Z"


async def waiting_follow_up(store: Store, shop: Shop, who: str = "lan") -> int:
    """A follow-up that a settled run has scheduled; returns its id."""
    await shop.receive(store, who=who)
    claimed = (await store.claim(1))[0]
    detail = store.log.event(claimed.run.event_id)
    assert detail is not None
    follow_up = shop.follow_up(detail.event)
    assert await store.settle(shop.settlement(claimed, new_runs=(follow_up,)))
    return follow_up.id


async def test_a_reply_cancels_the_waiting_follow_up(store: Store, shop: Shop) -> None:
    follow_up = await waiting_follow_up(store, shop)

    reply, _ = await shop.receive(store, runs=0, type="message.received")

    detail = store.log.run(follow_up)
    assert detail is not None
    assert detail.run.state is RunState.CANCELLED
    assert said(detail.run.reason) == f"cancelled by message.received {format_id(reply.id)}"
    assert detail.run.finished_at is not None
    assert store.log.follow_ups() == []


@pytest.mark.parametrize(
    "changes", [{"type": "message.read"}, {"who": "minh", "type": "message.received"}]
)
async def test_another_event_or_person_cancels_nothing(
    store: Store, shop: Shop, changes: dict[str, str]
) -> None:
    follow_up = await waiting_follow_up(store, shop)

    await shop.receive(store, runs=0, **changes)

    assert [row.id for row in store.log.follow_ups()] == [follow_up]


async def test_a_duplicate_reply_cancels_nothing(store: Store, shop: Shop) -> None:
    await shop.receive(store, runs=0, key="m-1", type="message.received")
    follow_up = await waiting_follow_up(store, shop)

    await shop.receive(store, runs=0, key="m-1", type="message.received")

    assert [row.id for row in store.log.follow_ups()] == [follow_up]


async def test_a_reply_under_a_linked_id_cancels_the_follow_up(store: Store, shop: Shop) -> None:
    await shop.receive(store, who="user-1")
    claimed = (await store.claim(1))[0]
    detail = store.log.event(claimed.run.event_id)
    assert detail is not None
    follow_up = shop.follow_up(detail.event)
    await store.settle(
        shop.settlement(claimed, effects=(LinkContact(alias="psid-9"),), new_runs=(follow_up,))
    )

    await shop.receive(store, who="psid-9", runs=0, type="message.received")

    found = store.log.run(follow_up.id)
    assert found is not None
    assert found.run.state is RunState.CANCELLED


async def test_a_follow_up_settled_just_before_its_reply_is_cancelled_in_the_same_batch(
    store: Store, shop: Shop
) -> None:
    event, _ = await shop.receive(store)
    claimed = (await store.claim(1))[0]
    follow_up = shop.follow_up(event)
    settlement = shop.settlement(claimed, new_runs=(follow_up,))

    await asyncio.gather(
        store.settle(settlement), shop.receive(store, runs=0, type="message.received")
    )

    found = store.log.run(follow_up.id)
    assert found is not None
    assert found.run.state is RunState.CANCELLED


async def test_an_event_does_not_cancel_a_follow_up_that_is_settled_after_it(
    store: Store, shop: Shop
) -> None:
    event, _ = await shop.receive(store)
    claimed = (await store.claim(1))[0]
    follow_up = shop.follow_up(event)
    settlement = shop.settlement(claimed, new_runs=(follow_up,))

    async def settle_after() -> None:
        await store.settle(settlement)

    # In the order of the tasks: a settlement is submitted when `settle` is called.
    await asyncio.gather(shop.receive(store, runs=0, type="message.received"), settle_after())

    assert [row.id for row in store.log.follow_ups()] == [follow_up.id]


async def test_an_event_cancels_a_waiting_run_that_an_earlier_event_of_its_delivery_started(
    store: Store, shop: Shop
) -> None:
    delivery = shop.delivery()
    asked = shop.event(delivery)
    replied = shop.event(delivery, type="message.received")
    waits, own = shop.follow_up(asked), shop.follow_up(replied)

    await store.ingest(delivery, [EventPlan(asked, (waits,), 1), EventPlan(replied, (own,), 1)])

    assert [row.id for row in store.log.runs(RunFilter(states=(RunState.CANCELLED,)))] == [waits.id]
    assert [row.id for row in store.log.follow_ups()] == [own.id]


async def test_ids_that_an_event_names_as_one_persons_are_one_contact(
    store: Store, shop: Shop
) -> None:
    await shop.receive(store, who="84912345678")
    await shop.receive(store, who="VN.1")
    out = OptOut(opted_out=True, by="somebody")
    await store.contacts.opt_out("shop-page", "84912345678", out)

    await shop.receive(store, contact=None, same_person=("VN.1", "VN.2", "84912345678"))
    await shop.receive(store, contact=None, same_person=("VN.2", "VN.1"))

    known = [await store.contacts.find("shop-page", who) for who in ("VN.1", "VN.2", "84912345678")]
    assert known[0] == known[1] == known[2]
    assert known[0]["opted_out"]


async def test_an_event_that_names_one_person_twice_keeps_the_contact_for_its_own_runs(
    store: Store, shop: Shop
) -> None:
    await shop.receive(store, who="VN.1", same_person=("84912345678", "VN.1"))

    (claimed,) = await store.claim(1)

    assert claimed.contact["id"] == "84912345678"


@pytest.mark.parametrize(
    ("stamps", "opened"),
    [
        ((-2 * 86_400,), "2026-11-22T00:00:00.000Z"),
        ((3_600,), "2026-11-24T00:00:00.000Z"),
        ((None,), "2026-11-24T00:00:00.000Z"),
        ((-60, -3_600), "2026-11-23T23:59:00.000Z"),
        ((-3_600, -60), "2026-11-23T23:59:00.000Z"),
    ],
)
@pytest.mark.parametrize("together", [False, True])
async def test_the_time_for_messages_begins_when_the_platform_says_and_not_later(
    store: Store, shop: Shop, stamps: tuple[int | None, ...], opened: str, together: bool
) -> None:
    now = shop.clock.now_ms()
    times = [None if stamp_s is None else now + stamp_s * 1000 for stamp_s in stamps]
    arriving = [
        shop.receive(store, type="message.received", occurred_at=at, received_at=now)
        for at in times
    ]
    if together:
        await asyncio.gather(*arriving)
    else:
        for one in arriving:
            await one

    assert store.log.contact("shop-page:lan")["window_opened_at"] == opened


async def test_only_what_opens_the_time_for_messages_opens_it(store: Store, shop: Shop) -> None:
    async def opened_after(event_type: str, **changes: Any) -> Any:
        await shop.receive(store, type=event_type, **changes)
        return store.log.contact("shop-page:lan")["window_opened_at"]

    assert await opened_after("comment.created") is None
    shop.clock.advance(10)
    wrote = await opened_after("message.received")
    shop.clock.advance(10)
    later = [await opened_after("comment.created")]
    in_group = {"conversation": {"kind": "group"}, "text": "Chào"}
    later.append(await opened_after("message.received", body=in_group))
    later.append(await opened_after("message.received", is_self=True))
    shop.clock.advance(10)
    later.append(await opened_after("message.read"))

    assert wrote == "2026-11-24T00:00:10.000Z"
    assert later == [wrote] * 4
    assert store.log.contact("shop-page:lan")["last_inbound_at"] == "2026-11-24T00:00:20.000Z"
    assert await opened_after("button.clicked") == "2026-11-24T00:00:30.000Z"
