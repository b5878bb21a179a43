"""Notices of running rules: stored without the address, told at least once, never in shadow."""

from pathlib import Path

import pytest

from automator.configuration.secrets import Secret
from automator.model import (
    AttemptStatus,
    Outcome,
    PermanentError,
    RetryableError,
    RunState,
    UnknownOutcome,
)
from tests.support.http import a_reply
from tests.support.words import said
from tests.support.world import a_world

OPS = {"ops": Secret("tgram://123456:AAtoken_token/55", "env:OPS")}
RULES = """\
rules:
  - id: told
    trigger: {event: comment.created}
    actions:
      - notify: {to: ops, title: Xem, text: "{{ event.text }}"}
        retry: {max_attempts: 2, interval: 1s, strategy: fixed}
"""
OK = a_reply(200, b'{"ok":true}')


async def test_a_notice_is_recorded_with_its_words_and_without_its_address(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES, notify=OPS) as world:
        world.http.script.append(OK)
        await world.handles_comment(1, "100", "hàng lỗi")
        (run,) = await world.runs()

    (attempt,) = run.attempts
    assert (run.run.state, run.run.outcome) == (RunState.DONE, Outcome.ANSWERED)
    assert (said(attempt.summary), attempt.said) == ("told ops", "Xem\nhàng lỗi")
    assert attempt.request is not None
    assert attempt.request["url"] == "https://api.telegram.org/bot<secret env:OPS>/sendMessage"
    for file in tmp_path.glob("*.db*"):
        assert b"AAtoken" not in file.read_bytes()


@pytest.mark.parametrize(
    ("failure", "first"),
    [
        (RetryableError("no connection"), AttemptStatus.RETRY),
        (UnknownOutcome("broke off"), AttemptStatus.UNKNOWN),
    ],
)
async def test_a_notice_is_tried_again_with_the_same_key(
    failure: RetryableError | UnknownOutcome, first: AttemptStatus, tmp_path: Path
) -> None:
    async with a_world(tmp_path, RULES, notify=OPS) as world:
        world.http.script += [failure, OK]
        await world.handles_comment(1, "100", "hàng lỗi")
        await world.passes(2)
        (run,) = await world.runs()

    assert [attempt.status for attempt in run.attempts] == [first, AttemptStatus.OK]
    keys = {request.headers["idempotency-key"] for request in world.http.requests}
    assert len(world.http.requests) == 2
    assert len(keys) == 1


async def test_a_notice_whose_outcome_is_unknown_is_held_where_the_rule_says_so(
    tmp_path: Path,
) -> None:
    rules = RULES + "        on_unknown: hold\n"
    async with a_world(tmp_path, rules, notify=OPS) as world:
        world.http.script.append(UnknownOutcome("broke off"))
        await world.handles_comment(1, "100", "hàng lỗi")
        (run,) = await world.runs()

    assert (run.run.state, len(world.http.requests)) == (RunState.UNKNOWN, 1)


async def test_who_cannot_be_told_does_not_keep_the_customer_waiting(tmp_path: Path) -> None:
    rules = RULES + "        continue_on_error: true\n      - reply: xin lỗi bạn\n"
    async with a_world(tmp_path, rules, notify=OPS) as world:
        world.http.script += [PermanentError("gone"), a_reply(200, b'{"id": "1"}')]
        await world.handles_comment(1, "100", "hàng lỗi")
        (run,) = await world.runs()

    assert [attempt.status.value for attempt in run.attempts] == ["failed", "ok"]
    assert run.run.outcome is Outcome.PARTLY


async def test_a_rule_in_shadow_tells_nobody(tmp_path: Path) -> None:
    rules = RULES.replace("    trigger", "    mode: shadow\n    trigger")
    async with a_world(tmp_path, rules, notify=OPS) as world:
        await world.handles_comment(1, "100", "hàng lỗi")
        (run,) = await world.runs()

    assert (run.run.outcome, world.http.requests) == (Outcome.WOULD_HAVE_SENT, [])
    assert "token" not in said(run.attempts[0].summary)
