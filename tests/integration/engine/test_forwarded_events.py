"""A forwarded event is stored once, and its attempt shows all the same what was sent."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from automator.configuration.secrets import Secret
from automator.configuration.target import Target
from automator.http.types import HttpReply
from automator.model import RetryableError, StepError
from automator.model.run import MAX_BODY
from automator.server.shared.json_values import run_detail_json
from automator.store.schema.tables import attempts
from tests.support.http import a_reply
from tests.support.providers import a_provider, a_request
from tests.support.world import World, a_world

RULES = """\
rules:
  - id: order
    trigger: {event: comment.created}
    actions:
      - id: send
        forward: {to: crm}
        retry: {max_attempts: 2, interval: 1s, strategy: fixed}
"""
PART = """\
rules:
  - id: order
    trigger: {event: comment.created}
    actions:
      - forward: {to: crm, body: {said: "{{ event.text }}"}}
"""
SAID = "Áo này “giá bao nhiêu” ạ? 👗"
KEY = "the-key-of-the-crm"


def stored_requests(world: World) -> list[Any]:
    """The requests of all attempts, as they stand in the table."""
    with world.store.log.engine.connect() as connection:
        return list(
            connection.execute(select(attempts.c.request).order_by(attempts.c.id)).scalars()
        )


async def forwarded(world: World, said: str = SAID, *script: HttpReply | StepError) -> list[Any]:
    """The recorded requests of a run that forwards one comment, as the log shows them."""
    world.http.script += script
    await world.handles_comment(1, "100", said)
    await world.passes(2)
    (detail,) = await world.runs()
    return [attempt.request for attempt in detail.attempts]


async def test_each_attempt_shows_the_bytes_that_were_sent_and_stores_none_of_them(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        shown = await forwarded(world, SAID, RetryableError("no connection"), a_reply(200))
        stored = stored_requests(world)
        (detail,) = await world.runs()

    assert [request["body"] for request in shown] == [
        sent.body.decode() for sent in world.http.requests
    ]
    assert len(shown) == 2
    assert SAID in shown[0]["body"]
    assert [b'"body":null' in request for request in stored] == [True, True]
    assert [item["request"] for item in run_detail_json(detail)["attempts"]] == shown


async def test_a_retry_of_another_process_sends_the_same_bytes(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        world.http.script.append(RetryableError("no connection"))
        await world.handles_comment(1, "100", SAID)
        (first,) = world.http.requests
        clock = world.clock
    clock.advance(60)
    async with a_world(tmp_path, RULES, clock=clock) as world:
        await world.passes(2)
        (second,) = world.http.requests
        (detail,) = await world.runs()

    assert first.body == second.body
    assert [item.request["body"] for item in detail.attempts if item.request] == [
        first.body.decode()
    ] * 2


async def test_what_is_not_the_event_is_stored_itself(tmp_path: Path) -> None:
    async with a_world(tmp_path, PART) as world:
        (request,) = await forwarded(world, "giá?")
        (stored,) = stored_requests(world)

    assert request["body"] == '{"said":"giá?"}'
    assert b"null" not in stored


async def test_a_secret_in_the_event_is_hidden_in_what_was_sent(tmp_path: Path) -> None:
    crm = Target(url="https://crm.example/in", secret=Secret(KEY, "env:CRM_KEY"))
    async with a_world(tmp_path, RULES, targets={"crm": crm}) as world:
        (request,) = await forwarded(world, f"Here is {KEY}")

    assert KEY in world.http.last.body.decode()
    assert "Here is <secret env:CRM_KEY>" in request["body"]
    assert KEY not in request["body"]


@pytest.mark.parametrize("length", [MAX_BODY, 5 * MAX_BODY])
async def test_a_long_event_is_shown_up_to_where_other_bodies_are_cut(
    tmp_path: Path, length: int
) -> None:
    async with a_world(tmp_path, RULES) as world:
        (request,) = await forwarded(world, "x" * length)
        (stored,) = stored_requests(world)

    assert len(request["body"]) == MAX_BODY
    assert request["body"][:-1] == world.http.last.body.decode()[: MAX_BODY - 1]
    assert len(stored) < 1000


async def test_the_send_log_has_the_body_that_was_sent(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await forwarded(world)
        (row,) = world.store.log.runs()
        (step,) = world.store.log.sent_about([row.run.event_id], ["forward"])

    assert step.request is not None
    assert step.request["body"] == world.http.last.body.decode()


async def test_an_integer_beyond_64_bits_is_sent_and_shown_exactly(tmp_path: Path) -> None:
    verify = {"token": KEY, "header": "x-till"}
    till = a_provider("generic", "till", verify=verify, signed="{body}")
    rules = RULES.replace("comment.created", '"*"')
    async with a_world(tmp_path, rules, others={"till": till}) as world:
        headers = {"content-type": "application/json", "x-till": KEY}
        request = a_request(headers, b'{"id":%d}' % 10**30)
        await world.intake.receive(till, request)
        await world.settled()
        (detail,) = await world.runs()

    sent = world.http.last.body.decode()
    assert f'"id":{10**30}' in sent
    assert detail.attempts[0].request is not None
    assert detail.attempts[0].request["body"] == sent
