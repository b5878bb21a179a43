"""`automator approvals`, `approve` and `decline` without a server: what waits, and decisions."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.model import format_id
from tests.support.commands import Result, command
from tests.support.words import said
from tests.support.world import LEASE_S, a_world

RULES = """\
rules:
  - id: order
    trigger: {event: message.received}
    actions:
      - forward: {to: crm}
        approve: {within: 2h}
"""


async def run(folder: Path, *arguments: str) -> Result:
    return await asyncio.to_thread(command, folder, *arguments, "--data", ".")


@pytest.mark.parametrize(
    ("options", "count", "why"),
    [
        (("approve",), 1, "approved by command line on "),
        (("decline", "--because", "trùng đơn"), 0, ": trùng đơn"),
    ],
)
async def test_a_decision_is_kept_for_the_server_that_starts_next(
    tmp_path: Path, options: tuple[str, ...], count: int, why: str
) -> None:
    clock = ManualClock(round(time.time() * 1000))
    async with a_world(tmp_path, RULES, clock=clock) as world:
        await world.handles_message(1, "11", "2 áo")
        number = format_id((await world.runs())[0].run.id)

    listed = await run(tmp_path, "approvals")
    for_programs = await run(tmp_path, "approvals", "--json")
    decided = await run(tmp_path, options[0], number, *options[1:])
    again = await run(tmp_path, options[0], number)
    after = await run(tmp_path, "approvals")
    clock.advance(LEASE_S + 60)
    async with a_world(tmp_path, RULES, clock=clock, node=2) as world:
        await world.passes(1)

        (detail,) = await world.runs()
        assert len(world.http.requests) == count
        assert why in said(detail.attempts[0].summary)
    assert number in listed.stdout
    assert json.loads(for_programs.stdout)["id"] == number
    assert "POST https://crm.example/in" in listed.stdout
    assert (decided.returncode, again.returncode) == (0, 1)
    assert "does not wait for approval" in again.stderr
    assert "nothing waits for approval" in after.stdout


async def test_several_are_decided_about_at_once_and_each_line_says_what_became_of_it(
    tmp_path: Path,
) -> None:
    clock = ManualClock(round(time.time() * 1000))
    async with a_world(tmp_path, RULES, clock=clock) as world:
        for number in (1, 2):
            await world.writes(number, f"1{number}", "2 áo")
        await world.settled()
        first, second = [format_id(detail.run.id) for detail in await world.runs()]

    text_for_two = await run(tmp_path, "approve", first, second, "--text", "x")
    await run(tmp_path, "decline", second)
    decided = await run(tmp_path, "approve", first, second)

    assert text_for_two.returncode == 2
    assert "--text is for one run" in text_for_two.stderr
    assert decided.returncode == 1
    assert f"{first} is approved, and sent now" in decided.stdout
    assert f"{second}: this does not wait for approval" in decided.stderr
