"""Recent event bodies are kept within a budget and handed out once."""

from automator.clock import ManualClock
from automator.store.batch.batch import Batch, RecentBodies
from tests.support.store import Shop


def test_a_body_is_handed_out_once() -> None:
    recent = RecentBodies()
    recent.add(1, (b"{}", {"text": "giá?"}, "shop-page"))

    assert recent.take(1) == (b"{}", {"text": "giá?"}, "shop-page")
    assert recent.take(1) is None


def test_the_oldest_bodies_go_when_the_budget_is_used_up() -> None:
    recent = RecentBodies(budget=25)
    for number in range(3):
        recent.add(number, (bytes(10), {}, "shop-page"))

    assert [recent.take(number) is not None for number in range(3)] == [False, True, True]


def test_a_body_that_is_kept_again_counts_once() -> None:
    recent = RecentBodies(budget=25)
    for number in (1, 2, 2, 2):
        recent.add(number, (bytes(10), {}, "shop-page"))

    assert recent.take(1) is not None


def test_a_batch_tells_due_work_from_work_for_later() -> None:
    batch = Batch(now_ms=1_000)

    batch.note_due(5_000)
    batch.note_due(3_000)
    assert (batch.work_released, batch.earliest_due) == (False, 3_000)

    batch.note_due(1_000)
    assert batch.work_released


def test_a_new_run_is_placed_where_the_shared_clock_wants_it() -> None:
    batch = Batch(now_ms=10_000, shift_ms=700)
    event = Shop(ManualClock()).event(Shop(ManualClock()).delivery())
    run = Shop(ManualClock()).run(event, run_at=batch.own_time(12_345))

    assert batch.place(run) == (12_345, 12_345)
    assert batch.stored_time(batch.own_time(5)) == 5
