"""Sequences: follow-ups in one list, each of which waits from the end of the one before it."""

from pathlib import Path

from automator.model import RunState
from tests.support.words import said
from tests.support.world import World, a_world

MINUTE, HOUR = 60, 3600
#: It is seven o'clock in Vietnam when a world begins.
RULES = """\
rules:
  - id: drip
    trigger: {event: comment.created}
    actions:
      - follow_up:
          after: 1h
          active: {times: "08:00-21:00"}
          key: "{{ event.text }}"
          cancel_on: {event: message.received}
          actions: [forward: {to: crm, body: one}]
          next:
            - {after: 4h, actions: [forward: {to: crm, body: two}]}
            - {at: "23:00", actions: [forward: {to: crm, body: three}]}
            - {after: 2d, within: 1h, actions: [forward: {to: crm, body: four}]}
  - id: stop
    trigger: {event: comment.created}
    conditions: ["event.text == 'thôi'"]
    actions:
      - cancel_follow_ups: {key: giá}
"""


def sent(world: World) -> list[str]:
    return [request.body.decode().strip('"') for request in world.http.requests]


async def states(world: World) -> list[tuple[str, str]]:
    """Each follow-up: which of how many it is, and its state."""
    return [
        (f"{detail.run.part[0]} of {detail.run.part[1]}", detail.run.state.label)
        for detail in await world.runs()
        if detail.run.part
    ]


async def test_each_waits_from_the_end_of_the_one_before_it(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.handles_comment(1, "11", "giá")
        await world.passes(HOUR)
        assert sent(world) == ["one"]
        assert await states(world) == [("1 of 4", "done"), ("2 of 4", "queued")]

        await world.passes(4 * HOUR - 1)
        assert sent(world) == ["one"]
        await world.passes(1)
        assert sent(world) == ["one", "two"]

        # Eleven at night is outside of its times.
        await world.passes(20 * HOUR + 10 * MINUTE)
        assert sent(world) == ["one", "two", "three"]
        await world.passes(48 * HOUR)
        assert sent(world) == ["one", "two", "three", "four"]
        assert await states(world) == [(f"{number} of 4", "done") for number in range(1, 5)]


async def test_the_log_says_which_of_how_many_is_planned(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.handles_comment(1, "11", "giá")
        await world.passes(HOUR)

        first, one, _ = await world.runs()
        assert said(first.attempts[0].summary).startswith("1 of 4: follows up in 1 h, on ")
        assert said(one.attempts[-1].summary).startswith("2 of 4: follows up in 4 h, on ")


async def test_an_answer_ends_the_sequence_wherever_it_is(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.handles_comment(1, "11", "giá")
        await world.passes(HOUR)
        await world.passes(4 * HOUR)

        await world.writes(2, "11", "shop ơi")
        await world.passes(100 * HOUR)

        assert sent(world) == ["one", "two"]
        assert (await states(world))[-1] == ("3 of 4", "cancelled")


async def test_another_rule_ends_it_by_its_key(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.handles_comment(1, "11", "giá")
        await world.passes(HOUR)

        await world.handles_comment(2, "11", "thôi")

        assert ("2 of 4", "cancelled") in await states(world)


async def test_a_sequence_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        clock = world.clock
        await world.handles_comment(1, "11", "giá")
        await world.passes(HOUR)
    async with a_world(tmp_path, RULES, clock=clock, node=2) as world:
        await world.passes(4 * HOUR)

        assert sent(world) == ["two"]
        assert [state for _, state in await states(world)] == ["done", "done", "queued"]


async def test_one_that_fails_for_good_ends_the_sequence_and_says_so(tmp_path: Path) -> None:
    text = RULES.replace("{to: crm, body: two}", "{to: crm, body: '{{ event.nothing }}'}")
    async with a_world(tmp_path, text) as world:
        await world.handles_comment(1, "11", "giá")
        await world.passes(HOUR)
        await world.passes(4 * HOUR)
        await world.passes(100 * HOUR)

        assert sent(world) == ["one"]
        last = (await world.runs())[-1].run
        assert last.state is RunState.DEAD
