"""The page of a person, and the limits that hold back what is done for them."""

from pathlib import Path

import pytest

from automator.cli.decisions.limit import limits_text
from automator.model import Remember
from automator.server.web.security import Role
from tests.support.site import RULES, Site, open_site

LIMITED = f"{RULES}    limits: {{once: {{key: event.actor.id}}}}\n"


async def contact_of(site: Site, event: str) -> str:
    found = (await site.program().get(f"/api/events/{event}")).json()
    key: str = found.get("contact") or found["event"]["contact"]
    return key.replace(":", "/", 1)


async def test_an_event_without_a_name_is_listed_with_the_name_that_the_person_got_elsewhere(
    site: Site,
) -> None:
    await site.event("còn size M không", sample="message.received", person="11")
    caller, program = await site.signed_in(), site.program()
    before = [(await caller.get(page)).text for page in ("/events", "/overview")]
    known = Remember(values={"phone": "0901"})
    await site.services.store.contacts.assume("demo-page", "11", known, name="Lan Phạm")
    after = [(await caller.get(page)).text for page in ("/events", "/overview")]
    items = (await program.get("/api/events")).json()["items"]

    assert not any("Lan Phạm" in page for page in before)
    assert all("Lan Phạm" in page for page in after)
    assert [item["actor_name"] for item in items] == ["Lan Phạm"]


async def test_a_key_is_listed_and_reset_over_the_api(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_site(tmp_path, LIMITED) as site:
        _, run = await site.event()
        caller = site.program()
        listed = (await caller.get("/api/limits?rule=price-question")).json()["items"]
        elsewhere = (await caller.get("/api/limits?key=nobody")).json()["items"]
        caplog.set_level("INFO")

        gone = await caller.json("POST", "/api/limits/reset", {"id": listed[0]["id"]})
        again = await caller.json("POST", "/api/limits/reset", {"id": listed[0]["id"]})

        assert [(item["limit"], item["count"], item["last_run"]) for item in listed] == [
            ("once", 1, run)
        ]
        assert elsewhere == []
        assert (gone.status, again.status) == (200, 404)
        assert "for ever" in limits_text(listed)
        assert "limit.reset limit=once rule=price-question" in caplog.text
        assert "by=command line" in caplog.text


async def test_the_page_of_a_person_has_all_that_is_known_in_one_place(tmp_path: Path) -> None:
    async with open_site(tmp_path, LIMITED) as site:
        event, run = await site.event(actor_name="Lan")
        viewer = await site.signed_in(Role.VIEWER)
        address = f"/contacts/{await contact_of(site, event)}"

        page = (await viewer.get(address)).text
        linked = [(await viewer.get(at)).text for at in ("/log", f"/events/{event}")]

        assert "<bdi>Lan</bdi></h1>" in page
        assert f"/runs/{run}" in page
        assert f"/events/{event}" in page
        assert "once only</span> · <code>" in page
        assert "wants private messages" in page
        assert all(f'href="{address}"' in text for text in linked)
        assert "/opt-out" not in page
        assert "/limits/reset" not in page


async def test_an_editor_pauses_and_opts_a_person_out_on_their_page(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        event, _ = await site.event()
        editor, viewer = await site.signed_in(Role.EDITOR), await site.signed_in(Role.VIEWER)
        address = f"/contacts/{await contact_of(site, event)}"

        async def known() -> tuple[bool, bool]:
            found = (await site.program().get(f"/api{address}")).json()
            return found["opted_out"], found["human_reply_at"] is not None

        refused = await site.press(viewer, f"{address}/opt-out")
        assert (refused.status, await known()) == (403, (False, False))
        for name, after in {
            "opt-out": (True, False),
            "pause": (True, True),
            "opt-in": (False, True),
            "resume": (False, False),
        }.items():
            assert (await site.press(editor, f"{address}/{name}")).status == 303
            assert await known() == after
        assert (await viewer.get("/contacts/demo-page/nobody")).status == 404


async def test_an_editor_blocks_a_person_and_the_list_says_so(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        event, _ = await site.event()
        editor, viewer = await site.signed_in(Role.EDITOR), await site.signed_in(Role.VIEWER)
        address = f"/contacts/{await contact_of(site, event)}"

        refused = await site.press(viewer, f"{address}/block")
        before = (await editor.get("/contacts?only=blocked")).text
        await site.press(editor, f"{address}/block")
        page, listed = (await editor.get(address)).text, (await editor.get("/contacts")).text
        picked = (await editor.get("/contacts?only=blocked")).text
        await site.press(editor, f"{address}/unblock")

        assert refused.status == 403
        assert address not in before
        assert "no rule acts for this person" in page
        for text in (listed, picked):
            assert address in text
            assert "⊘</span>blocked" in text
        assert "no rule acts for this person" not in (await editor.get(address)).text


async def test_the_page_of_a_person_names_the_rules_that_a_pause_does_not_keep_quiet(
    tmp_path: Path,
) -> None:
    quiet = RULES.replace("    actions:", "    pause_on: {human_reply: 12h}\n    actions:")
    both = quiet + RULES.removeprefix("rules:\n").replace("price-question", "talks").replace(
        "Answer price questions", "Talks on"
    )
    async with open_site(tmp_path, both) as site:
        event, _ = await site.event()
        editor = await site.signed_in(Role.EDITOR)
        address = f"/contacts/{await contact_of(site, event)}"

        before = (await editor.get(address)).text
        await site.press(editor, f"{address}/pause")
        after = (await editor.get(address)).text

        for page in (before, after):
            assert "1 rule answers here even then" in page
            told = page[page.index("answers here even then") :].partition("</details>")[0]
            assert "Talks on" in told
            assert "Answer price questions" not in told
        assert "<details open>" in after.partition("answers here even then")[0][-200:]


async def test_an_opt_out_under_a_connection_that_is_not_there_is_of_nobody(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        editor = await site.signed_in(Role.EDITOR)

        elsewhere = await site.press(editor, "/contacts/no-page/4711/opt-out")
        new = await site.press(editor, "/contacts/demo-page/4711/opt-out")

        assert (elsewhere.status, new.status) == (404, 303)
        assert not await site.services.store.contacts.find("no-page", "4711")


async def test_an_editor_resets_a_key_on_the_page_of_limits(tmp_path: Path) -> None:
    async with open_site(tmp_path, LIMITED) as site:
        await site.event()
        editor = await site.signed_in(Role.EDITOR)
        (item,) = (await site.program().get("/api/limits")).json()["items"]
        assert item["id"] in (await editor.get("/limits?rule=price-question")).text

        assert (await site.press(editor, "/limits/reset", id=item["id"])).status == 303

        assert "Nothing is counted here." in (await editor.get("/limits")).text
