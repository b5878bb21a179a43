"""Deliveries are filtered on their page, and what the ticked ones carried is replayed by a plan."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from automator.model import Verdict, format_id
from automator.server.pages.activity import selection
from automator.server.web.security import Role
from automator.store import EventFilter
from automator.store.log import delivery_log
from tests.support.asgi import Caller, Reply
from tests.support.site import Site


def listed(reply: Reply) -> list[str]:
    return re.findall(r'<li class="row run" id="delivery-(\w+)"', reply.text)


async def two_deliveries(site: Site) -> list[str]:
    for text in ("Giá bao nhiêu vậy", "Mã đơn DH-1234 đâu rồi"):
        await site.event(text, "Lan")
    return [format_id(row.id) for row in site.services.store.log.deliveries()]


async def tick(site: Site, caller: Caller, what: str, *deliveries: str) -> Reply:
    form = {"csrf": await site.csrf(caller), "what": what, "runs": ",".join(deliveries)}
    return await caller.post("/deliveries/selected", form)


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
    monkeypatch.setattr(delivery_log, "MOST_READ", 1)
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
    monkeypatch.setattr(selection, "MOST_TICKED", 1)
    newest, oldest = await two_deliveries(site)
    editor = await site.signed_in(Role.EDITOR)

    assert "nothing is ticked" in (await tick(site, editor, "events")).text
    assert "2 are ticked" in (await tick(site, editor, "events", newest, oldest)).text
    assert (await tick(site, editor, "forget", newest)).status == 400
    viewer = await site.signed_in(Role.VIEWER)
    assert (await tick(site, viewer, "events", newest)).status == 403


async def test_a_delivery_that_carried_nothing_cannot_be_ticked(site: Site) -> None:
    await site.caller().request("POST", "/hooks/demo-page", b"{}")
    (row,) = site.services.store.log.deliveries(verdict=Verdict.REJECTED)
    editor = await site.signed_in(Role.EDITOR)

    page = (await editor.get("/deliveries")).text

    assert format_id(row.id) in page
    assert "run-" + format_id(row.id) not in page
    assert 'id="selection"' not in page
