"""Hot queries and pages use the index that was made for them, with nothing sorted or scanned.

SQLite drops a partial index in silence when a query does not repeat its condition.
"""

from typing import Any

import pytest
from sqlalchemy import Select

from automator.model import RunState, Verdict
from automator.store import Store, queries
from automator.store.claims import FOLLOWERS, HEADS, NEXT_DUE
from automator.store.ingest import WAITING_RUNS
from automator.store.log import _page
from automator.store.statements import Statement
from automator.store.tables import deliveries, events, runs


async def plan_of(store: Store, statement: Statement) -> str:
    def explain(db: Any, _batch: Any) -> list[Any]:
        text = f"EXPLAIN QUERY PLAN {statement.text}"
        return list(db.core.exec_driver_sql(text, tuple(0 for _ in statement.names)).all())

    return "\n".join(row[3] for row in await store._edit(explain))


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (HEADS, "SEARCH runs USING INDEX ix_runs_due (run_at<?)"),
        (HEADS, "SEARCH other USING INDEX ix_runs_lane (lane=? AND seq_at<?)"),
        (HEADS, "SEARCH other USING INDEX ix_runs_lane (lane=? AND seq_at>?)"),
        (FOLLOWERS, "SEARCH runs USING INDEX ix_runs_lane (lane=? AND seq_at>?)"),
        (NEXT_DUE, "SEARCH runs USING COVERING INDEX ix_runs_due (run_at>?)"),
        (WAITING_RUNS.of_size(4), "SEARCH runs USING INDEX ix_runs_cancel (contact=?)"),
    ],
)
async def test_a_hot_query_uses_its_index(store: Store, statement: Statement, index: str) -> None:
    plan = await plan_of(store, statement)

    assert index in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


def page(query: Select[Any], key: Any) -> Select[Any]:
    return _page(query, key, 1, 50)


RUNS, EVENTS, DELIVERIES = queries.RUN_ROWS, queries.EVENT_ROWS, queries.DELIVERY_ROWS
PAGES = {
    "runs": (page(RUNS, runs.c.id), "SEARCH runs USING INTEGER PRIMARY KEY (rowid<?)"),
    "runs of a rule": (
        page(RUNS.where(runs.c.rule == "x"), runs.c.id),
        "SEARCH runs USING INDEX ix_runs_rule (rule=? AND id<?)",
    ),
    "dead runs": (
        page(RUNS.where(queries.in_state(RunState.DEAD)), runs.c.id),
        "SEARCH runs USING INDEX ix_runs_not_done (state=? AND id<?)",
    ),
    "follow-ups": (
        page(RUNS.where(queries.waiting_follow_up()), runs.c.id),
        "SEARCH runs USING INDEX ix_runs_follow_up (id<?)",
    ),
    "events": (page(EVENTS, events.c.id), "SEARCH events USING INTEGER PRIMARY KEY (rowid<?)"),
    "events of a type": (
        page(EVENTS.where(events.c.type == "x"), events.c.id),
        "SEARCH events USING INDEX ix_events_type (type=? AND id<?)",
    ),
    "events of a connection": (
        page(EVENTS.where(events.c.connection == "x"), events.c.id),
        "SEARCH events USING INDEX ix_events_connection (connection=? AND id<?)",
    ),
    "matched events": (
        page(EVENTS.where(queries.has_runs()), events.c.id),
        "USING COVERING INDEX ix_runs_event_id (event_id=?)",
    ),
    "rejected deliveries": (
        page(DELIVERIES.where(queries.has_verdict(Verdict.REJECTED)), deliveries.c.id),
        "SEARCH deliveries USING INDEX ix_deliveries_verdict (verdict=? AND id<?)",
    ),
}


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_of_the_log_uses_its_index(store: Store, name: str) -> None:
    query, index = PAGES[name]

    plan = await plan_of(store, Statement(query))

    assert index in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


async def test_unfinished_runs_are_found_without_walking_all_runs(store: Store) -> None:
    query = page(RUNS.where(queries.in_state(RunState.RUNNING)), runs.c.id)

    plan = await plan_of(store, Statement(query))

    assert "SCAN runs USING INDEX ix_runs_lane" in plan
    assert "SEARCH runs USING INTEGER PRIMARY KEY (rowid=?)" in plan
