"""Contacts over the API and the command line: what is known of a person, and their opt-out."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from automator.cli.decisions.contact import ask_about, contact_text, list_contacts
from automator.model import NotFoundError
from automator.server.web.security import Role
from tests.support.site import Site
from tests.support.store import with_tables


async def ask(*args: Any) -> Mapping[str, Any]:
    """Asks as a command, which runs an event loop of its own."""
    return await asyncio.to_thread(ask_about, *args)


UNKNOWN = "/api/contacts/demo-page/4711"


async def test_an_opt_out_is_noted_with_who_did_it_and_taken_back(site: Site) -> None:
    caller = await site.program_as(Role.EDITOR)

    before = await caller.get(UNKNOWN)
    out = (await caller.post(f"{UNKNOWN}/opt-out")).json()
    found = (await caller.get(UNKNOWN)).json()
    back = (await caller.post(f"{UNKNOWN}/opt-in")).json()

    assert (before.status, before.json()["error"]) == (404, "not_found")
    assert out == found
    assert (out["opted_out"], out["opted_out_by"]) == (True, "token desk-editor")
    assert (back["opted_out"], back["opted_out_at"], back["opted_out_by"]) == (False, None, None)


@pytest.mark.parametrize("person", ["users/4711", "a%2Fb", "=1&x?y#z", "4711/block", "a//b"])
async def test_a_person_may_have_any_id(site: Site, person: str) -> None:
    caller = await site.program_as(Role.EDITOR)
    address = f"demo-page/{quote(person, safe='')}"

    blocked = (await caller.post(f"/api/contacts/{address}/block")).json()
    found = (await caller.get(f"/api/contacts/{address}")).json()
    page = await (await site.signed_in()).get(f"/contacts/{address}")

    assert blocked == found
    assert (found["id"], found["blocked"]) == (person, True)
    assert page.status == 200
    assert (await site.services.store.contacts.find("demo-page", person))["blocked"] is True


async def test_only_editors_change_it_and_only_of_connections_that_are_there(site: Site) -> None:
    viewer, editor = await site.program_as(Role.VIEWER), await site.program_as(Role.EDITOR)

    refused = await viewer.post(f"{UNKNOWN}/opt-out")
    elsewhere = await editor.post("/api/contacts/no-page/4711/opt-out")

    assert (refused.status, elsewhere.status) == (403, 404)
    assert (await viewer.get(UNKNOWN)).status == 404


async def test_the_command_does_it_without_a_server(tmp_path: Path) -> None:
    with_tables(tmp_path)
    with pytest.raises(NotFoundError, match="demo-page knows nobody with the id 4711"):
        await ask(tmp_path, "demo-page", "4711")
    await ask(tmp_path, "demo-page", "4711", "opt-out")

    shown = contact_text(await ask(tmp_path, "demo-page", "4711"))

    assert "noted by command line" in shown
    assert (await ask(tmp_path, "demo-page", "4711", "opt-in"))["opted_out"] is False
    assert (await ask(tmp_path, "demo-page", "4711", "pause"))["human_reply_at"] is not None
    assert (await ask(tmp_path, "demo-page", "4711", "resume"))["human_reply_at"] is None


async def test_the_command_lists_whom_a_filter_picks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_tables(tmp_path)
    await ask(tmp_path, "demo-page", "4711", "opt-out")
    await ask(tmp_path, "demo-oa", "77", "opt-out")

    list_contacts(connection="demo-page", only="opted_out", data=tmp_path)
    for_people = capsys.readouterr().out
    list_contacts(data=tmp_path, limit=1, as_json=True)
    for_programs = capsys.readouterr().out
    list_contacts(tag="vip", data=tmp_path)

    assert "demo-page:4711" in for_people
    assert "demo-oa" not in for_people
    assert '"id":"77"' in for_programs.replace(" ", "")
    assert "4711" not in for_programs
    assert capsys.readouterr().out == "nobody is found\n"
