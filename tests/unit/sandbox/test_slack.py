from typing import Any

import pytest
from starlette.applications import Starlette

from automator.model import (
    PermanentError,
    RetryableError,
    SkippedStep,
    StepError,
    UnknownOutcome,
)
from automator.plugins import Outgoing
from automator.sandbox import Recorder, sandbox_app
from tests.support.providers import a_provider
from tests.support.sandbox import BASE, SandboxHttp, error_on_demand

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


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("rate_limit", RetryableError, "rate_limit"),
        ("token_expired", PermanentError, "token_expired"),
        ("transient", RetryableError, "provider_down"),
        ("permission", PermanentError, "permission"),
        ("gone", SkippedStep, "gone"),
        ("in_doubt", UnknownOutcome, "unknown_outcome"),
        ("not_in_channel", PermanentError, "permission"),
    ],
)
async def test_every_error_can_be_had_on_demand_and_passes(
    fault: str, error: type[StepError], code: str
) -> None:
    app = sandbox_app()

    found = await error_on_demand(app, fault, say)

    assert (type(found), found.code) == (error, code)


async def test_an_unknown_token_is_refused() -> None:
    with pytest.raises(PermanentError) as caught:
        await say(sandbox_app(tokens=["another-token"]))

    assert caught.value.code == "token_expired"
