"""Runs are found by their words, whether these stand in their event's document or in their own."""

import pytest

from automator.clock import ManualClock
from automator.model import AttemptStatus, RunState
from automator.model.log_filters import EventFilter, RunFilter
from automator.store import EventPlan, Store
from automator.store.search import search
from automator.store.search.indexing import LAG_MS
from automator.store.search.run_words import shares_document
from tests.support.store import Shop, indexed

EVENTS = 24
LOOKS = [
    RunFilter(text="gia"),
    RunFilter(text="bao"),
    RunFilter(text="gia khach"),
    RunFilter(text="khach"),
    RunFilter(text="hang"),
    RunFilter(text="hang 1"),
    RunFilter(rule="odd"),
    RunFilter(rule="even", text="gia"),
    RunFilter(rule="odd", error_code="timeout"),
    RunFilter(error_code="timeout", text="khach"),
    RunFilter(connection="shop-page", type="comment.created"),
    RunFilter(text="gia", states=(RunState.DEAD,)),
    RunFilter(text="khach", states=(RunState.DEAD, RunState.CANCELLED)),
]


async def fill(store: Store, shop: Shop) -> None:
    """Events with up to four runs, of which the first stands right behind its event."""
    for number in range(EVENTS):
        delivery = shop.delivery()
        text = f"Giá {number}" if number % 3 else f"Bao {number}"
        event = shop.event(delivery, who=f"p{number}", body={"text": text})
        if number % 2:
            shop.ids.next()
        rules = [f"{'odd' if one % 2 else 'even'}" for one in range(number % 5)]
        runs = tuple([shop.run(event, rule=rule) for rule in rules])
        await store.ingest(delivery, [EventPlan(event, runs, 1)])
    while claimed := await store.claim(100):
        for number, item in enumerate(claimed):
            is_dead = number % 3 == 0
            attempt = shop.attempt(
                item,
                summary="Khách bận" if number % 2 else "Hết hàng",
                status=AttemptStatus.FAILED if is_dead else AttemptStatus.OK,
                error_code="timeout" if is_dead else "",
            )
            state = RunState.DEAD if is_dead else RunState.DONE
            await store.settle(shop.settlement(item, state, attempts=(attempt,)))


def pages(store: Store, wanted: RunFilter, limit: int) -> tuple[list[int], list[int]]:
    """All that is found, page by page: the newest first, and the oldest first."""
    down: list[int] = []
    up: list[int] = []
    while page := store.log.runs(wanted, before=down[-1] if down else None, limit=limit):
        down += [row.id for row in page]
    while page := store.log.runs(wanted, after=up[-1] if up else 0, limit=limit):
        up += [row.id for row in page]
    return down, up


@pytest.mark.parametrize("looked_up", [10_000, 2])
async def test_runs_are_found_whichever_document_they_stand_in(
    store: Store,
    shop: Shop,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    looked_up: int,
) -> None:
    monkeypatch.setattr(search, "MOST_LOOKED_UP", looked_up)
    await fill(store, shop)
    rows = store.log.runs(limit=1_000)
    share = [shares_document(row.id, row.run.event_id) for row in rows]
    # Nothing is indexed yet, so that all of it is looked through.
    before = {wanted: pages(store, wanted, limit=1_000) for wanted in LOOKS}
    events = [row.id for row in store.log.events(EventFilter(text="khach"))]

    await indexed(store, clock)

    assert 0 < sum(share) < len(rows)
    for wanted, (down, up) in before.items():
        assert down, wanted
        assert down == up[::-1]
        assert pages(store, wanted, limit=3) == (down, up), wanted
    assert [row.id for row in store.log.events(EventFilter(text="khach"))] == events == []


async def test_an_event_is_not_found_by_what_its_run_has_said_and_its_run_is_once(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store)
    clock.advance(LAG_MS / 1000)
    await store.upkeep.index_words()
    (claimed,) = await store.claim(1)
    await store.settle(
        shop.settlement(claimed, attempts=(shop.attempt(claimed, summary="Khách bận"),))
    )
    clock.advance(LAG_MS / 1000)
    await store.upkeep.index_words()

    assert shares_document(claimed.run.id, claimed.run.event_id)
    assert [row.id for row in store.log.runs(RunFilter(text="gia khach"))] == [claimed.run.id]
    assert store.log.events(EventFilter(text="khach")) == []
    assert len(store.log.events(EventFilter(text="gia"))) == 1
