"""Below a comment, a post or a message that was deleted since, nobody is answered."""

from pathlib import Path
from typing import Any

import pytest

from automator.model import RetryableError, RunState
from automator.store import RunDetail
from tests.support.page_events import comment, delivery, message
from tests.support.rule_tests import codes_of, results_of
from tests.support.words import said
from tests.support.world import World, a_world

HOUR = 3600
LATER = """\
rules:
  - id: later
    trigger: {event: [comment.created, message.received]}
    actions:
      - follow_up: {after: 1h, actions: [{STEP}]}
"""


def deletion(number: int, *, parent: str | None = None, of_post: bool = False) -> dict[str, Any]:
    """A change: the comment of this number was deleted, or the post."""
    change = comment(number, "11", "")
    change["value"] |= {"verb": "remove", **({"parent_id": parent} if parent else {})}
    if of_post:
        change["value"] |= {"item": "status"}
        del change["value"]["comment_id"]
    return change


async def deletes(world: World, change: dict[str, Any]) -> None:
    await world.receives(delivery(changes=[change]))


def outcomes(runs: list[RunDetail]) -> list[tuple[str, str]]:
    """The result of the last attempt of each follow-up, by the id of its run."""
    found = [detail for detail in runs if detail.run.path]
    assert {detail.run.state for detail in found} == {RunState.DONE}
    return [(it.attempts[-1].status.value, it.attempts[-1].error_code) for it in found]


SKIPPED, DONE = ("skipped", "place_deleted"), ("ok", "")


@pytest.mark.parametrize("step", ["reply: Alo", "private_reply: Alo", "moderate: hide"])
async def test_a_step_about_a_comment_that_was_deleted_is_left_out_with_the_reason(
    tmp_path: Path, step: str
) -> None:
    async with a_world(tmp_path, LATER.replace("STEP", step)) as world:
        await world.handles_comment(1, "11", "giá?")
        await world.handles_comment(2, "12", "giá?")
        await deletes(world, deletion(1))
        await world.passes(HOUR + 1)

        runs = await world.runs()
        assert outcomes(runs) == [SKIPPED, DONE]
        (left_out,) = [d for d in runs if d.run.path and d.attempts[-1].status == "skipped"]
        assert said(left_out.run.reason).startswith(
            f"{step.partition(':')[0]} sent nothing: the comment, post or message"
        )
        assert len(world.http.requests) == 1


@pytest.mark.parametrize("gone", ["the comment above", "the post"])
async def test_what_is_below_a_deleted_comment_or_post_is_not_answered(
    tmp_path: Path, gone: str
) -> None:
    async with a_world(tmp_path, LATER.replace("STEP", "reply: Alo")) as world:
        below = comment(2, "12", "giá?")
        below["value"]["parent_id"] = "700_1"
        await world.receives(delivery(changes=[below]))
        await world.settled()
        await deletes(world, deletion(1, of_post=gone == "the post"))
        await world.passes(HOUR + 1)

        assert outcomes(await world.runs()) == [SKIPPED]


async def test_a_message_to_the_person_goes_out_whatever_they_have_deleted(tmp_path: Path) -> None:
    async with a_world(tmp_path, LATER.replace("STEP", "message: Alo")) as world:
        await world.handles_message(1, "11", "alo")
        await world.handles_comment(2, "11", "giá?")
        await deletes(world, deletion(2))
        await world.passes(HOUR + 1)

        assert outcomes(await world.runs()) == [DONE, DONE]


async def test_a_message_that_was_taken_back_is_not_replied_to(tmp_path: Path) -> None:
    async with a_world(tmp_path, LATER.replace("STEP", "reply: Alo")) as world:
        await world.handles_message(1, "11", "giá?")
        await world.handles_message(2, "12", "giá?")
        taken_back = message(1, "11", "")
        taken_back["message"] = {"mid": taken_back["message"]["mid"], "is_deleted": True}
        await world.receives(delivery(messaging=[taken_back]))
        await world.passes(HOUR + 1)

        assert outcomes(await world.runs()) == [SKIPPED, DONE]


async def test_an_attempt_that_is_repeated_looks_again(tmp_path: Path) -> None:
    rules = LATER.replace("follow_up: {after: 1h, actions: [{STEP}]}", "reply: Alo")
    async with a_world(tmp_path, rules) as world:
        world.http.script = [RetryableError("too much", code="429", retry_after_s=600)]
        await world.handles_comment(1, "11", "giá?")
        await deletes(world, deletion(1))
        await world.passes(700)

        (detail,) = await world.runs()
        assert [attempt.status.value for attempt in detail.attempts] == ["retry", "skipped"]


async def test_a_deletion_is_known_for_as_long_as_follow_ups_wait(tmp_path: Path) -> None:
    rules = LATER.replace("STEP", "reply: Alo").replace("1h", "60d")
    async with a_world(tmp_path, rules) as world:
        await world.handles_comment(1, "11", "giá?")
        await deletes(world, deletion(1))
        await world.passes(59 * 24 * HOUR)
        assert await world.store.upkeep.prune_echoes() == 0
        await world.passes(24 * HOUR + 1)

        assert outcomes(await world.runs()) == [SKIPPED]


def test_a_test_of_a_rule_shows_that_a_deleted_comment_is_not_answered(tmp_path: Path) -> None:
    one = "with: {entry.0.changes.0.value.comment_id: '122_7'}"
    rules = f"""\
rules:
  - id: later
    trigger: {{event: comment.created, connection: shop-page}}
    actions:
      - follow_up: {{after: 1h, actions: [{{reply: Alo}}]}}
    tests:
      - name: the test
        event: {{sample: facebook/comment.created, {one}}}
        events:
          - {{after: 1m, sample: facebook/comment.deleted, {one}}}
        run_for: 2h
        expect: matched
"""
    result = results_of({"later.yaml": rules}, tmp_path)["the test"]

    assert codes_of(result) == []
    (reply,) = [step for run in result.runs for step in run.steps if step.id == "reply"]
    assert (reply.status.value, reply.summary.code) == ("skipped", "place_deleted")
