"""Hot queries and pages use the index that was made for them, with nothing scanned.

SQLite drops a partial index in silence when a query does not repeat its condition.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, select

from automator.clock import ManualClock
from automator.model import Outcome, Reason, RunState, Verdict, Waits
from automator.model.log_filters import DeliveryFilter, EventFilter, RunFilter
from automator.store import EventPlan, Log, Store
from automator.store.cluster.targets import FAILED, OLDEST
from automator.store.cluster.targets import WAITING as WAITING_FOR_TARGETS
from automator.store.database.statements import KEYS, Statement
from automator.store.limits.absence import REMEMBERED, WAITING_FOR_ABSENCE
from automator.store.limits.concurrency import ALL_AWAITED, AWAITED, HOLDING, WAITING_LONGEST
from automator.store.limits.counters import GIVEN_BACK
from automator.store.limits.debounce import COLLECTED, WAITING
from automator.store.limits.limit_rows import LOCKED
from automator.store.log import log, queries
from automator.store.log.event_log import OF_CONTACT_AFTER
from automator.store.log.figures.answer_log import KNOWN
from automator.store.log.reader import newest_first
from automator.store.queue.cancel_on import WAITING_RUNS
from automator.store.queue.echoes import ECHOES, IN_DOUBT
from automator.store.queue.follow_ups import FOLLOW_UPS_OF
from automator.store.queue.lanes import ANY_BEHIND, BLOCKED, DUE, FIRST_BUT_BEHIND, FIRST_OF_LANES
from automator.store.runs.claims import FOLLOWERS, HEADS
from automator.store.runs.ingest import LOOK_UP
from automator.store.runs.recovery import RECOVER
from automator.store.runs.settle import END_CLAIMED
from automator.store.schema.tables import deliveries, events, runs
from automator.store.search.indexing import LAG_MS
from tests.support.postgresql import PostgreSQLServer
from tests.support.store import Shop, asked_of, opened, sqlite_url


@pytest.fixture(scope="module")
def unfilled_url(postgresql: PostgreSQLServer) -> Iterator[str]:
    """The address of a database whose tables and indexes nobody fills."""
    url = postgresql.new_database(is_untouched=True)
    yield url
    postgresql.drop(url)


@pytest.fixture
def postgresql_store_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database whose tables and indexes nobody has filled before."""
    if "shop" not in request.fixturenames:
        yield request.getfixturevalue("unfilled_url")
        return
    postgresql = request.getfixturevalue("postgresql")
    url = postgresql.new_database(is_untouched=True)
    yield url
    postgresql.drop(url)


async def plan_of(store: Store, statement: Statement, keys: int = 4) -> str:
    def explain(db: Any, _batch: Any) -> str:
        compiled = statement.on(db.database, keys)
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


def page(query: Select[Any], key: Any) -> Select[Any]:
    return newest_first(query, key, 1, 50)


RUNS, EVENTS, DELIVERIES = queries.RUN_ROWS, queries.EVENT_ROWS, queries.DELIVERY_ROWS

#: What `DUE` joins, so that it always has a row.
ONE_ROW = ("SCAN CONSTANT ROW", "SCAN always", "SCAN edge LEFT-JOIN")


def is_used(index: str, plan: str) -> bool:
    """The plan reads by the index as SQLite's plan says, or by the one of that name."""
    if "->" not in plan and "cost=" not in plan:
        scans = [line for line in plan.splitlines() if "SCAN" in line and index not in line]
        return (
            index in plan and all(line in ONE_ROW for line in scans) and "TEMP B-TREE" not in plan
        )
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
        (DUE, "SEARCH runs USING COVERING INDEX ix_runs_due (run_at>?)"),
        (DUE, "SEARCH runs USING COVERING INDEX ix_runs_due (run_at<?)"),
        (BLOCKED, "SEARCH runs USING INDEX ix_runs_due (run_at<?)"),
        (BLOCKED, "SEARCH other USING INDEX ix_runs_lane (lane=? AND seq_at<?)"),
        (ANY_BEHIND, "runs USING INDEX ix_runs_behind"),
        (FIRST_OF_LANES, "SEARCH other USING INDEX ix_runs_lane (lane=? AND seq_at>?)"),
        (END_CLAIMED, "SEARCH runs USING INTEGER PRIMARY KEY (rowid=?)"),
        (END_CLAIMED, "SEARCH other USING INDEX ix_runs_lane (lane=?)"),
        (WAITING_RUNS, "SEARCH runs USING INDEX ix_runs_waiting (contact=?)"),
        (WAITING_FOR_ABSENCE, "SEARCH runs USING INDEX ix_runs_wait (wait_key=?)"),
        (REMEMBERED, "SEARCH absence_ends USING PRIMARY KEY (wait_key=?)"),
        (LOOK_UP, "SEARCH contacts USING PRIMARY KEY (key=?)"),
        (LOOK_UP, "SEARCH contact_aliases USING PRIMARY KEY (alias=?)"),
        (LOOK_UP, "SEARCH contact_aliases USING COVERING INDEX ix_contact_aliases_contact"),
        (LOOK_UP, "SEARCH runs USING INDEX ix_runs_waiting (contact=?)"),
        (LOOK_UP, "SEARCH runs USING INDEX ix_runs_lane (lane=?)"),
        (FOLLOW_UPS_OF, "SEARCH runs USING INDEX ix_runs_waiting (contact=?)"),
        (COLLECTED, "SEARCH runs USING INDEX ix_runs_parent (parent_id=?)"),
        (WAITING, "SEARCH runs USING INTEGER PRIMARY KEY (rowid=?)"),
        (
            HOLDING,
            "SEARCH runs USING INDEX ix_runs_concurrency (concurrency_key=?)",
        ),
        (
            AWAITED,
            "SEARCH runs USING COVERING INDEX ix_runs_place (concurrency_key=?)",
        ),
        (
            WAITING_LONGEST,
            "SEARCH runs USING INDEX ix_runs_place (concurrency_key=?)",
        ),
        (ALL_AWAITED, "ix_runs_place"),
        (OLDEST, "SEARCH runs USING COVERING INDEX ix_runs_target (target=? AND waits_for=?)"),
        (WAITING_FOR_TARGETS, "runs USING COVERING INDEX ix_runs_target"),
        (ECHOES, "SEARCH echoes USING PRIMARY KEY (key=?)"),
        (IN_DOUBT, "SEARCH runs USING INTEGER PRIMARY KEY (rowid=?)"),
        (LOCKED, "SEARCH limits USING PRIMARY KEY (id=?)"),
        (GIVEN_BACK, "SEARCH attempts USING INDEX ix_attempts_run_id (run_id=?)"),
    ],
)
async def test_a_hot_query_uses_its_index(store: Store, statement: Any, index: str) -> None:
    plan = await plan_of(
        store, statement if isinstance(statement, Statement) else Statement(statement)
    )

    assert is_used(index, plan), plan


async def test_what_a_person_did_is_read_from_the_index_in_order(store: Store) -> None:
    plan = await plan_of(store, OF_CONTACT_AFTER, keys=1)

    assert is_used("SEARCH events USING INDEX ix_events_contact (contact=? AND id>?)", plan), plan


@pytest.mark.parametrize(
    ("clause", "index"),
    [
        (RECOVER, "ix_runs_not_done (state=?"),
        (
            page(RUNS.where(queries.in_state(RunState.QUEUED)), runs.c.id),
            "ix_runs_not_done (state=?",
        ),
        (
            page(RUNS.where(queries.in_state(RunState.RUNNING)), runs.c.id),
            "ix_runs_not_done (state=?",
        ),
        (page(RUNS.where(queries.in_state(RunState.HELD)), runs.c.id), "ix_runs_not_done (state=?"),
        (select(runs.c.run_at).where(FAILED), "ix_runs_target (target=? AND waits_for=?)"),
    ],
    ids=["lost", "queued", "running", "held", "failed at a target"],
)
async def test_in_a_file_runs_are_found_by_the_index_that_has_them(
    tmp_path: Path, clause: Any, index: str
) -> None:
    async with opened(sqlite_url(tmp_path), ManualClock()) as store:
        plan = await plan_of(store, Statement(clause))

    assert is_used(f"SEARCH runs USING INDEX {index}", plan), plan


async def test_the_look_for_lost_runs_goes_from_lane_to_lane(store: Store) -> None:
    plan = await plan_of(store, Statement(FIRST_BUT_BEHIND))

    assert "ix_runs_behind" in plan, plan
    assert "ix_runs_lane" in plan, plan
    assert "SCAN runs" not in plan, plan
    assert "Seq Scan" not in plan, plan
    assert "pk_runs" not in plan, plan


PAGES = {
    "runs": (page(RUNS, runs.c.id), "SEARCH runs USING INTEGER PRIMARY KEY (rowid<?)"),
    "dead runs": (
        page(RUNS.where(queries.in_state(RunState.DEAD)), runs.c.id),
        "SEARCH runs USING INDEX ix_runs_not_done (state=? AND id<?)",
    ),
    "runs of a reason": (
        page(RUNS.where(queries.has_reason("throttled")), runs.c.id),
        "SEARCH runs USING INDEX ix_runs_reason (reason_codes=? AND id<?)",
    ),
    "runs that sent nothing": (
        page(RUNS.where(queries.has_outcome(Outcome.NOTHING_SENT)), runs.c.id),
        "SEARCH runs USING INDEX ix_runs_outcome (outcome=? AND id<?)",
    ),
    "runs that wait for their target": (
        page(RUNS.where(queries.waits_for(Waits.TARGET)), runs.c.id),
        "SEARCH runs USING INDEX ix_runs_waits_for (waits_for=? AND id<?)",
    ),
    "follow-ups": (
        page(RUNS.where(queries.waiting_follow_up()), runs.c.id),
        "SEARCH runs USING INDEX ix_runs_follow_up (id<?)",
    ),
    "events": (page(EVENTS, events.c.id), "SEARCH events USING INTEGER PRIMARY KEY (rowid<?)"),
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


#: A page in the middle: reading a table from its end would look like reading it whole.
LAST = 1 << 62
LOOKS: dict[str, Callable[[Log], object]] = {
    **{
        f"runs {wanted}": lambda log, wanted=wanted: log.runs(wanted, before=LAST)
        for wanted in [
            *(RunFilter(states=(state,)) for state in RunState),
            *(RunFilter(states=(state,), rule="price-question") for state in RunState),
            RunFilter(states=(RunState.DEAD, RunState.QUEUED), connection="shop-page"),
            RunFilter(rule="price-question"),
            RunFilter(connection="shop-page"),
            RunFilter(type="comment.created"),
            RunFilter(contact="shop-page:lan"),
            RunFilter(contact="shop-page:lan", contact_keys=("shop-page:lan", "zalo:lan")),
            RunFilter(error_code="http_500"),
            RunFilter(target="crm"),
            RunFilter(target="crm", states=(RunState.DEAD,), text="gia"),
            RunFilter(reason_code="throttled"),
            RunFilter(reason_code="throttled", states=(RunState.SUPPRESSED,)),
            RunFilter(reason_code="throttled", since_ms=1, until_ms=1 << 41),
            RunFilter(reason_code="throttled", rule="price-question", text="gia"),
            RunFilter(outcome=Outcome.PARTLY),
            RunFilter(outcome=Outcome.PARTLY, states=(RunState.DONE,), text="gia"),
            RunFilter(text="gia shop"),
            RunFilter(text="gia shop", rule="price-question", since_ms=1, until_ms=1 << 41),
            RunFilter(since_ms=1, until_ms=1 << 41),
        ]
    },
    **{
        f"events {wanted}": lambda log, wanted=wanted: log.events(wanted, before=LAST)
        for wanted in [
            EventFilter(),
            EventFilter(connection="shop-page"),
            EventFilter(type="comment.created"),
            EventFilter(contact="shop-page:lan"),
            EventFilter(matched=True),
            EventFilter(matched=False),
            EventFilter(text="gia"),
            EventFilter(since_ms=1, until_ms=1 << 41),
            EventFilter(delivery_ids=(1, 2, 3)),
        ]
    },
    **{
        f"found deliveries {wanted}": lambda log, wanted=wanted: log.deliveries(wanted, before=LAST)
        for verdict in (Verdict.ACCEPTED, Verdict.REJECTED)
        for wanted in [
            DeliveryFilter(verdict=verdict, connection="shop-page", reason_code="bad_signature"),
            DeliveryFilter(verdict=verdict, part="gia", since_ms=1, until_ms=1 << 41),
        ]
    },
    "events of deliveries, oldest first": lambda log: log.events(
        EventFilter(delivery_ids=(1, 2, 3)), after=1
    ),
    **{
        f"deliveries {verdict}": lambda log, verdict=verdict: log.deliveries(
            DeliveryFilter(verdict=verdict), before=LAST
        )
        for verdict in Verdict
    },
    "events with a part of a word": lambda log: log.events_with_part("iao"),
    "follow-ups": lambda log: log.follow_ups(before=LAST),
    "follow-ups by time": lambda log: log.follow_ups_by_time(after=(1, LAST)),
    **{
        f"lines of the inbox, marked {marked}": lambda log, marked=marked: log.latest_of_threads(
            ["facebook"], before=LAST, limit=50, marked=marked
        )
        for marked in ("", "waiting", "done")
    },
    "what changed": lambda log: log.changed_since(1, 1),
    "reasons": lambda log: log.reason_codes(),
    "how many have which reason": lambda log: log.reason_counts(1),
    "the oldest runs of a rule": lambda log: log.runs(RunFilter(rule="x"), after=1),
}
#: What never holds many rows, or is no table.
SMALL = ("deferred", "contact_aliases", "VIRTUAL TABLE", "anon_1")


async def test_a_page_of_a_reason_asks_for_it_once_or_postgresql_sorts_all_runs_that_have_it(
    store: Store, shop: Shop
) -> None:
    await shop.receive(store, run={"reason": Reason("throttled")})

    with asked_of(store.log) as asked:
        found = store.log.runs(RunFilter(reason_code="throttled"))

    assert [row.run.reason for row in found] == [Reason("throttled")]
    assert [text for text, _ in asked if "LIKE" in text] == []


@pytest.mark.parametrize("is_indexed", [True, False])
async def test_no_page_and_no_filter_reads_a_table_or_sorts(
    store: Store, shop: Shop, clock: ManualClock, is_indexed: bool
) -> None:
    # As many as are looked up at once: with fewer, SQLite would choose other plans.
    delivery = shop.delivery()
    found = [shop.event(delivery) for _ in range(80)]
    throttled = Reason("throttled")
    reasons = [None, throttled, Reason("step", {"because": throttled})]
    plans = [
        EventPlan(item, (shop.run(item, reason=reasons[number % 3]),), 1)
        for number, item in enumerate(found)
    ]
    await store.ingest(delivery, plans)
    if is_indexed:
        clock.advance(LAG_MS / 1000)
        await store.upkeep.index_words()
    asked: dict[str, list[tuple[str, Any]]] = {}

    for name, look in LOOKS.items():
        with asked_of(store.log) as asked[name]:
            look(store.log)

    for name, statements in asked.items():
        assert statements
        for statement, parameters in statements:
            plan = plan_of_text(store, statement, parameters)
            bad = [line for line in plan if not any(table in line for table in SMALL)]
            text = "\n".join([name, statement, *plan])
            assert not any("SCAN" in line and "USING" not in line for line in bad), text
            assert not any("Seq Scan" in line for line in bad), text
            assert not any("TEMP B-TREE" in line for line in bad), text
            assert not any("autoindex_events" in line for line in bad), text


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (RunFilter(type="x", states=(RunState.DEAD, RunState.CANCELLED)), "ix_runs_not_done"),
        (RunFilter(text="gia", reason_code="once"), "ix_runs_reason"),
        (RunFilter(text="gia", outcome=Outcome.PARTLY), "ix_runs_outcome"),
        (RunFilter(text="gia", waits_for=Waits.RETRY), "ix_runs_waits_for"),
    ],
    ids=["states", "reason", "outcome", "waits"],
)
async def test_words_are_looked_for_among_rare_runs_by_the_index_of_these(
    store: Store, shop: Shop, monkeypatch: pytest.MonkeyPatch, wanted: RunFilter, index: str
) -> None:
    delivery = shop.delivery()
    item = shop.event(delivery)
    run = shop.run(item, reason=Reason("step", {"because": Reason("once")}))
    await store.ingest(delivery, [EventPlan(item, (run,), 1)])
    # Few runs of some states are looked at without the index of words.
    monkeypatch.setattr(log, "_FEW", 0)

    with asked_of(store.log) as asked:
        store.log.runs(wanted)

    found = [
        "\n".join(plan_of_text(store, *one))
        for one in asked
        if "run_words" in one[0] and "runs.id" in one[0]
    ]
    assert found
    assert all(index in plan for plan in found), found


async def test_dead_runs_of_a_rule_are_told_by_their_rows_and_not_looked_up_as_words(
    store: Store, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    if store.log.engine.dialect.name == "sqlite":
        pytest.skip("its index of words has them in order")
    await shop.receive(store, run={"rule": "a"})
    monkeypatch.setattr(log, "_FEW", 0)

    with asked_of(store.log) as asked:
        store.log.runs(RunFilter(rule="a", states=(RunState.DEAD,)))

    assert [text for text, _ in asked if "_words" in text] == []
    (plan,) = [
        "\n".join(plan_of_text(store, *one))
        for one in asked
        if one[0].startswith("SELECT anon_1.id") and "runs.rule" in one[0]
    ]
    assert "ix_runs_not_done_but_ended" in plan, plan


async def test_what_concerns_a_person_is_found_by_the_index_of_contacts(
    store: Store, shop: Shop
) -> None:
    await shop.receive(store)

    for find in (
        lambda: store.log.runs(RunFilter(contact="shop-page:lan")),
        lambda: store.log.events(EventFilter(contact="shop-page:lan")),
    ):
        with asked_of(store.log) as asked:
            found = find()

        assert len(found) == 1
        assert [text for text, _ in asked if "event_words" in text] == []
        ids = [one for one in asked if "events.contact = " in one[0]]
        assert ids
        assert all("ix_events_contact" in "\n".join(plan_of_text(store, *one)) for one in ids)


async def test_the_next_follow_ups_are_read_in_order_and_not_sorted(store: Store) -> None:
    with asked_of(store.log) as asked:
        store.log.follow_ups_by_time()

    (plan,) = ["\n".join(plan_of_text(store, *one)) for one in asked]
    assert "ix_runs_due" in plan, plan
    assert "Sort Key: runs.run_at" not in plan, plan
    assert "TEMP B-TREE" not in plan, plan
    if store.log.engine.dialect.name == "sqlite":
        return

    def explain_without(db: Any, _batch: Any) -> str:
        with db.core.begin_nested() as tried:
            db.core.exec_driver_sql("DROP INDEX ix_runs_due")
            rows = db.core.exec_driver_sql(f"EXPLAIN {asked[0][0]}", asked[0][1]).all()
            tried.rollback()
        return "\n".join(row[0] for row in rows)

    # With many follow-ups, PostgreSQL would prefer to read all of them by their own index.
    assert "ix_runs_follow_up" not in await store._edit(explain_without)


async def test_events_are_read_only_for_people_whom_a_colleague_has_answered(
    store: Store, shop: Shop
) -> None:
    if store.log.engine.dialect.name == "sqlite":
        pytest.skip("its plans do not tell which parts have run")
    await shop.receive(store, runs=0)

    with asked_of(store.log) as asked:
        (found,) = store.log.all_of(KNOWN.clause, {KEYS.key: ["shop-page:lan"]})
    plan = "\n".join(plan_of_text(store, f"(ANALYZE) {asked[0][0]}", asked[0][1]))

    assert found.human_reply_at is None
    reads = [line for line in plan.splitlines() if " on events" in line]
    assert reads
    assert all("never executed" in line for line in reads), plan


async def test_runs_of_deliveries_are_found_by_way_of_their_events(store: Store) -> None:
    with asked_of(store.log) as asked:
        store.log.runs(RunFilter(delivery_ids=(1, 2, 3)), after=1)

    # What is sorted then are the runs of these deliveries alone.
    (plan,) = ["\n".join(plan_of_text(store, *one)) for one in asked]
    assert "ix_events_delivery_id" in plan
    assert "SCAN runs" not in plan
    assert "Seq Scan" not in plan


def plan_of_text(store: Store, statement: str, parameters: Any) -> list[str]:
    """How the database would do what the log has asked."""
    with store.log.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            return [row[3] for row in rows]
        # The tables are nearly empty: else it would rather read them whole.
        connection.exec_driver_sql("SET enable_seqscan = off")
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all()
        return [row[0] for row in rows]
