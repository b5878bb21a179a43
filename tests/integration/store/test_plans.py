"""Hot queries and pages use the index that was made for them, with nothing scanned.

SQLite drops a partial index in silence when a query does not repeat its condition.
"""

from typing import Any

import pytest
from sqlalchemy import Select

from automator.clock import ManualClock
from automator.model import RunState, Verdict
from automator.store import Store, queries
from automator.store.claims import FOLLOWERS, HEADS, NEXT_DUE
from automator.store.counters import GIVEN_BACK
from automator.store.follow_ups import FOLLOW_UPS_OF
from automator.store.gatherings import GATHERED, WAITING
from automator.store.ingest import WAITING_RUNS
from automator.store.limit_rows import LOCKED
from automator.store.reader import newest_first
from automator.store.slots import ALL_AWAITED, AWAITED, HOLDING, WAITING_LONGEST
from automator.store.statements import Statement
from automator.store.tables import deliveries, events, runs
from automator.store.waits import REMEMBERED, WAITING_FOR_ABSENCE
from tests.support.store import opened


async def plan_of(store: Store, statement: Statement) -> str:
    def explain(db: Any, _batch: Any) -> str:
        compiled = statement.on(db.database)
        if db.database.name == "sqlite":
            text = f"EXPLAIN QUERY PLAN {compiled.text}"
            rows = db.core.exec_driver_sql(text, tuple(0 for _ in compiled.names)).all()
            return "\n".join(row[3] for row in rows)
        # The tables are empty: without these it would rather read them whole.
        db.core.exec_driver_sql("SET LOCAL enable_seqscan = off")
        db.core.exec_driver_sql("SET LOCAL enable_sort = off")
        text = f"EXPLAIN (GENERIC_PLAN) {compiled.text}"
        return "\n".join(row[0] for row in db.core.exec_driver_sql(text).all())

    return await store._edit(explain)


def is_used(index: str, plan: str) -> bool:
    """The plan reads by the index as SQLite's plan says, or by the one of that name."""
    if "->" not in plan and "cost=" not in plan:
        return index in plan and "SCAN" not in plan and "TEMP B-TREE" not in plan
    words = index.split()
    names = [word for word in words if word.startswith("ix_")] or [f"pk_{words[1]}"]
    return names[0] in plan and "Seq Scan" not in plan


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (HEADS, "SEARCH runs USING INDEX ix_runs_due (run_at<?)"),
        (HEADS, "SEARCH other USING INDEX ix_runs_lane (lane=? AND seq_at<?)"),
        (HEADS, "SEARCH other USING INDEX ix_runs_lane (lane=? AND seq_at>?)"),
        (FOLLOWERS, "SEARCH runs USING INDEX ix_runs_lane (lane=? AND seq_at>?)"),
        (NEXT_DUE, "SEARCH runs USING COVERING INDEX ix_runs_due (run_at>?)"),
        (WAITING_RUNS.of_size(4), "SEARCH runs USING INDEX ix_runs_waiting (contact=?)"),
        (WAITING_FOR_ABSENCE.of_size(4), "SEARCH runs USING INDEX ix_runs_wait (wait_key=?)"),
        (REMEMBERED.of_size(4), "SEARCH absence_ends USING PRIMARY KEY (wait_key=?)"),
        (FOLLOW_UPS_OF.of_size(4), "SEARCH runs USING INDEX ix_runs_waiting (contact=?)"),
        (GATHERED.of_size(4), "SEARCH runs USING INDEX ix_runs_parent (parent_id=?)"),
        (WAITING.of_size(4), "SEARCH runs USING INTEGER PRIMARY KEY (rowid=?)"),
        (HOLDING.of_size(4), "SEARCH runs USING INDEX ix_runs_slot (slot=? AND run_at<?)"),
        (AWAITED.of_size(4), "SEARCH runs USING INDEX ix_runs_slot (slot=? AND run_at>?)"),
        (WAITING_LONGEST, "SEARCH runs USING INDEX ix_runs_slot (slot=? AND run_at>?)"),
        (Statement(ALL_AWAITED), "ix_runs_slot"),
        (LOCKED.of_size(4), "SEARCH limits USING PRIMARY KEY (id=?)"),
        (GIVEN_BACK.of_size(4), "SEARCH attempts USING INDEX ix_attempts_run_id (run_id=?)"),
    ],
)
async def test_a_hot_query_uses_its_index(store: Store, statement: Statement, index: str) -> None:
    plan = await plan_of(store, statement)

    assert is_used(index, plan), plan


def page(query: Select[Any], key: Any) -> Select[Any]:
    return newest_first(query, key, 1, 50)


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

    assert is_used(index, plan), plan


async def test_unfinished_runs_are_found_without_walking_all_runs(
    sqlite_store_url: str, clock: ManualClock
) -> None:
    query = page(RUNS.where(queries.in_state(RunState.RUNNING)), runs.c.id)

    async with opened(sqlite_store_url, clock) as store:
        plan = await plan_of(store, Statement(query))

    assert "SCAN runs USING INDEX ix_runs_lane" in plan
    assert "SEARCH runs USING INTEGER PRIMARY KEY (rowid=?)" in plan
