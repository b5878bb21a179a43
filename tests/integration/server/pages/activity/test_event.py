"""The page of an event, the API and the command tell alike what conditions saw at that time."""

import re
from pathlib import Path

from automator.engine.explanation.bundle import read_bundle
from automator.engine.rulesets.rule_folder import etag_of
from automator.server.web.security import Role
from tests.support.site import Site, open_site

RULES = """\
rules:
  - id: greet
    trigger: {event: comment.created}
    conditions: ["contact.name == null"]
    actions: [log: new]
"""


async def test_page_and_api_show_the_contact_of_that_time_and_the_rules_of_replays_beside(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path, RULES) as site:
        caller = await site.signed_in()
        event, _ = await site.event()
        newer = RULES.replace("== null", "!= null")
        await site.services.rulebook.save(
            "prices.yaml", newer, if_match=etag_of(RULES), author="lan"
        )
        reply = await site.press(caller, f"/events/{event}/replay")
        assert reply.status == 303, reply.text

        page = (await caller.get(f"/events/{event}", {"accept-language": "en"})).text
        vietnamese = (await caller.get(f"/events/{event}", {"accept-language": "vi"})).text
        why = (await caller.get(f"/api/events/{event}/why")).json()
        told = (await caller.get(f"/api/events/{event}/why?as=text")).json()["text"]

        in_vietnamese = await caller.get(
            f"/api/events/{event}/why?as=text", {"accept-language": "vi"}
        )
        assert "1 trên 1 quy tắc khớp (bản quy tắc 1)" in in_vietnamese.json()["text"]
        then, beside = page.split("Replayed with revision 2")
        assert "contact is shown as it was when this was decided" in then
        assert "contact is shown as it is now, not as it was" in beside
        assert "contact được hiện như lúc xét" in vietnamese
        assert "Chạy lại với bản quy tắc 2" in vietnamese
        assert why["rules"][0]["matched"]
        (other,) = why["replayed_with"]
        assert (other["revision"], other["rules"][0]["matched"]) == (2, True)
        assert "1 of 1 rules match (revision 1)" in told
        assert "replayed with revision 2" in told
        (run,) = {item["id"] for item in why["rules"][0]["runs"] if item["replay"]}
        shown = (await caller.get(f"/runs/{run}", {"accept-language": "en"})).text
        assert "explained by revision 2, with which a replay has started a run" in shown


async def test_an_event_shows_its_values_with_paths_and_leads_to_a_rule_and_its_sample(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path, RULES) as site:
        caller = await site.signed_in()
        event, _ = await site.event("giá 'này' <b>?")
        before = (await caller.get(f"/events/{event}")).text
        csrf = await site.csrf(caller)
        kept = await caller.post(f"/events/{event}/sample", {"csrf": csrf})
        after = (await caller.get(f"/events/{event}")).text
        sample = await caller.get(f"/samples/{event}")

    assert 'data-copy="event.text"' in before
    assert 'data-copy="event.text == `&#34;giá &#39;này&#39; &lt;b&gt;?&#34;`"' in before
    assert f'href="/rules/new?event={event}"' in before
    assert f'href="/samples/{event}"' not in before
    assert kept.headers["location"] == f"/events/{event}?saved=1"
    assert f'href="/samples/{event}"' in after
    assert sample.status == 200


async def test_an_event_is_saved_as_evidence_without_its_person(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        editor, viewer = await site.signed_in(Role.EDITOR), await site.signed_in(Role.VIEWER)
        event, _run = await site.event("giá bao nhiêu")
        assert f"/events/{event}/bundle" in (await editor.get(f"/events/{event}")).text
        assert f"/events/{event}/bundle" not in (await viewer.get(f"/events/{event}")).text

        reply = await editor.get(f"/events/{event}/bundle")

        file = tmp_path / "case.zip"
        file.write_bytes(reply.body)
        found = read_bundle(file)
        assert found.event.body["text"] == "giá bao nhiêu"
        assert found.event.body["actor"]["id"] == "1001"
        assert found.matched == {"greet": True}
        name = f'attachment; filename="event-{event}.zip"'
        assert reply.headers["content-disposition"] == name
        assert (await viewer.get(f"/events/{event}/bundle")).status == 403
        assert (await editor.get("/events/0000000000001/bundle")).status == 404


async def test_a_person_has_the_same_colour_in_all_lists_and_an_id_where_the_name_is_unknown(
    site: Site,
) -> None:
    await site.event("Giá?", "Lan")
    await site.event("Giá?", "Lan")
    await site.event("Alo", sample="message.received", person="4711")
    caller = await site.signed_in()

    log, events = (await caller.get("/log")).text, (await caller.get("/events")).text

    faces = re.findall(r'class="face face-(\d)" aria-hidden="true">(\w+)<', log + events)
    assert len(faces) >= 4
    assert len({colour for colour, letters in faces if letters == "L"}) == 1
    assert '<a href="/contacts/demo-page/4711">' in events
