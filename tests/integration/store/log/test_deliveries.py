"""Deliveries are found by what they say, and no search looks through more than it may."""

import pytest

from automator.clock import ManualClock
from automator.model import Delivery, Verdict, format_id, quoted
from automator.model.log_filters import DeliveryFilter, EventFilter, RunFilter
from automator.reasons.replays import taken_again
from automator.store import EventPlan, Store
from automator.store.log import log
from tests.support.store import Shop


def ids(store: Store, before: int | None = None, **wanted: object) -> list[int]:
    found = store.log.deliveries(DeliveryFilter(**wanted), before=before)  # type: ignore[arg-type]
    return [row.id for row in found]


async def stored(store: Store, shop: Shop, **changes: object) -> Delivery:
    delivery = shop.delivery(**changes)
    await store.ingest(delivery, [])
    return delivery


async def test_deliveries_are_found_by_every_filter(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    one = await stored(store, shop, body='{"text": "Giá bao nhiêu", "id": "A77"}'.encode())
    clock.advance(60)
    two = await stored(
        store,
        shop,
        connection="zalo-oa",
        body=b'{"text": "Gi\\u00e1 \\u0111i"}',
        verdict=Verdict.REJECTED,
        reason=quoted("no match"),
    )

    assert ids(store) == [two.id, one.id]
    assert ids(store, connection="zalo-oa") == [two.id]
    assert ids(store, verdict=Verdict.REJECTED) == [two.id]
    assert ids(store, reason_code="quoted") == [two.id]
    assert ids(store, since_ms=two.received_at) == [two.id]
    assert ids(store, until_ms=two.received_at) == [one.id]
    # As it came: in letters of JSON as well, and in any case.
    assert ids(store, part="Giá") == [two.id, one.id]
    assert ids(store, part="a77") == [one.id]
    assert ids(store, part="a77", connection="zalo-oa") == []
    assert ids(store, part=format_id(one.id)) == [one.id]
    assert ids(store, part="0000000000001") == []


async def test_a_search_stops_after_as_many_as_it_may_look_through_and_goes_on_there(
    store: Store, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MOST_FILTERED", 3)
    monkeypatch.setattr(log, "MOST_READ", 2)
    first = await stored(store, shop, connection="zalo-oa", body=b"rare")
    others = [(await stored(store, shop)).id for _ in range(4)]

    for wanted, most in (
        (DeliveryFilter(connection="zalo-oa"), 3),
        (DeliveryFilter(part="RARE"), 2),
    ):
        looked: list[int] = []
        before = None
        while not (found := store.log.deliveries(wanted, before=before)):
            before = found.looked_until
            assert before is not None
            looked.append(before)
        assert [row.id for row in found] == [first.id]
        assert looked == others[::-1][most - 1 :: most]


async def test_a_search_reads_no_more_bytes_than_it_may(
    store: Store, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MOST_BYTES", 25)
    monkeypatch.setattr(log, "_PORTION", 10)
    stored_ids = [(await stored(store, shop, body=b"0123456789")).id for _ in range(5)]

    found = store.log.deliveries(DeliveryFilter(part="789"))

    assert [row.id for row in found] == stored_ids[:1:-1]
    more = store.log.deliveries(DeliveryFilter(part="789"), before=found.looked_until)
    assert [row.id for row in more] == stored_ids[1::-1]
    assert more.looked_until is None


async def test_events_of_a_delivery_that_was_taken_in_again_say_by_whom(
    store: Store, shop: Shop
) -> None:
    why = taken_again(was=quoted("no match"), by="hoa", at=1)
    again, other = shop.delivery(reason=why), shop.delivery(reason=quoted("no match"))
    events = [shop.event(delivery) for delivery in (again, again, other)]
    await store.ingest(again, [EventPlan(event, (), 1) for event in events[:2]])
    await store.ingest(other, [EventPlan(events[2], (), 1)])

    found = store.log.taken_again({event.id for event in events[1:]})

    assert found == {events[1].id: why}
    details = [store.log.event(event.id) for event in events]
    assert [detail and detail.taken_again for detail in details] == [why, why, None]


async def test_runs_and_events_are_found_by_their_deliveries(store: Store, shop: Shop) -> None:
    deliveries = [shop.delivery() for _ in range(3)]
    events = [shop.event(delivery) for delivery in deliveries]
    for delivery, event in zip(deliveries, events, strict=True):
        await store.ingest(delivery, [EventPlan(event, (shop.run(event),), 1)])
    wanted = (deliveries[0].id, deliveries[2].id)

    found = store.log.events(EventFilter(delivery_ids=wanted))

    assert [row.id for row in found] == [events[2].id, events[0].id]
    runs = store.log.runs(RunFilter(delivery_ids=wanted))
    assert [row.run.event_id for row in runs] == [events[2].id, events[0].id]
