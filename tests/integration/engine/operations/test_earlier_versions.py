"""What a shop waited for when a later version was installed goes on as it had been left."""

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.model import RunState
from automator.model.log_filters import EventFilter
from automator.store.database.migration import known_versions
from tests.support.golden_database import RULES, later_versions, link_of, placing
from tests.support.http import a_reply
from tests.support.world import CONNECTION, World, a_world, keep_in

SENT = a_reply(200, b'{"recipient_id":"502","message_id":"m-2"}')
HOUR_S = 3_600


@pytest.fixture(params=known_versions())
def shop(
    request: pytest.FixtureRequest, tmp_path: Path, database_kind: str
) -> Iterator[ManualClock]:
    """A golden database of each version in the world's folder, and a clock of minutes later."""
    clock = ManualClock()
    clock.advance(120)
    with placing(database_kind, tmp_path, request) as placed, later_versions():
        keep_in(tmp_path, placed(request.param))
        yield clock


@contextlib.asynccontextmanager
async def opened_again(folder: Path, clock: ManualClock) -> AsyncIterator[World]:
    """The shop under this version, with everything done that was due."""
    async with a_world(folder, RULES, clock=clock) as world:
        world.http.script = [SENT] * 9
        await world.settled()
        yield world


def sent(world: World) -> list[str]:
    """The texts that this version has sent."""
    bodies = (json.loads(one.body) for one in world.http.requests)
    return [body["message"]["text"] for body in bodies if "message" in body]


async def test_an_answer_goes_to_the_question_that_an_earlier_version_asked(
    tmp_path: Path, shop: ManualClock
) -> None:
    async with opened_again(tmp_path, shop) as world:
        await world.handles_message(20, "502", "0912345678")

        assert sent(world) == ["Shop sẽ gọi +84912345678"]


async def test_what_waits_for_approval_is_sent_as_it_was_shown(
    tmp_path: Path, shop: ManualClock
) -> None:
    async with opened_again(tmp_path, shop) as world:
        (run,) = [one.run for one in await world.runs() if one.run.open_proposal]
        step, proposal = run.open_proposal or ("", None)
        assert await world.store.approvals.approve(run.id, step, "Lan")
        await world.settled()

        assert proposal is not None
        assert sent(world) == [proposal.text]


async def test_a_follow_up_that_an_earlier_version_planned_is_sent_in_its_time(
    tmp_path: Path, shop: ManualClock
) -> None:
    async with opened_again(tmp_path, shop) as world:
        assert sent(world) == []
        await world.passes(2 * HOUR_S)

        assert sent(world) == ["Shop nhắc bạn ạ"]


async def test_a_link_in_an_old_message_still_tells_who_opens_it_once_an_hour(
    tmp_path: Path, shop: ManualClock
) -> None:
    async with opened_again(tmp_path, shop) as world:
        (first, *_) = [one for one in await world.runs() if one.run.rule == "price"]
        counts = []
        for _ in range(2):
            await world.clicks.take(link_of(first.attempts[0].said or ""))
            await world.settled()
            clicks = world.store.log.events(EventFilter(type="link.clicked"))
            counts.append(len(clicks))
            shop.advance(HOUR_S)

        # The earlier version has counted a click in this hour.
        assert counts == [1, 2]
        assert clicks[0].contact == f"{CONNECTION}:501"


async def test_a_dead_run_of_an_earlier_version_can_be_retried(
    tmp_path: Path, shop: ManualClock
) -> None:
    async with opened_again(tmp_path, shop) as world:
        (dead,) = [one.run for one in await world.runs() if one.run.rule == "exchange"]
        assert dead.state is RunState.DEAD
        await world.store.run_edits.retry(dead.id)
        await world.settled()

        (again,) = [one.run for one in await world.runs() if one.run.rule == "exchange"]
        assert again.state is RunState.DONE
