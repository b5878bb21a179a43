"""A request to delete somebody's data: taken in, shown to whoever has its address, and settled."""

import asyncio
import json
from pathlib import Path
from urllib.parse import urlsplit

from automator.model import format_id
from automator.plugins.data_deletion import data_deletion_code
from automator.server.web.security import Role
from tests.support.deletion import FORM, deletion_form, secret_of
from tests.support.site import Site, open_site

TELLS = """\
rules:
  - id: wants-to-go
    trigger: {event: facebook.data_deletion}
    actions: [{log: "somebody wants their data deleted"}]
"""


async def ask(site: Site) -> tuple[str, str]:
    """The path of the page and the code that Meta is answered with."""
    body = deletion_form(secret_of(site.services.connections["demo-page"]))
    reply = await site.caller().request("POST", "/hooks/demo-page", body, FORM)
    assert reply.status == 200
    answer = json.loads(reply.text)
    return urlsplit(answer["url"]).path, answer["confirmation_code"]


async def test_whoever_has_the_address_sees_what_becomes_of_the_request(site: Site) -> None:
    path, code = await ask(site)
    stranger, admin = site.caller(), await site.signed_in()

    before = await stranger.get(path)
    seen = (await admin.get(path)).text
    token = await site.csrf(admin)
    settled = await admin.post(path, {"csrf": token})
    again = await admin.post(path, {"csrf": token})
    after = (await stranger.get(path)).text

    assert before.status == 200
    assert code in before.text
    assert "has not settled it yet" in before.text
    assert "Only you see this part" not in before.text
    assert "Only you see this part" in seen
    assert (settled.status, again.status) == (303, 303)
    assert "It is settled" in after
    noted = await site.services.store.erasing.erasures()
    assert [(one.code, one.connection) for one in noted] == [(code, "demo-page")]


async def test_home_log_and_event_lead_to_a_request_until_it_is_settled(site: Site) -> None:
    path, code = await ask(site)
    admin, link = await site.signed_in(), f'href="{path}"'
    (event,) = await asyncio.to_thread(site.services.store.log.events)

    home = (await admin.get("/overview")).text
    elsewhere = (await admin.get("/events")).text
    own = (await admin.get(f"/events/{format_id(event.id)}")).text
    opened, public = (await admin.get(path)).text, (await site.caller().get(path)).text
    await admin.post(path, {"csrf": await site.csrf(admin)})
    after = (await admin.get("/overview")).text

    assert link in home
    assert "1 person wants their data deleted" in home
    assert "Nothing has failed" not in home
    assert link in elsewhere
    assert '<span class="count">1<' in elsewhere
    assert link in own
    assert '<span class="count">1<' in opened
    assert '<span class="count">' not in public
    assert code not in after
    assert '<span class="count">' not in after


async def test_the_log_leads_from_a_run_to_the_request_that_started_it(tmp_path: Path) -> None:
    async with open_site(tmp_path, TELLS) as site:
        path, _ = await ask(site)

        page = (await (await site.signed_in()).get("/log")).text

    assert f'href="{path}"' in page


async def test_an_event_with_the_key_of_a_request_is_none_at_another_sender(site: Site) -> None:
    _, code = await ask(site)
    (request,) = await asyncio.to_thread(site.services.store.log.events)

    assert data_deletion_code(request.type, request.dedupe_key) == code
    assert data_deletion_code("webhook.received", request.dedupe_key) == ""
    assert data_deletion_code(request.type, "data_deletion:../../settings") == ""


async def test_only_an_admin_settles_a_request(site: Site) -> None:
    path, _ = await ask(site)
    editor = await site.signed_in(Role.EDITOR)

    assert "Only you see this part" not in (await editor.get(path)).text
    assert (await editor.post(path, {"csrf": await site.csrf(editor)})).status == 403
    assert (await site.caller().post(path, {})).status in (303, 401, 403)
    assert await site.services.store.erasing.erasures() == []


async def test_a_code_that_nobody_was_given_shows_nothing(site: Site) -> None:
    path, code = await ask(site)
    stranger = site.caller()

    for wrong in (
        path.replace(code, "0" * 16),
        path.replace(code, "x"),
        path.replace("demo-page", "demo-oa"),
        path.replace("demo-page", "nowhere"),
    ):
        assert (await stranger.get(wrong)).status == 404


async def test_the_same_request_is_one_event(site: Site) -> None:
    assert await ask(site) == await ask(site)
