"""Rules hear of steps that wait for approval: each step once, and a minute of them together."""

from pathlib import Path

from automator.clock import ManualClock
from automator.engine.schedule.approval_notices import ApprovalNotices
from automator.engine.schedule.schedule_connection import ScheduleProvider
from tests.support.words import said
from tests.support.world import World, a_world

RULES = """\
rules:
  - id: price
    name: Answer price questions
    trigger: {event: message.received}
    actions:
      - message: "Dạ 250k ạ"
        approve: {within: 2h}
  - id: tell
    trigger: {event: approval.waiting}
    actions:
      - log: >-
          {{ event.data.new }} of {{ event.data.count }}: {{ event.data.rules[0].name }},
          {{ event.data.link }}
"""
TOLD = "1 of 1: Answer price questions, https://shop.example/approvals"


def notices_of(world: World) -> ApprovalNotices:
    return ApprovalNotices(
        own=ScheduleProvider(),
        intake=world.intake,
        rulebook=world.rulebook,
        store=world.store,
        clock=world.clock,
        link="https://shop.example/approvals",
        say=said,
    )


async def told(world: World) -> list[str]:
    """The lines that the rule has written."""
    await world.settled()
    return [
        said(detail.attempts[-1].summary)
        for detail in await world.runs()
        if detail.run.rule == "tell" and detail.attempts
    ]


async def test_a_rule_hears_of_a_step_that_waits_within_two_minutes_and_once(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        notices = notices_of(world)
        await world.handles_message(1, "11", "giá")
        await notices.tell()
        assert await told(world) == []

        for _ in range(30):
            await world.passes(5)
            await notices.tell()

        (line,) = await told(world)
        assert TOLD in line


async def test_many_steps_of_a_minute_are_one_event_and_those_that_are_decided_none(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        notices = notices_of(world)
        for number in range(5):
            await world.writes(number, f"1{number}", "giá")
        await world.settled()
        first = (await world.runs())[0].run
        assert first.open_proposal is not None
        assert await world.store.approvals.decline(first.id, first.open_proposal[0], "Lan")
        await world.settled()

        await world.passes(70)
        await notices.tell()

        (line,) = await told(world)
        assert "4 of 4" in line


async def test_a_server_that_starts_tells_of_steps_that_began_to_wait_before(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, RULES, clock=clock) as world:
        await world.handles_message(1, "11", "giá")
    clock.advance(1200)
    async with a_world(tmp_path, RULES, clock=clock) as world:
        await notices_of(world).tell()

        assert len(await told(world)) == 1


async def test_two_nodes_raise_one_event(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.handles_message(1, "11", "giá")
        await world.passes(70)

        for _node in range(2):
            await notices_of(world).tell()

        assert len(await told(world)) == 1


async def test_a_notice_that_waits_for_approval_itself_makes_no_further_ones(
    tmp_path: Path,
) -> None:
    asked = "- message: {to: '99', via: shop-page, text: x}\n        approve: true\n      - log:"
    rules = RULES.replace("- log:", asked)
    async with a_world(tmp_path, rules) as world:
        notices = notices_of(world)
        await world.handles_message(1, "11", "giá")

        for _ in range(6):
            await world.passes(70)
            await notices.tell()

        rows = [detail for detail in await world.runs() if detail.run.rule == "tell"]
        assert len(rows) == 1


async def test_nothing_is_raised_where_no_rule_names_the_event(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES.replace("approval.waiting", "order.paid")) as world:
        await world.handles_message(1, "11", "giá")
        await world.passes(70)
        await notices_of(world).tell()
        await world.settled()

        assert {detail.event.type for detail in await world.runs()} == {"message.received"}
