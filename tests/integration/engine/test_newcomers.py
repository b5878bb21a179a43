"""Somebody who writes for the first time has an id already, for every rule that reads it."""

from pathlib import Path

from automator.model import RunState
from tests.support.world import a_world

RULES = """\
rules:
  - id: once-an-hour
    trigger: {event: comment.created}
    limits:
      throttle: {key: contact.id, limit: 1, period: 1h}
    actions:
      - reply: "Chào bạn."
  - id: welcome
    trigger: {event: comment.created}
    conditions:
      - contact.last_inbound_at == null
      - contact.id == event.actor.id
    actions:
      - log: "somebody new"
"""


async def test_the_first_event_of_a_person_counts_for_a_limit_by_their_id(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.comments(1, "11", "giá")
        await world.comments(2, "11", "giá nữa")
        await world.handles_comment(3, "22", "giá")
        runs = [detail.run for detail in await world.runs() if detail.run.rule == "once-an-hour"]

    assert [run.state for run in runs] == [RunState.DONE, RunState.SUPPRESSED, RunState.DONE]
    assert [run.note for run in runs] == [None, None, None]


async def test_a_condition_sees_the_id_of_a_person_whom_nobody_knows_yet(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.comments(1, "11", "giá")
        await world.handles_comment(2, "11", "giá nữa")
        welcomed = [detail.run for detail in await world.runs() if detail.run.rule == "welcome"]

    assert len(welcomed) == 1
