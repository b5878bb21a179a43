"""A person is erased: what identifies them goes, and others keep all of theirs."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from automator.clock import ManualClock
from automator.configuration.storage import Retention
from automator.engine.operations.erasing import erase_person, forget_unheard, merge_words
from automator.engine.operations.retention import Pruner
from automator.model import Block, Event, NotFoundError, OptOut, Remember
from automator.model.log_filters import EventFilter, RunFilter
from automator.store import ContactFilter, EventPlan, StaffNote, Store
from automator.store.contacts.linking import link
from automator.store.log import erasing
from automator.store.log.pruning import PortionSize
from automator.store.schema.table_base import metadata
from tests.support.store import Shop, indexed, opened

#: In everything that is stored of her.
WORDS = ("7700112233", "Lan Phạm", "0901234567")
DAY_MS = 86_400_000
NEVER = Retention(payloads=None, log=None, dedupe_keys=None)
LAN = ("shop-page", "7700112233")
SAID = {"text": "Số em 0901234567", "actor": {"id": LAN[1], "name": "Lan Phạm"}}


async def received(store: Store, shop: Shop, *, who: str = LAN[1], **changes: Any) -> Event:
    """A message, for which a rule has done something and keeps a value."""
    delivery = shop.delivery(body=str(SAID).encode() if who == LAN[1] else b"of others")
    body = SAID if who == LAN[1] else {"text": "Giá?", "actor": {"id": who, "name": "Mai"}}
    event = shop.event(delivery, who=who, body=body, **changes)
    await store.ingest(delivery, [EventPlan(event, (shop.run(event),), 1)])
    (claimed,) = await store.claim(1)
    attempt = shop.attempt(claimed, request={"body": body["text"]}, response={"status": 200})
    kept = Remember(values={"phone": body["text"]}, add_tags=(f"khách {body['text']}",))
    await store.settle(
        shop.settlement(claimed, attempts=(attempt,), effects=(kept,), data={"said": body["text"]})
    )
    return event


def cells(store: Store) -> str:
    """The text of everything that is in any table, but for the words indexes."""
    with store.log.engine.connect() as reading:
        rows = [row for table in metadata.sorted_tables for row in reading.execute(select(table))]
    return "\n".join(
        cell.decode(errors="replace") if isinstance(cell, bytes) else str(cell)
        for row in rows
        for cell in row
    )


async def test_nothing_in_any_table_identifies_an_erased_person(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    event = await received(store, shop, key=f"written:{LAN[1]}:1")
    await received(store, shop, key="m_1")
    await received(store, shop, who="mai")
    await store.staff_notes.add(
        *LAN, StaffNote(id="1", by="hoa", account="hoa", text="Lan Phạm gọi lại")
    )
    await store.contacts.opt_out(*LAN, OptOut(opted_out=True, by="hoa"))
    await store.contacts.block(*LAN, Block(blocked=True, by="hoa"))
    await indexed(store, clock)
    assert all(word in cells(store) for word in WORDS)

    erased = await erase_person(store, *LAN, by="hoa")

    assert erased.is_complete
    assert erased.figures == {
        "events": 2, "runs": 2, "attempts": 2, "deliveries": 2, "notes": 1, "contacts": 1
    }  # fmt: skip
    left = cells(store)
    assert [word for word in WORDS if word in left] == []
    assert store.log.events(EventFilter(text="0901234567")) == []
    assert store.log.runs(RunFilter(text="0901234567")) == []
    assert not await store.contacts.find(*LAN)
    detail = store.log.event(event.id)
    assert detail is not None
    assert (detail.event.is_emptied, detail.event.type) == (True, "comment.created")


async def test_no_page_of_a_sqlite_file_keeps_a_word_of_an_erased_person(
    sqlite_store_url: str, shop: Shop, clock: ManualClock
) -> None:
    file = Path(sqlite_store_url.removeprefix("sqlite:///"))
    async with opened(sqlite_store_url, clock) as store:
        for number in range(5):
            await received(store, shop, key=f"m_{number}")
            await received(store, shop, who=f"mai-{number}")
            await indexed(store, clock)
        assert [word for word in WORDS if word in texts_in(file)] == [*WORDS]

        await erase_person(store, *LAN, by="hoa")
        await merge_words(store)
        log = file.with_name(f"{file.name}-wal")
        while log.stat().st_size:
            # The log is emptied after one of the next commits.
            await store.upkeep.durability_warnings()

        assert [word for word in (*WORDS, "pham") if word in texts_in(file)] == []
        assert len(store.log.events(EventFilter(text="gia"))) == 5
        assert not await store.upkeep.merge_words()


async def test_words_of_who_is_erased_while_pages_are_merged_go_with_the_next_merge(
    sqlite_store_url: str, shop: Shop, clock: ManualClock
) -> None:
    async with opened(sqlite_store_url, clock) as store:
        await received(store, shop)
        await received(store, shop, who="mai")
        await indexed(store, clock)
        await erase_person(store, *LAN, by="hoa")
        assert await store.upkeep.merge_words(), "the first merge has begun"

        await erase_person(store, "shop-page", "mai", by="hoa")
        await merge_words(store)

    with closing(sqlite3.connect(sqlite_store_url.removeprefix("sqlite:///"))) as file:
        for index in ("event_words", "run_words"):
            (size,) = file.execute(f"SELECT max(length(block)) FROM {index}_data").fetchone()  # noqa: S608
            # Of an index without a word its state is left.
            assert size < 64


async def test_words_of_events_that_retention_has_emptied_go_with_the_person(
    sqlite_store_url: str, shop: Shop, clock: ManualClock
) -> None:
    file = Path(sqlite_store_url.removeprefix("sqlite:///"))
    async with opened(sqlite_store_url, clock) as store:
        await received(store, shop)
        await received(store, shop, who="mai")
        await indexed(store, clock)
        clock.advance(40 * DAY_MS / 1000)
        kept = Retention(payloads="30d", log="30d", dedupe_keys=None)
        await Pruner(store, kept).run(trusts_clock=True)
        assert store.log.events(EventFilter(text="0901234567")) == []

        await erase_person(store, *LAN, by="hoa")
        await merge_words(store)

    # The end of the store has copied the log into the file.
    left = file.read_bytes().decode(errors="replace")
    assert [word for word in (*WORDS, "pham") if word in left] == []


def texts_in(database: Path) -> str:
    """All bytes of a database and its log as text."""
    parts = [database, database.with_name(f"{database.name}-wal")]
    return "".join(part.read_bytes().decode(errors="replace") for part in parts)


async def test_others_keep_all_of_theirs(store: Store, shop: Shop, clock: ManualClock) -> None:
    await received(store, shop)
    hers = await received(store, shop, who="mai")
    await indexed(store, clock)

    await erase_person(store, *LAN, by="hoa")

    (row,) = store.log.runs(RunFilter(contact="shop-page:mai"))
    assert row.run.event_id == hers.id
    detail = store.log.run(row.id)
    assert detail is not None
    assert detail.attempts[0].request is not None
    assert (await store.contacts.find("shop-page", "mai"))["state"] == {"phone": "Giá?"}


async def test_what_waits_for_the_person_is_cancelled_and_what_stands_behind_goes_on(
    store: Store, shop: Shop
) -> None:
    delivery = shop.delivery()
    event, other = shop.event(delivery, who=LAN[1]), shop.event(delivery, who="mai", lane="post")
    first = shop.run(event, lane="post")
    behind = shop.run(other, lane="post")
    await store.ingest(
        delivery,
        [EventPlan(event, (first, shop.follow_up(event)), 1), EventPlan(other, (behind,), 1)],
    )

    erased = await erase_person(store, *LAN, by="hoa")
    claimed = await store.claim(8)

    assert erased.figures["cancelled"] == 2
    assert [one.run.id for one in claimed] == [behind.id]


async def test_an_erasure_waits_for_the_run_that_is_under_way_or_says_that_it_is_not_complete(
    store: Store, shop: Shop
) -> None:
    await shop.receive(store, who=LAN[1])
    (claimed,) = await store.claim(1)

    too_early = await erase_person(store, *LAN, by="hoa", most_s=0)
    later = asyncio.create_task(erase_person(store, *LAN, by="hoa"))
    await asyncio.sleep(0)
    await store.settle(shop.settlement(claimed, new_runs=(shop.follow_up(claimed_event(claimed)),)))

    assert (too_early.is_complete, too_early.figures) == (False, {})
    assert (await later).is_complete
    assert "7700112233" not in cells(store)
    assert [one.is_complete for one in await store.erasing.erasures()] == [True, False]


def claimed_event(claimed: Any) -> Any:
    """What a run is made of: the event of a claimed one."""
    return type("Of", (), {"id": claimed.run.event_id, "lane": claimed.run.lane,
                           "contact": claimed.run.contact})  # fmt: skip


async def test_an_erasure_that_died_in_the_middle_is_ended_by_the_next_one(
    store: Store, shop: Shop
) -> None:
    for number in range(3):
        await received(store, shop, key=f"m_{number}")
    keys = await store.erasing.keys_of(*LAN)
    await store.erasing.erase_portion(keys, "hoa", PortionSize(1))
    assert await store.contacts.find(*LAN)

    erased = await erase_person(store, *LAN, by="hoa")

    assert erased.figures["events"] == 2
    assert "7700112233" not in cells(store)


async def test_every_id_of_a_person_is_erased_with_them(store: Store, shop: Shop) -> None:
    await received(store, shop)
    await received(store, shop, who="7700998877")
    await store._edit(
        lambda db, batch: link(db, "shop-page:7700112233", "7700998877", batch.now_ms)
    )

    erased = await erase_person(store, "shop-page", "7700998877", by="hoa")

    assert erased.figures["events"] == 2
    assert not any(one in cells(store) for one in ("7700112233", "7700998877"))


async def test_a_platform_that_repeats_an_erased_event_does_not_bring_the_person_back(
    store: Store, shop: Shop
) -> None:
    await received(store, shop, key="m_7")
    await erase_person(store, *LAN, by="hoa")

    delivery = shop.delivery()
    event = shop.event(delivery, key="m_7", who=LAN[1])
    (receipt,) = await store.ingest(delivery, [EventPlan(event, (shop.run(event),), 1)])

    assert receipt.duplicate
    assert not await store.contacts.find(*LAN)


async def test_an_event_that_comes_in_meanwhile_keeps_the_contact(store: Store, shop: Shop) -> None:
    await received(store, shop)
    keys = await store.erasing.keys_of(*LAN)
    while await store.erasing.erase_portion(keys, "hoa", PortionSize(1)):
        pass
    await received(store, shop)
    note = erasing.Erasure(code="1", by="hoa", connection="shop-page", figures={}, is_complete=True)

    assert await store.erasing.finish(keys, note) is None
    assert await store.contacts.find(*LAN)
    assert (await erase_person(store, *LAN, by="hoa")).is_complete


async def test_nobody_is_erased_of_whom_nothing_is_stored(store: Store) -> None:
    with pytest.raises(NotFoundError, match="nothing is stored of 4711"):
        await erase_person(store, "shop-page", "4711", by="hoa")

    assert await store.erasing.erasures() == []


async def test_as_many_erasures_are_noted_as_are_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "MOST_ERASURES", 2)
    for number in range(4):
        await store.contacts.opt_out("shop-page", str(number), OptOut(opted_out=True, by="hoa"))
        await erase_person(store, "shop-page", str(number), by=f"hoa {number}")

    assert [one.by for one in await store.erasing.erasures()] == ["hoa 3", "hoa 2"]


async def test_retention_erases_contacts_of_whom_nothing_was_heard_for_so_long(
    store: Store, shop: Shop, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await received(store, shop)
    for who in ("mai", "hoa", "tuấn", "waits"):
        await received(store, shop, who=who)
    await store.contacts.opt_out("shop-page", "hoa", OptOut(opted_out=True, by="hoa"))
    await store.contacts.block("shop-page", "tuấn", Block(blocked=True, by="hoa"))
    delivery = shop.delivery()
    event = shop.event(delivery, who="waits")
    follow_up = shop.follow_up(event, in_ms=400 * DAY_MS)
    await store.ingest(delivery, [EventPlan(event, (follow_up,), 1)])
    clock.advance(200 * DAY_MS / 1000)
    await received(store, shop, who="mai")
    await received(store, shop, type="schedule.contact", key="firing")
    clock.advance(200 * DAY_MS / 1000)
    kept = Retention(payloads=None, log=None, contacts="365d")

    await Pruner(store, NEVER).run(trusts_clock=True)
    before = cells(store)
    await Pruner(store, kept).run(trusts_clock=True)

    assert "7700112233" in before
    assert "7700112233" not in cells(store)
    known = {one.key.partition(":")[2] for one in store.log.contacts(ContactFilter(), limit=9)[0]}
    assert known == {"mai", "hoa", "tuấn", "waits"}
    assert "retention.contacts_erased count=1" in caplog.text
    assert await store.erasing.erasures() == []


async def test_a_contact_who_writes_while_it_is_forgotten_stays_with_the_message(
    store: Store, shop: Shop, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await received(store, shop, key="old")
    clock.advance(400 * DAY_MS / 1000)
    erase_portion = store.erasing.erase_portion

    async def writes_first(*args: Any, **more: Any) -> Any:
        monkeypatch.undo()
        await received(store, shop, key="new")
        return await erase_portion(*args, **more)

    monkeypatch.setattr(store.erasing, "erase_portion", writes_first)
    forgotten = await forget_unheard(store, clock.now_ms() - 365 * DAY_MS)

    assert forgotten == 0
    (event,) = store.log.events(EventFilter(contact="shop-page:7700112233"))
    assert event.text == SAID["text"]
    assert await store.contacts.find(*LAN)
