"""Whom a schedule for contacts would speak to: on its page, over the API and as a command."""

import asyncio
from pathlib import Path

import pytest

from automator.clock import SystemClock
from automator.model import OptOut, Remember, format_id
from automator.server.web.security import Role
from tests.support.commands import command
from tests.support.site import Site, open_site

RULES = """\
rules:
  - id: sale
    trigger:
      schedule: {every: 15m}
      contacts: {connection: demo-page, tag: vip, rate: 1/d}
    actions:
      - message: "Sale hôm nay ạ"
  - id: hourly
    trigger: {schedule: {every: 1h}}
    actions: [{log: "x"}]
"""


async def knows(site: Site) -> None:
    """Three customers: one who may be spoken to, one who wrote long ago, one who has opted out."""
    contacts, now_ms = site.services.store.contacts, SystemClock().now_ms()
    vip = Remember(values={}, add_tags=("vip",), remove_tags=())
    for person, days in (("1001", 0), ("1002", 3), ("1003", 0)):
        await contacts.assume(
            "demo-page", person, vip, name=f"Lan {person}", wrote_at=now_ms - days * 86_400_000
        )
    await contacts.opt_out("demo-page", "1003", OptOut(opted_out=True, by="Minh"))


async def test_the_api_counts_who_would_be_spoken_to_and_why_others_would_not(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path, RULES) as site:
        await knows(site)
        caller = await site.program_as(Role.VIEWER)
        found = (await caller.get("/api/audiences/sale")).json()

        assert (found["contacts"], found["spoken_to"], found["is_complete"]) == (3, 1, True)
        assert {item["reason"]["code"]: item["count"] for item in found["left_out"]} == {
            "contact_needs_template": 1,
            "contact_opted_out": 1,
        }
        assert [one["id"] for one in found["examples"] if one["left_out"] is None] == ["1001"]
        assert found["firings"] == []


@pytest.mark.parametrize("rule", ["hourly", "nothing"])
async def test_a_rule_that_fires_for_nobody_has_no_audience(tmp_path: Path, rule: str) -> None:
    async with open_site(tmp_path, RULES) as site:
        caller = await site.program_as(Role.VIEWER)

        assert (await caller.get(f"/api/audiences/{rule}")).status == 404


async def test_the_page_shows_the_count_and_a_firing_that_can_be_stopped(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        await knows(site)
        caller = await site.signed_in()
        before = (await caller.get("/rules/audience?rule=sale")).text
        listed = (await caller.get("/rules")).text
        await site.half_an_hour_goes_by()
        going = (await caller.get("/rules/audience?rule=sale")).text
        event = site.services.store.log.events()[0]
        about = (
            await caller.get(f"/events/{site.services.store.log.firings('sale')[0].event}")
        ).text

        assert "1 of 3 contacts would be spoken to now." in before
        assert "opted out of private messages" in before
        assert "Lan 1001" in before
        assert "under way" not in before
        assert '/rules/audience?rule=sale"' in listed
        assert "under way" in going
        assert "trigger: fires for contacts of demo-page" in about
        assert event.type == "schedule.contact"

        token = await site.csrf(caller)
        form = {"rule": "sale", "csrf": token}
        stopped = await caller.post("/rules/audience/stop", form=form)
        after = (await caller.get("/rules/audience?rule=sale")).text
        assert stopped.status == 303
        assert "stopped by" in after


async def test_only_editors_stop_a_firing(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        await knows(site)
        await site.half_an_hour_goes_by()
        viewer, editor = await site.program_as(Role.VIEWER), await site.program_as(Role.EDITOR)

        assert (await viewer.post("/api/audiences/sale/stop")).status == 403
        assert (await editor.post("/api/audiences/sale/stop")).status == 200
        assert (await editor.post("/api/audiences/sale/stop")).status == 404


async def test_a_firing_is_stopped_though_its_rule_is_not_there_any_more(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        await knows(site)
        await site.half_an_hour_goes_by()
        await site.services.rulebook.adopt({"other.yaml": "rules: []\n"})
        editor = await site.program_as(Role.EDITOR)
        answer = await editor.post("/api/audiences/sale/stop?as=text")

        assert (answer.status, answer.json()["text"]) == (200, "sale takes no more contacts")
        assert site.services.store.log.firings("sale")[0].stopped_by == "token desk-editor"


async def test_the_event_of_a_contact_leads_to_the_firing(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        await knows(site)
        await site.half_an_hour_goes_by()
        (firing,) = site.services.store.log.firings("sale")
        caller = await site.signed_in()
        event = site.services.store.log.events()[0]
        page = (await caller.get(f"/events/{format_id(event.id)}")).text
        assert f"/events/{firing.event}" in page
        assert "Taken by the schedule of the rule sale" in page


async def test_the_command_counts_by_rules_that_are_not_in_force_yet(tmp_path: Path) -> None:
    async with open_site(tmp_path, "rules: []\n") as site:
        await knows(site)
        folder = str(site.services.data)
    draft = tmp_path / "draft.yaml"
    draft.write_text(RULES, encoding="utf-8")
    shown = await asyncio.to_thread(
        command, tmp_path, "audience", "sale", "--rules", str(draft), "--data", folder
    )

    assert shown.returncode == 0, shown.stderr
    assert "1 of 3 contacts would be spoken to now" in shown.stdout
    assert "1 × opted out of private messages" in shown.stdout
