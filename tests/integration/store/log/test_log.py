"""The log pages by key, finds by every filter, and follows what changes."""

from typing import Any

import pytest

from automator.clock import ManualClock
from automator.model import RunState, Verdict, Waits
from automator.model.log_filters import EventFilter, RunFilter
from automator.store import EventPlan, Store, open_reader
from tests.support.store import Shop
from tests.support.words import said


async def test_pages_are_newest_first_and_leave_nothing_out(store: Store, shop: Shop) -> None:
    stored = [(await shop.receive(store, who=f"{number}"))[0].id for number in range(25)]

    pages = []
    before = None
    while page := store.log.events(before=before, limit=10):
        pages.append(page)
        before = page[-1].id

    assert [len(page) for page in pages] == [10, 10, 5]
    assert [row.id for page in pages for row in page] == stored[::-1]
    runs = store.log.runs(limit=10)
    more = store.log.runs(before=runs[-1].id, limit=100)
    assert [row.run.event_id for row in runs + more] == stored[::-1]
    deliveries = store.log.deliveries(limit=20)
    assert len(store.log.deliveries(before=deliveries[-1].id)) == 5


async def test_events_are_found_by_connection_between_two_keys(store: Store, shop: Shop) -> None:
    delivery = shop.delivery()
    keys = ("asked:00", "asked:3f", "asked:ff", "asked:g", "askee:11")
    plans = [EventPlan(shop.event(delivery, key), (), 1) for key in keys]
    await store.ingest(delivery, plans)

    def keys_of(connection: str, limit: int = 9) -> list[str]:
        found = store.log.events_with_keys_between([connection], "asked:00", "asked:ff", limit)
        return [row.dedupe_key for row in found]

    assert keys_of("shop-page") == ["asked:ff", "asked:3f", "asked:00"]
    assert keys_of("shop-page", 1) == ["asked:ff"]
    assert keys_of("elsewhere") == []


async def test_any_text_may_be_looked_for(store: Store, shop: Shop) -> None:
    await shop.receive(store, who="lan")

    for text in ("\0", "la\0n", "\ufffe", "l%n_\\'\""):
        contact = f"shop-page:{text}"
        for wanted in (RunFilter(text=text), RunFilter(rule=text), RunFilter(contact=contact)):
            assert store.log.runs(wanted) == []
        assert store.log.runs(RunFilter(connection=text, error_code=text, target=text)) == []
        assert store.log.events(EventFilter(contact=contact, type=text)) == []
        assert store.log.counted_by_limits(text, [text]) == []
        assert store.log.counted_by_budgets([text]) == []
        assert store.log.contact(contact) == {}
        assert await store.limits.reset(text) is None
        assert await store.limits.reset(f"budget {text}") is None


async def test_runs_are_found_by_every_filter(store: Store, shop: Shop) -> None:
    one, _ = await shop.receive(store, who="lan")
    two, _ = await shop.receive(
        store,
        who="minh",
        connection="zalo-oa",
        body={"text": "Ship về Đà Nẵng 100% nhé", "actor": {"name": "Bạn Minh"}},
    )
    await store.run_edits.add([shop.run(two, rule="other", state=RunState.SUPPRESSED)])

    def found(**filters: object) -> list[int]:
        return [row.run.event_id for row in store.log.runs(RunFilter(**filters))]  # type: ignore[arg-type]

    assert found(states=(RunState.QUEUED,)) == [two.id, one.id]
    assert found(states=(RunState.SUPPRESSED,)) == [two.id]
    assert found(states=(RunState.DONE,)) == []
    assert found(rule="other") == [two.id]
    assert found(connection="shop-page") == [one.id]
    assert found(contact="shop-page:lan") == [one.id]
    assert found(event_id=two.id) == [two.id, two.id]
    assert found(text="da nang 100%", rule="price-question") == [two.id]
    assert found(text="MINH", rule="other") == [two.id]
    assert found(text="100_") == [two.id, two.id]
    assert found(text="_%") == []
    assert found(text="gia bao", states=(RunState.QUEUED,), connection="shop-page") == [one.id]


async def test_queued_runs_are_found_by_what_they_wait_for(store: Store, shop: Shop) -> None:
    one, _ = await shop.receive(store)
    opening = shop.run(one, waits_for=Waits.OPENING)
    budget = shop.run(one, waits_for=Waits.BUDGET)
    # Its time came, it was carried out, and the mark of its wait may stay.
    ended = shop.run(one, waits_for=Waits.BUDGET, state=RunState.SUPPRESSED)
    await store.run_edits.add([opening, budget, ended])

    def found(**filters: object) -> list[int]:
        return [row.run.id for row in store.log.runs(RunFilter(**filters))]  # type: ignore[arg-type]

    assert found(waits_for=Waits.BUDGET) == [budget.id]
    assert found(waits_for=Waits.OPENING, rule="price-question") == [opening.id]
    assert found(waits_for=Waits.OPENING, text="gia bao") == [opening.id]
    assert found(waits_for=Waits.TARGET) == []
    rows = store.log.runs(RunFilter(run_ids=(opening.id, budget.id, ended.id)))
    wanted = RunFilter(waits_for=Waits.BUDGET)
    assert [row.run.id for row in rows if row.fits(wanted)] == [budget.id]


async def test_events_are_found_by_every_filter(store: Store, shop: Shop) -> None:
    one, _ = await shop.receive(store)
    two, _ = await shop.receive(store, runs=0, type="message.received", connection="zalo-oa")

    def found(**filters: object) -> list[int]:
        return [row.id for row in store.log.events(EventFilter(**filters))]  # type: ignore[arg-type]

    assert found(matched=True) == [one.id]
    assert found(matched=False) == [two.id]
    assert found(type="message.received") == [two.id]
    assert found(connection="shop-page") == [one.id]
    assert found(text="bao nhieu") == [two.id, one.id]


async def test_a_run_shows_its_event_its_attempts_and_what_it_started(
    store: Store, shop: Shop
) -> None:
    event, _ = await shop.receive(store)
    claimed = (await store.claim(1))[0]
    attempts = tuple(shop.attempt(claimed, summary=f"lần {number}") for number in (1, 2))
    follow_up = shop.follow_up(event, parent_id=claimed.run.id)
    await store.settle(shop.settlement(claimed, attempts=attempts, new_runs=(follow_up,)))

    detail = store.log.run(claimed.run.id)
    row = store.log.runs(RunFilter(rule="price-question", states=(RunState.DONE,)))[0]

    assert detail is not None
    assert detail.event == event
    assert detail.attempts == attempts
    assert [child.id for child in detail.children] == [follow_up.id]
    assert (row.attempts, said(row.last_summary)) == (2, "lần 2")
    assert (row.event_type, row.connection, row.actor_name) == (
        "comment.created",
        "shop-page",
        "Lan",
    )
    assert row.state_label == "done"
    assert store.log.run(1) is None


async def test_an_event_shows_its_delivery_and_its_runs(store: Store, shop: Shop) -> None:
    delivery = shop.delivery(headers=(("x-id", "1"), ("x-id", "2")), body=b"\x00raw")
    event = shop.event(delivery)
    run = shop.run(event)
    await store.ingest(delivery, [EventPlan(event, (run,), 7)])

    detail = store.log.event(event.id)

    assert detail is not None
    assert detail.delivery == delivery
    assert [row.id for row in detail.runs] == [run.id]
    assert detail.revision == 7
    assert store.log.event(1) is None
    assert store.log.delivery(1) is None


async def test_changes_are_new_runs_and_runs_that_were_tried(store: Store, shop: Shop) -> None:
    await shop.receive(store)
    first, run_mark, attempt_mark = store.log.changed_since(0, 0)
    nothing, *_ = store.log.changed_since(run_mark, attempt_mark)
    claimed = (await store.claim(1))[0]
    await store.settle(shop.settlement(claimed))
    await shop.receive(store)

    changed, new_run_mark, new_attempt_mark = store.log.changed_since(run_mark, attempt_mark)

    assert len(first) == 1
    assert nothing == []
    assert [row.run.state for row in changed] == [RunState.QUEUED, RunState.DONE]
    assert (new_run_mark, new_attempt_mark > 0) == (changed[0].id, True)


async def test_events_after_another_are_found_under_all_ids_of_a_person(
    store: Store, shop: Shop
) -> None:
    from automator.model import LinkContact

    first, _ = await shop.receive(store, who="user-1")
    claimed = (await store.claim(1))[0]
    await store.settle(shop.settlement(claimed, effects=(LinkContact(alias="psid-9"),)))
    later = [(await shop.receive(store, who=who))[0] for who in ("psid-9", "user-1", "minh")]

    for key in ("shop-page:user-1", "shop-page:psid-9"):
        assert store.log.events_of_contact_after(key, first.id) == later[:2]
    assert store.log.events_of_contact_after("shop-page:user-1", first.id, 1) == later[:1]

    kind = first.type
    found = store.log.events_of_contact_after("shop-page:user-1", first.id, is_wanted=kind.__ne__)
    assert found == []


async def test_counts_begin_with_an_hour_and_say_what_waits_now(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    event, _ = await shop.receive(store)
    clock.advance(3_600)
    since = clock.now_ms()
    await store.record_delivery(shop.delivery(verdict=Verdict.REJECTED))
    await shop.receive(store, runs=2)
    await store.run_edits.add([shop.follow_up(event, in_ms=1)])

    counts = store.log.counts(since)

    assert counts.events == 1
    assert counts.runs["queued"] == 4
    assert counts.runs["dead"] == 0
    assert counts.rejected_deliveries == 1
    assert counts.waiting_follow_ups == 1


def test_a_connection_that_a_reader_gives_back_after_the_end_is_closed(
    store_url: str,
) -> None:
    log = open_reader(store_url)
    with log.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        log.close()
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1

    with pytest.raises(Exception, match="closed"):
        driver.execute("SELECT 1")
