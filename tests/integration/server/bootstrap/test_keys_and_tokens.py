"""Who gets what: every route of the router with every role, and with and without its guards."""

import re

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from automator.sandbox import Faults, Recorder
from automator.server.access.guard import Guarded, refuse_unguarded
from automator.server.bootstrap.site import admin_routes
from automator.server.demo.sandbox import sandbox_pages
from automator.server.web.request_context import RequestContext
from automator.server.web.security import CONTENT_SECURITY_POLICY, Role
from tests.support.asgi import Caller
from tests.support.site import Site

VERIFICATION = {"/", "/{name}.html", "/{name}.txt"}
SCHEMAS = {"/schemas/rules.json", "/schemas/automator.json"}
DOCUMENTS = {"/help/{name:path}", "/help/codes/{code}"}
OPENID = {"/sign-in/openid", "/sign-in/openid/back"}
#: Their forms take no token: whoever sends them may have an old session.
BY_FORM = {"/sign-in", "/sign-in/passkey"}
SIGN_IN = {*BY_FORM, "/sign-in/{token}", *OPENID, "/language", "/theme"}
#: The state of a request to delete somebody's data, for whoever has its code.
ERASURES = {"/erasures/{connection}/{code}"}
OPEN = {"/static/{name:path}", *DOCUMENTS, *SIGN_IN, *VERIFICATION, *SCHEMAS, *ERASURES}
#: A stream does not end by itself; test_live.py asks for it.
STREAMS = {"/log/live"}
_PART = re.compile(r"\{[a-z]+\}")


def site_routes() -> list[Route]:
    """The routes of a site of these tests, which is a demo."""
    return admin_routes(sandbox_pages(Recorder(), Faults()))


def guarded(route: Route) -> Guarded:
    assert isinstance(route.endpoint, Guarded)
    return route.endpoint


async def ask(caller: Caller, route: Route, method: str, **headers: str | None) -> int:
    path = _PART.sub("38ge5p086kc02", route.path)
    content_type = "application/json"
    if not guarded(route).is_api:
        content_type = "application/x-www-form-urlencoded"
    wanted = {"content-type": content_type, **{k.replace("_", "-"): v for k, v in headers.items()}}
    return (await caller.request(method, path, b"", wanted)).status


def test_only_a_named_few_routes_are_open_to_everybody() -> None:
    for routes in (admin_routes(), site_routes()):
        assert {route.path for route in routes if guarded(route).role is None} == OPEN


def test_a_route_without_a_permission_stops_the_start() -> None:
    async def forgotten(_context: RequestContext) -> Response:
        return PlainTextResponse("hello")

    with pytest.raises(TypeError, match="declares no permission"):
        refuse_unguarded([Route("/forgotten", forgotten)])


async def test_nobody_gets_anything_without_signing_in(site: Site) -> None:
    caller = site.caller()
    for route in site_routes():
        if route.path in OPEN:
            continue
        for method in (route.methods or set()) - {"HEAD"}:
            status = await ask(caller, route, method, sec_fetch_site="same-origin")
            assert status == 401, f"{method} {route.path}"


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.label)
async def test_each_role_gets_what_its_routes_declare(site: Site, role: Role) -> None:
    caller = await site.signed_in(role)
    csrf = await site.csrf(caller)
    for route in site_routes():
        needed = guarded(route).role
        if needed is None or route.path in STREAMS | {"/sign-out"}:
            continue
        for method in (route.methods or set()) - {"HEAD"}:
            status = await ask(
                caller, route, method, sec_fetch_site="same-origin", x_csrf_token=csrf
            )
            assert (status == 403) == (role < needed), f"{method} {route.path}: {status}"
            assert status not in {401, 500}, f"{method} {route.path}: {status}"


async def test_every_change_needs_the_sessions_token(site: Site) -> None:
    caller = await site.signed_in()
    other = await site.csrf(await site.signed_in())
    for route in site_routes():
        for method in (route.methods or set()) - {"GET", "HEAD"}:
            if route.path in BY_FORM:
                continue
            for token in (None, "", other, "é"):
                status = await ask(
                    caller, route, method, sec_fetch_site="same-origin", x_csrf_token=token
                )
                assert status == 403, f"{method} {route.path} with the token {token}"


async def test_every_change_needs_our_own_origin(site: Site) -> None:
    caller = await site.signed_in()
    csrf = await site.csrf(caller)
    foreign: list[dict[str, str]] = [
        {},
        {"origin": "null"},
        {"origin": "http://evil.com"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none", "origin": "http://127.0.0.1:8080"},
    ]
    for route in site_routes():
        for method in (route.methods or set()) - {"GET", "HEAD"}:
            for headers in foreign:
                status = await ask(caller, route, method, x_csrf_token=csrf, **headers)
                assert status == 403, f"{method} {route.path} with {headers}"


async def test_a_form_of_another_kind_is_no_way_in(site: Site) -> None:
    caller = await site.signed_in()
    csrf = await site.csrf(caller)

    reply = await caller.post(
        "/settings/tokens", {"csrf": csrf, "name": "x"}, {"content-type": "text/plain"}
    )

    assert reply.status == 415


async def test_every_answer_has_the_security_headers(site: Site) -> None:
    caller = await site.signed_in()
    paths = ["/log", "/nowhere", "/static/app.css", "/static/none", "/api/status", "/api/nowhere",
             "/sign-in", "/", "/rules/UPPER", "/help/README.html"]  # fmt: skip
    replies = [await caller.get(path) for path in paths]
    replies.append(await caller.request("PUT", "/log"))
    replies.append(await caller.get("/log", {"host": "evil.com"}))
    replies.append(await site.caller().get("/log"))

    for reply in replies:
        assert reply.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "same-origin"
        assert reply.headers["cross-origin-opener-policy"] == "same-origin"
        assert "cache-control" in reply.headers
    assert "unsafe" not in CONTENT_SECURITY_POLICY


async def test_a_foreign_host_is_refused_before_anything_else(site: Site) -> None:
    caller = await site.signed_in()

    for host, status in [("evil.com", 421), ("a b", 400), (None, 400), ("localhost:8080", 200)]:
        assert (await caller.get("/log", {"host": host})).status == status


async def test_a_fault_shows_its_number_and_no_traceback(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caller = await site.signed_in()
    site.services.store.log.close()
    # A closed engine opens again; a table that is gone does not.
    object.__setattr__(site.services.store.log, "events", None)

    reply = await caller.get("/events")

    assert reply.status == 500
    assert "Traceback" not in reply.text
    assert "NoneType" not in reply.text
    number = re.search(r"details under ([0-9a-f]{12})", reply.text)
    assert number
    assert number[1] in caplog.text


async def test_a_wrong_method_is_said_and_not_a_fault(site: Site) -> None:
    caller = await site.signed_in()

    reply = await caller.request("DELETE", "/log")

    assert reply.status == 405
    assert "GET" in reply.headers["allow"]


async def test_static_files_are_kept_by_content_and_sent_whole(site: Site) -> None:
    caller = site.caller()
    address = re.search(r'href="(/static/[0-9a-f]+/app\.css)"', (await caller.get("/log")).text)
    assert address

    whole = await caller.get(address[1], {"range": "bytes=0-," + "0-," * 1000})
    compressed = await caller.get(address[1], {"accept-encoding": "br, gzip"})
    stale = await caller.get("/static/000000000000/app.css")
    # What a script imports has the version of the script.
    beside = await caller.get(address[1].replace("app.css", "fragments.js"))

    assert whole.status == 200
    assert "immutable" in whole.headers["cache-control"]
    assert "immutable" not in stale.headers["cache-control"]
    assert stale.body == whole.body
    assert "immutable" in beside.headers["cache-control"]
    assert compressed.headers["content-encoding"] == "gzip"
    assert len(compressed.body) < 8_000
    assert (await caller.get("/static/..%2fpyproject.toml")).status == 404


async def test_forms_are_bounded(site: Site) -> None:
    caller = await site.signed_in()
    many = "&".join(f"a{number}=1" for number in range(2_000)).encode()
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "sec-fetch-site": "same-origin",
    }

    assert (await caller.request("POST", "/settings/tokens", many, headers)).status == 400
    large = b"a=" + b"x" * 70_000
    assert (await caller.request("POST", "/settings/tokens", large, headers)).status == 413
