"""A Vietnamese reader finds no English on any page, whatever has become of runs and deliveries."""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Route

from automator.http.types import InboundRequest
from automator.model import RejectedDelivery, format_id
from automator.providers import BUILTIN
from automator.rules.gallery.gallery import GALLERY
from automator.server.bootstrap.site import admin_routes
from automator.server.setup.connection_fields import can_be_asked, checks_of
from automator.server.web.security import Role
from tests.integration.server.pages.activity.test_in_vietnamese import read_in_vietnamese, visible
from tests.integration.server.pages.test_held import restored
from tests.support.asgi import Caller
from tests.support.deletion import FORM, deletion_form, secret_of
from tests.support.site import Site, open_site

RULES = """\
rules:
  - id: answers
    trigger: {event: comment.created}
    limits: {throttle: {key: event.actor.id, limit: 2, period: 1h}}
    actions:
      - reply: Dạ
        retry: {max_attempts: 1}
  - id: once-each
    trigger: {event: comment.created}
    limits: {once: {key: event.post.id}}
    actions: [log: chào]
  - id: fails
    trigger: {event: comment.created}
    actions:
      - set: {value: "abs(event.text)"}
  - id: skips
    trigger: {event: comment.created}
    actions:
      - log: không
        if: event.text == 'không'
  - id: later
    trigger: {event: comment.created}
    actions:
      - follow_up:
          after: 2h
          actions: [log: nhắc]
  - id: elsewhere
    trigger: {event: comment.created}
    actions:
      - forward: {to: demo-target}
  - id: watches
    mode: shadow
    rollout: {percent: 100}
    trigger: {event: comment.created}
    actions:
      - reply: Dạ
  - id: weekly
    trigger:
      schedule: {cron: "0 9 * * mon"}
      contacts: {connection: demo-page}
    actions: [message: chào]
"""
SETTINGS = """\
connections:
  shop-page:
    provider: facebook
    app_secret: "a-literal-app-secret-0123456789"
    verify_token: verify-0123456789
"""
#: Words that no Vietnamese text has, and that no name of a key or a code is.
ENGLISH = re.compile(
    r"\b(the|this|that|with|which|have|has|are|was|were|budget|your|they|what|when)\b"
)


#: What is no page for people.
FOR_PROGRAMS = (
    "/api/",
    "/metrics",
    "/schemas/",
    "/log/export",
    "/contacts/export",
    "/contact-data/",
    "/log/live",
    "/demo/news",
    "/session",
    "/sign-in/passkey",
    "/settings/passkeys",
    "/rules/form",
)
#: What a demo does not have, and a shop of one's own has: see the test of that.
NOT_IN_A_DEMO = ("/connections/new", "/connections/applying", "/sign-in/openid")
#: Pages that are shown for some address alone.
NEEDS_MORE = {
    "/replays/new": "/replays/new?since=1d",
    "/rules/new": "/rules/new?name=new.yaml",
    "/rules/clone": "/rules/clone?from=demo-page&to=demo-instagram",
    "/rules/promote": "/rules/promote?rule=watches",
    "/rules/audience": "/rules/audience?rule=weekly",
    "/rules/funnel": "/rules/funnel?rule=weekly",
}


def english_words(text: str) -> list[str]:
    """What looks like English in the text of a page."""
    return [f"…{text[max(0, m.start() - 40) : m.end() + 40]}…" for m in ENGLISH.finditer(text)]


async def seeded(site: Site, admin: Caller) -> dict[str, list[str]]:
    """Runs in many states, refused deliveries, limits, an opt-out, a paused target."""
    csrf = await site.csrf(admin)
    events = [(await site.event(f"Giá {number} vậy shop?"))[0] for number in range(4)]
    provider = site.services.connections["demo-page"]
    for headers, body in (({}, b"{}"), ({"x-hub-signature-256": "sha256=00"}, b'{"object":1}')):
        sent = tuple({**headers, "content-type": "application/json"}.items())
        request = InboundRequest("POST", "", sent, body, site.services.clock.now_ms(), "127.0.0.1")
        with contextlib.suppress(RejectedDelivery):
            await site.services.intake.receive(provider, request)
    log = site.services.store.log
    person = (log.events()[0].contact or "").partition(":")[2]
    await admin.post(f"/contacts/demo-page/{person}/opt-out", {"csrf": csrf})
    for text in ("Đã cọc", ""):
        handed_on = {"csrf": csrf, "to": "admin" if text else "", "text": text}
        await admin.post(f"/contacts/demo-page/{person}/hand-on", handed_on)
    await admin.post("/targets/demo-target/pause", {"csrf": csrf, "reason": "bảo trì"})
    for _ in range(100):
        rows = log.runs()
        if sum(row.run.state.label in ("queued", "running") for row in rows) <= len(rows) // 2:
            break
        await asyncio.sleep(0.05)
    await admin.post(f"/events/{events[0]}/replay", {"csrf": csrf})
    await admin.post(f"/events/{events[1]}/sample", {"csrf": csrf})
    asked = await site.caller().request(
        "POST", "/hooks/demo-page", deletion_form(secret_of(provider)), FORM
    )
    queued = next(row for row in log.runs() if row.run.state.label == "queued")
    await admin.post(f"/runs/{format_id(queued.run.id)}/cancel", {"csrf": csrf})
    return {
        "/runs/{id}": [format_id(row.id) for row in log.runs()],
        "/events/{id}": events,
        "/samples/{id}": [events[1]],
        "/deliveries/{id}": [format_id(item.id) for item in log.deliveries()],
        "/erasures/{connection}/{code}": [f"demo-page/{asked.json()['confirmation_code']}"],
        "/connections/{name}": ["demo-page"],
        "/connections/{name}/link": ["demo-page", "demo-oa", "demo-github"],
        "/connections/{name}/test": ["demo-page", "demo-github"],
        "/contacts/{connection}/{id}": [f"demo-page/{person}"],
        "/replays/{id}": [format_id(item.id) for item in log.replays()],
        "/rules/{file:path}": ["prices.yaml"],
        "/rules/gallery/{key}": [item.key for item in GALLERY],
    }


def addresses(pages: dict[str, list[str]]) -> Iterator[str]:
    """Every page that is read, with what stands for its places."""
    for route in admin_routes():
        if not isinstance(route, Route) or "GET" not in (route.methods or ()):
            continue
        if route.path in pages:
            beginning = route.path.partition("{")[0]
            yield from (f"{beginning}{item}" for item in pages[route.path])
        elif "{" not in route.path and not route.path.startswith((*FOR_PROGRAMS, *NOT_IN_A_DEMO)):
            yield NEEDS_MORE.get(route.path, route.path)


@pytest.mark.long
async def test_no_page_has_english_for_a_vietnamese_reader(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        admin = await site.signed_in()
        pages = await seeded(site, admin)
        found: list[str] = []
        for address in addresses(pages):
            text = await read_in_vietnamese(admin, address)
            found += [f"{address}: {words}" for words in english_words(text)]

        assert found == []


@pytest.mark.long
async def test_setting_up_a_shop_of_ones_own_has_no_english(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES, settings_text=SETTINGS) as site:
        admin = await site.signed_in()
        found: list[str] = []
        new = [
            f"/connections/new/{item.name}?check={check}"
            for item in BUILTIN.values()
            if can_be_asked(item)
            for check in checks_of(item) or ("",)
        ]
        empty = (
            "/",
            "/overview",
            "/log",
            "/events",
            "/deliveries",
            "/replays",
            "/contacts",
            "/follow-ups",
        )
        for address in (
            "/connections", "/connections/new", *new, "/connections/shop-page",
            "/connections/shop-page/test", "/targets", "/settings", "/audit", *empty,
        ):  # fmt: skip
            # What the senders themselves call the fields to copy from.
            names = ["Signing secret", "App secret", "API setup with Instagram login"]
            text = await read_in_vietnamese(admin, address, names)
            found += [f"{address}: {words}" for words in english_words(text)]

        assert len(new) > 10
        assert found == []


async def test_what_a_restored_backup_holds_is_said_in_vietnamese(tmp_path: Path) -> None:
    async with open_site(await restored(tmp_path)) as site:
        admin = await site.signed_in()
        (run, *_) = site.services.store.log.runs()

        for address in (
            "/log",
            "/overview",
            "/review",
            f"/runs/{format_id(run.id)}",
            "/log?state=held",
        ):
            text = await read_in_vietnamese(admin, address, names=["Answer price questions"])
            assert english_words(text) == [], address


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nowhere", 404),
        ("/runs/0000000000000", 404),
        ("/events/x", 404),
        ("/log?since=x", 200),
        ("/log?state=x", 200),
        ("/replays/new", 403),
        ("/rules/none.yaml", 404),
        ("/demo", 200),
    ],
)
async def test_what_cannot_be_shown_is_said_in_vietnamese(
    address: str, status: int, tmp_path: Path
) -> None:
    async with open_site(tmp_path) as site:
        viewer = await site.signed_in(Role.VIEWER)

        answer = await viewer.get(address, {"accept-language": "vi"})

        assert answer.status == status
        assert english_words(visible(answer.text)) == []
