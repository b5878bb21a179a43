import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from automator.http.types import HttpReply
from automator.model import (
    ParsedEvent,
    PermanentError,
    RetryableError,
    StepError,
    UnknownOutcome,
    UnparsableDelivery,
)
from automator.plugins import Outgoing
from tests.support.errors import raises_code
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import a_provider, a_request, headers_for

REPOSITORY = {"full_name": "aodep/cua-hang"}
ISSUE = {"id": 1, "number": 42, "title": "Lỗi", "html_url": "https://github.com/x", "body": "500"}
SECONDARY = b'{"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}'
USER = {"id": 9, "login": "ngocanh-dev", "type": "User"}


def parsed(data: Any, event: str = "issues", **options: Any) -> ParsedEvent:
    provider = a_provider("github", **options)
    body = json.dumps(data).encode()
    headers = {**headers_for(provider, body), "x-github-event": event}
    (found,) = provider.parse(a_request(headers, body))
    return found


def comment(text: str = "Mình cũng bị", **sender: Any) -> dict[str, Any]:
    return {
        "action": "created",
        "issue": ISSUE,
        "comment": {"id": 7, "body": text, "created_at": "2026-11-24T06:01:01Z"},
        "repository": REPOSITORY,
        "sender": {**USER, **sender},
    }


def test_a_comment_on_an_issue_says_who_what_where_and_when() -> None:
    event = parsed(comment(), "issue_comment")

    assert (event.type, event.dedupe_key) == ("github.issue_comment.created", "delivery-1")
    assert (event.lane, event.actor_id) == ("shop:aodep/cua-hang#42", "9")
    assert event.occurred_at == 1795500061000
    assert event.body["text"] == "Mình cũng bị"
    assert event.body["actor"] == {"id": "9", "name": "ngocanh-dev", "is_self": False}
    assert event.body["comment"] == {"id": "7"}
    assert event.body["post"]["number"] == 42
    assert event.body["repository"] == {"id": "aodep/cua-hang"}
    assert event.body["headers"]["x-github-event"] == "issue_comment"
    assert "x-hub-signature-256" not in event.body["headers"]


@pytest.mark.parametrize(
    ("event", "data", "type_", "text"),
    [
        ("ping", {"zen": "…", "sender": USER}, "github.ping", None),
        ("push", {"head_commit": {"message": "Sửa"}}, "github.push", "Sửa"),
        ("issues", {"action": "opened", "issue": ISSUE}, "github.issues.opened", "500"),
        ("pull_request", {"action": 5, "pull_request": {}}, "github.pull_request", None),
        ("Odd Event!", {}, "github.odd_event_", None),
    ],
)
def test_every_event_has_a_type(event: str, data: Any, type_: str, text: str | None) -> None:
    found = parsed(data, event)

    assert (found.type, found.body["text"]) == (type_, text)


@pytest.mark.parametrize(
    ("text", "sender", "login", "is_self"),
    [
        ("chào", {}, None, False),
        ("chào", {"type": "Bot"}, None, True),
        ("chào", {}, "ngocanh-dev", True),
        ("chào\n\n<!-- automator:run-1-reply -->", {}, None, True),
    ],
)
def test_what_we_did_ourselves_is_marked(
    text: str, sender: dict[str, Any], login: str | None, is_self: bool
) -> None:
    event = parsed(comment(text, **sender), "issue_comment", login=login)

    assert event.is_self is is_self
    assert event.body["actor"]["is_self"] is is_self


def test_a_form_carries_its_json_in_payload() -> None:
    provider = a_provider("github")
    body = urlencode({"payload": json.dumps(comment())}).encode()
    form = {"content-type": "application/x-www-form-urlencoded"}
    request = a_request({**headers_for(provider, body), **form}, body)

    provider.verify(request)
    (event,) = provider.parse(request)

    assert event.body["text"] == "Mình cũng bị"


@pytest.mark.parametrize("body", [b"payload=%FF", b"a=1", b"&".join([b"a=1"] * 50), b"payload=["])
def test_a_form_without_readable_json_is_unparsable(body: bytes) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}

    with pytest.raises(UnparsableDelivery):
        a_provider("github").parse(a_request(form, body))


def replying_to(event: ParsedEvent) -> Outgoing:
    return Outgoing(kind="reply", event=event.body, text="Cảm ơn ạ", idempotency_key="run-1-reply")


async def test_a_reply_is_a_comment_with_a_hidden_mark() -> None:
    http = ScriptedHttp([a_reply(201, b'{"id": 3500000001}')])

    sent = await a_provider("github").send(replying_to(parsed(comment())), http)

    assert sent.output == {"id": "3500000001"}
    assert http.last.url == "https://api.github.com/repos/aodep/cua-hang/issues/42/comments"
    assert http.last.headers["authorization"] == "Bearer github-token-of-tests"
    assert json.loads(http.last.body)["body"] == "Cảm ơn ạ\n\n<!-- automator:run-1-reply -->"


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (a_reply(401), PermanentError, "token_expired"),
        (a_reply(403), PermanentError, "permission"),
        (a_reply(404), PermanentError, "permission"),
        (a_reply(422), PermanentError, "provider_refused"),
        (a_reply(403, headers={"retry-after": "30"}), RetryableError, "rate_limit"),
        (a_reply(403, SECONDARY), RetryableError, "rate_limit"),
        (a_reply(403, headers={"x-ratelimit-remaining": "0"}), RetryableError, "rate_limit"),
        (a_reply(429), RetryableError, "rate_limit"),
        (a_reply(503), RetryableError, "provider_down"),
        (a_reply(502), UnknownOutcome, "unknown_outcome"),
    ],
)
async def test_every_error_of_the_api_has_its_class(
    answer: HttpReply, error: type[StepError], code: str
) -> None:
    with raises_code(error, code):
        await a_provider("github").send(replying_to(parsed(comment())), ScriptedHttp([answer]))


@pytest.mark.parametrize(
    ("answer", "wait_s"),
    [
        (a_reply(403, SECONDARY), 60),
        (a_reply(429, headers={"x-ratelimit-remaining": "57"}), 60),
        (a_reply(403, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1900"}), 900),
        (a_reply(403, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1001"}), 60),
        (a_reply(403, SECONDARY, {"retry-after": "30"}), 30),
    ],
)
async def test_a_limit_of_github_waits_as_long_as_it_says_or_a_minute(
    answer: HttpReply, wait_s: float
) -> None:
    outgoing = replace(replying_to(parsed(comment())), now_ms=1_000_000)

    with pytest.raises(RetryableError) as caught:
        await a_provider("github").send(outgoing, ScriptedHttp([answer]))

    assert caught.value.retry_after_s == wait_s


async def test_an_earlier_comment_is_looked_for_page_by_page_since_the_event() -> None:
    of_others = [{"id": number, "body": "x"} for number in range(10)]
    ours = {"id": 35, "body": "Cảm ơn ạ\n\n<!-- automator:run-1-reply -->"}
    pages = [of_others, [*of_others[:3], ours]]
    http = ScriptedHttp([a_reply(200, json.dumps(page).encode()) for page in pages])
    outgoing = replace(replying_to(parsed(comment())), outcome_unknown=True)

    sent = await a_provider("github").send(
        replace(outgoing, event={**outgoing.event, "occurred_at": "2026-11-24T06:01:01.250Z"}), http
    )

    assert sent.output == {"id": "35"}
    assert [(one.method, one.url.partition("?")[2]) for one in http.requests] == [
        ("GET", f"since=2026-11-24T06%3A01%3A01Z&per_page=10&page={page}") for page in (1, 2)
    ]


@pytest.mark.parametrize("answer", [a_reply(200, b"<html>"), a_reply(502), UnknownOutcome("no")])
async def test_nothing_is_repeated_while_the_comments_cannot_be_read(
    answer: HttpReply | UnknownOutcome,
) -> None:
    http = ScriptedHttp([answer])
    outgoing = replace(replying_to(parsed(comment())), outcome_unknown=True)

    with pytest.raises(RetryableError):
        await a_provider("github").send(outgoing, http)

    assert [one.method for one in http.requests] == ["GET"]


@pytest.mark.parametrize("name", ["../evil", "a/b/c", "a", "a/b?x=1", "a/ b", "a/..", "a/.", ""])
async def test_a_strange_repository_is_never_put_into_an_address(name: str) -> None:
    data = {**comment(), "repository": {"full_name": name}}
    http = ScriptedHttp()

    with pytest.raises(PermanentError):
        await a_provider("github").send(replying_to(parsed(data)), http)

    assert http.requests == []


async def test_a_push_cannot_be_answered() -> None:
    event = parsed({"head_commit": {}, "repository": REPOSITORY}, "push")

    with raises_code(PermanentError, "not_possible"):
        await a_provider("github").send(replying_to(event), ScriptedHttp())
