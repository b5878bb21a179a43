"""`automator log` says where a search has stopped."""

import asyncio
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.store.search import search
from tests.support.commands import command
from tests.support.store import Shop, opened, with_tables


def test_the_log_says_that_older_runs_wait_to_be_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(ManualClock())

    async def store_some() -> None:
        async with opened(with_tables(tmp_path / "data"), ManualClock()) as store:
            for _ in range(3):
                await shop.receive(store)

    asyncio.run(store_some())
    whole = command(tmp_path, "log", "text=zzzqq")
    monkeypatch.setattr(search, "MOST_WAITING_READ", 1)

    part = command(tmp_path, "log", "text=zzzqq")

    assert part.returncode == 0, part.stderr
    assert "6 entries wait to be put into the words index" in part.stdout
    assert "words index" not in whole.stdout
