"""The clock of a machine is set under an engine that works."""

from pathlib import Path

import pytest

from automator.model import RunState, StoreUnavailableError
from tests.support.world import LEASE_S, a_world, until

PLAIN = """\
rules:
  - id: order
    trigger: {event: comment.created}
    actions:
      - forward: {to: crm}
"""
SCHEDULED = """\
rules:
  - id: hourly
    trigger: {schedule: {every: 1h}}
    actions:
      - log: "it is {{ event.data.scheduled_at }}"
"""
DAYS = 86_400.0


async def test_a_node_whose_heartbeats_stop_says_that_it_performs_nothing(
    tmp_path: Path, database_kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        await world.settled()
        assert world.runner.trouble == ""

        world.clock.advance(LEASE_S)
        world.runner.wake()
        if database_kind == "postgresql":
            await until(lambda: "runner.idle: " in caplog.text)
            assert "heartbeats are not committed" in world.runner.trouble
            assert caplog.text.count("runner.idle: ") == 1
        await world.passes(0)
        assert world.runner.trouble == ""


async def test_a_runner_that_can_claim_nothing_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        await world.settled()

        def refuse(*_args: object, **_kwargs: object) -> list[object]:
            raise StoreUnavailableError("the disk is slow")

        with monkeypatch.context() as patch:
            patch.setattr(world.store, "standing_claim", refuse)
            world.clock.advance(31)
            await world.runner.renew_leases(1)

            assert world.runner.trouble == "nothing could be claimed for 31 s"
        world.runner.wake()
        await until(lambda: world.runner.trouble == "")


@pytest.mark.parametrize("seconds", [-2 * 3600.0, 30 * DAYS])
async def test_a_clock_that_is_set_and_set_right_again_keeps_no_run_from_its_end(
    tmp_path: Path, seconds: float
) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        for number, step in enumerate((seconds, -seconds), 1):
            world.clock.set_by(step)

            await world.comments(number, "lan", "giá?")
            await world.passes(1)

            runs = [detail.run.state for detail in await world.runs()]
            assert runs == [RunState.DONE] * number
            assert world.runner.trouble == ""


@pytest.mark.parametrize("seconds", [-2 * 3600.0, 30 * DAYS])
async def test_a_schedule_fires_each_hour_of_the_clock_however_it_is_set(
    tmp_path: Path, seconds: float
) -> None:
    async with a_world(tmp_path, SCHEDULED) as world:
        await world.passes(3600)
        for step in (seconds, -seconds):
            world.clock.set_by(step)
            await world.passes(0)
            before = len(await world.runs())

            await world.passes(3600)

            assert len(await world.runs()) == before + 1
