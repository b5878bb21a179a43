"""Notes that people of ours make about contacts, on both databases."""

from automator.model import Note, OptOut, Remember
from automator.store import Store
from tests.support.store import Shop


def note(person: str, kept: Remember, opt_out: OptOut | None = None) -> Note:
    return Note(connection="shop-page", external_id=person, kept=kept, opt_out=opt_out)


async def test_notes_of_one_commit_are_kept_each_for_its_contact(store: Store) -> None:
    await store.contacts.note(
        [
            note("lan", Remember(values={"phone": "1", "city": "Huế"}, add_tags=("new",))),
            note("hoa", Remember(), OptOut(opted_out=True, by="An")),
            note("lan", Remember(values={"phone": "2"}, forget=("city", "unknown"))),
        ]
    )

    lan = await store.contacts.find("shop-page", "lan")
    hoa = await store.contacts.find("shop-page", "hoa")
    assert (lan["state"], lan["tags"], lan["opted_out"]) == ({"phone": "2"}, ["new"], False)
    assert (hoa["state"], hoa["opted_out_by"]) == ({}, "An")


async def test_a_note_leaves_alone_what_the_contact_has_written(store: Store, shop: Shop) -> None:
    await shop.receive(store, who="lan", runs=0)
    before = await store.contacts.find("shop-page", "lan")

    await store.contacts.note([note("lan", Remember(add_tags=("vip",)))])

    after = await store.contacts.find("shop-page", "lan")
    assert after == {**before, "tags": ["vip"]}
