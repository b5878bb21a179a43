"""`automator prune` shows what would go, and deletes it where no server works."""

import asyncio
import re
from pathlib import Path

import pytest

from automator.cli.administration.prune import gone_text, prune
from automator.clock import ManualClock, SystemClock
from tests.support.store import Shop, opened, with_tables

DAY_MS = 86_400_000


async def stored(folder: Path, days_ago: int) -> None:
    clock = ManualClock(SystemClock().now_ms() - days_ago * DAY_MS)
    async with opened(with_tables(folder), clock) as store:
        await Shop(clock).receive(store, runs=0)


@pytest.mark.parametrize(("days_ago", "count"), [(100, "1"), (1, "0")])
async def test_the_plan_says_how_much_and_from_when(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], days_ago: int, count: str
) -> None:
    await stored(tmp_path, days_ago)

    prune(plan=True, config=None, data=tmp_path, database=None)

    (line,) = [line for line in capsys.readouterr().out.splitlines() if "with their runs" in line]
    assert line.split()[0] == count
    assert re.search(r" \d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC$", line)


def test_without_a_server_the_command_deletes_it_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(stored(tmp_path, 100))

    prune(plan=False, config=None, data=tmp_path, database=None)
    assert "events with their runs and attempts" in capsys.readouterr().out

    prune(plan=False, config=None, data=tmp_path, database=None)
    assert capsys.readouterr().out.strip() == gone_text({})
