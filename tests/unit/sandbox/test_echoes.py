"""What the webhook would get of something said, on demand; and an answer that gets lost."""

from typing import Any

import pytest
from starlette.applications import Starlette

from automator.plugins import Outgoing, OutgoingKind
from automator.sandbox.context import name_of
from tests.support.page_events import PAGE
from tests.support.providers import a_provider, a_request
from tests.support.sandbox import BASE, SandboxHttp, call

COMMENT = {"page": {"id": PAGE}, "comment": {"id": "700_1"}, "actor": {"id": "684"}}


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("reply", "comment.created"),
        ("private_reply", "message.sent"),
        ("message", "message.sent"),
    ],
)
async def test_the_echo_of_what_was_said_is_the_one_that_is_waited_for(
    app: Starlette, kind: OutgoingKind, type_: str
) -> None:
    provider = a_provider("facebook", graph_url=f"{BASE}/facebook/v26.0")
    outgoing = Outgoing(kind=kind, event=COMMENT, text="Dạ 250k ạ", idempotency_key="run-1-x")
    await provider.send(outgoing, SandboxHttp(app))

    reply = await call(app, "GET", f"/records/1/echo?account={PAGE}")
    (event,) = provider.parse(a_request(body=reply.body))

    awaited = provider.echo_of(outgoing)
    assert awaited is not None
    assert (event.type, event.is_self, event.echo) == (type_, True, awaited.key)


async def test_a_mention_comes_back_as_a_name_and_is_still_the_one_that_is_waited_for(
    app: Starlette,
) -> None:
    provider = a_provider("facebook", graph_url=f"{BASE}/facebook/v26.0")
    event = {**COMMENT, "actor": {"id": "6840000000000213"}}
    outgoing = Outgoing(kind="reply", event=event, text="Dạ 250k ạ", mentions=True)
    await provider.send(outgoing, SandboxHttp(app))

    reply = await call(app, "GET", f"/records/1/echo?account={PAGE}")
    (echo,) = provider.parse(a_request(body=reply.body))

    awaited = provider.echo_of(outgoing)
    assert awaited is not None
    assert echo.body["text"] == f"{name_of('6840000000000213')} Dạ 250k ạ"
    assert echo.echo == awaited.key


async def test_what_was_refused_has_no_echo_and_neither_has_what_was_never_said(
    app: Starlette,
) -> None:
    await call(app, "POST", "/facebook/v26.0/1_2/comments", body={"message": ""})

    answers = [await call(app, "GET", f"/records/{number}/echo") for number in (1, 2)]

    assert [answer.status for answer in answers] == [404, 404]


async def test_a_lost_answer_belongs_to_a_request_that_was_taken(app: Starlette) -> None:
    await call(app, "POST", "/control", body={"next": [{"lost": True}]})
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b'{"message":"x"}', "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/facebook/v26.0/1_2/comments",
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer t"), (b"content-type", b"application/json")],
    }
    await app(scope, receive, send)
    records = (await call(app, "GET", "/records")).json()["records"]

    assert [record["status"] for record in records] == [200]
    assert sent[-1]["more_body"] is True
