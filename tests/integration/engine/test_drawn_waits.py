"""A drawn wait is stored with its follow-up: a restart waits neither longer nor anew."""

from pathlib import Path

from automator.clock import ManualClock
from automator.model import RunState
from tests.support.words import said
from tests.support.world import World, a_world

RULES = """\
rules:
  - id: price
    trigger: {event: comment.created}
    actions:
      - follow_up:
          after: {between: [20s, 90s]}
          actions: [log: "Giá 250k ạ"]
"""


async def waits(world: World) -> list[int]:
    """The milliseconds of each follow-up, in the order of the comments."""
    return [
        detail.run.run_at - detail.run.created_at
        for detail in await world.runs()
        if detail.run.path
    ]


async def test_each_follow_up_has_its_own_wait_which_a_restart_keeps(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, RULES, clock=clock) as world:
        for number in range(5):
            await world.comments(number, str(number), "giá?")
        await world.settled()
        drawn = await waits(world)
        planned = [detail for detail in await world.runs() if not detail.run.path]

        assert len(set(drawn)) == 5
        assert all(20_000 <= wait <= 90_000 for wait in drawn)
        assert "drawn from 20 s to 1 min 30 s" in said(planned[0].attempts[0].summary)

    async with a_world(tmp_path, RULES, clock=clock, node=2) as world:
        await world.passes(19)
        waiting = [detail.run.state for detail in await world.runs() if detail.run.path]
        assert waiting == [RunState.QUEUED] * 5
        assert await waits(world) == drawn

        await world.passes(72)
        done = [detail.run.state for detail in await world.runs() if detail.run.path]
        assert done == [RunState.DONE] * 5
