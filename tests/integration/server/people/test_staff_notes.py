"""Notes of the staff, and handing a person on: over the API, on the page, in files and commands."""

import asyncio
import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from automator.cli.decisions.contact import ask_about, contact_text, hand_on, staff_note
from automator.model import AutomatorError, Remember
from automator.server.access.sign_in_links import new_sign_in_link
from automator.server.access.tokens import create_token
from automator.server.people.spreadsheet import read_contacts
from automator.server.people.staff_notes import MOST_LETTERS
from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.site import Site
from tests.support.store import with_tables

LAN = "/api/contacts/demo-page/4711"


@pytest.fixture
async def site(site: Site) -> Site:
    await site.services.store.contacts.assume("demo-page", "4711", Remember(), name="Lan")
    return site


async def colleague(site: Site, name: str, role: Role = Role.EDITOR) -> Caller:
    """A program of somebody of the staff."""
    store, now_ms = site.services.store, site.services.clock.now_ms()
    link = await new_sign_in_link(store, "http://shop", now_ms=now_ms, account=name, role=role)
    await site.caller().post("/sign-in", {"token": link.rpartition("/")[2], "next": "/log"})
    _, secret = await create_token(store, name=name, role=role, now_ms=now_ms, account=name)
    return site.program(secret)


async def notes_of(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await caller.get(LAN)).json()["staff_notes"]
    return found


async def test_colleagues_read_what_each_of_them_has_noted_the_newest_first(site: Site) -> None:
    hoa, mai = await colleague(site, "hoa"), await colleague(site, "mai")

    await hoa.json("POST", f"{LAN}/staff-notes", {"text": " Hẹn thứ sáu\r\nlúc 9 giờ "})
    found = (await mai.json("POST", f"{LAN}/staff-notes", {"text": "Đã cọc"})).json()

    assert [(note["by"], note["text"]) for note in found["staff_notes"]] == [
        ("token mai", "Đã cọc"),
        ("token hoa", "Hẹn thứ sáu\nlúc 9 giờ"),
    ]
    assert "staff_notes" not in await site.services.store.contacts.find("demo-page", "4711")


async def test_authors_alone_correct_a_note_and_an_admin_deletes_any(site: Site) -> None:
    hoa, mai = await colleague(site, "hoa"), await colleague(site, "mai")
    boss = await colleague(site, "boss", Role.ADMIN)
    (note,) = (await hoa.json("POST", f"{LAN}/staff-notes", {"text": "Hẹn"})).json()["staff_notes"]
    address = f"{LAN}/staff-notes/{note['id']}"

    refused = [
        await mai.json("PUT", address, {"text": "Khác"}),
        await mai.request("DELETE", address),
        await boss.json("PUT", address, {"text": "Khác"}),
    ]
    (corrected,) = (await hoa.json("PUT", address, {"text": "Hẹn thứ bảy"})).json()["staff_notes"]
    gone = await boss.request("DELETE", address)
    again = await boss.request("DELETE", address)

    assert [reply.status for reply in refused] == [403] * 3
    assert (corrected["text"], corrected["at"]) == ("Hẹn thứ bảy", note["at"])
    assert corrected["corrected_at"] is not None
    assert (gone.status, gone.json()["staff_notes"], again.status) == (200, [], 404)


@pytest.mark.parametrize(
    ("text", "status"),
    [("", 400), (" \n ", 400), ("x" * MOST_LETTERS, 200), ("x" * (MOST_LETTERS + 1), 400)],
)
async def test_a_note_has_words_and_not_too_many(site: Site, text: str, status: int) -> None:
    caller = await site.program_as(Role.EDITOR)

    reply = await caller.json("POST", f"{LAN}/staff-notes", {"text": text})

    assert reply.status == status
    assert len(await notes_of(caller)) == (status == 200)


async def test_viewers_read_notes_and_write_none_and_nobody_writes_of_strangers(
    site: Site,
) -> None:
    viewer, editor = await site.program_as(Role.VIEWER), await site.program_as(Role.EDITOR)
    await editor.json("POST", f"{LAN}/staff-notes", {"text": "Hẹn"})

    replies = [
        await viewer.json("POST", f"{LAN}/staff-notes", {"text": "x"}),
        await viewer.json("POST", f"{LAN}/hand-on", {"to": "hoa"}),
        await editor.json("POST", "/api/contacts/demo-page/9/staff-notes", {"text": "x"}),
        await editor.json("POST", "/api/contacts/demo-page/9/hand-on", {"to": ""}),
    ]

    assert [reply.status for reply in replies] == [403, 403, 404, 404]
    assert [note["text"] for note in await notes_of(viewer)] == ["Hẹn"]


async def test_a_person_is_handed_on_with_a_note_and_the_log_of_notes_says_so(site: Site) -> None:
    hoa = await colleague(site, "hoa")
    await colleague(site, "mai")
    store = site.services.store
    kept = Remember(values={"assignee": "Hòa"}, add_tags=("Hòa", "vip"))
    await store.contacts.assume("demo-page", "4711", kept)

    found = (await hoa.json("POST", f"{LAN}/hand-on", {"to": "mai", "note": "Sắp cọc"})).json()
    back = (await hoa.json("POST", f"{LAN}/hand-on", {"to": ""})).json()

    assert (found["state"], found["tags"]) == ({"assignee": "mai"}, ["vip", "mai"])
    assert (back["state"], back["tags"]) == ({}, ["vip"])
    assert [(note["handed_to"], note["text"]) for note in back["staff_notes"]] == [
        ("", ""),
        ("mai", "Sắp cọc"),
    ]


@pytest.mark.parametrize(("before", "to"), [("Hoa", "hoa"), (None, ""), ("hoa", "stranger")])
async def test_nobody_gets_a_person_whom_they_have_or_without_an_account(
    site: Site, before: str | None, to: str
) -> None:
    hoa = await colleague(site, "hoa")
    kept = Remember(values={"assignee": before})
    await site.services.store.contacts.assume("demo-page", "4711", kept)

    reply = await hoa.json("POST", f"{LAN}/hand-on", {"to": to, "note": "x"})

    assert (reply.status, await notes_of(hoa)) == (400, [])
    contact = await site.services.store.contacts.find("demo-page", "4711")
    assert contact["state"] == {"assignee": before}


async def test_the_record_of_handing_on_outlives_the_words_of_its_note(site: Site) -> None:
    hoa = await colleague(site, "hoa")
    (note,) = (await hoa.json("POST", f"{LAN}/hand-on", {"to": "hoa", "note": "x"})).json()[
        "staff_notes"
    ]

    await hoa.request("DELETE", f"{LAN}/staff-notes/{note['id']}")

    (left,) = await notes_of(hoa)
    assert (left["handed_to"], left["text"]) == ("hoa", "")


async def test_the_page_writes_corrects_and_deletes_notes_and_hands_on(site: Site) -> None:
    editor, viewer = await site.signed_in(Role.EDITOR), await site.signed_in(Role.VIEWER)
    page, form = "/contacts/demo-page/4711", {"csrf": await site.csrf(editor)}

    added = await editor.post(f"{page}/staff-notes", {**form, "text": "Hẹn <b>thứ sáu</b>"})
    await editor.post(f"{page}/hand-on", {**form, "to": "viewer", "text": "Giúp mình"})
    program = await site.program_as(Role.VIEWER)
    handed_on, note = await notes_of(program)
    seen = (await viewer.get(page)).text
    mine = (await viewer.get("/contacts?assignee=viewer")).text
    own = (await editor.get(page)).text

    assert (added.status, added.headers["location"]) == (303, f"{page}#staff")
    assert "Hẹn &lt;b&gt;thứ sáu&lt;/b&gt;" in seen
    assert "handed on to viewer" in seen
    assert "/staff-notes" not in seen
    assert "/hand-on" not in seen
    assert f'href="{page}"' in mine
    assert f"{page}/staff-notes/{note['id']}" in own
    await editor.post(f"{page}/staff-notes/{note['id']}", {**form, "text": "Hẹn thứ bảy"})
    await editor.post(f"{page}/staff-notes/{handed_on['id']}", {**form, "do": "delete"})
    assert [one["text"] for one in await notes_of(program)] == ["", "Hẹn thứ bảy"]


async def test_the_page_shows_the_newest_notes_and_opens_the_others(site: Site) -> None:
    hoa = await colleague(site, "hoa")
    for number in range(7):
        await hoa.json("POST", f"{LAN}/staff-notes", {"text": f"note-{number}"})

    page = (await (await site.signed_in(Role.VIEWER)).get("/contacts/demo-page/4711")).text

    newest, between, earlier = page.partition("2 earlier notes")
    assert between
    assert re.findall("note-[0-9]", newest) == [f"note-{number}" for number in range(6, 1, -1)]
    assert re.findall("note-[0-9]", earlier) == ["note-1", "note-0"]


async def test_files_of_contacts_have_the_notes_and_an_import_leaves_them_alone(
    site: Site,
) -> None:
    hoa = await colleague(site, "hoa")
    await hoa.json("POST", f"{LAN}/staff-notes", {"text": "=1+1"})
    await hoa.json("POST", f"{LAN}/hand-on", {"to": "hoa"})

    reply = await (await site.signed_in()).get("/contacts/export.csv")

    (line,) = csv.DictReader(io.StringIO(reply.text.removeprefix("\ufeff")))
    first, second = line["staff_notes"].splitlines()
    assert first.endswith("Z token hoa → hoa")
    assert second.endswith("Z token hoa: =1+1")
    (note,) = read_contacts(reply.text.encode(), None, by="An").notes
    assert note.kept.values == {"assignee": "hoa"}


async def test_the_command_shows_the_notes_with_and_without_a_server(
    site: Site, tmp_path: Path
) -> None:
    hoa = await colleague(site, "hoa")
    await hoa.json("POST", f"{LAN}/staff-notes", {"text": "Hẹn thứ sáu"})
    with_tables(tmp_path / "alone")
    await asyncio.to_thread(ask_about, tmp_path / "alone", "demo-page", "4711", "opt-out")

    shown = contact_text((await hoa.get(LAN)).json())
    alone = await asyncio.to_thread(ask_about, tmp_path / "alone", "demo-page", "4711")

    assert "token hoa: Hẹn thứ sáu" in shown
    assert alone["staff_notes"] == []


async def test_a_command_leaves_a_note_without_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_tables(tmp_path / "alone")
    await asyncio.to_thread(ask_about, tmp_path / "alone", "demo-page", "4711", "opt-out")

    await asyncio.to_thread(
        staff_note, "demo-page", "4711", "Hẹn thứ sáu", data=tmp_path / "alone", as_json=True
    )

    shown = json.loads(capsys.readouterr().out)
    assert [note["text"] for note in shown["staff_notes"]] == ["Hẹn thứ sáu"]
    assert shown["state"] == {}


def test_a_person_is_handed_on_only_by_a_server_that_tells_the_colleague(tmp_path: Path) -> None:
    with_tables(tmp_path / "alone")

    with pytest.raises(AutomatorError, match="no server"):
        hand_on("demo-page", "4711", "mai", data=tmp_path / "alone")
