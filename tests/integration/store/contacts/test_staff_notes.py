"""Notes of colleagues about contacts, on both databases."""

import asyncio

import pytest

from automator.model import NotFoundError, Remember, UsageError
from automator.store import StaffNote, Store
from automator.store.contacts.linking import link
from automator.store.documents.staff_notes import MOST_HANDED_ON, MOST_NOTES

LAN = ("shop-page", "lan")


def note(text: str, **more: str) -> StaffNote:
    return StaffNote(id=f"of {text}{more}", by="hoa", account="hoa", text=text, **more)


def texts(store: Store, person: str = "lan") -> list[str]:
    key = f"shop-page:{person}"
    return [one.text for one in store.log.staff_notes([key]).get(key, ())]


async def test_the_newest_note_comes_first_with_the_time_of_its_commit(store: Store) -> None:
    for text in ("Hẹn thứ sáu", "Đã cọc 200k"):
        await store.staff_notes.add(*LAN, note(text))

    found = store.log.staff_notes(["shop-page:lan", "shop-page:mai"])

    assert list(found) == ["shop-page:lan"]
    assert [one.text for one in found["shop-page:lan"]] == ["Đã cọc 200k", "Hẹn thứ sáu"]
    assert all(one.at > 0 and one.by == "hoa" for one in found["shop-page:lan"])


async def test_notes_that_are_written_at_once_are_all_kept(store: Store) -> None:
    await asyncio.gather(*(store.staff_notes.add(*LAN, note(str(number))) for number in range(9)))

    assert sorted(texts(store)) == [str(number) for number in range(9)]


async def test_a_note_is_changed_and_deleted_alone(store: Store) -> None:
    for text in ("one", "two"):
        await store.staff_notes.add(*LAN, note(text))
    first, second = note("one").id, note("two").id

    await store.staff_notes.change(
        *LAN, first, lambda one, now_ms: StaffNote(id=one.id, at=now_ms, by="hoa", account="hoa",
                                                   text="three")
    )  # fmt: skip
    await store.staff_notes.change(*LAN, second, lambda _note, _now_ms: None)

    assert texts(store) == ["three"]
    for gone in (second, "of another"):
        with pytest.raises(NotFoundError):
            await store.staff_notes.change(*LAN, gone, lambda one, _now_ms: one)


async def test_two_ids_of_one_person_share_the_notes_of_both(store: Store) -> None:
    await store.staff_notes.add(*LAN, note("before"))
    await store.staff_notes.add("shop-page", "lan-2", note("elsewhere"))
    await store._edit(lambda db, batch: link(db, "shop-page:lan", "lan-2", batch.now_ms))
    await store.staff_notes.add("shop-page", "lan-2", note("after"))

    assert sorted(texts(store)) == ["after", "before", "elsewhere"]
    assert texts(store, "lan-2") == texts(store)
    await store.staff_notes.change(*LAN, note("elsewhere").id, lambda _note, _now_ms: None)
    assert texts(store) == texts(store, "lan-2") == ["after", "before"]


async def test_a_note_too_many_is_refused_and_nothing_is_kept_of_it(store: Store) -> None:
    for number in range(MOST_NOTES):
        await store.staff_notes.add(*LAN, note(str(number)))

    with pytest.raises(UsageError, match="100 notes about this person"):
        await store.staff_notes.add(*LAN, note("more"), Remember(values={"assignee": "mai"}))
    await store.staff_notes.add(*LAN, note("", handed_to="mai"))

    assert len(texts(store)) == MOST_NOTES + 1
    assert not (await store.contacts.find(*LAN)).get("state")


async def test_the_oldest_records_without_words_make_room_and_notes_stay(store: Store) -> None:
    await store.staff_notes.add(*LAN, note("Hẹn thứ sáu"))
    for number in range(MOST_HANDED_ON + 5):
        await store.staff_notes.add(*LAN, note("", handed_to=str(number)))

    kept = store.log.staff_notes(["shop-page:lan"])["shop-page:lan"]

    assert [one.handed_to for one in kept[:-1]] == [str(n) for n in range(54, 4, -1)]
    assert kept[-1].text == "Hẹn thứ sáu"
