"""Deliveries are filtered on their page, and what the ticked ones carried is replayed by a plan."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from automator.http.types import InboundRequest
from automator.model import RejectedDelivery, Verdict, format_id
from automator.model.log_filters import DeliveryFilter, EventFilter
from automator.providers.simulator import build_sample, signed_request
from automator.server.pages.activity import ticked_rows
from automator.server.web.security import Role
from automator.store.log import log
from tests.support.asgi import Caller, Reply
from tests.support.site import Site


def listed(reply: Reply) -> list[str]:
    return re.findall(r'<li class="row run" id="delivery-(\w+)"', reply.text)


async def two_deliveries(site: Site) -> list[str]:
    for text in ("Giá bao nhiêu vậy", "Mã đơn DH-1234 đâu rồi"):
        await site.event(text, "Lan")
    return [format_id(row.id) for row in site.services.store.log.deliveries()]


async def tick(site: Site, caller: Caller, what: str, *deliveries: str) -> Reply:
    return await site.press(caller, "/deliveries/selected", what=what, runs=",".join(deliveries))


async def test_the_page_finds_by_what_a_body_says_by_id_and_by_time(site: Site) -> None:
    newest, oldest = await two_deliveries(site)
    viewer = await site.signed_in(Role.VIEWER)

    async def found(query: str) -> list[str]:
        return listed(await viewer.get(f"/deliveries?verdict=all&{query}"))

    assert await found("") == [newest, oldest]
    assert await found("part=dh-1234") == [newest]
    assert await found("part=Gi%C3%A1+bao") == [oldest]
    assert await found(f"part={oldest}") == [oldest]
    assert await found("connection=demo-page&since=1h") == [newest, oldest]
    assert await found("until=1h") == []
    assert listed(await viewer.get("/deliveries?part=dh-1234")) == []
    wrong = (await viewer.get("/deliveries?verdict=all&since=yesterday&part=dh")).text
    assert "since is no time" in wrong
    assert "No deliveries here." in await text_of(viewer, "/deliveries?part=never")


async def text_of(caller: Caller, address: str) -> str:
    return (await caller.get(address)).text


async def test_a_search_that_may_not_go_on_says_so_and_leads_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MOST_READ", 1)
    _, oldest = await two_deliveries(site)
    viewer = await site.signed_in(Role.VIEWER)

    page = await viewer.get("/deliveries?verdict=all&part=bao")

    assert listed(page) == []
    assert "Only the newest were looked through" in page.text
    older = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert older
    assert listed(await viewer.get(older[1].replace("&amp;", "&"))) == [oldest]


async def test_the_events_of_ticked_deliveries_are_replayed_by_a_plan(site: Site) -> None:
    newest, oldest = await two_deliveries(site)
    editor = await site.signed_in(Role.EDITOR)
    assert f'name="run-{newest}"' in (await editor.get("/deliveries?verdict=accepted")).text

    reply = await tick(site, editor, "events", newest, oldest)

    assert reply.status == 303
    address = reply.headers["location"]
    assert parse_qs(urlsplit(address).query) == {
        "over": ["events"],
        "delivery": [f"{newest},{oldest}"],
    }
    plan = await editor.get(address)
    assert "2 fit" in plan.text
    ids = tuple(row.id for row in site.services.store.log.deliveries())
    assert len(site.services.store.log.events(EventFilter(delivery_ids=ids))) == 2
    failed = await tick(site, editor, "failed", newest)
    assert parse_qs(urlsplit(failed.headers["location"]).query) == {
        "state": ["dead,unknown"],
        "delivery": [newest],
    }
    assert (await editor.get(failed.headers["location"])).status == 200


async def test_too_many_nothing_and_an_unknown_button_are_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticked_rows, "MOST_TICKED", 1)
    newest, oldest = await two_deliveries(site)
    editor = await site.signed_in(Role.EDITOR)

    assert "nothing is ticked" in (await tick(site, editor, "events")).text
    assert "2 are ticked" in (await tick(site, editor, "events", newest, oldest)).text
    assert (await tick(site, editor, "forget", newest)).status == 400
    viewer = await site.signed_in(Role.VIEWER)
    assert (await tick(site, viewer, "events", newest)).status == 403


async def refused_as_with_another_secret(
    site: Site, monkeypatch: pytest.MonkeyPatch, *texts: str
) -> list[str]:
    """Comments that this server has refused, as if app_secret had been another one."""
    provider = site.services.connections["demo-page"]
    now_ms = site.services.clock.now_ms()
    for serial, text in enumerate(texts, 1):
        sample = build_sample("facebook/comment.created", serial=serial, now_ms=now_ms, text=text)
        headers, body = signed_request(provider, sample, now_ms, f"test-{serial}")
        request = InboundRequest("POST", "", tuple(headers.items()), body, now_ms)
        with monkeypatch.context() as patch:
            patch.setattr(provider, "_keys", (b"of another app",))
            with pytest.raises(RejectedDelivery):
                await site.services.intake.receive(provider, request)
    rows = site.services.store.log.deliveries(DeliveryFilter(verdict=Verdict.REJECTED))
    return [format_id(row.id) for row in reversed(rows)]


async def test_a_refused_delivery_is_taken_in_on_its_page_once_its_cause_is_mended(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (refused,) = await refused_as_with_another_secret(site, monkeypatch, "giá?")
    editor, viewer = await site.signed_in(Role.EDITOR), await site.signed_in(Role.VIEWER)
    assert "it can be read: 1 event." in await text_of(viewer, f"/deliveries/{refused}")
    address = f"/deliveries/{refused}/take-again"
    assert (await site.press(viewer, address)).status == 403

    taken = await site.press(editor, address)

    assert taken.status == 303
    page = await text_of(editor, taken.headers["location"])
    assert "Taken in." in page
    assert "taken in by editor on" in page
    (event,) = site.services.store.log.events(EventFilter())
    assert f'href="/events/{format_id(event.id)}"' in page
    # Its events and runs name this person, too.
    name, program = format_id(event.id), site.program()
    assert "taken in by editor on" in await text_of(viewer, "/log")
    assert "taken in by editor on" in await text_of(viewer, f"/events/{name}")
    told = (await program.get(f"/api/events/{name}/why?as=text")).json()["text"]
    assert "taken in by editor on" in told
    for call in (f"/api/events/{name}", f"/api/events/{name}/why"):
        assert (await program.get(call)).json()["taken_again"]["params"]["by"] == "editor"
    # Whoever presses a second time is told that it is done.
    again = await site.press(editor, address)
    assert (again.status, "it has already been taken in" in again.text) == (409, True)


async def test_ticked_deliveries_are_taken_in_by_a_plan_that_says_which_are_left_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.caller().request("POST", "/hooks/demo-page", b"{}")
    unsigned, *mended = await refused_as_with_another_secret(site, monkeypatch, "giá?", "size?")
    editor = await site.signed_in(Role.EDITOR)
    page = await text_of(editor, "/deliveries")
    assert 'value="again"' in page
    assert 'value="events"' not in page

    plan = await tick(site, editor, "again", unsigned, *mended)

    assert "2 deliveries would be taken in" in plan.text
    assert plan.text.index("Left out") < plan.text.index(unsigned)
    assert "it would be refused now as well" in plan.text
    assert site.services.store.log.events(EventFilter()) == []
    done = await site.press(
        editor, "/deliveries/selected/confirm", runs=",".join([*mended, unsigned])
    )
    assert done.headers["location"] == "/deliveries?taken=2&failed=1"
    assert len(site.services.store.log.events(EventFilter())) == 2
    assert "Still refused: 1." in await text_of(editor, done.headers["location"])


async def test_programs_take_a_delivery_in_and_filter_the_list_as_the_page_does(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.caller().request("POST", "/hooks/demo-page", b"{}")
    unsigned, mended = await refused_as_with_another_secret(site, monkeypatch, "Mã DH-77")
    editor = await site.signed_in(Role.EDITOR)
    editor_csrf = {"x-csrf-token": await site.csrf(editor), "sec-fetch-site": "same-origin"}

    async def found(query: str) -> list[str]:
        answer = (await editor.get(f"/api/deliveries?{query}")).json()
        return [item["id"] for item in answer["items"]]

    assert await found("part=dh-77") == [mended]
    assert await found("reason=missing_signature&connection=demo-page") == [unsigned]
    assert await found("verdict=rejected&since=1h&limit=1") == [mended]
    assert await found("until=1h") == []
    assert (await editor.get("/api/deliveries?verdict=maybe")).status == 400

    taken = await editor.json("POST", f"/api/deliveries/{mended}/take-again", {}, editor_csrf)
    refused = await editor.json("POST", f"/api/deliveries/{unsigned}/take-again", {}, editor_csrf)

    assert taken.status == 200, taken.text
    (event,) = taken.json()["events"]
    assert (taken.json()["delivery"], event["duplicate"]) == (mended, False)
    assert (refused.status, refused.json()["error"]) == (409, "still_refused")
    assert await found("verdict=accepted") == [mended]


async def test_a_delivery_that_carried_nothing_can_be_ticked_only_to_be_taken_in(
    site: Site,
) -> None:
    await site.caller().request("POST", "/hooks/demo-page", b"{}")
    (row,) = site.services.store.log.deliveries(DeliveryFilter(verdict=Verdict.REJECTED))

    page = await text_of(await site.signed_in(Role.EDITOR), "/deliveries")

    assert "run-" + format_id(row.id) in page
    assert 'value="again"' in page
    assert 'value="failed"' not in page
    assert 'id="selection"' not in await text_of(await site.signed_in(Role.VIEWER), "/deliveries")
