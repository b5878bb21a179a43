from typing import Any

import pytest
from starlette.applications import Starlette

from automator.model import PermanentError, RetryableError, SkippedStep
from automator.plugins import Outgoing, OutgoingKind
from automator.sandbox import Recorder, sandbox_app
from tests.support.errors import raises_code
from tests.support.providers import a_provider
from tests.support.sandbox import BASE, SandboxHttp, plan_faults

API = f"{BASE}/discord/api"
HOOK = f"{API}/webhooks/500/hook-token-of-tests"
DATA = {"application_id": "900", "token": "tok", "type": 2}
EVENT = {"id": "1", "actor": {"id": "71"}, "conversation": {"id": "400"}, "data": DATA}


async def say(app: Starlette, kind: OutgoingKind = "message", **more: Any) -> Any:
    provider = a_provider("discord", api_url=f"{API}/v10", webhook_url=HOOK)
    wanted = {"text": "Vâng ạ", "idempotency_key": "run-1-x", "to": "#400"} | more
    if kind == "reply":
        del wanted["to"]
    outgoing = Outgoing(kind=kind, event=EVENT, **wanted)
    return await provider.send(outgoing, SandboxHttp(app))


async def test_an_interaction_thinks_until_it_is_answered_once() -> None:
    recorder = Recorder()
    app = sandbox_app(recorder)

    first = await say(app, "reply")
    again = await say(app, "reply")
    await say(app, "reply", text="Còn ạ")

    records = recorder.records("message")
    assert [record.text for record in records] == ["Vâng ạ", "Còn ạ"]
    assert all("tok" not in record.path for record in records)
    assert again.output["id"] == first.output["id"] == records[0].answer["id"]


async def test_a_message_is_known_again_by_its_nonce() -> None:
    app = sandbox_app()

    sent = [await say(app), await say(app), await say(app, idempotency_key="run-2-x")]

    ids = [item.output["id"] for item in sent]
    assert ids[0] == ids[1] != ids[2]


async def test_a_person_has_one_direct_conversation_and_a_webhook_needs_no_token() -> None:
    recorder = Recorder()
    app = sandbox_app(recorder, tokens=["discord-token-of-tests"])

    direct = await say(app, to=None)
    await say(app, to="webhook")

    assert direct.output["channel"] == "771"
    assert [record.status for record in recorder.records("message")] == [200, 200]


@pytest.mark.parametrize("fault", ["window", "rate_limit"])
async def test_an_answer_can_be_refused_too(fault: str) -> None:
    app = sandbox_app()
    await plan_faults(app, {"error": fault, "path": "@original"})

    with pytest.raises((SkippedStep, RetryableError)) as caught:
        await say(app, "reply")

    assert caught.value.code == {"window": "outside_window"}.get(fault, fault)


async def test_an_unknown_token_is_refused() -> None:
    for to in (None, "#400"):
        with raises_code(PermanentError, "token_expired"):
            await say(sandbox_app(tokens=["another-token"]), to=to)
