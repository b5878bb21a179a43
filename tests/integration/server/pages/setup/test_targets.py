"""Targets on their page, in the API and in the status; and holding one back by hand."""

from automator.model import TargetState, quoted
from automator.server.web.security import Role
from tests.support.site import Site


async def test_a_program_pauses_and_resumes_a_target(site: Site) -> None:
    caller = site.program()
    name = next(iter(site.services.gate.destinations)).name

    paused = (
        await caller.json("POST", f"/api/targets/{name}/pause", {"reason": "they move house"})
    ).json()
    listed = (await caller.get("/api/targets")).json()["items"]
    status = (await caller.get("/api/status")).json()["targets"]
    resumed = (await caller.json("POST", f"/api/targets/{name}/resume", {})).json()

    assert (paused["state"], paused["reason"], paused["by"]) == (
        "paused",
        quoted("they move house").to_json(),
        "command line",
    )
    assert [item for item in listed if item["state"] != "closed"] == [paused] == status
    assert (resumed["state"], resumed["reason"]) == ("closed", None)
    assert (await caller.get("/api/status")).json()["targets"] == []


async def test_who_has_paused_a_target_is_said_in_the_language_of_the_reader(site: Site) -> None:
    name = next(iter(site.services.gate.destinations)).name
    await site.program().json("POST", f"/api/targets/{name}/pause", {})
    reader = await site.signed_in()

    english = (await reader.get("/targets")).text
    vietnamese = (await reader.get("/targets", {"accept-language": "vi"})).text

    assert "by command line" in english
    assert "bởi dòng lệnh" in vietnamese
    assert "command line" not in vietnamese


async def test_all_sending_is_paused_by_one_button_and_every_page_says_so(site: Site) -> None:
    editor, viewer = await site.signed_in(Role.EDITOR), await site.signed_in(Role.VIEWER)
    form = {"csrf": await site.csrf(editor), "next": "/rules"}
    assert 'action="/sending/pause"' in (await editor.get("/rules")).text
    assert 'action="/sending/pause"' not in (await viewer.get("/rules")).text

    refused = await site.press(viewer, "/sending/pause")
    paused = await editor.post("/sending/pause", form)
    seen = (await viewer.get("/log")).text
    listed = (await site.program().get("/api/targets")).json()["items"]
    status = (await site.program().get("/api/status")).json()["targets"]

    assert refused.status == 403
    assert (paused.status, paused.headers["location"]) == (303, "/rules")
    assert "Nothing is sent: all sending is paused" in seen
    assert "Look at this" in seen
    assert 'action="/sending/resume"' not in seen
    assert 'action="/sending/resume"' in (await editor.get("/rules")).text
    assert 'action="/sending/pause"' not in (await editor.get("/rules")).text
    assert [(item["name"], item["state"]) for item in status] == [("*", "paused")]
    assert listed[0] == status[0]

    await editor.post("/sending/resume", form)

    assert "Nothing is sent" not in (await viewer.get("/log")).text
    assert (await site.program().get("/api/status")).json()["targets"] == []


async def test_a_program_pauses_all_sending_by_a_star(site: Site) -> None:
    paused = (await site.program().json("POST", "/api/targets/*/pause", {"reason": "wrong"})).json()
    resumed = (await site.program().json("POST", "/api/targets/*/resume", {})).json()

    assert (paused["name"], paused["state"], resumed["state"]) == ("*", "paused", "closed")


async def test_a_target_that_nobody_knows_is_not_found(site: Site) -> None:
    reply = await site.program().json("POST", "/api/targets/nobody/pause", {})

    assert reply.status == 404
    assert "there is no target 'nobody'" in reply.text


async def test_an_editor_has_buttons_for_what_a_viewer_only_sees(site: Site) -> None:
    name = next(iter(site.services.gate.destinations)).name
    editor, viewer = await site.signed_in(Role.EDITOR), await site.signed_in(Role.VIEWER)
    csrf = await site.csrf(editor)

    refused = await site.press(viewer, f"/targets/{name}/pause")
    done = await editor.post(f"/targets/{name}/pause", {"csrf": csrf, "reason": "quá tải"})
    seen = (await viewer.get("/targets")).text

    assert refused.status == 403
    assert done.status == 303
    assert site.services.gate.destinations.named(name).health.state is TargetState.PAUSED
    assert "quá tải" in seen
    assert "/resume" not in seen
    assert f"/targets/{name}/resume" in (await editor.get("/targets")).text

    await editor.post(f"/targets/{name}/resume", {"csrf": csrf})

    assert site.services.gate.destinations.named(name).health.state is TargetState.CLOSED


async def test_the_page_shows_where_a_target_leads_and_not_its_path(site: Site) -> None:
    viewer = await site.signed_in(Role.VIEWER)
    name, target = next(iter(site.services.settings.targets.items()))

    page = (await viewer.get("/targets")).text

    assert name in page
    assert target.url.rpartition("/")[0].removeprefix("http://").partition("/")[0] in page
    assert target.url not in page
