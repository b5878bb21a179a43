"""Opening a link again and again costs no access to the database, and little memory."""

from types import SimpleNamespace
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.engine.links import clicks as module
from automator.engine.links.clicks import Clicks
from automator.engine.links.link_tokens import Link
from automator.model import IdSource
from automator.store.log.log import Sender
from tests.support.providers import a_provider


class Database:
    """Counts what is read and what is taken in."""

    def __init__(self) -> None:
        self.read = 0
        self.taken: list[str] = []
        self.log = SimpleNamespace(sender=self.sender, contact=lambda _key: {"name": "Hoa"})

    def sender(self, _run_id: int) -> Sender:
        self.read += 1
        return Sender("price", "shop-page:501")

    async def take_in(self, _provider: Any, _delivery: Any, parsed: Any) -> None:
        self.taken.append(parsed.dedupe_key)


def clicks_of(database: Database, connection: str = "shop-page") -> Clicks:
    made: Any = Clicks
    clock = ManualClock()
    return made(
        connections={connection: a_provider("facebook", connection=connection)},
        intake=database,
        store=database,
        clock=clock,
        ids=IdSource(clock.now_ms, 1),
    )


async def test_a_click_that_is_stored_is_not_looked_up_again() -> None:
    database = Database()
    clicks = clicks_of(database)
    for step in ("told", "told", "other", "told"):
        await clicks.take(Link(7, step, "https://shop.example"))

    assert database.read == 2
    assert len(set(database.taken)) == len(database.taken) == 2


async def test_the_oldest_clicks_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_REMEMBERED", 2)
    database = Database()
    clicks = clicks_of(database)
    for run in (1, 2, 3, 3, 1):
        await clicks.take(Link(run, "told", "https://shop.example"))

    assert database.read == 4


async def test_a_click_of_a_connection_that_is_gone_is_no_event() -> None:
    database = Database()
    await clicks_of(database, "another").take(Link(7, "told", "https://shop.example"))

    assert database.taken == []
