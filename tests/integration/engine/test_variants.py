"""`one_of` says no text twice in a row: to a person, and under the posts of the page."""

import json
from itertools import pairwise
from pathlib import Path

from automator.clock import ManualClock
from automator.configuration.settings import Budgets
from automator.model import RetryableError
from tests.support.http import a_reply
from tests.support.world import World, a_world

MANY = Budgets(per_contact=0, per_connection=0)
TEXTS = ("một", "hai", "ba")
RULES = """\
rules:
  - id: public
    trigger: {event: comment.created}
    actions:
      - reply: {one_of: [một, hai, ba]}
        retry: {max_attempts: 5, interval: 1s, strategy: fixed}
  - id: private
    trigger: {event: message.received}
    actions:
      - reply: {one_of: [một, hai, ba]}
"""


def texts(world: World) -> list[str]:
    """What was said, in order."""
    return [
        word
        for request in world.http.requests
        for word in TEXTS
        if json.dumps(word)[1:-1] in request.body.decode() or word in request.body.decode()
    ]


def answers(world: World, count: int) -> None:
    world.http.script = [a_reply(200, b'{"id": "9_1", "message_id": "m"}')] * count


async def test_public_replies_of_a_page_do_not_repeat_a_text_at_once(tmp_path: Path) -> None:
    clock = ManualClock()
    said: list[str] = []
    for node in (1, 2):
        async with a_world(tmp_path, RULES, clock=clock, node=node, budgets=MANY) as world:
            answers(world, 20)
            for number in range(10):
                await world.comments(100 * node + number, str(number), "giá?")
            await world.settled()
            said += texts(world)
        clock.advance(60)

    assert len(said) == 20
    assert set(said) == set(TEXTS)
    assert all(first != second for first, second in pairwise(said))


async def test_messages_to_a_person_do_not_repeat_a_text_at_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES, budgets=MANY) as world:
        answers(world, 24)
        for number in range(8):
            for person in ("11", "12"):
                await world.writes(10 * number + int(person), person, "giá?")
        await world.settled()
        of_each: dict[str, list[str]] = {"11": [], "12": []}
        for request, text in zip(world.http.requests, texts(world), strict=True):
            of_each["11" if '"11"' in request.body.decode() else "12"].append(text)

        for said in of_each.values():
            assert len(said) == 8
            assert all(first != second for first, second in pairwise(said))


async def test_private_replies_to_a_person_do_not_repeat_a_text_at_once(tmp_path: Path) -> None:
    rules = RULES.replace("- reply: {one_of", "- private_reply: {quick_replies: [S, M], one_of")
    async with a_world(tmp_path, rules.partition("  - id: private")[0], budgets=MANY) as world:
        world.http.script = [
            a_reply(200, b'{"recipient_id": "p-11", "message_id": "m"}') for _ in range(8)
        ]
        for number in range(8):
            await world.handles_comment(number, "11", "giá?")

        said = texts(world)
        assert len(said) == 8
        assert all(first != second for first, second in pairwise(said))
        assert all(b'"title":"S"' in request.body for request in world.http.requests)


async def test_every_attempt_of_a_run_says_the_same_text(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES, budgets=MANY) as world:
        world.http.script = [a_reply(503), RetryableError("no connection"), a_reply(503)]
        await world.handles_comment(1, "11", "giá?")
        for number in range(3):
            await world.comments(2 + number, "12", "giá?")
            await world.passes(2)

        mine = [
            text
            for request, text in zip(world.http.requests, texts(world), strict=True)
            if "700_1/" in request.url
        ]
        assert len(mine) > 1
        assert len(set(mine)) == 1
