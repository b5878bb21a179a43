import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from automator.http.signing import sign_standard
from automator.model import PermanentError, RetryableError, StepError, UnknownOutcome
from automator.plugins import Outgoing, OutgoingKind
from automator.providers.meta.send import MODERATIONS
from automator.sandbox import Recorder, sandbox_app
from automator.sandbox import recorder as records
from automator.sandbox.recorder import Remembered
from tests.support.asgi import Reply
from tests.support.errors import raises_code
from tests.support.providers import NOW_MS, a_provider
from tests.support.sandbox import BASE, SandboxHttp, call

GRAPH = f"{BASE}/facebook/v26.0"
COMMENT = {"page": {"id": "104"}, "comment": {"id": "1_2"}, "actor": {"id": "684"}}
ISSUE = {"repository": {"id": "aodep/cua-hang"}, "post": {"id": "x", "number": 42}}
SECRET = "target-secret-of-tests"
AS_PAGE = {"authorization": "Bearer page-token"}


@pytest.fixture
def app(recorder: Recorder) -> Starlette:
    return sandbox_app(recorder, target_secrets={"crm": SECRET})


async def send(app: Starlette, kind: OutgoingKind, text: str = "Dạ 250k ạ") -> Any:
    provider = a_provider("facebook", graph_url=GRAPH)
    outgoing = Outgoing(kind=kind, event=COMMENT, text=text, idempotency_key="run-1-x")
    return await provider.send(outgoing, SandboxHttp(app))


async def plan(app: Starlette, *faults: dict[str, Any], **more: Any) -> Reply:
    return await call(app, "POST", "/control", body={"next": faults, **more})


async def test_what_a_provider_says_is_recorded_with_its_text_and_key(
    app: Starlette, recorder: Recorder
) -> None:
    public = await send(app, "reply")
    private = await send(app, "private_reply")
    await send(app, "message")

    records = recorder.records()
    assert [(item.kind, item.to, item.status) for item in records] == [
        ("public_reply", "1_2", 200),
        ("private_reply", "1_2", 200),
        ("message", "684", 200),
    ]
    assert {item.text for item in records} == {"Dạ 250k ạ"}
    assert {item.idempotency_key for item in records} == {"run-1-x"}
    assert all(item.headers["authorization"] == "<redacted>" for item in records)
    assert public.output["id"].startswith("1_")
    assert private.alias == records[1].answer["recipient_id"]


async def test_a_comment_gets_one_private_reply_and_no_second(
    app: Starlette, recorder: Recorder
) -> None:
    first = await send(app, "private_reply")
    second = await send(app, "private_reply")

    assert (first.alias is not None, second.alias) == (True, None)
    assert [item.status for item in recorder.records("private_reply")] == [200, 400]


async def test_a_private_reply_that_failed_does_not_count(app: Starlette) -> None:
    await plan(app, {"error": "transient"})
    with pytest.raises(RetryableError):
        await send(app, "private_reply")

    assert (await send(app, "private_reply")).alias is not None


async def test_what_is_done_to_a_comment_is_recorded(app: Starlette, recorder: Recorder) -> None:
    # Nothing can be done with a comment once it is deleted.
    for kind in sorted(MODERATIONS, key="delete".__eq__):
        await send(app, kind)

    assert {(item.kind, item.to, item.text) for item in recorder.records()} == {
        ("moderation", "1_2", kind) for kind in MODERATIONS
    }


async def test_a_ban_is_recorded_with_the_person(app: Starlette, recorder: Recorder) -> None:
    await send(app, "ban")
    await send(app, "unban")
    nobody = await call(app, "POST", "/facebook/v26.0/104/blocked", headers=AS_PAGE, body={"x": 1})

    assert [(item.kind, item.to, item.text) for item in recorder.records()][:2] == [
        ("moderation", "684", "ban"),
        ("moderation", "684", "unban"),
    ]
    assert nobody.status == 400


async def test_an_edit_that_changes_nothing_is_refused(app: Starlette) -> None:
    answer = await call(app, "POST", "/facebook/v26.0/1_2", headers=AS_PAGE, body={"message": 7})

    assert (answer.status, answer.json()["error"]["code"]) == (400, 100)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 100),
        ({"recipient": {"id": "1"}}, 100),
        ({"recipient": {"id": "1"}, "message": {"text": ""}}, 100),
        ({"recipient": {"id": "1"}, "message": {"text": "x" * 2001}}, 100),
        ({"recipient": "1", "message": "x"}, 100),
    ],
)
async def test_a_message_without_text_or_receiver_is_refused(
    app: Starlette, body: dict[str, Any], code: int
) -> None:
    answer = await call(app, "POST", "/facebook/v26.0/104/messages", headers=AS_PAGE, body=body)

    error = answer.json()["error"]
    assert (answer.status, error["code"], error["type"]) == (400, code, "OAuthException")
    assert error["fbtrace_id"]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer other"}])
async def test_a_missing_or_unknown_token_is_refused(headers: dict[str, str]) -> None:
    app = sandbox_app(tokens=["page-token"])
    body = {"message": "chào"}

    refused = await call(app, "POST", "/facebook/v26.0/1_2/comments", headers=headers, body=body)
    let_in = await call(app, "POST", "/facebook/v26.0/1_2/comments", headers=AS_PAGE, body=body)

    assert (refused.status, refused.json()["error"]["code"]) == (401, 190)
    assert let_in.status == 200


async def test_faults_are_used_up_in_order_and_only_where_they_belong(
    app: Starlette, recorder: Recorder
) -> None:
    await plan(app, {"error": "transient", "times": 2, "path": "/target/"}, {"status": 202})

    statuses = [
        (await call(app, "POST", target, headers=AS_PAGE, body={"message": "x"})).status
        for target in ("/facebook/v26.0/1/comments", "/target/a", "/target/a", "/target/a")
    ]

    assert statuses == [202, 503, 503, 200]
    assert (await call(app, "GET", "/control")).json() == {"next": [], "delay_ms": 0}


async def test_a_rate_limit_says_how_long_when_it_is_told(app: Starlette) -> None:
    await plan(app, {"error": "rate_limit", "retry_after": 7})

    with pytest.raises(RetryableError) as caught:
        await send(app, "message")

    assert caught.value.retry_after_s == 7


@pytest.mark.parametrize("body", [b"", b"no", b'{"next":[{"times":0}]}', b'{"x":1}'])
async def test_a_wrong_order_to_the_sandbox_is_refused(app: Starlette, body: bytes) -> None:
    assert (await call(app, "POST", "/control", body=body)).status == 400


async def test_clearing_forgets_records_and_faults(app: Starlette, recorder: Recorder) -> None:
    await send(app, "private_reply")
    await plan(app, {"error": "gone"})

    await call(app, "POST", "/control", body={"clear": True})

    assert recorder.records() == []
    assert (await send(app, "private_reply")).alias is not None
    assert [item.id for item in recorder.records()] == [2]


async def test_a_comment_on_an_issue_is_recorded(app: Starlette, recorder: Recorder) -> None:
    provider = a_provider("github", api_url=f"{BASE}/github")
    outgoing = Outgoing(kind="reply", event=ISSUE, text="Cảm ơn ạ", idempotency_key="run-7-reply")

    sent = await provider.send(outgoing, SandboxHttp(app))

    (record,) = recorder.records("github_comment")
    assert (record.to, record.idempotency_key) == ("aodep/cua-hang#42", "run-7-reply")
    assert record.text.startswith("Cảm ơn ạ")
    assert sent.output["id"] == str(record.answer["id"])


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("rate_limit", RetryableError, "rate_limit"),
        ("transient", RetryableError, "provider_down"),
        ("in_doubt", UnknownOutcome, "unknown_outcome"),
        ("token_expired", PermanentError, "token_expired"),
    ],
)
async def test_the_errors_of_github_can_be_had_too(
    app: Starlette, fault: str, error: type[StepError], code: str
) -> None:
    await plan(app, {"error": fault})
    provider = a_provider("github", api_url=f"{BASE}/github")

    with raises_code(error, code):
        await provider.send(Outgoing(kind="reply", event=ISSUE, text="x"), SandboxHttp(app))


async def test_a_comment_whose_answer_was_lost_is_found_and_not_repeated(
    app: Starlette, recorder: Recorder
) -> None:
    await plan(app, {"status": 502})
    provider, http = a_provider("github", api_url=f"{BASE}/github"), SandboxHttp(app)
    first = Outgoing(kind="reply", event=ISSUE, text="Cảm ơn ạ", idempotency_key="run-7-reply")
    with pytest.raises(UnknownOutcome):
        await provider.send(first, http)

    again = await provider.send(replace(first, outcome_unknown=True), http)
    other = replace(first, outcome_unknown=True, idempotency_key="run-8-reply")
    await provider.send(other, http)

    found, second = recorder.records("github_comment")
    assert again.output["id"] == str(found.answer["id"])
    assert second.idempotency_key == "run-8-reply"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_a_target_takes_anything(app: Starlette, recorder: Recorder, method: str) -> None:
    headers = {"webhook-id": "run-3-forward", "x-more": "1"}

    answer = await call(app, method, "/target/logs", headers=headers, body={"text": "chào"})
    await call(app, method, "/target/logs", body=b"\xff\x00 not JSON")

    first, second = recorder.records("forward")
    assert answer.status == 200
    assert (first.to, first.text, first.body) == ("logs", "chào", {"text": "chào"})
    assert (first.idempotency_key, first.headers["x-more"]) == ("run-3-forward", "1")
    assert second.body == "�\x00 not JSON"


async def test_a_notice_is_kept_with_its_title_above_its_text(
    app: Starlette, recorder: Recorder
) -> None:
    headers = {"idempotency-key": "run-3-notify"}
    body = {"title": "Phàn nàn", "message": "hàng lỗi"}

    answer = await call(app, "POST", "/notify/ops", headers=headers, body=body)

    (kept,) = recorder.records("notice")
    assert (answer.status, kept.to, kept.text) == (200, "ops", "Phàn nàn\nhàng lỗi")
    assert kept.idempotency_key == "run-3-notify"


@pytest.mark.parametrize(
    ("secret", "seconds", "right"),
    [(SECRET, 0, True), ("another-secret-of-tests", 0, False), (SECRET, -600, False)],
)
async def test_the_signature_of_a_forward_is_checked_where_the_secret_is_known(
    app: Starlette, recorder: Recorder, secret: str, seconds: int, right: bool
) -> None:
    body = b'{"a":1}'
    headers = sign_standard(secret, "run-1-forward", NOW_MS // 1000 + seconds, body)

    answer = await call(app, "POST", "/target/crm", headers=headers, body=body)
    unknown = await call(app, "POST", "/target/other", headers=headers, body=body)

    assert (answer.status, unknown.status) == (200 if right else 401, 200)
    assert [item.signature_ok for item in recorder.records()] == [right, None]


async def test_records_are_shown_by_kind_and_from_where_one_left_off(app: Starlette) -> None:
    for kind in ("reply", "message", "message"):
        await send(app, kind)  # type: ignore[arg-type]

    messages = (await call(app, "GET", "/records?kind=message")).json()
    rest = (await call(app, "GET", "/records?after=2&limit=5")).json()

    assert ([item["id"] for item in messages["records"]], messages["last"]) == ([2, 3], 3)
    assert ([item["id"] for item in rest["records"]], rest["last"]) == ([3], 3)
    assert (await call(app, "GET", "/records?after=x")).status == 400


async def test_a_file_keeps_every_record_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "demo" / "sandbox.jsonl"
    await send(sandbox_app(Recorder(path)), "private_reply")
    with path.open("ab") as file:
        file.write(b'{"id": 2, "cut sho')

    again = await send(sandbox_app(Recorder(path)), "private_reply")

    assert again.alias is None
    records = Recorder(path).records()
    assert [(item.id, item.status) for item in records] == [(1, 200), (2, 400)]
    assert json.loads(path.read_bytes().splitlines()[0])["text"] == "Dạ 250k ạ"


async def test_records_are_bounded_in_bytes_and_the_newest_stay(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.jsonl"
    recorder = Recorder(path, max_bytes=100_000)
    app = sandbox_app(recorder)
    for _ in range(100):
        await call(app, "POST", "/target/crm", body={"text": "x" * 10_000})

    kept = [record.id for record in recorder.records()]
    assert kept == list(range(101 - len(kept), 101))
    assert 3 <= len(kept) <= 10
    assert path.stat().st_size <= 200_000
    assert [record.id for record in Recorder(path, max_bytes=100_000).records()] == kept


async def test_faults_that_wait_are_bounded(app: Starlette) -> None:
    many = [{"error": "gone"}] * 600

    assert (await plan(app, *many)).status == 200
    refused = await plan(app, *many)
    assert refused.status == 400
    assert "more than 1000 faults" in refused.text
    assert (await plan(app, *many, clear=True)).status == 200


def test_what_is_remembered_is_bounded_in_number_and_in_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records, "MAX_REMEMBERED_BYTES", 1_000)
    by_number, by_size = Remembered[str](most=3), Remembered[str]()
    for number in range(5):
        by_number.put(f"key-{number}", "value")
        by_size.put(f"key-{number}" * 1_000, "x" * 400)

    assert [f"key-{number}" in by_number for number in range(5)] == [False] * 2 + [True] * 3
    assert [f"key-{number}" * 1_000 in by_size for number in range(5)] == [False] * 3 + [True] * 2
