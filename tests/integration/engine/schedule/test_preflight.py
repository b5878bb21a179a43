"""The count before a firing says what the firing then does."""

import asyncio
from pathlib import Path

import pytest

from automator.actions import builtin_actions
from automator.configuration.settings import Budgets
from automator.engine.schedule.audience import Preflight, people_rule, preflight
from automator.model import Remember, RunState
from tests.support.http import a_reply
from tests.support.words import said
from tests.support.world import CONNECTION, World, a_world

HOUR = 3600
PLENTY = Budgets.model_validate({"per_connection": 0})
RULES = """\
rules:
  - id: vips
    trigger:
      schedule: {every: 1h}
      contacts: {connection: shop-page, tag: vip, rate: 1/s}
    limits: %s
    actions:
      - message: "Sale hôm nay ạ"
"""
PEOPLE = tuple(str(number) for number in range(1001, 1006))


async def knows(world: World, *people: str) -> None:
    """These people have written just now, and have the tag."""
    for number, person in enumerate(people, int(world.clock.now_ms() % 10**6)):
        await world.writes(number, person, "chào shop")
        kept = Remember(values={}, add_tags=("vip",), remove_tags=())
        await world.store.contacts.assume(CONNECTION, person, kept)


async def counted(world: World) -> Preflight:
    """Whom the rule would speak to now."""
    rule = people_rule(world.rulebook.active.rule_set.scheduled, "vips")
    connections = {CONNECTION: world.provider}
    return await asyncio.to_thread(
        preflight, world.store.log, rule, connections, builtin_actions(), PLENTY,
        world.clock.now_ms(),
    )  # fmt: skip


async def fires(world: World) -> int:
    """How many people hear something when the rule fires now."""
    world.http.requests.clear()
    await world.moves_clock(HOUR)
    for _ in range(8):
        await world.passes(1)
    return len(world.http.requests)


@pytest.mark.parametrize(
    ("limits", "spoken_to"),
    [
        ("{}", [5, 5]),
        ("{once: {key: contact.id, period: 7d}}", [5, 0]),
        ("{once: {key: contact.id}}", [5, 0]),
        ("{throttle: {key: contact.id, limit: 2, period: 1d}}", [5, 5]),
        ("{throttle: {key: \"'all'\", limit: 3, period: 1d}}", [3, 0]),
        ("{throttle: {key: \"'all'\", limit: 1, period: 3s}}", [2, 2]),
        ("{once: {key: contact.nothing}}", [5, 5]),
    ],
)
async def test_the_count_before_a_firing_is_what_the_firing_does(
    limits: str, spoken_to: list[int], tmp_path: Path
) -> None:
    async with a_world(tmp_path, RULES % limits, budgets=PLENTY) as world:
        await world.moves_clock(0)
        await knows(world, *PEOPLE)
        for expected in spoken_to:
            before = await counted(world)
            assert before.reached == expected
            assert before.taken == len(PEOPLE)
            assert await fires(world) == expected
            assert before.reached + sum(count for _, count in before.left_out) == before.seen


async def test_the_count_says_which_limit_holds_somebody_back(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES % "{once: {key: contact.id}}", budgets=PLENTY) as world:
        await world.moves_clock(0)
        await knows(world, "1001")
        await fires(world)
        await knows(world, "1002")

        found = await counted(world)
        ((reason, count),) = found.left_out
        assert (found.reached, count) == (1, 1)
        assert said(reason) == "held back by the rule's limit `once`, though a firing takes them"


async def test_a_limit_does_not_hold_back_whom_a_firing_did_not_reach(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES % "{once: {key: contact.id}}", budgets=PLENTY) as world:
        await world.moves_clock(0)
        await knows(world, "1001")
        world.http.script = [a_reply(400, b'{"error":{"code":100,"message":"no"}}')]
        assert await fires(world) == 1
        assert (await world.runs())[-1].run.state is RunState.DEAD

        assert (await counted(world)).reached == 1
        assert await fires(world) == 1
