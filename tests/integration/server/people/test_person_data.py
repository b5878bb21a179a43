"""The file of one person has all that is stored of them, and nothing of others."""

import asyncio
import json
from pathlib import Path

import pytest

from automator.cli.decisions.contact import export
from automator.model import NotFoundError
from automator.server.people import person_data
from automator.server.web.security import Role
from tests.support.site import RULES, Site, open_site
from tests.support.store import with_tables

LIMITED = f"{RULES}    limits: {{once: {{key: event.actor.id}}}}\n"


async def somebody(site: Site, person: str) -> tuple[str, str]:
    """A person who has written, as `connection/id`, and the run for them."""
    event, run = await site.event(person=person)
    found = (await site.program().get(f"/api/events/{event}")).json()
    return found["contact"].replace(":", "/", 1), run


async def test_the_file_has_the_contact_notes_limits_events_runs_and_attempts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_data, "_PAGE", 1)
    async with open_site(tmp_path, LIMITED) as site:
        lan, run = await somebody(site, "7700112233")
        mai, _ = await somebody(site, "7700998877")
        viewer, editor = await site.signed_in(Role.VIEWER), await site.program_as(Role.EDITOR)
        await editor.json("POST", f"/api/contacts/{lan}/staff-notes", {"text": "gọi lại"})
        await editor.json("POST", f"/api/contacts/{lan}/note", {"values": {"size": "M"}})

        reply = await viewer.get(f"/contact-data/{lan}")
        same = await (await site.program_as(Role.VIEWER)).get(f"/api/contact-data/{lan}")
        nobody = await viewer.get("/contact-data/demo-page/4711")
        page = (await viewer.get(f"/contacts/{lan}")).text

    found = json.loads(reply.text)
    assert found == json.loads(same.text)
    assert reply.headers["content-disposition"].startswith('attachment; filename="contact-')
    assert (found["connection"], *found["ids"]) == tuple(lan.split("/"))
    assert found["contact"]["state"] == {"size": "M"}
    assert [note["text"] for note in found["staff_notes"]] == ["gọi lại"]
    assert [limit["limit"] for limit in found["limits"]][:1] == ["once"]
    (event,) = found["events"]
    assert event["body"]["actor"]["id"] == "7700112233"
    assert event["runs"][0]["id"] == run
    assert "attempts" in event["runs"][0]
    assert mai.rpartition("/")[2] not in reply.text
    assert nobody.status == 404
    assert f'href="/contact-data/{lan}"' in page


async def test_the_command_prints_the_same_of_a_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_site(tmp_path) as site:
        lan, _ = await somebody(site, "7700112233")
        reply = await (await site.program_as(Role.VIEWER)).get(f"/api/contact-data/{lan}")
        await asyncio.to_thread(export, *lan.split("/"), data=site.services.data)

    assert json.loads(capsys.readouterr().out) == json.loads(reply.text)
    with_tables(tmp_path / "elsewhere")
    with pytest.raises(NotFoundError, match="nothing is stored of 4711"):
        await asyncio.to_thread(export, "demo-page", "4711", data=tmp_path / "elsewhere")
