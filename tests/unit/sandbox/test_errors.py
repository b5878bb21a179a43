"""The errors that the sandbox can be told to answer with, as each provider understands them."""

from collections.abc import Awaitable, Callable, Mapping

import pytest
from starlette.applications import Starlette

from automator.model import PermanentError, RetryableError, SkippedStep, StepError, UnknownOutcome
from automator.sandbox import sandbox_app
from tests.support.errors import raises_code
from tests.support.sandbox import plan_faults
from tests.unit.sandbox import (
    test_app,
    test_discord,
    test_line,
    test_meta,
    test_slack,
    test_telegram,
    test_zalo,
)

#: Sends a message through each provider.
SAY: Mapping[str, Callable[[Starlette], Awaitable[object]]] = {
    "discord": test_discord.say,
    "facebook": lambda app: test_app.send(app, "message"),
    "line": test_line.say,
    "slack": test_slack.say,
    "telegram": test_telegram.say,
    "whatsapp": lambda app: test_meta.send(app, "whatsapp", "message"),
    "zalo": test_zalo.send,
}


@pytest.mark.parametrize(
    ("provider", "fault", "error", "code"),
    [
        ("line", "rate_limit", RetryableError, "rate_limit"),
        ("line", "quota", PermanentError, "quota"),
        ("line", "token_expired", PermanentError, "token_expired"),
        ("line", "transient", RetryableError, "provider_down"),
        ("line", "permission", PermanentError, "permission"),
        ("line", "gone", SkippedStep, "gone"),
        ("line", "something else", PermanentError, "provider_refused"),
        ("slack", "rate_limit", RetryableError, "rate_limit"),
        ("slack", "token_expired", PermanentError, "token_expired"),
        ("slack", "transient", RetryableError, "provider_down"),
        ("slack", "permission", PermanentError, "permission"),
        ("slack", "gone", SkippedStep, "gone"),
        ("slack", "in_doubt", UnknownOutcome, "unknown_outcome"),
        ("slack", "not_in_channel", PermanentError, "permission"),
        ("telegram", "rate_limit", RetryableError, "rate_limit"),
        ("telegram", "token_expired", PermanentError, "token_expired"),
        ("telegram", "transient", RetryableError, "provider_down"),
        ("telegram", "permission", PermanentError, "permission"),
        ("telegram", "gone", SkippedStep, "gone"),
        ("telegram", "in_doubt", UnknownOutcome, "unknown_outcome"),
        ("telegram", "message is too long", PermanentError, "provider_refused"),
        ("discord", "rate_limit", RetryableError, "rate_limit"),
        ("discord", "token_expired", PermanentError, "token_expired"),
        ("discord", "transient", RetryableError, "provider_down"),
        ("discord", "in_doubt", UnknownOutcome, "unknown_outcome"),
        ("discord", "permission", PermanentError, "permission"),
        ("discord", "gone", SkippedStep, "gone"),
        ("discord", "blocked", PermanentError, "permission"),
        ("discord", "something else", PermanentError, "provider_refused"),
        ("facebook", "rate_limit", RetryableError, "rate_limit"),
        ("facebook", "transient", RetryableError, "provider_down"),
        ("facebook", "in_doubt", UnknownOutcome, "unknown_outcome"),
        ("facebook", "token_expired", PermanentError, "token_expired"),
        ("facebook", "permission", PermanentError, "permission"),
        ("facebook", "blocked", PermanentError, "page_blocked"),
        ("facebook", "unavailable", SkippedStep, "gone"),
        ("facebook", "window", SkippedStep, "outside_window"),
        ("facebook", "gone", SkippedStep, "gone"),
        ("whatsapp", "window", SkippedStep, "outside_window"),
        ("whatsapp", "rate_limit", RetryableError, "rate_limit"),
        ("whatsapp", "pair_limit", RetryableError, "rate_limit"),
        ("whatsapp", "gone", PermanentError, "undeliverable"),
        ("whatsapp", "blocked", PermanentError, "page_blocked"),
        ("whatsapp", "template", PermanentError, "bad_template"),
        ("whatsapp", "permission", PermanentError, "permission"),
        ("whatsapp", "token_expired", PermanentError, "token_expired"),
        ("whatsapp", "transient", RetryableError, "provider_down"),
        ("zalo", "rate_limit", RetryableError, "rate_limit"),
        ("zalo", "quota", RetryableError, "quota"),
        ("zalo", "night", RetryableError, "night"),
        ("zalo", "transient", RetryableError, "provider_down"),
        ("zalo", "window", SkippedStep, "outside_window"),
        ("zalo", "gone", SkippedStep, "gone"),
        ("zalo", "blocked", SkippedStep, "gone"),
        ("zalo", "permission", PermanentError, "permission"),
    ],
)
async def test_every_error_can_be_had_on_demand_and_passes(
    provider: str, fault: str, error: type[StepError], code: str
) -> None:
    app, say = sandbox_app(), SAY[provider]
    await plan_faults(app, {"error": fault})

    with pytest.raises(StepError) as caught:
        await say(app)
    await say(app)

    assert (type(caught.value), caught.value.code) == (error, code)


@pytest.mark.parametrize("provider", ["line", "slack", "telegram", "whatsapp", "zalo"])
async def test_an_unknown_token_is_refused(provider: str) -> None:
    with raises_code(PermanentError, "token_expired"):
        await SAY[provider](sandbox_app(tokens=["another-token"]))
