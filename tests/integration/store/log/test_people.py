"""People by the latest that came from them, each once."""

import pytest

from automator.clock import ManualClock
from automator.model import OptOut
from automator.store import Store
from automator.store.log import people_log
from tests.support.store import Shop


async def test_each_person_stands_once_at_their_latest_event(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    for who in ("lan", "minh", "lan", "hoa", "minh"):
        clock.advance(1)
        await shop.receive(store, who=who, runs=0)
    await shop.receive(store, who="page", runs=0, is_self=True)

    rows, _ = store.log.latest_of_people(before=None, limit=10)

    assert [row.contact for row in rows] == ["shop-page:minh", "shop-page:hoa", "shop-page:lan"]


async def test_pages_of_people_leave_nobody_out(
    store: Store, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(25):
        await shop.receive(store, who=f"{number % 12}", runs=0)
    monkeypatch.setattr(people_log, "_MOST_EVENTS", 7)
    seen: list[str | None] = []
    before: int | None = None
    while True:
        rows, before = store.log.latest_of_people(before=before, limit=3)
        seen += [row.contact for row in rows]
        if before is None:
            break

    assert len(seen) == len(set(seen)) == 12


async def test_what_is_known_of_people_is_told_by_their_keys(store: Store, shop: Shop) -> None:
    await shop.receive(store, who="lan", runs=0)
    await store.contacts.opt_out("shop-page", "lan", OptOut(opted_out=True, by="hoa"))

    known = store.log.known_people({"shop-page:lan", "shop-page:nobody"})

    assert list(known) == ["shop-page:lan"]
    assert known["shop-page:lan"].is_opted_out
    assert store.log.known_people(()) == {}
