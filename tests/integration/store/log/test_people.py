"""People by the latest that came from them, each once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.model import AttemptStatus, OptOut, Remember
from automator.store import ContactFilter, Store
from automator.store.log import people_log
from automator.store.log.people_log import PeopleLog, Reply
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


async def test_what_a_schedule_raised_is_not_the_latest_of_a_person(
    store: Store, shop: Shop
) -> None:
    for kind, who in (
        ("message.received", "lan"),
        ("comment.created", "lan"),
        ("schedule.contact", "lan"),
        ("schedule.contact", "hoa"),
    ):
        await shop.receive(store, who=who, runs=0, type=kind)

    rows, _ = store.log.latest_of_people(before=None, limit=10)

    assert [(row.contact, row.type) for row in rows] == [("shop-page:lan", "comment.created")]


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
    assert known["shop-page:lan"]["opted_out"]
    assert store.log.known_people(()) == {}


async def test_the_last_answer_to_people_is_the_newest_that_was_said(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    for who in ("lan", "lan", "hoa"):
        await shop.receive(store, who=who, type="message.received")
    texts = iter(["Dạ 250k", "Dạ còn", None])
    for claimed in await store.claim(10):
        clock.advance(1)
        attempt = shop.attempt(claimed, status=AttemptStatus.OK, said=next(texts))
        attempt = replace(attempt, started_at=clock.now_ms())
        await store.settle(shop.settlement(claimed, owner=store.node, attempts=(attempt,)))
    since = clock.now_ms() - 10_000

    said = store.log.last_replies(["shop-page:lan", "shop-page:hoa"], since, in_public=False)

    assert said == {"shop-page:lan": [Reply(at=clock.now_ms() - 1_000, rule="price-question")]}
    late = clock.now_ms() + 60_000
    assert store.log.last_replies(["shop-page:lan"], late, in_public=False) == {}
    assert store.log.last_replies([], since, in_public=False) == {}


async def somebody(store: Store, key: str, kept: Remember, *, opted_out: bool = False) -> None:
    connection, _, external_id = key.partition(":")
    await store.contacts.assume(connection, external_id, kept, opted_out=opted_out)


async def everybody(store: Store) -> None:
    """People of connections whose names begin alike; one of them has two accounts."""
    phone = {"phone": "0901234567"}
    await somebody(store, "shop:1", Remember(values=phone, add_tags=("vip", "hanoi")))
    await somebody(
        store, "shop:2", Remember(values={"phone": None}, add_tags=("vip",)), opted_out=True
    )
    await somebody(store, "shop-two:3", Remember(values=phone))
    await somebody(store, "shops.105:5", Remember(values={}))
    await somebody(store, "shops:6", Remember(values={}))
    await somebody(store, "Shop:4", Remember(values={"city": "Đà Nẵng"}))


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        (ContactFilter(), ["Shop:4", "shop-two:3", "shop:1", "shop:2", "shops.105:5", "shops:6"]),
        (ContactFilter(connection="shops"), ["shops.105:5", "shops:6"]),
        (ContactFilter(connection="shops.105"), ["shops.105:5"]),
        (ContactFilter(connection="shop"), ["shop:1", "shop:2"]),
        (ContactFilter(connection="sh%p"), []),
        (ContactFilter(tag="vip"), ["shop:1", "shop:2"]),
        (ContactFilter(tag="vi"), []),
        (ContactFilter(value="phone"), ["shop-two:3", "shop:1"]),
        (ContactFilter(only="opted_out"), ["shop:2"]),
        (ContactFilter(text="da nang"), ["Shop:4"]),
        (ContactFilter(text="1234", connection="shop"), ["shop:1"]),
        (ContactFilter(tag="vip", only="opted_out", value="phone"), []),
    ],
)
async def test_a_filter_picks_contacts(
    store: Store, wanted: ContactFilter, keys: list[str]
) -> None:
    await everybody(store)

    found, after = store.log.contacts(wanted, limit=10)

    assert sorted(one.key for one in found) == sorted(keys)
    assert after == ""


@pytest.mark.parametrize("wanted", [ContactFilter(), ContactFilter(connection="shop")])
async def test_pages_of_contacts_look_at_few_and_leave_nobody_out(
    store: Store, wanted: ContactFilter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(25):
        await somebody(store, f"shop:{number}", Remember(values={}))
    monkeypatch.setattr(people_log, "_MOST_CONTACTS", 4)
    seen: list[str] = []
    after: str | None = None
    while after != "":
        found, after = store.log.contacts(wanted, after=after or "", limit=7)
        assert len(found) <= 7
        seen += [one.key for one in found]

    assert len(seen) == len(set(seen)) == 25


@pytest.mark.parametrize("wanted", [ContactFilter(text="nobody"), ContactFilter()])
async def test_only_some_contacts_of_a_page_are_in_memory_at_once(
    store: Store, wanted: ContactFilter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(25):
        await somebody(store, f"shop:{number:02}", Remember(values={}))
    monkeypatch.setattr(people_log, "_PORTION", 10)
    read: list[int] = []
    all_of = store.log.all_of

    def count(*asked: Any) -> Sequence[Any]:
        rows = all_of(*asked)
        read.append(len(rows))
        return rows

    monkeypatch.setattr(PeopleLog, "all_of", lambda _, *asked: count(*asked))

    found, after = store.log.contacts(wanted, limit=22)

    assert read == ([10, 10, 5] if wanted.text else [10, 10, 2])
    assert (len(found), after) == ((0, "") if wanted.text else (22, "shop:21"))
