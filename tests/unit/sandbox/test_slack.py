from typing import Any

from starlette.applications import Starlette

from automator.plugins import Outgoing
from automator.sandbox import Recorder, sandbox_app
from tests.support.providers import a_provider
from tests.support.sandbox import BASE, SandboxHttp

EVENT = {"conversation": {"id": "C1"}, "message": {"id": "1.0001"}}


async def say(app: Starlette, **options: Any) -> Any:
    provider = a_provider("slack", api_url=f"{BASE}/slack/api", **options)
    outgoing = Outgoing(kind="reply", event=EVENT, text="Vâng ạ", idempotency_key="run-1-x")
    return await provider.send(outgoing, SandboxHttp(app))


async def test_what_is_posted_is_recorded_and_has_an_id() -> None:
    recorder = Recorder()

    sent = await say(sandbox_app(recorder))

    (record,) = recorder.records("message")
    assert (record.to, record.text, record.idempotency_key) == ("C1", "Vâng ạ", "run-1-x")
    assert sent.output == {"id": record.answer["ts"], "channel": "C1"}
