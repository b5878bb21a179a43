"""What people of ours note about contacts by hand: over the API, on pages, from a spreadsheet."""

from pathlib import Path
from typing import Any

import pytest

from automator.cli.decisions.contact import import_contacts, note
from automator.model import Note, OptOut, Remember, UsageError
from automator.server.pages.people.imports import MOST_BYTES
from automator.server.people import notes
from automator.server.people.notes import import_notes, keep_note, plan_import
from automator.server.people.spreadsheet import read_contacts
from automator.server.shared.saved_files import csv_line
from automator.server.web.security import Role
from automator.store import Store
from tests.support.site import Site
from tests.support.store import with_tables

NOBODY = "/api/contacts/demo-page/4711"
FILE = "id,connection,tags,phone\n4711,demo-page,vip,0901234567\n77,demo-page,,0907\n"


def of(person: str, kept: Remember, opt_out: OptOut | None = None) -> Note:
    return Note(connection="shop-page", external_id=person, kept=kept, opt_out=opt_out)


@pytest.fixture
def store(site: Site) -> Store:
    return site.services.store


async def test_a_note_adds_to_what_rules_remember_and_takes_away(store: Store) -> None:
    await keep_note(
        store,
        of("lan", Remember(values={"phone": "1", "city": "Huế"}, add_tags=("new",))),
        who="An",
    )

    found = await keep_note(
        store,
        of("lan", Remember(values={"phone": "2"}, forget=("city",), add_tags=("vip",),
                           remove_tags=("new",))),
        who="An",
    )  # fmt: skip

    assert found["state"] == {"phone": "2"}
    assert found["tags"] == ["vip"]


async def test_a_text_that_spells_the_number_before_it_stays_a_number(store: Store) -> None:
    values = {"orders": 3, "weight": 1.5, "is_new": True, "sizes": ["M", "L"]}
    await keep_note(store, of("lan", Remember(values=values)), who="An")
    same = {"orders": "3", "weight": "1.5", "is_new": "True", "sizes": "M\nL"}

    plan = await plan_import(store, [of("lan", Remember(values=same))])
    found = await keep_note(store, of("lan", Remember(values={"orders": "4"})), who="An")

    assert (plan.changed, plan.unchanged) == (0, 1)
    assert found["state"] == values | {"orders": 4}


@pytest.mark.parametrize(
    "kept",
    [
        Remember(values={"số": "1"}),
        Remember(values={"tags": "1"}),
        Remember(forget=("a b",)),
        Remember(add_tags=("",)),
        Remember(add_tags=("x" * 101,)),
        Remember(values={"note": "x" * 2001}),
        Remember(values={"note": ["x" * 70_000]}),
    ],
)
async def test_a_note_that_cannot_be_kept_changes_nothing(store: Store, kept: Remember) -> None:
    with pytest.raises(UsageError):
        await keep_note(store, of("lan", kept), who="An")
    with pytest.raises(UsageError):
        await import_notes(store, [of("hoa", Remember(add_tags=("a",))), of("lan", kept)], who="An")

    assert not await store.contacts.find("shop-page", "lan")


async def test_an_import_is_planned_kept_in_parts_and_changes_nothing_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "_AT_ONCE", 2)
    out = OptOut(opted_out=True, by="An")
    await keep_note(store, of("p1", Remember(values={"phone": "1"})), who="An")
    wanted = [of(f"p{number}", Remember(values={"phone": str(number)})) for number in range(5)]
    wanted.append(of("p5", Remember(), out))

    plan = await plan_import(store, wanted)
    nothing_yet = await store.contacts.find("shop-page", "p0")
    done = await import_notes(store, wanted, who="An")
    again = await import_notes(store, wanted, who="An")

    assert not nothing_yet
    for found in (plan, done):
        assert (found.changed, found.new, found.unchanged, found.opted_out) == (5, 5, 1, 1)
    assert (again.changed, again.unchanged) == (0, 6)
    assert (await store.contacts.find("shop-page", "p5"))["opted_out_by"] == "An"


async def test_editors_note_over_the_api_and_viewers_do_not(site: Site) -> None:
    editor, viewer = await site.program_as(Role.EDITOR), await site.program_as(Role.VIEWER)
    written = {"values": {"phone": "0901"}, "tags": {"add": ["vip"]}}

    refused = await viewer.json("POST", f"{NOBODY}/note", written)
    found = await editor.json("POST", f"{NOBODY}/note", written)
    wrong = await editor.json("POST", f"{NOBODY}/note", {"tags": ["vip"]})
    elsewhere = await editor.json("POST", "/api/contacts/no-page/1/note", written)

    assert refused.status == 403
    assert (found.json()["state"], found.json()["tags"]) == ({"phone": "0901"}, ["vip"])
    assert (wrong.status, wrong.json()["error"]) == (400, "usage")
    assert "tags" in wrong.json()["message"]
    assert elsewhere.status == 404


async def test_many_are_imported_over_the_api_after_a_plan(site: Site) -> None:
    editor = await site.program_as(Role.EDITOR)
    body = {"contacts": [{"connection": "demo-page", "id": "1", "opted_out": True}]}

    plan = await editor.json("POST", "/api/contacts/import", {**body, "plan": True})
    before = await editor.get("/api/contacts/demo-page/1")
    done = await editor.json("POST", "/api/contacts/import", body)
    too_many = await editor.json(
        "POST", "/api/contacts/import", {"contacts": body["contacts"] * 1001}
    )

    assert plan.json() == {"changed": 1, "new": 1, "unchanged": 0, "opted_out": 1}
    assert before.status == 404
    assert done.json() == plan.json()
    assert (await editor.get("/api/contacts/demo-page/1")).json()["opted_out"] is True
    assert too_many.status == 400


async def test_an_editor_changes_tags_and_values_on_the_page_of_a_person(site: Site) -> None:
    editor = await site.signed_in(Role.EDITOR)
    await site.services.store.contacts.note(
        [Note(connection="demo-page", external_id="4711", kept=Remember(values={"phone": "1"}))]
    )
    form = {
        "csrf": await site.csrf(editor), "tags": "vip", "tags_before": "", "value.phone": "2",
        "before.phone": "1", "name": "city", "new_value": "Huế",
    }  # fmt: skip

    answer = await editor.post("/contacts/demo-page/4711/note", form)
    page = (await editor.get("/contacts/demo-page/4711")).text
    viewed = (await (await site.signed_in(Role.VIEWER)).get("/contacts/demo-page/4711")).text
    wrong = await editor.post("/contacts/demo-page/4711/note", {**form, "name": "thành phố"})

    assert answer.status == 303
    found = await site.services.store.contacts.find("demo-page", "4711")
    assert (found["state"], found["tags"]) == ({"phone": "2", "city": "Huế"}, ["vip"])
    assert 'name="value.city" value="Huế"' in page
    assert "/note" not in viewed
    assert "<code>vip</code>" in viewed
    assert (wrong.status, "no name of a value" in wrong.text) == (400, True)


async def test_the_page_shows_what_a_file_would_change_before_it_is_imported(site: Site) -> None:
    editor = await site.signed_in(Role.EDITOR)
    csrf = {"csrf": await site.csrf(editor)}
    find = site.services.store.contacts.find

    plan = await editor.upload("/contacts/import", csrf, {"file": ("a.csv", FILE.encode())})
    before = await find("demo-page", "4711")
    done = await editor.upload("/contacts/import", {**csrf, "text": FILE, "do": "import"}, {})
    wrong = await editor.upload(
        "/contacts/import", csrf, {"file": ("a.csv", b"id,connection\n1,no-page\n")}
    )
    nothing = await editor.upload("/contacts/import", csrf, {})

    assert "2 contacts change" in plan.text
    assert "<code>+vip</code>" in plan.text
    assert not before
    assert "Imported." in done.text
    assert (await find("demo-page", "4711"))["tags"] == ["vip"]
    assert wrong.status == 422
    assert "<b>Line 2</b>: <bdi>“no-page” is no connection of this server</bdi>" in wrong.text
    assert (nothing.status, "No file was chosen." in nothing.text) == (422, True)


async def test_a_file_as_large_as_may_be_can_be_confirmed(site: Site) -> None:
    editor = await site.signed_in(Role.EDITOR)
    csrf = {"csrf": await site.csrf(editor)}
    head = "id,connection,tags\n4711,demo-page,vip\n"
    file = head + "\n" * (MOST_BYTES - len(head))

    plan = await editor.upload("/contacts/import", csrf, {"file": ("a.csv", file.encode())})
    # A browser sends two characters for the end of each line.
    shown = {**csrf, "text": file.replace("\n", "\r\n"), "do": "import"}
    done = await editor.upload("/contacts/import", shown, {})
    larger = await editor.upload(
        "/contacts/import", csrf, {"file": ("a.csv", b"x" + file.encode())}
    )

    assert "1 contact changes" in plan.text
    assert "Imported." in done.text
    assert larger.status == 422


@pytest.mark.parametrize(
    "value",
    [
        24813579246801357,
        -7.2e255,
        1e-7,
        ["M", "L"],
        ["a\r\nb", " M "],
        {"street": "Lê Lợi"},
        "'=1",
        "''+84",
        '="5"',
        True,
    ],
)
async def test_what_was_saved_as_a_spreadsheet_changes_nothing_when_it_comes_back(
    store: Store, value: Any
) -> None:
    await keep_note(store, of("lan", Remember(values={"kept": value})), who="An")
    saved = csv_line(["connection", "id", "kept"]) + csv_line(["shop-page", "lan", value])

    for text in (saved, saved.replace("\r\n", "\n").replace("\n", "\r\n")):
        sheet = read_contacts(text.encode(), None, by="An")
        plan = await plan_import(store, sheet.notes)
        assert (plan.changed, plan.unchanged) == (0, 1)


def test_commands_note_and_import_without_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_tables(tmp_path)
    file = tmp_path / "people.csv"
    file.write_text(FILE)

    note("demo-page", "4711", ["city=Huế"], tag=["vip"], data=tmp_path)
    noted = capsys.readouterr().out
    import_contacts(file, plan_only=True, data=tmp_path)
    planned = capsys.readouterr().out
    import_contacts(file, yes=True, data=tmp_path)
    done = capsys.readouterr().out
    file.write_text("id,connection,opted_out\n1,demo-page,maybe\n")
    with pytest.raises(UsageError, match="nothing of"):
        import_contacts(file, yes=True, data=tmp_path)

    assert "state.city" in noted
    assert planned == "2 of 2 contacts would change; new: 1, opting out: 0\n"
    assert "2 of 2 contacts have changed; new: 1, opted out: 0" in done
    assert "people.csv:2: “maybe” in the column opted_out" in capsys.readouterr().out
