"""A kill in the middle of a firing leaves nobody out, and takes nobody twice."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tests.acceptance.conftest import Shop
from tests.support.process import wait_until

pytestmark = pytest.mark.acceptance

PEOPLE = 120
RULES = """\
rules:
  - id: sale
    trigger:
      schedule: {every: 10s}
      contacts: {connection: shop-page, tag: vip, rate: 20/s}
    actions:
      - message: "Sale hôm nay ạ"
"""
#: The runs of the first firing, and their people.
_RUNS = """\
SELECT count(*), count(DISTINCT runs.contact)
FROM runs JOIN events ON events.id = runs.event_id,
  (SELECT * FROM firings ORDER BY id LIMIT 1) AS firing
WHERE events.type = 'schedule.contact'
  AND events.received_at BETWEEN firing.created_at AND firing.finished_at
"""


@pytest.mark.long
def test_a_firing_that_is_killed_goes_on_where_it_was(shop: Shop) -> None:
    (shop.rules / "shop.yaml").write_text("rules: []\n")
    with shop.config.open("a") as settings:
        settings.write("budgets: {per_connection: 0}\n")
    server = shop.start()
    server.terminate()
    file = server.data / "automator.db"
    now_ms = time.time_ns() // 1_000_000
    with closing(sqlite3.connect(file)) as database, database:
        database.executemany(
            "INSERT INTO contacts (key, state, tags, first_seen, window_opened_at)"
            " VALUES (?, CAST('{}' AS BLOB), CAST('[\"vip\"]' AS BLOB), ?, ?)",
            [(f"shop-page:{1000 + number}", now_ms, now_ms) for number in range(PEOPLE)],
        )
    (shop.rules / "shop.yaml").write_text(RULES)

    def asked(query: str) -> Callable[[], Any]:
        def ask() -> Any:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
                return database.execute(query).fetchone()

        return ask

    taken = asked("SELECT started FROM firings ORDER BY id LIMIT 1")
    for stage in (10, 50, 90):
        server = shop.start()
        wait_until(lambda stage=stage: (taken() or (0,))[0] >= stage, f"{stage} are taken")
        server.kill()
    server = shop.start()
    over = asked("SELECT finished_at FROM firings ORDER BY id LIMIT 1")
    wait_until(lambda: over()[0], "the firing is over")
    runs = asked(_RUNS)

    # What becomes of the runs themselves after a kill is the same as of all other runs.
    assert runs() == (PEOPLE, PEOPLE)
    assert taken() == (PEOPLE,)
