"""What cancels a waiting follow-up: an event of its person, or an answer of ours by hand."""

import asyncio
from pathlib import Path

from automator.model import RunState
from tests.support.words import said
from tests.support.world import World, a_world

HOUR = 3600
RULES = """\
vars: {stop: thôi}
rules:
  - id: vip
    trigger: {event: comment.created}
    conditions: ["event.text == 'vip'"]
    actions: [remember: {vip: true}]
  - id: ask
    trigger: {event: comment.created}
    conditions: ["event.text == 'giá'"]
    actions:
      %s
      - follow_up:
          after: 20h
          cancel_on: %s
          actions: [log: "còn quan tâm?"]
"""
TEXT_OF_VARS = '{event: comment.created, conditions: ["event.text == vars.stop"]}'
VIP_NOW = """{event: comment.created, conditions: ["contact.state.vip",
            "connection.name == 'shop-page' && starts_with(now, '2026')"]}"""
ANSWERED = "{event: message.sent}"
ANSWERED_SO = """{event: "message.*", conditions: ["contains(event.text, 'nhân viên')"]}"""


async def follow_up(world: World) -> tuple[RunState, str]:
    """The follow-up, and why it stands as it does."""
    (run,) = [detail.run for detail in await world.runs() if detail.run.path]
    return run.state, said(run.reason).rsplit(" ", 1)[0]


async def test_conditions_of_cancel_on_see_the_vars_of_the_rule_and_of_its_steps(
    tmp_path: Path,
) -> None:
    rules = RULES % (
        "- set: {again: \"{{ 'lại' }}\"}",
        TEXT_OF_VARS.replace("vars.stop", "vars.again"),
    )
    async with a_world(tmp_path, rules) as world:
        await world.handles_comment(1, "11", "giá")
        await world.handles_comment(2, "11", "thôi")
        assert await follow_up(world) == (RunState.QUEUED, "")
        await world.handles_comment(3, "11", "lại")

        assert await follow_up(world) == (RunState.CANCELLED, "cancelled by comment.created")


async def test_conditions_of_cancel_on_see_the_contact_the_connection_and_the_time(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES % ("- log: x", VIP_NOW)) as world:
        await world.handles_comment(1, "11", "giá")
        await world.handles_comment(2, "11", "vip")
        assert await follow_up(world) == (RunState.QUEUED, "")
        await world.handles_comment(3, "11", "alo")

        assert await follow_up(world) == (RunState.CANCELLED, "cancelled by comment.created")


async def test_an_answer_by_hand_cancels_a_follow_up_and_our_own_echo_does_not(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES % ("- log: x", ANSWERED)) as world:
        await world.handles_comment(1, "11", "giá")
        await world.answers_by_hand(2, "11", app_id=4711)
        await world.answers_by_hand(3, "12")
        await world.settled()
        assert await follow_up(world) == (RunState.QUEUED, "")
        await world.answers_by_hand(4, "11")
        await world.settled()

        assert await follow_up(world) == (RunState.CANCELLED, "cancelled by message.sent")


async def test_an_answer_by_hand_before_the_follow_up_is_written_down_cancels_it_too(
    tmp_path: Path,
) -> None:
    blocked = "- forward: {to: crm}"
    async with a_world(tmp_path, RULES % (blocked, ANSWERED_SO)) as world:
        await world.gate.pause("crm", "a test")
        await world.handles_comment(1, "11", "giá")
        await world.moves_clock(60)
        await world.answers_by_hand(2, "11")
        await world.gate.resume("crm", "a test")
        for _ in range(400):
            if any(detail.run.path for detail in await world.runs()):
                break
            await asyncio.sleep(0.05)
        await world.passes(20 * HOUR)
        await world.passes(60)

        assert await follow_up(world) == (RunState.CANCELLED, "cancelled by message.sent")
