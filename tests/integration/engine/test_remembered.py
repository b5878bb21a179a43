"""What a step remembers is known to whatever of the same person begins after it."""

from pathlib import Path

from tests.support import words
from tests.support.world import CONNECTION, World, a_world

COUNTER = """\
rules:
  - id: count
    trigger: {event: comment.created}
    actions:
      - remember: {n: "{{ (contact.state.n | default(0)) + 1 }}"}
  - id: show
    trigger: {event: comment.created}
    actions:
      - log: "n is {{ contact.state.n }}"
"""
TWO_STEPS = """\
rules:
  - id: greet
    trigger: {event: comment.created}
    actions:
      - remember: {n: 7, tags: {add: [new]}, opted_out: true}
      - log: "{{ contact.state.n }} {{ contact.tags | join }} {{ contact.opted_out }}"
"""


async def said(world: World) -> list[str]:
    """The last summary of every run that logs something, in order."""
    return [
        words.said(attempt.summary)
        for detail in await world.runs()
        for attempt in detail.attempts
        if attempt.action == "log"
    ]


async def test_five_quick_events_of_one_person_are_counted_five_times(tmp_path: Path) -> None:
    async with a_world(tmp_path, COUNTER) as world:
        for number in range(5):
            await world.comments(number, "11", "giá?")
        await world.settled()

        contact = await world.store.contacts.find(CONNECTION, "11")
        assert contact["state"] == {"n": 5}


async def test_a_later_rule_of_the_same_event_sees_what_an_earlier_one_remembered(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, COUNTER) as world:
        for number in range(3):
            await world.comments(number, "11", "giá?")
        await world.settled()

        assert await said(world) == ["n is 1", "n is 2", "n is 3"]


async def test_a_later_step_of_the_same_run_sees_what_an_earlier_one_remembered(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, TWO_STEPS) as world:
        await world.handles_comment(1, "11", "giá?")

        assert await said(world) == ["7 new true"]
