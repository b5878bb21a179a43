"""Tokens for some concerns and some connections alone, and the notice before a token ends."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.model import DAY_MS
from automator.model.log_filters import EventFilter
from automator.server.access.guard import Guarded
from automator.server.access.tokens import create_token
from automator.server.api.routes import api_routes
from automator.server.bootstrap.operational_events import report_troubles
from automator.server.web.security import SCOPES, Role
from tests.support.asgi import Caller
from tests.support.site import RULES, Site, open_site

_PART = re.compile(r"\{[a-z:]+\}")


async def program(site: Site, *scopes: str, connections: tuple[str, ...] = ()) -> Caller:
    _, secret = await create_token(
        site.services.store,
        name="desk",
        role=Role.ADMIN,
        now_ms=site.services.clock.now_ms(),
        scopes=scopes or SCOPES,
        connections=connections,
    )
    return site.program(secret)


def calls() -> list[tuple[str, str, Guarded]]:
    """Every call of the API: its method, an address, and its guard."""
    found = []
    for route in api_routes():
        assert isinstance(route.endpoint, Guarded)
        (method,) = (route.methods or set()) - {"HEAD"}
        found.append((method, _PART.sub("38ge5p086kc02", route.path), route.endpoint))
    return found


async def code(caller: Caller, method: str, path: str) -> str:
    """The code with which a call is refused; "" if it is not."""
    reply = await caller.json(method, path, {"no such field": 1} if method != "GET" else None)
    is_error = reply.status >= 400 and reply.headers["content-type"].startswith("application/json")
    return str(reply.json()["error"]) if is_error else ""


async def test_every_call_needs_one_scope_and_is_refused_to_a_token_with_all_others(
    site: Site,
) -> None:
    without = {scope: await program(site, *(set(SCOPES) - {scope})) for scope in SCOPES}
    needed = set()
    for method, path, guarded in calls():
        needed.add(guarded.scope)
        for scope, caller in without.items():
            refused = await code(caller, method, path) == "scope"
            assert refused is (scope == guarded.scope), (method, path, scope)
    assert needed == set(SCOPES)


async def test_calls_that_change_something_never_need_read_alone(site: Site) -> None:
    viewers = {(method, path) for method, path, guarded in calls() if guarded.scope == "read"} - {
        (method, path) for method, path, _ in calls() if method == "GET"
    }

    computed = ("check", "complete", "hover", "try", "preview", "tests", "plan")
    assert viewers == {("POST", f"/api/{name}") for name in computed}


async def test_a_token_for_a_connection_makes_only_calls_about_it(site: Site) -> None:
    event, run = await site.event()
    ours = await program(site, connections=("demo-page",))
    other = await program(site, connections=("another",))
    about = [
        "/api/runs?connection=demo-page",
        "/api/events?connection=demo-page",
        "/api/deliveries?connection=demo-page",
        "/api/contacts?connection=demo-page",
        f"/api/runs/{run}",
        f"/api/events/{event}",
        f"/api/events/{event}/why",
    ]
    for path in about:
        assert (await ours.get(path)).status == 200, path
        assert await code(other, "GET", path) == "connection", path
    for path in ("/api/runs", "/api/runs?connection=another", "/api/runs/38ge5p086kc02"):
        assert await code(ours, "GET", path) == "connection", path


async def test_a_call_that_names_no_connection_is_refused_to_a_token_for_one(site: Site) -> None:
    caller = await program(site, connections=("demo-page",))
    for method, path, _ in calls():
        # Also where the address pretends to be about the connection.
        for address in (path, f"{path}?connection=demo-page"):
            declared = address != path and path in DECLARED
            refused = await code(caller, method, address) == "connection"
            assert refused is not declared, (method, address)


#: The lists that can be about one connection.
DECLARED = {
    *("/api/runs", "/api/events", "/api/deliveries", "/api/contacts", "/api/inbox"),
    *("/api/missed", "/api/answers"),
}


async def test_a_token_makes_none_with_more_scopes_and_all_scopes_are_usual(site: Site) -> None:
    caller = await program(site, "read", "settings")

    more = await caller.json("POST", "/api/tokens", {"name": "x", "scopes": ["rules"]})
    usual = await caller.json("POST", "/api/tokens", {"name": "x"})
    same = await caller.json("POST", "/api/tokens", {"name": "x", "scopes": ["read"]})

    assert (more.status, usual.status, same.status) == (403, 403, 201)
    assert same.json()["scopes"] == ["read"]
    all_of_them = await site.program().json("POST", "/api/tokens", {"name": "x"})
    assert all_of_them.json()["scopes"] == list(SCOPES)


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": "read"},
        {"connections": ["no-such"]},
        {"connections": [7]},
    ],
)
async def test_limits_that_do_not_exist_are_refused(site: Site, body: dict[str, Any]) -> None:
    reply = await site.program().json("POST", "/api/tokens", {"name": "x", **body})

    assert reply.status in {400, 404}


async def test_the_page_makes_a_token_with_limits_and_shows_them(site: Site) -> None:
    admin = await site.signed_in()

    await site.press(
        admin,
        "/settings/tokens",
        name="crm",
        role="viewer",
        days="30",
        scope="people",
        connection="demo-page",
    )

    (token,) = (await site.program().get("/api/tokens")).json()["items"]
    assert (token["scopes"], token["connections"]) == (["people"], ["demo-page"])
    assert "people · demo-page" in (await admin.get("/settings")).text


async def test_the_page_makes_a_token_for_an_agent(site: Site) -> None:
    admin = await site.signed_in()
    assert '<option value="read shadow">' in (await admin.get("/settings")).text

    await site.press(
        admin, "/settings/tokens", name="agent", role="editor", days="30", scope="read shadow"
    )

    (token,) = (await site.program().get("/api/tokens")).json()["items"]
    assert token["scopes"] == ["read", "shadow"]


TELLS = """\
  - id: token-ends
    trigger: {event: token.ending}
    actions: [{notify: {to: ops, text: x}}]
"""


@pytest.fixture
async def telling(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Site]:
    """A server with a rule about tokens that end."""
    async with open_site(tmp_path, RULES + TELLS, clock=clock) as opened:
        yield opened


async def test_a_token_that_ends_in_a_week_is_told_once(
    telling: Site, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    services = telling.services
    await create_token(services.store, name="crm", role=Role.VIEWER, now_ms=clock.now_ms())

    clock.advance(83 * DAY_MS // 1000 - 1)
    await report_troubles(services)
    assert "token.ending" not in caplog.text
    clock.advance(1)
    for _ in range(2):
        await report_troubles(services)

    assert caplog.text.count("token.ending") == 1
    (row,) = services.store.log.events(EventFilter(type="token.ending"))
    detail = services.store.log.event(row.id)
    assert detail is not None
    assert detail.event.body["data"]["name"] == "crm"
    assert "The API token crm ends on" in detail.event.body["text"]
    assert [run.run.rule for run in detail.runs] == ["token-ends"]


async def test_the_page_marks_tokens_that_end_soon_or_have_ended(site: Site) -> None:
    store, now_ms = site.services.store, site.services.clock.now_ms()
    for days in (0, 84, 91):
        made = now_ms - days * DAY_MS
        await create_token(store, name=f"t{days}", role=Role.VIEWER, now_ms=made)

    page = (await (await site.signed_in()).get("/settings")).text

    assert page.count("<strong>ends soon</strong>") == 1
    assert page.count("<strong>ended</strong>") == 1


async def test_a_token_of_a_few_days_is_told_in_its_last_quarter(
    timed_site: Site, clock: ManualClock
) -> None:
    token, _ = await create_token(
        timed_site.services.store, name="t", role=Role.VIEWER, now_ms=clock.now_ms(), days=4
    )

    assert token.expires_at - token.notice_at == DAY_MS
