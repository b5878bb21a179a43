"""A person is erased over the API, by the command and on their page."""

import asyncio
import json
from pathlib import Path

import pytest

from automator.cli.decisions.contact import ask_about, erase, erasures
from automator.model import NotFoundError
from automator.server.web.security import Role
from tests.support.site import Site
from tests.support.store import with_tables


async def somebody(site: Site) -> tuple[str, str]:
    """The connection and the id of a person who has written."""
    event, _ = await site.event(actor_name="Lan Phạm")
    found = (await site.program().get(f"/api/events/{event}")).json()
    connection, _, person = (found.get("contact") or found["event"]["contact"]).partition(":")
    return connection, person


async def test_only_an_admin_erases_and_the_list_and_the_log_do_not_say_whom(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    connection, person = await somebody(site)
    address = f"/api/contacts/{connection}/{person}"
    editor, admin = await site.program_as(Role.EDITOR), await site.program_as(Role.ADMIN)
    caplog.set_level("INFO")

    refused = await editor.json("DELETE", address, {})
    unseen = await editor.get("/api/erasures")
    erased = (await admin.json("DELETE", address, {})).json()
    again = await admin.json("DELETE", address, {})
    listed = (await admin.get("/api/erasures")).json()["items"]

    assert (refused.status, unseen.status, again.status) == (403, 403, 404)
    assert erased["complete"]
    assert (erased["by"], erased["erased"]["events"]) == ("token desk-admin", 1)
    assert listed == [erased]
    assert person not in json.dumps(listed)
    (line,) = [text for text in caplog.messages if text.startswith("contact.erased")]
    assert f"code={erased['code']}" in line
    assert person not in line
    assert (await admin.get(address)).status == 404


async def test_an_admin_erases_on_the_page_and_is_told_what_is_gone(site: Site) -> None:
    connection, person = await somebody(site)
    address = f"/contacts/{connection}/{person}"
    editor, admin = await site.signed_in(Role.EDITOR), await site.signed_in()

    seen = [f"{address}/erase" in (await one.get(address)).text for one in (editor, admin)]
    refused = await site.press(editor, f"{address}/erase")
    answer = await site.press(admin, f"{address}/erase")
    page = (await admin.get(answer.headers["location"])).text

    assert seen == [False, True]
    assert (refused.status, answer.status) == (403, 303)
    assert "The person is erased." in page
    assert "events that were emptied" in page
    assert "Erasing does not reach backups" in page
    assert person not in page
    assert (await admin.get(address)).status == 404


async def test_the_command_erases_in_a_database_without_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_tables(tmp_path)
    await asyncio.to_thread(ask_about, tmp_path, "demo-page", "4711", "opt-out")

    await asyncio.to_thread(erase, "demo-page", "4711", yes=True, data=tmp_path)
    told = capsys.readouterr().out
    await asyncio.to_thread(erasures, data=tmp_path)
    listed = capsys.readouterr().out

    assert "contacts with their tags and values" in told
    assert "It is noted under the code" in told
    assert "Erasing does not reach backups" in told
    assert "command line" in listed
    assert "4711" not in listed
    with pytest.raises(NotFoundError, match="nothing is stored of 4711"):
        await asyncio.to_thread(erase, "demo-page", "4711", yes=True, data=tmp_path)
