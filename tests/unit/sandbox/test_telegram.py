from typing import Any

import pytest
from starlette.applications import Starlette

from automator.plugins import Outgoing
from automator.sandbox import Recorder, sandbox_app
from tests.support.providers import a_provider
from tests.support.sandbox import BASE, SandboxHttp, call, plan_faults

EVENT = {"conversation": {"id": "-5", "kind": "group"}, "message": {"id": "41"}}
TOKEN = "123456789:telegram-token-of-tests"


async def say(app: Starlette, **more: Any) -> Any:
    provider = a_provider("telegram", api_url=f"{BASE}/telegram")
    said = {"text": "Dạ còn ạ", **more}
    outgoing = Outgoing(kind="reply", event=EVENT, idempotency_key="run-1-x", **said)
    return await provider.send(outgoing, SandboxHttp(app))


async def test_what_is_sent_is_recorded_without_the_token() -> None:
    recorder = Recorder()

    sent = await say(sandbox_app(recorder))

    (record,) = recorder.records("message")
    assert (record.to, record.text, record.idempotency_key) == ("-5", "Dạ còn ạ", "run-1-x")
    assert sent.output["message_id"] == str(record.answer["result"]["message_id"])
    assert TOKEN not in repr(record)


async def test_a_group_can_move_and_the_message_follows() -> None:
    app = sandbox_app()
    await plan_faults(app, {"error": "moved"})

    assert (await say(app)).output["chat_id"] == "-1005"


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        ("sendMessage", {"text": "x"}, 400),
        ("sendMessage", {"chat_id": "5"}, 400),
        ("sendMessage", {"chat_id": "5", "text": "x" * 4097}, 400),
        ("sendPhoto", {"chat_id": "5", "text": "x"}, 400),
        ("logOut", {}, 404),
    ],
)
async def test_what_the_api_would_refuse_is_refused(method: str, body: Any, status: int) -> None:
    answer = await call(sandbox_app(), "POST", f"/telegram/bot1:x/{method}", body=body)

    assert (answer.status, answer.json()["ok"]) == (status, False)
