"""The hook route with a sender that reads the answer."""

import json
from collections.abc import Sequence
from typing import Any, Literal

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from automator.engine.intake.intake import KEPT_PER_MINUTE, Intake
from automator.http.types import Answer, InboundRequest, request_of
from automator.model import ParsedEvent, Verdict, format_id
from automator.model.log_filters import DeliveryFilter
from automator.plugins import ConnectionOptions, Provider
from automator.server.http import hook_answers
from automator.server.http.body import SOCKET
from automator.server.http.hook_endpoint import HookEndpoint
from tests.support.asgi import Caller, Reply
from tests.support.at_once import at_once
from tests.support.providers import SECRET, a_provider
from tests.support.site import Site


class Reader(Provider):
    """Trusts everybody, greets with OPTIONS, and wants to read "success"."""

    name = "reader"
    options_model = ConnectionOptions

    def handshake(self, request: InboundRequest) -> Answer | None:
        if request.method != "OPTIONS":
            return None
        return Answer(200, headers=(("webhook-allowed-origin", "*"), ("allow", "POST")))

    def verify(self, request: InboundRequest) -> None:
        """Trusts everybody."""

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads no events."""
        return ()

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        return Answer(200, "success", "text/xml")


def hook_endpoint(site: Site, *shown: Literal["path"]) -> HookEndpoint:
    options = ConnectionOptions(provider="reader", request=shown)
    return endpoint_of(site, Reader("letters", options))


def endpoint_of(site: Site, provider: Provider) -> HookEndpoint:
    services = site.services
    intake = Intake(
        connections={provider.connection: provider},
        rulebook=services.rulebook,
        store=services.store,
        clock=services.clock,
        ids=services.ids,
    )
    return HookEndpoint(intake, services.clock, 1000)


@pytest.fixture(params=["in pieces", "at once"])
def caller(request: pytest.FixtureRequest, site: Site) -> Caller:
    endpoint = hook_endpoint(site)
    return Caller(at_once(endpoint) if request.param == "at once" else endpoint)


class Broken(Reader):
    """Fails while it reads, and fails while it answers."""

    name = "broken"

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        if request.body == b"parse":
            raise RuntimeError("cannot read")
        return ()

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        raise RuntimeError("cannot answer")


@pytest.mark.parametrize("body", [b"parse", b"{}"])
async def test_a_fault_of_ours_fails_the_request_and_not_its_connection(
    body: bytes, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reader, "parse", Broken.parse)
    monkeypatch.setattr(Reader, "acknowledge", Broken.acknowledge)

    with pytest.raises(RuntimeError, match="cannot"):
        await Caller(at_once(hook_endpoint(site))).request("POST", "/hooks/letters", body)


async def test_a_delivery_that_came_at_once_is_answered_after_its_commit(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reader, "acknowledge", Provider.acknowledge)

    reply = await Caller(at_once(hook_endpoint(site))).request("POST", "/hooks/letters", b"{}")

    (stored,) = site.services.store.log.deliveries()
    assert (reply.status, reply.json()["delivery"]) == (200, format_id(stored.id))


async def test_a_provider_says_what_its_sender_reads(caller: Caller) -> None:
    reply = await caller.request("POST", "/hooks/letters", b"{}")

    assert (reply.status, reply.text) == (200, "success")
    assert reply.headers["content-type"] == "text/xml"
    assert reply.headers["x-automator-delivery"]
    assert reply.headers["x-automator-events"] == ""


async def test_a_refused_delivery_is_not_acknowledged_in_the_providers_words(
    caller: Caller,
) -> None:
    reply = await caller.request("POST", "/hooks/letters", b"x" * 1001)

    assert reply.status == 413
    assert "success" not in reply.text


@pytest.mark.parametrize("path", ["/hooks/letters/", "/hooks/letters//"])
async def test_a_slash_behind_the_name_of_a_connection_does_no_harm(
    caller: Caller, site: Site, path: str
) -> None:
    """It is written so where a sender asks for the address, and senders follow no redirect."""
    delivered = await caller.request("POST", path, b"{}")
    shaken = await caller.request("OPTIONS", path, b"")

    assert (delivered.status, delivered.text) == (200, "success")
    assert shaken.status == 200
    (row,) = site.services.store.log.deliveries()
    assert row.connection == "letters"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("eu/created/", 200),
        ("a.b~c_d-1", 200),
        ("/".join("12345678"), 200),
        ("/".join("123456789"), 404),
        ("x" * 65, 404),
        ("a//b", 404),
        ("a%20b", 404),
        ("%C3%A9", 404),
    ],
)
async def test_something_may_follow_the_name_of_a_connection_that_shows_it(
    path: str, status: int, site: Site
) -> None:
    shown = hook_endpoint(site, "path")
    for endpoint in (shown, at_once(shown)):
        reply = await Caller(endpoint).request("POST", f"/hooks/letters/{path}", b"{}")
        assert reply.status == status, reply.text
    for row in site.services.store.log.deliveries():
        delivery = site.services.store.log.delivery(row.id)
        assert delivery is not None
        kept = ("letters", path.rstrip("/")) if status == 200 else ("?", "")
        assert (row.connection, request_of(delivery).path) == kept

    for hidden in (hook_endpoint(site), at_once(hook_endpoint(site))):
        reply = await Caller(hidden).request("POST", f"/hooks/letters/{path}", b"{}")
        assert reply.status == 404


async def test_a_delivery_that_is_refused_keeps_its_connection_whatever_follows_it(
    site: Site,
) -> None:
    endpoint = hook_endpoint(site, "path")

    reply = await Caller(endpoint).request("POST", "/hooks/letters/eu", b"x" * 1001)

    assert reply.status == 413
    (row,) = site.services.store.log.deliveries()
    assert row.connection == "letters"


async def test_a_handshake_has_headers_of_its_own(caller: Caller) -> None:
    reply = await caller.request("OPTIONS", "/hooks/letters", b"")

    assert reply.status == 200
    assert (reply.headers["webhook-allowed-origin"], reply.headers["allow"]) == ("*", "POST")


async def test_a_method_that_no_sender_uses_is_refused(caller: Caller) -> None:
    assert (await caller.request("DELETE", "/hooks/letters", b"")).status == 405


async def test_a_delivery_that_cannot_be_stored_is_not_acknowledged(
    caller: Caller, site: Site
) -> None:
    await site.services.store.close()

    reply = await caller.request("POST", "/hooks/letters", b"{}")

    assert reply.status == 503
    assert reply.headers["retry-after"] == "30"


class Connection:
    """A connection that takes whole answers."""

    is_late = False

    def __init__(self) -> None:
        self.answers: list[bytes] = []

    def acknowledge(self, body: bytes) -> bool:
        self.answers.append(body)
        return True


@pytest.mark.parametrize(
    ("method", "in_words_of_its_own", "written"),
    [("POST", False, 1), ("POST", True, 0), ("DELETE", False, 0)],
)
async def test_only_a_plain_acknowledgement_is_given_to_the_connection_at_once(
    method: str,
    in_words_of_its_own: bool,
    written: int,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not in_words_of_its_own:
        monkeypatch.setattr(Reader, "acknowledge", Provider.acknowledge)
    endpoint = hook_endpoint(site)
    connection = Connection()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await endpoint({**scope, SOCKET: connection}, receive, send)
        if connection.answers:
            await PlainTextResponse("written")(scope, receive, send)

    reply = await Caller(application).request(method, "/hooks/letters", b"{}")

    assert len(connection.answers) == written
    assert (reply.text == "written") is bool(written)


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "kept_as"),
    [
        ("POST", "/hooks/nobody", 404, "unknown_connection", "?"),
        ("POST", "/hooks/", 404, "unknown_connection", "?"),
        ("DELETE", "/hooks/letters", 405, "method", "letters"),
        ("DELETE", "/hooks/letters/", 405, "method", "letters"),
        ("POST", "/hooks/letters/more", 404, "unknown_connection", "?"),
        ("POST", "/hooks/schedule", 403, "internal_connection", "schedule"),
    ],
)
async def test_what_reaches_no_connection_is_refused_and_written_down(
    site: Site, caller: Caller, method: str, path: str, status: int, code: str, kept_as: str
) -> None:
    reply = await caller.request(method, path, b"{}")

    assert (reply.status, reply.json()["error"]) == (status, code)
    (row,) = site.services.store.log.deliveries(DeliveryFilter(verdict=Verdict.REJECTED))
    assert (row.connection, row.reason_code) == (kept_as, code)


async def test_the_names_of_connections_that_do_not_exist_share_one_budget(
    site: Site, caller: Caller
) -> None:
    for number in range(KEPT_PER_MINUTE + 5):
        await caller.request("POST", f"/hooks/nobody-{number}", b"{}")

    rows = site.services.store.log.deliveries(DeliveryFilter(verdict=Verdict.REJECTED), limit=1000)
    assert len(rows) == KEPT_PER_MINUTE


# --- Answers that a connection declares ---

ORDERS = {
    "verify": {"token": SECRET, "header": "x-token"},
    "signed": "{body}",
    "event": {"id": "body.id"},
    "headers": ["x-request-id"],
}
ANSWER = {
    "status": 202,
    "headers": {"X-Shop": "main", "Cache-Control": "no-store"},
    "body": """{
        "took": {{ event.data.id | tojson }}, "as": "{{ event.delivery }}",
        "again": {{ event.repeated | tojson }}, "events": {{ event.ids | length }},
        "for": "{{ event.headers["x-request-id"] }}"
    }""",
}


def answering(site: Site, name: str = "generic", **options: Any) -> list[Caller]:
    """A connection with an answer of its own, for requests in pieces and for whole ones."""
    described = ORDERS if name == "generic" else {}
    endpoint = endpoint_of(site, a_provider(name, "orders", **{**described, **options}))
    return [Caller(endpoint), Caller(at_once(endpoint))]


async def sent(caller: Caller, body: bytes, **headers: str) -> Reply:
    given = {"x-token": SECRET, "x-request-id": "R-1", "content-type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await caller.request("POST", "/hooks/orders", body, given)


async def test_a_sender_gets_the_answer_that_its_connection_declares(site: Site) -> None:
    for number, caller in enumerate(answering(site, answer=ANSWER)):
        body = json.dumps({"id": f'D-"{number}"'}).encode()
        first, second = await sent(caller, body), await sent(caller, body)

        (event, _), *_ = [(row.id, row) for row in site.services.store.log.deliveries(limit=2)][1:]
        assert (first.status, second.status) == (202, 202)
        assert json.loads(first.text) == {
            "took": f'D-"{number}"',
            "as": format_id(event),
            "again": False,
            "events": 1,
            "for": "R-1",
        }
        assert json.loads(second.text)["again"] is True
        assert first.headers["x-shop"] == "main"
        assert first.headers["cache-control"] == "no-store"
        assert first.headers["content-type"] == "application/json"
        assert first.headers["x-content-type-options"] == "nosniff"
        assert first.headers["x-automator-delivery"] == format_id(event)
        # What a stranger has sent cannot become a page of this server in a browser.
        assert first.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("answer", "status", "text", "kind"),
    [
        ({"body": "<Response/>"}, 200, "<Response/>", "application/xml; charset=utf-8"),
        ({"body": "đã nhận"}, 200, "đã nhận", "text/plain; charset=utf-8"),
        ({"body": "{{ event.data }}"}, 200, '{"id":"D-1"}', "application/json"),
        ({"body": "{{ event.query.x }}", "headers": {"content-type": "a/b"}}, 200, "7", "a/b"),
        ({"status": 204}, 204, "", "text/plain; charset=utf-8"),
    ],
)
async def test_an_answer_has_the_content_type_that_its_text_begins_like(
    answer: dict[str, Any], status: int, text: str, kind: str, site: Site
) -> None:
    caller, _ = answering(site, answer=answer)

    reply = await caller.request("POST", "/hooks/orders?x=7", b'{"id": "D-1"}', {"x-token": SECRET})

    assert (reply.status, reply.text, reply.headers["content-type"]) == (status, text, kind)


@pytest.mark.parametrize(
    "template",
    [
        "{{ event.data.no.such }}",
        "{{ event.data.id + 1 }}",
        "{% for a in range(1000) %}{% for b in range(1000) %}{{ b }}{% endfor %}{% endfor %}",
        "{{ 'x' * 20000 }}",
    ],
)
async def test_an_answer_that_cannot_be_made_is_the_usual_one(template: str, site: Site) -> None:
    """The delivery is stored, so its sender must not send it again."""
    for caller in answering(site, answer={"status": 202, "body": template}):
        reply = await sent(caller, b'{"id": "D-1"}')

        assert reply.status == 200
        assert set(json.loads(reply.text)) == {"delivery", "events"}


async def test_what_cannot_be_read_is_stored_and_answered_without_its_body(site: Site) -> None:
    template = "{{ 'read' if event.data else 'kept' }} {{ event.ids | length }}"
    for caller in answering(site, answer={"body": template}):
        assert (await sent(caller, b"not json")).text == "kept 0"
    assert {row.verdict for row in site.services.store.log.deliveries()} == {Verdict.UNPARSABLE}


async def test_a_wrong_delivery_can_be_dropped_in_silence_and_is_kept_all_the_same(
    site: Site,
) -> None:
    for caller in answering(site, on_invalid=200):
        reply = await sent(caller, b"{}", x_token="another token")

        assert (reply.status, reply.text) == (200, "{}")
        assert site.services.store.log.deliveries()[0].verdict is Verdict.REJECTED
    assert site.services.store.log.events() == []


async def test_only_what_is_stored_gets_the_declared_answer(site: Site) -> None:
    for caller in answering(site, answer=ANSWER, max_body=1024):
        refused = [
            await sent(caller, b"{}", x_token="another token"),
            await sent(caller, b"x" * 2000),
            await caller.request("DELETE", "/hooks/orders", b""),
        ]
        assert [reply.status for reply in refused] == [401, 413, 405]
        assert not any("x-shop" in reply.headers for reply in refused)
    (asked, _) = answering(site, "cloudevents", answer=ANSWER)
    reply = await asked.request(
        "OPTIONS", "/hooks/orders", b"", {"webhook-request-origin": "a.example"}
    )
    assert (reply.status, "x-shop" in reply.headers) == (200, False)

    callers = answering(site, answer=ANSWER)
    await site.services.store.close()
    for caller in callers:
        reply = await sent(caller, b'{"id": "D-1"}')
        assert (reply.status, "x-shop" in reply.headers) == (503, False)


async def test_a_connection_without_an_answer_makes_none(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(hook_answers, "_declared_answer", lambda *_: made.append("answer"))

    for caller in answering(site):
        assert (await sent(caller, b'{"id": "D-1"}')).status == 200
    assert made == []
