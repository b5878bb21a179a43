"""The sandbox answers as Zalo does: with 200 and a code, and with tokens that work once."""

from typing import Any

import pytest
from starlette.applications import Starlette

from automator.model import PermanentError
from automator.plugins import Outgoing
from automator.sandbox import Recorder
from tests.support.errors import raises_code
from tests.support.providers import NOW_MS, a_provider
from tests.support.sandbox import BASE, SandboxHttp, call

CHAT = {"actor": {"id": "58200"}, "conversation": {"id": "58200", "kind": "person"}}
GROUP = {"actor": {"id": "58200"}, "conversation": {"id": "g7", "kind": "group"}}
UNNAMED = {"actor": {"id": "a1"}, "conversation": {"id": "c9", "kind": "anonymous"}}
REFRESH = {"grant_type": "refresh_token", "app_id": "71"}


async def send(app: Starlette, event: Any = CHAT, **more: Any) -> None:
    provider = a_provider("zalo", api_url=f"{BASE}/zalo", business_url=f"{BASE}/zalo")
    outgoing = Outgoing(kind="reply", event=event, **{"text": "chào", "now_ms": NOW_MS, **more})
    await provider.send(outgoing, SandboxHttp(app))


async def renew(app: Starlette, token: str) -> Any:
    form = "&".join(f"{key}={value}" for key, value in {**REFRESH, "refresh_token": token}.items())
    headers = {"content-type": "application/x-www-form-urlencoded", "secret_key": "s"}
    path = "/zalo/v4/oa/access_token"
    return (await call(app, "POST", path, headers=headers, body=form.encode())).json()


async def test_everything_that_can_be_said_arrives_in_its_place(
    app: Starlette, recorder: Recorder
) -> None:
    for event in (CHAT, GROUP, UNNAMED):
        await send(app, event)
    await send(app, text="", template={"id": "9"})
    await send(app, text="", template={"id": "9", "phone": "0912345678"})

    found = [(record.kind, record.to, record.text) for record in recorder.records()]
    assert found == [
        ("message", "58200", "chào"),
        ("message", "g7", "chào"),
        ("message", "c9", "chào"),
        ("template", "58200", "9"),
        ("template", "84912345678", "9"),
    ]
    assert all(record.headers["access_token"] == "<redacted>" for record in recorder.records())


async def test_a_token_that_has_ended_stays_refused(app: Starlette) -> None:
    await call(app, "POST", "/control", body={"next": [{"error": "token_expired"}]})

    for _ in range(2):
        with raises_code(PermanentError, "token_expired"):
            await send(app)


async def test_a_refresh_token_works_once(app: Starlette) -> None:
    first = await renew(app, "r0")
    second = await renew(app, first["refresh_token"])

    assert first["expires_in"] == "90000"
    assert second["access_token"] != first["access_token"]
    assert (await renew(app, "r0"))["error"] == (await renew(app, ""))["error"] == -14014


async def test_an_answer_that_is_lost_has_used_the_token_up_and_a_refusal_has_not(
    app: Starlette,
) -> None:
    faults = [{"error": "rate_limit"}, {"status": 502}]
    await call(app, "POST", "/control", body={"next": faults})

    assert (await renew(app, "r0"))["error"] == -32
    assert await renew(app, "r0") == {}
    assert (await renew(app, "r0"))["error"] == -14014


async def test_the_code_of_a_consent_brings_the_first_tokens_once(app: Starlette) -> None:
    provider = a_provider("zalo", oauth_url=f"{BASE}/zalo", app_secret="an-app-secret-0123456789")
    answer = {"code": "the-code", "oa_id": provider.options.oa_id}

    tokens = await provider.tokens_of_consent(answer, "v" * 43, SandboxHttp(app))

    assert (tokens.access, tokens.lives_s) == ("sandbox-access-1", 90_000)
    with pytest.raises(PermanentError):
        await provider.tokens_of_consent(answer, "v" * 43, SandboxHttp(app))


async def test_everybody_has_a_name_and_always_the_same(app: Starlette) -> None:
    provider = a_provider("zalo", api_url=f"{BASE}/zalo")

    names = [await provider.name_of(CHAT, SandboxHttp(app), NOW_MS) for _ in range(2)]

    assert names[0] == names[1] != ""


async def test_a_profile_needs_a_token_and_an_id(app: Starlette) -> None:
    path = "/zalo/v3.0/oa/user/detail?data="
    answers = [
        (await call(app, "GET", path + data, headers={"access_token": token})).json()["error"]
        for data, token in (("%7B%22user_id%22%3A%221%22%7D", ""), ("x", "t"), ("%7B%7D", "t"))
    ]

    assert answers == [-216, -201, -201]
