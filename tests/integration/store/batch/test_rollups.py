"""Roll-ups say what a full count would say; a random history is in `test_machine`."""

import pytest
from sqlalchemy import insert, select, update

from automator.clock import ManualClock
from automator.model import CancelFollowUps, KeyedLimit, RunState, Verdict, quoted
from automator.model.log_filters import EventFilter
from automator.model.rule import Concurrency
from automator.store import EventPlan, Store
from automator.store.batch.batch import Batch
from automator.store.batch.rollups import HOUR_MS, KEPT_MS
from automator.store.database.statements import WriteConnection
from automator.store.log.figures.rollup_log import MOST_COUNTED
from automator.store.queue.run_rows import new_run_row
from automator.store.runs.run_edits import DoneStep
from automator.store.schema.tables import runs
from automator.store.schema.upkeep_tables import deferred
from automator.store.transfer.quarantine import hold
from tests.support.rollups import counted, kept
from tests.support.store import Shop, asked_of

RESTART = {"limits": (KeyedLimit(Concurrency(key="x", limit=1, mode="restart"), '"crm"'),)}


async def end(store: Store, shop: Shop, state: RunState = RunState.DONE) -> int:
    """The run that is next comes to this state."""
    claimed = (await store.claim(1))[0]
    await store.settle(shop.settlement(claimed, state))
    return claimed.run.id


async def test_what_came_in_and_what_became_of_it_is_told_by_the_hour_and_by_the_rule(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    hour = clock.now_ms() - clock.now_ms() % HOUR_MS
    await shop.receive(store, runs=2)
    await store.record_delivery(shop.delivery(verdict=Verdict.REJECTED))
    await store.record_delivery(shop.delivery(verdict=Verdict.OBSERVED))
    await end(store, shop)
    clock.advance(3_600)
    await shop.receive(store, runs=1, run={"rule": "other"}, who="minh")
    await end(store, shop, RunState.DEAD)

    first, second = store.log.hours(0)
    by_rule = store.log.rule_counts(0)

    assert (first.hour, second.hour) == (hour, hour + HOUR_MS)
    assert (first.events, first.started, first.rejected_deliveries) == (1, 2, 1)
    assert (first.ended["done"], first.ended["dead"]) == (1, 0)
    assert (second.events, second.started, second.ended["dead"]) == (1, 1, 1)
    assert by_rule["price-question"].started == 2
    assert (by_rule["price-question"].ended["done"], by_rule["price-question"].failed) == (1, 0)
    assert (by_rule["other"].ended["done"], by_rule["other"].failed) == (0, 1)
    assert store.log.rule_counts(hour + HOUR_MS).keys() == {"other"}
    assert kept(store.log) == counted(store.log)


async def test_a_run_that_is_tried_again_leaves_the_hour_in_which_it_had_ended(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store)
    dead = await end(store, shop, RunState.DEAD)
    clock.advance(7_200)

    assert await store.run_edits.retry(dead, "hoa")

    assert store.log.rule_counts(0)["price-question"].failed == 0
    assert store.log.counts(0).runs["queued"] == 1
    assert kept(store.log) == counted(store.log)
    assert await end(store, shop, RunState.UNKNOWN) == dead
    assert await store.run_edits.mark_done(dead, DoneStep(2, "reply", goes_on=False), "hoa")
    assert kept(store.log) == counted(store.log)
    assert store.log.rule_counts(0)["price-question"].ended["done"] == 1


async def test_what_people_events_and_other_runs_cancel_is_counted(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    event, _ = await shop.receive(store, runs=0)
    later = [shop.follow_up(event, in_ms=100_000) for _ in range(2)]
    last = shop.follow_up(event, in_ms=100_000, cancel_on=None)
    await store.run_edits.add([*later, last])
    await store.run_edits.cancel(later[0].id, "hoa")
    await shop.receive(store, runs=1, type="message.received")
    (claimed,) = await store.claim(1)
    await store.settle(
        shop.settlement(claimed, effects=(CancelFollowUps(reason=quoted("bought")),))
    )
    for number in range(2):
        await shop.receive(store, who=f"person-{number}", run=RESTART)
    (claimed,) = await store.claim(1)
    await shop.receive(store, who="person-2", run=RESTART)
    await store.return_runs([claimed.run.id])

    assert store.log.counts(0).runs["cancelled"] == 5
    assert kept(store.log) == counted(store.log)


async def test_what_a_restored_backup_holds_has_not_ended_until_somebody_says_so(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store, runs=3)
    await store._edit(lambda db, batch: hold(db.core, batch.now_ms, None))
    rows = store.log.runs()
    await store.run_edits.retry(rows[0].id, "hoa")

    assert store.log.counts(0).runs["held"] == 2
    assert kept(store.log) == counted(store.log)
    assert await store.quarantine.cancel("hoa") == 2
    assert store.log.counts(0).runs["cancelled"] == 2
    assert kept(store.log) == counted(store.log)


async def test_a_process_that_dies_four_times_has_counted_one_dead_letter(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store)
    for _ in range(4):
        clock.advance(3_600)
        assert len(await store.claim(1)) == 1
        await store._edit(lambda db, _: db.core.execute(update(runs).values(lease_until=1)))
        assert await store.recover() == 1

    assert store.log.counts(0).runs["dead"] == 1
    assert kept(store.log) == counted(store.log)


async def test_an_edit_that_is_undone_has_counted_nothing(store: Store, shop: Shop) -> None:
    received, _ = await shop.receive(store, runs=0)

    def fail(_db: object, batch: Batch) -> None:
        batch.note_run(shop.run(received))
        raise ValueError("undone")

    with pytest.raises(ValueError, match="undone"):
        await store._edit(fail)

    assert kept(store.log) == counted(store.log)


async def test_counts_are_the_same_before_and_after_they_are_added_to_the_roll_ups(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    for number in range(3):
        await shop.receive(store, runs=2, who=f"person-{number}")
        clock.advance(3_600)
    await end(store, shop)
    await store.record_delivery(shop.delivery(verdict=Verdict.REJECTED))
    before = kept(store.log)
    clock.advance(10)
    portions = 0
    while await store.upkeep.index_words(portion=2):
        portions += 1
        assert kept(store.log) == before

    assert portions > 2
    assert store.log.all_of(select(deferred)) == []
    assert before == counted(store.log)
    assert store.log.rule_counts(clock.now_ms() - HOUR_MS)["price-question"].started == 2


@pytest.mark.parametrize("damaged", [b'[[1795500000000,"events","shop-page"l1]]', b"[1]", b"[[1]]"])
async def test_damaged_counts_are_lost_alone(
    store: Store, shop: Shop, clock: ManualClock, damaged: bytes
) -> None:
    _, first = await shop.receive(store, runs=1)
    await store._edit(lambda db, _: db.core.execute(update(deferred).values(counts=damaged)))
    _, second = await shop.receive(store, runs=1, who="minh")
    clock.advance(10)

    assert [hour.events for hour in store.log.hours(0)] == [1]
    while await store.upkeep.index_words():
        pass

    assert [hour.events for hour in store.log.hours(0)] == [1]
    assert store.log.all_of(select(deferred)) == []
    found = store.log.events(EventFilter(text="Giá"))
    assert {row.id for row in found} == {first, second}


async def test_counts_without_ids_are_added_as_well(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await store.record_delivery(shop.delivery(verdict=Verdict.REJECTED))
    clock.advance(10)

    assert await store.upkeep.index_words() == 1
    assert await store.upkeep.index_words() == 0
    assert store.log.hours(0)[0].rejected_deliveries == 1


async def test_a_pass_that_is_undone_has_added_nothing(
    store: Store, shop: Shop, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.receive(store)
    clock.advance(10)

    def fail(*_: object) -> None:
        raise ValueError("undone")

    with monkeypatch.context() as patched:
        patched.setattr(WriteConnection, "update_in", fail)
        with pytest.raises(ValueError, match="undone"):
            await store.upkeep.index_words()
    assert kept(store.log) == counted(store.log)
    await store.upkeep.index_words()
    assert kept(store.log) == counted(store.log)


async def test_counts_are_read_in_one_statement_since_they_may_move_between_two(
    store: Store, shop: Shop
) -> None:
    await shop.receive(store)

    with asked_of(store.log) as statements:
        store.log.hours(0)

    asked = [statement for statement, _ in statements]
    assert [statement for statement in asked if "rollups" in statement or "deferred" in statement]
    assert len([statement for statement in asked if "FROM" in statement]) == 1


async def test_more_than_ten_thousand_that_wait_are_not_counted_to_the_end(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    delivery = shop.delivery()
    event = shop.event(delivery)
    await store.ingest(delivery, [EventPlan(event, (), 1)])
    batch = Batch(clock.now_ms())
    rows = [new_run_row(shop.follow_up(event), batch) for _ in range(MOST_COUNTED + 5)]
    await store._edit(lambda db, _: db.core.execute(insert(runs), rows))

    counts = store.log.counts(0)

    assert counts.runs["queued"] == counts.waiting_follow_ups == MOST_COUNTED + 1


async def test_an_old_hour_goes_and_what_leaves_it_later_does_no_harm(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store)
    dead = await end(store, shop, RunState.DEAD)
    clock.advance(KEPT_MS / 1000 + 3_600)
    assert await store.upkeep.index_words() == 2
    await shop.receive(store)

    assert await store.upkeep.prune_rollups() == 3
    assert await store.run_edits.retry(dead, "hoa")

    assert store.log.rule_counts(0)["price-question"].failed == 0
    assert [hour.events for hour in store.log.hours(0)][-1] == 1
