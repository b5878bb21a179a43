from typing import Any

from starlette.applications import Starlette

from automator.clock import iso_time
from automator.plugins import Outgoing, OutgoingKind
from automator.sandbox import Recorder, sandbox_app
from tests.support import words
from tests.support.providers import NOW_MS, a_provider
from tests.support.sandbox import BASE, SandboxHttp

PERSON = f"U{71:032x}"
EVENT = {
    "id": "ev1",
    "actor": {"id": PERSON},
    "conversation": {"id": PERSON, "kind": "user"},
    "occurred_at": iso_time(NOW_MS),
    "data": {"replyToken": "token-1"},
}


async def say(app: Starlette, kind: OutgoingKind = "message", key: str = "run-1-x") -> Any:
    provider = a_provider("line", api_url=f"{BASE}/line")
    outgoing = Outgoing(kind=kind, event=EVENT, text="Dạ", idempotency_key=key, now_ms=NOW_MS)
    return await provider.send(outgoing, SandboxHttp(app))


async def test_a_reply_token_works_once_and_the_next_reply_is_a_push() -> None:
    recorder = Recorder()
    app = sandbox_app(recorder)

    await say(app, "reply", "run-1-a")
    await say(app, "reply", "run-1-b")

    found = [(record.path.rpartition("/")[2], record.status) for record in recorder.records()]
    assert found == [("reply", 200), ("reply", 400), ("push", 200)]


async def test_a_repeated_push_is_known_and_done() -> None:
    recorder = Recorder()
    app = sandbox_app(recorder)

    first, second = await say(app), await say(app)

    assert [record.status for record in recorder.records()] == [200, 409]
    assert (words.said(first.summary), "before" in words.said(second.summary)) == (
        f"pushed to {PERSON}",
        True,
    )
