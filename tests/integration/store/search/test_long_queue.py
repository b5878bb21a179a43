"""A search reads a bounded part of the rows that wait to be indexed, and says where it stopped."""

import itertools
from collections.abc import Callable

import pytest

from automator.clock import ManualClock
from automator.model.log_filters import EventFilter, RunFilter
from automator.store import Store
from automator.store.search import search
from automator.store.search.index_documents import documents
from tests.integration.store.search.test_search import expected, filled
from tests.support.store import Shop, indexed

#: Waiting ids that a search reads in these tests.
READ = 10


@pytest.fixture
def read_texts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids whose texts a search has read; it reads few at once, and few in all."""
    read: list[int] = []

    def counted(run: Callable[..., object], event_ids: list[int], run_ids: list[int]) -> object:
        read.extend([*event_ids, *run_ids])
        return documents(run, event_ids, run_ids)

    monkeypatch.setattr(search, "documents", counted)
    monkeypatch.setattr(search, "MOST_WAITING_READ", READ)
    monkeypatch.setattr(search, "PORTION", 4)
    monkeypatch.setattr(search, "_ROWS_AT_ONCE", 3)
    return read


def always() -> bool:
    return True


async def test_a_search_reads_the_newest_texts_that_wait_and_says_how_far_it_got(
    store: Store, shop: Shop, read_texts: list[int]
) -> None:
    events = await filled(store, shop)
    newest = [event.id for event in reversed(events)][:READ]

    found = store.log.events(EventFilter(text="zzzqq"), is_awaited=always)

    assert sorted(read_texts) == sorted(newest)
    assert found == []
    assert found.looked_until == newest[-1]
    assert found.waiting >= len(events)

    read_texts.clear()
    found_runs = store.log.runs(RunFilter(text="zzzqq"), is_awaited=always)
    assert len(read_texts) == READ
    assert found_runs == []
    assert found_runs.looked_until is not None


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("wanted", [{"text": "shop"}, {"connection": "shop-page"}])
async def test_pages_that_go_on_where_a_search_stopped_leave_nothing_out(
    store: Store,
    shop: Shop,
    clock: ManualClock,
    read_texts: list[int],
    wanted: dict[str, str],
    ascending: bool,
) -> None:
    events = await filled(store, shop, times=3)
    await indexed(store, clock)
    events += await filled(store, shop, times=6)
    clock.advance(1)

    found: list[int] = []
    place: int | None = 1 if ascending else None
    while True:
        page = store.log.events(
            EventFilter(**wanted),  # type: ignore[arg-type]
            before=None if ascending else place,
            after=place if ascending else None,
            limit=7,
            is_awaited=always,
        )
        assert len(read_texts) <= READ
        read_texts.clear()
        found += [row.id for row in page]
        full = page[-1].id if len(page) == 7 else None
        if (place := full or page.looked_until) is None:
            break

    in_order = expected(events, wanted.get("text", ""))
    assert found == (in_order[::-1] if ascending else in_order)


async def test_a_program_that_needs_all_rows_gets_them_part_by_part(
    store: Store, shop: Shop, read_texts: list[int]
) -> None:
    events = await filled(store, shop)

    rows = store.log.events(EventFilter(text="da nang"), limit=500)

    assert [row.id for row in rows] == expected(events, "da nang")
    assert len(read_texts) == len(events)


async def test_a_search_stops_at_the_next_portion_once_nobody_waits_for_it(
    store: Store, shop: Shop, read_texts: list[int]
) -> None:
    await filled(store, shop)
    asked = itertools.count()

    store.log.events(EventFilter(text="zzzqq"), is_awaited=lambda: next(asked) < 2)

    assert len(read_texts) == 4


async def test_a_search_over_few_waiting_rows_reports_no_stop(
    store: Store, shop: Shop, read_texts: list[int]
) -> None:
    await filled(store, shop, times=1)

    found = store.log.events(EventFilter(text="zzzqq"), is_awaited=always)

    assert (found.looked_until, found.waiting) == (None, 0)
