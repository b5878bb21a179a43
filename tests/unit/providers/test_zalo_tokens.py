"""What a renewal at Zalo asks, and what it makes of the answer."""

from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from automator.http.types import HttpReply
from automator.model import PermanentError, RetryableError, StepError, UnknownOutcome
from automator.plugins.access_tokens import TokenPair
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import OPTIONS, a_provider
from tests.support.words import said_of_value

PAIR = TokenPair(access="old-access", refresh="old & refresh", lives_s=90_000)


def zalo(**changes: Any) -> Any:
    options = {"app_secret": "app-secret-of-tests", "refresh_token": "first-refresh-token"}
    return a_provider("zalo", **{**options, **changes})


async def renew(answer: HttpReply | StepError) -> tuple[TokenPair, ScriptedHttp]:
    http = ScriptedHttp([answer])
    return await zalo().renew_tokens(PAIR, http), http


async def test_the_refresh_token_is_sent_as_a_form_with_the_app_secret_in_a_header() -> None:
    body = b'{"access_token":"a1","refresh_token":"r1","expires_in":"3600"}'

    pair, http = await renew(a_reply(200, body))

    assert (pair.access, pair.refresh, pair.lives_s) == ("a1", "r1", 3600)
    assert http.last.url == "https://oauth.zaloapp.com/v4/oa/access_token"
    assert http.last.headers["secret_key"] == "app-secret-of-tests"
    assert parse_qs(http.last.body.decode()) == {
        "refresh_token": ["old & refresh"],
        "app_id": [OPTIONS["zalo"]["app_id"]],
        "grant_type": ["refresh_token"],
    }


@pytest.mark.parametrize("expires", [b"90000", b'"90000"', b'"soon"', b"null", b"-1"])
async def test_a_life_that_is_not_told_is_twenty_five_hours(expires: bytes) -> None:
    body = b'{"access_token":"a1","refresh_token":"r1","expires_in":' + expires + b"}"

    pair, _ = await renew(a_reply(200, body))

    assert pair.lives_s == 90_000


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (a_reply(200, b'{"error":-14014,"error_name":"Invalid refresh token"}'), PermanentError),
        (a_reply(200, b'{"error":-32,"error_description":"limit"}'), RetryableError),
        (RetryableError("no connection"), RetryableError),
        (PermanentError("the address is refused"), RetryableError),
        (UnknownOutcome("no answer"), UnknownOutcome),
        (a_reply(502, b"<html>"), UnknownOutcome),
        (a_reply(200, b""), UnknownOutcome),
        (a_reply(200, b'{"error":0}'), UnknownOutcome),
        (a_reply(200, b'{"access_token":"a1"}'), UnknownOutcome),
    ],
)
async def test_only_what_surely_did_not_use_the_token_may_be_tried_again(
    answer: HttpReply | StepError, error: type[StepError]
) -> None:
    with pytest.raises(error) as caught:
        await renew(answer)

    assert type(caught.value) is error


def test_a_refresh_token_needs_the_app_secret() -> None:
    with pytest.raises(ValidationError) as caught:
        zalo(app_secret=None)

    assert "needs app_secret" in said_of_value(caught.value)


def test_without_a_refresh_token_nothing_is_kept() -> None:
    assert zalo(refresh_token=None).first_tokens() is None
    only_refresh = zalo(access_token=None).first_tokens()
    assert (only_refresh.access, only_refresh.refresh) == ("", "first-refresh-token")
