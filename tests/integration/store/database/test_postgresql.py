"""What only a database server can do to us: lose connections, choose between nodes, be careless."""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors
from psycopg.pq import TransactionStatus
from sqlalchemy import make_url, select
from sqlalchemy.exc import OperationalError

from automator.clock import ManualClock, SystemClock
from automator.model import (
    N_,
    AttemptStatus,
    ConflictError,
    NotFoundError,
    RunState,
    StoreUnavailableError,
)
from automator.model.log_filters import RunFilter
from automator.reasons.database import (
    fsync_off,
    full_page_writes_off,
    server_archive_off,
    synchronous_commit_off,
)
from automator.store import EventPlan, Store, open_reader, open_store
from automator.store.batch.batch import Batch, RecentBodies
from automator.store.database import postgresql as module_of_postgresql
from automator.store.database.address import database_of
from automator.store.database.database_errors import Failure
from automator.store.database.postgresql import backup_words, warnings_of
from automator.store.database.statements import InsertStatement, Statement, WriteConnection
from automator.store.runs.claims import ClaimRequest, claim
from automator.store.runs.recovery import REST_MS
from automator.store.schema.state_tables import contact_aliases
from automator.store.schema.tables import events
from automator.store.transfer.copy import connected
from tests.support.postgresql import PostgreSQLServer
from tests.support.process import wait_until
from tests.support.store import NODE, Shop, opened, standing
from tests.support.words import said

ALIASES = InsertStatement(contact_aliases)
SAFE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "synchronous_standby_names": "",
}


async def test_a_lost_connection_is_answered_with_unavailable_and_made_anew(
    postgresql: PostgreSQLServer, postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    failed: list[bool] = []
    async with opened(postgresql_store_url, clock, on_fatal=lambda: failed.append(True)) as store:
        await shop.receive(store, key="1")
        assert len(store.log.events()) == 1
        postgresql.disconnect(postgresql_store_url)

        answers = await asyncio.gather(
            *[shop.receive(store, key=f"{number}") for number in range(3)], return_exceptions=True
        )
        # Only the first commit meets the lost connection; mostly it has all three.
        assert isinstance(answers[0], StoreUnavailableError)
        refused = [item for item in answers if isinstance(item, BaseException)]
        assert all(isinstance(item, StoreUnavailableError) for item in refused)

        for number in range(3):
            await shop.receive(store, key=f"{number}")
        assert len(store.log.events()) == 3
        assert store.is_available
        assert not failed


async def test_a_connection_that_is_lost_before_it_is_asked_for_the_time_is_made_anew(
    postgresql: PostgreSQLServer, postgresql_store_url: str
) -> None:
    clock = SystemClock()
    shop = Shop(ManualClock(clock.now_ms()))
    store = await open_store(postgresql_store_url, clock=clock, node=NODE)
    try:
        await shop.receive(store)
        postgresql.disconnect(postgresql_store_url)
        with pytest.raises(StoreUnavailableError):
            await shop.receive(store)

        await shop.receive(store)

        assert len(store.log.events()) == 2
        assert store.is_available
    finally:
        await store.close()


async def test_a_transaction_begins_together_with_the_question_for_the_time(
    postgresql_store_url: str,
) -> None:
    def status(db: WriteConnection, _batch: Batch) -> list[TransactionStatus]:
        driver: Any = db.core.connection.driver_connection
        found = [driver.info.transaction_status]
        db.begin()
        return [*found, driver.info.transaction_status]

    sent: list[bytes] = []
    store = await open_store(postgresql_store_url, clock=SystemClock(), node=NODE)
    try:
        db = store._writer._db
        assert db is not None
        driver: Any = db.core.connection.driver_connection
        with pytest.MonkeyPatch.context() as patched:
            wait = type(driver).wait
            patched.setattr(type(driver), "wait", lambda *a, **k: sent.append(b"") or wait(*a, **k))
            found = await store._edit(status)
    finally:
        await store.close()
    assert found == [TransactionStatus.INTRANS] * 2
    # The beginning with the time, a savepoint, the time once more, its end, and the commit.
    assert len(sent) == 5


@contextlib.contextmanager
def asked_of(store: Store) -> Iterator[list[str]]:
    """The first words of what the writer sends meanwhile, for each round trip."""
    db = store._writer._db
    assert db is not None
    cursor, begin = db._cursor, db.database.begin
    found: list[str] = []

    class Noted:
        def execute(self, text: str, values: Any) -> None:
            found.append(text.strip())
            cursor.execute(text, values)

        def __getattr__(self, name: str) -> Any:
            return getattr(cursor, name)

    def noted(_cursor: Any, lanes: Any) -> Any:
        found.append("BEGIN")
        return begin(cursor, lanes)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(db, "_cursor", Noted())
        patched.setattr(db.database, "begin", noted)
        yield found


async def test_an_event_is_stored_and_its_run_settled_with_few_round_trips(
    postgresql_store_url: str,
) -> None:
    clock = SystemClock()
    shop = Shop(ManualClock(clock.now_ms()))
    store = await open_store(postgresql_store_url, clock=clock, node=NODE)
    try:
        await shop.receive(store, who="lan")
        (before,) = await store.claim(8)
        await store.settle(shop.settlement(before))
        claiming = await standing(store)

        with asked_of(store) as stored:
            await shop.receive(store, who="minh")
        (claimed,) = await claiming
        with asked_of(store) as settled:
            assert await store.settle(shop.settlement(claimed))
    finally:
        await store.close()

    inserts = [text.count("INSERT INTO") for text in stored]
    # The beginning; the delivery with its event; the look-up; the contact, the run, and what is
    # left for later.
    assert inserts == [0, 2, 0, 3]
    # The beginning; the end of the run; the attempt, and what is left. Nothing waits in the lane.
    assert [text.count("INSERT INTO") for text in settled] == [0, 0, 2]
    assert all("SELECT first." not in text for text in settled)


async def test_a_statement_sees_the_rows_that_wait_to_be_inserted_into_its_table(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    asks = Statement(select(contact_aliases.c.alias))
    other = Statement(select(events.c.id))

    def insert(db: WriteConnection, _batch: Batch) -> list[Any]:
        found = []
        for alias in ("a", "b", "c"):
            db.insert_later(ALIASES, [{"alias": alias, "contact": "shop-page:1"}])
            found.append(db.query(other))
            db.insert_later(ALIASES, [{"alias": f"{alias}{alias}", "contact": "shop-page:1"}])
            found.append([row.alias for row in db.query(asks)])
        db.insert_later(ALIASES, [{"alias": "d", "contact": "shop-page:1"}])
        found.append(db.core.execute(asks.clause).scalars().all())
        return found

    async with opened(postgresql_store_url, clock) as store:
        seen = await store._edit(insert)

    together = ["a", "aa", "b", "bb", "c", "cc", "d"]
    assert seen == [[], together[:2], [], together[:4], [], together[:6], together]


async def test_rows_that_wait_are_undone_with_the_edit_that_has_failed(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    def insert(alias: str) -> Any:
        def edit(db: WriteConnection, _batch: Batch) -> None:
            db.insert_later(ALIASES, [{"alias": alias, "contact": "shop-page:1"}])
            if alias == "bad":
                raise ConflictError(N_("no"))

        return edit

    async with opened(postgresql_store_url, clock) as store:
        edits = [store._edit(insert(alias)) for alias in ("good", "bad", "better", "good")]
        first, bad, better, twice = await asyncio.gather(*edits, return_exceptions=True)
        stored = await store._edit(lambda db, _: db.query(Statement(select(contact_aliases))))

    assert (first, better) == (None, None)
    assert isinstance(bad, ConflictError)
    # That it is there already is the fault of this edit alone.
    assert isinstance(twice, errors.UniqueViolation)
    assert [row.alias for row in stored] == ["good", "better"]


async def test_a_connection_that_a_reader_has_lost_is_given_back_without_a_traceback(
    postgresql: PostgreSQLServer,
    postgresql_store_url: str,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asks = Statement(select(events.c.id))
    async with opened(postgresql_store_url, clock) as store:
        with store.log.queries() as db:
            postgresql.disconnect(postgresql_store_url)
            with pytest.raises(psycopg.OperationalError):
                db.query(asks)
        with store.log.queries() as db:
            assert db.query(asks) == []

    assert [line for line in caplog.records if line.exc_info] == []


async def test_a_loss_that_nobody_has_told_of_is_found_at_the_commit(
    postgresql: PostgreSQLServer, postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    def loses(db: WriteConnection, _batch: Batch) -> None:
        postgresql.disconnect(postgresql_store_url)
        with contextlib.suppress(OperationalError):
            db.core.exec_driver_sql("SELECT 1")

    async with opened(postgresql_store_url, clock) as store:
        with pytest.raises(StoreUnavailableError):
            await store._edit(loses)

        await shop.receive(store)
        assert len(store.log.events()) == 1


class Between:
    """Something between a node and its server that can hold connections and pass nothing on."""

    def __init__(self, url: str) -> None:
        place = make_url(url)
        self._server = f"{place.query['host']}/.s.PGSQL.{place.port or 5432}"
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        found = place.set(host="127.0.0.1", port=port, query={})
        self.url = found.render_as_string(hide_password=False)
        self.passes = threading.Event()
        self.passes.set()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for one in (self._listening, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                node, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                # Those that it has lost stay lost: only new ones are passed on again.
                is_held = threading.Event()
                self._open += [node, server]
                for ends in ((node, server), (server, node)):
                    threading.Thread(
                        target=self._pass_on, args=(*ends, is_held), daemon=True
                    ).start()

    def _pass_on(self, end: socket.socket, other: socket.socket, is_held: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := end.recv(65_536):
                if not self.passes.is_set():
                    is_held.set()
                if not is_held.is_set():
                    other.sendall(data)
            other.shutdown(socket.SHUT_RDWR)


async def test_a_connection_that_something_holds_without_an_answer_is_made_anew(
    postgresql_store_url: str,
    clock: ManualClock,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for who in ("WRITER", "READER"):
        monkeypatch.setattr(module_of_postgresql, f"_{who}_ANSWERS_S", 0.5)
    between = Between(postgresql_store_url)
    with contextlib.closing(between):
        async with opened(between.url, clock) as store:
            await shop.receive(store, key="1")
            assert len(store.log.events()) == 1
            between.passes.clear()

            with pytest.raises(StoreUnavailableError, match="database_server_lost"):
                await shop.receive(store, key="2")
            with pytest.raises(OperationalError):
                await asyncio.to_thread(store.log.events)
            between.passes.set()

            await shop.receive(store, key="3")
            assert len(await asyncio.to_thread(store.log.events)) == 2
            assert store.is_available


def lose_the_answer_of_the_next_commit(
    store: Store, server: PostgreSQLServer, url: str, *, is_stored: bool = True
) -> None:
    """The server makes it, or not, and the connection is lost before it says so."""
    db = store._writer._db
    assert db is not None
    dialect = db.core.engine.dialect
    commit = dialect.do_commit

    def commit_and_lose_the_answer(connection: Any) -> None:
        dialect.do_commit = commit  # type: ignore[method-assign]
        if is_stored:
            commit(connection)
        server.disconnect(url)
        connection.execute("SELECT 1")

    dialect.do_commit = commit_and_lose_the_answer  # type: ignore[method-assign,assignment]


async def test_a_commit_whose_outcome_is_unknown_is_absorbed_when_the_sender_repeats(
    postgresql: PostgreSQLServer, postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with opened(postgresql_store_url, clock) as store:
        lose_the_answer_of_the_next_commit(store, postgresql, postgresql_store_url)
        with pytest.raises(StoreUnavailableError):
            await shop.receive(store, key="comment-1")

        again, first_id = await shop.receive(store, key="comment-1")

        assert first_id != again.id
        assert [row.id for row in store.log.events()] == [first_id]
        assert [row.run.event_id for row in store.log.runs()] == [first_id]


@pytest.mark.parametrize("is_stored", [True, False])
async def test_a_claim_whose_outcome_is_unknown_is_no_attempt(
    is_stored: bool,
    postgresql: PostgreSQLServer,
    postgresql_store_url: str,
    clock: ManualClock,
    shop: Shop,
) -> None:
    async with opened(postgresql_store_url, clock) as store:
        for who in ("lan", "lan", "mai"):
            await shop.receive(store, who=who)
        lose_the_answer_of_the_next_commit(
            store, postgresql, postgresql_store_url, is_stored=is_stored
        )
        with pytest.raises(StoreUnavailableError):
            await store.claim(8)
        states = {row.run.state for row in store.log.runs()}
        assert states == {RunState.RUNNING if is_stored else RunState.QUEUED}

        claimed = await store.claim(8)

        found = {(item.run.attempt, item.run.crashes, item.run.was_interrupted) for item in claimed}
        assert (len(claimed), found) == (3, {(1, 0, False)})
        for item in claimed:
            assert await store.settle(shop.settlement(item, owner=store.node))


async def test_a_claim_whose_commit_the_server_still_makes_is_given_back_afterwards(
    postgresql: PostgreSQLServer, postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    url = postgresql_store_url.replace("postgresql+psycopg://", "postgresql://")
    async with opened(postgresql_store_url, clock) as store:
        await shop.receive(store)
        lose_the_answer_of_the_next_commit(store, postgresql, postgresql_store_url)
        with pytest.raises(StoreUnavailableError):
            await store.claim(8)
        with psycopg.connect(url) as server:
            server.execute("SELECT 1 FROM runs FOR UPDATE")
            assert await store.claim(8) == []

        (claimed,) = await store.claim(8)

        assert (claimed.run.attempt, claimed.run.crashes) == (1, 0)
        await store.limits.let_in()
        assert store.log.runs()[0].run.state is RunState.RUNNING


@pytest.mark.parametrize("is_stored", [True, False])
async def test_a_run_whose_commit_has_claimed_it_without_an_answer_is_claimed_once_more(
    is_stored: bool,
    postgresql: PostgreSQLServer,
    postgresql_store_url: str,
    clock: ManualClock,
    shop: Shop,
) -> None:
    async with opened(postgresql_store_url, clock) as store:
        claiming = await standing(store)
        lose_the_answer_of_the_next_commit(
            store, postgresql, postgresql_store_url, is_stored=is_stored
        )
        with pytest.raises(StoreUnavailableError):
            await shop.receive(store, key="comment-1")

        await shop.receive(store, key="comment-1")

        (claimed,) = await asyncio.wait_for(claiming, 30)
        assert (claimed.run.attempt, claimed.run.crashes) == (1, 0)
        assert await store.settle(shop.settlement(claimed, owner=store.node))


async def test_a_server_that_is_not_there_is_named_without_the_password(
    clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    url = "postgresql+psycopg://shop:mat-khau-dai@127.0.0.1:9/shop"
    caplog.set_level(logging.DEBUG)

    with pytest.raises(StoreUnavailableError) as refused:
        await open_store(url, clock=clock, node=NODE)
    with pytest.raises(StoreUnavailableError) as unread:
        open_reader(url)

    seen = [str(refused.value), refused.value.fix, str(unread.value), caplog.text]
    seen += [repr(database_of(url)), database_of(url).place]
    assert "127.0.0.1" in seen[0]
    assert "127.0.0.1" in str(unread.value)
    assert not any("mat-khau" in text for text in seen)


@pytest.mark.parametrize(
    "url", ["mysql://shop:mat/kh@u@localhost/shop", "postgresql://localhost?password=mat-kh"]
)
async def test_an_unusable_address_is_shown_without_its_password(
    url: str, clock: ManualClock
) -> None:
    with pytest.raises(Exception, match="not usable") as refused:
        await open_store(url, clock=clock, node=NODE)

    assert "kh" not in str(refused.value)


async def test_transactions_that_lock_one_another_out_are_done_again(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with (
        opened(postgresql_store_url, clock) as one,
        opened(postgresql_store_url, clock) as two,
    ):
        for key in ("a", "b"):
            await one.documents.edit(key, lambda documents: documents.insert({"n": 0}))
        barrier = asyncio.Barrier(2)
        loop = asyncio.get_running_loop()
        rounds = []

        def both(store: Store, first: str, second: str) -> "asyncio.Future[None]":
            def edit(db: object, _batch: object) -> None:
                from automator.store.documents.documents import with_documents

                rounds.append(first)
                for name in (first, second):
                    with_documents(
                        db.core,  # type: ignore[attr-defined]
                        name,
                        lambda documents: documents.insert({"n": 1}),
                        writable=True,
                    )
                    if name == first and len(rounds) <= 2:
                        asyncio.run_coroutine_threadsafe(barrier.wait(), loop).result(5)

            return asyncio.ensure_future(store._edit(edit))

        await asyncio.gather(both(one, "a", "b"), both(two, "b", "a"))

        assert len(rounds) >= 3
        for key in ("a", "b"):
            assert len(await one.documents.read(key, lambda documents: documents.all())) == 3


async def test_two_nodes_claim_each_run_once_and_each_lane_in_order(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with (
        opened(postgresql_store_url, clock) as one,
        opened(postgresql_store_url, clock) as two,
    ):
        two._transactions.node = "node-2"
        stored = [(await shop.receive(one, who=f"{number % 7}"))[0].id for number in range(60)]
        done: list[tuple[str, int]] = []

        async def work(store: Store) -> None:
            while len(done) < len(stored):
                for claimed in await store.claim(2):
                    done.append((claimed.run.lane or "", claimed.run.event_id))
                    settlement = shop.settlement(claimed, owner=store.node)
                    assert await store.settle(settlement)

        await asyncio.gather(work(one), work(two))

        assert sorted(event for _, event in done) == stored
        for lane in {lane for lane, _ in done}:
            events = [event for name, event in done if name == lane]
            assert events == sorted(events)


@contextlib.asynccontextmanager
async def stored_but_not_committed(
    store: Store, shop: Shop, **run: Any
) -> AsyncIterator["asyncio.Future[Any]"]:
    """As long as it lasts, an event with a run is stored and its commit is still to come."""
    stored, may_commit = asyncio.Event(), threading.Event()
    loop, apply = asyncio.get_running_loop(), store._transactions.apply

    def hold(*asked: Any) -> Any:
        after_commit = apply(*asked)
        loop.call_soon_threadsafe(stored.set)
        may_commit.wait(60)
        return after_commit

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store._transactions, "apply", hold)
        receiving = asyncio.ensure_future(shop.receive(store, who="lan", run=run))
        await stored.wait()
        try:
            yield receiving
        finally:
            may_commit.set()
            await receiving


async def test_two_nodes_store_no_two_runs_of_a_lane_as_claimed_at_the_same_time(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with (
        opened(postgresql_store_url, clock, node="one") as one,
        opened(postgresql_store_url, clock, node="two") as two,
    ):
        first, second = await standing(one), await standing(two)
        async with stored_but_not_committed(one, shop, lane="order-7"):
            await shop.receive(two, who="minh", run={"lane": "order-7"})
            await shop.receive(two, who="hoa", run={"lane": "order-8"})

        (of_one,), (of_two,) = await first, await second
        assert (of_one.run.lane, of_two.run.lane) == ("order-7", "order-8")
        assert await two.claim(8) == []
        assert await one.settle(shop.settlement(of_one, owner="one"))
        (behind,) = await two.claim(8)
        assert behind.run.lane == "order-7"


@pytest.mark.parametrize("commits", ["afterwards", "while the other one looks"])
async def test_a_run_that_a_node_is_storing_as_claimed_holds_up_the_claims_of_its_lane(
    commits: str, postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with (
        opened(postgresql_store_url, clock, node="one") as one,
        opened(postgresql_store_url, clock, node="two") as two,
    ):
        first = await standing(one)
        async with stored_but_not_committed(one, shop, lane="order-7") as receiving:
            await shop.receive(two, who="minh", run={"lane": "order-7"})
            db, loop = two._writer._db, asyncio.get_running_loop()
            assert db is not None

            def hold_later(lanes: Any) -> frozenset[str]:
                release.set()
                asyncio.run_coroutine_threadsafe(asyncio.wait_for(receiving, 60), loop).result(60)
                return WriteConnection.hold_lanes(db, lanes)

            release = asyncio.Event()
            if commits == "afterwards":
                assert await two.claim(8) == []
            else:
                db.hold_lanes = hold_later  # type: ignore[method-assign]
                claiming = asyncio.create_task(two.claim(8))
                while not release.is_set():  # noqa: ASYNC110 - a thread sets it.
                    await asyncio.sleep(0.001)
        if commits != "afterwards":
            assert await claiming == []
            del db.hold_lanes

        assert await two.claim(8) == []
        assert await one.settle(shop.settlement((await first)[0], owner="one"))
        (behind,) = await two.claim(8)
        assert behind.run.lane == "order-7"


async def test_a_node_looks_again_soon_for_a_run_that_another_one_may_just_be_releasing(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with (
        opened(postgresql_store_url, clock, node="one") as one,
        opened(postgresql_store_url, clock, node="two") as two,
    ):
        await shop.receive(one)
        (head,) = await one.claim(8)
        claiming = await standing(two)
        await shop.receive(two)
        # This settlement's transaction did not see the run behind it.
        assert await one.settle(shop.settlement(head, owner="one"))

        due = two.next_due()
        assert due is not None
        assert due - clock.now_ms() <= 100
        clock.advance(0.1)
        two.end_standing_claim()
        assert await claiming == []
        assert len(await two.standing_claim(8)) == 1


async def test_the_lease_of_a_silent_node_is_taken_over_and_its_settlement_refused(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with (
        opened(postgresql_store_url, clock) as silent,
        opened(postgresql_store_url, clock) as other,
    ):
        for store in (silent, other):
            await store.membership.join("1.0")
        await shop.receive(silent)
        lost = (await silent.claim(1))[0]
        clock.advance(20)
        assert not silent.membership.holds_leases
        assert await silent.membership.heartbeat([lost.run.id], 1) == frozenset()
        assert silent.membership.holds_leases
        clock.advance(20)
        assert await other.recover() == 0
        clock.advance(11)

        assert await other.recover() == 1
        clock.advance(REST_MS[0] / 1000)
        taken = (await other.claim(1))[0]
        assert taken.run.was_interrupted
        assert taken.run.crashes == 1

        assert not await silent.settle(shop.settlement(lost, owner=silent.node))
        assert await other.settle(shop.settlement(taken, owner=other.node))
        detail = other.log.run(taken.run.id)
        assert detail is not None
        assert detail.run.state is RunState.DONE
        assert [attempt.status for attempt in detail.attempts] == [
            AttemptStatus.SUPERSEDED,
            AttemptStatus.OK,
        ]


async def test_a_node_that_sleeps_in_the_middle_of_a_commit_does_not_hold_the_others_up(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    url = postgresql_store_url.replace("postgresql+psycopg://", "postgresql://")
    async with opened(postgresql_store_url, clock) as other:
        await shop.receive(other, who="lan")
        await shop.receive(other, who="minh")
        asleep, _dead = await other.claim(2)
        clock.advance(31)
        with psycopg.connect(url) as sleeper:
            # Its transaction stays open, with the lock of the row that it was about to settle.
            sleeper.execute("UPDATE runs SET step = step WHERE id = %s", (asleep.run.id,))

            async with asyncio.timeout(30):
                taken = await other.recover()
            sleeper.rollback()

        assert taken == 1
        assert await other.recover() == 1


async def test_a_beat_renews_only_what_the_node_still_works_on(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with opened(postgresql_store_url, clock) as store:
        await store.membership.join("1.0")
        for who in ("lan", "minh"):
            await shop.receive(store, who=who)
        kept, given_up = await store.claim(2)
        clock.advance(20)

        assert await store.membership.heartbeat([kept.run.id], 1) == frozenset()
        clock.advance(11)

        assert await store.recover() == 1
        both = [kept.run.id, given_up.run.id]
        assert await store.membership.heartbeat(both, 1) == {given_up.run.id}
        assert [row.id for row in store.log.runs(RunFilter(states=(RunState.QUEUED,)))] == [
            given_up.run.id
        ]


async def test_nodes_have_numbers_of_their_own_and_are_shown_until_they_leave(
    postgresql_store_url: str, clock: ManualClock
) -> None:
    async with (
        opened(postgresql_store_url, clock) as one,
        opened(postgresql_store_url, clock) as two,
    ):
        numbers = await asyncio.gather(*[store.membership.join("1.0") for store in (one, two)])
        clock.advance(5)
        await one.membership.heartbeat([], 7)

        shown = one.log.nodes()
        assert len(set(numbers)) == 2
        assert [(row.id, row.revision) for row in shown] == [(numbers[0], 7), (numbers[1], 0)]
        assert shown[0].heartbeat_at - shown[1].heartbeat_at == 5_000

        await two.membership.leave()
        assert [row.id for row in one.log.nodes()] == [numbers[0]]

        clock.advance(3_601)
        await two.membership.join("1.0")
        await two.membership.join("1.0")
        assert await one.membership.heartbeat([], 7) is None


async def test_nodes_that_nobody_could_hear_of_for_an_hour_keep_their_numbers(
    postgresql_store_url: str, clock: ManualClock
) -> None:
    async with (
        opened(postgresql_store_url, clock) as old,
        opened(postgresql_store_url, clock) as new,
    ):
        await old.membership.join("1.0")
        clock.advance(7_200)

        await new.membership.join("1.0")

        assert await old.membership.heartbeat([], 7) == frozenset()


async def test_no_run_is_taken_over_within_a_lease_after_a_gap_in_the_own_heartbeats(
    postgresql_store_url: str, clock: ManualClock
) -> None:
    async with opened(postgresql_store_url, clock) as store:
        members = store.membership

        async def beats(times: int) -> list[bool]:
            may = []
            for _ in range(times):
                clock.advance(10)
                await members.heartbeat([], 1)
                may.append(members.may_take_over)
            return may

        await members.join("1.0")
        assert not members.may_take_over
        assert await beats(4) == [False, False, True, True]
        # The database is away for longer than a lease, or the node sleeps.
        clock.advance(40)
        assert await beats(5) == [False, False, False, True, True]
        # Its clock is set, in either direction.
        for jump_s in (3_600, -3_600):
            clock.set_by(jump_s)
            assert await beats(5) == [False, False, False, True, True]


async def test_a_node_that_joins_after_an_outage_leaves_the_others_their_runs(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with (
        opened(postgresql_store_url, clock) as owner,
        opened(postgresql_store_url, clock) as fresh,
    ):
        await owner.membership.join("1.0")
        await shop.receive(owner)
        held = (await owner.claim(1))[0]
        clock.advance(300)
        await fresh.membership.join("1.0")
        assert not fresh.membership.may_take_over

        assert await owner.membership.heartbeat([held.run.id], 1) == frozenset()

        assert await fresh.recover() == 0
        assert await owner.settle(shop.settlement(held, owner=owner.node))


async def test_a_statement_that_is_planned_while_a_table_is_small_uses_its_index(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    def plan(db: WriteConnection, _batch: Batch) -> str:
        db.core.exec_driver_sql("ANALYZE runs, events")
        asked = (
            "EXPLAIN SELECT e.id FROM runs JOIN events e ON e.id = event_id WHERE runs.id IN (1, 2)"
        )
        return "\n".join(db.core.exec_driver_sql(asked).scalars())

    async with opened(postgresql_store_url, clock) as store:
        await shop.receive(store)

        planned = await store._edit(plan)
        assert "Seq Scan" not in planned
        assert "Hash Join" not in planned


@pytest.mark.parametrize(
    ("rows", "is_silent_between"),
    [(1, False), (3, False), (3, True)],
    ids=["one", "many", "between"],
)
def test_a_transaction_that_falls_silent_at_a_statement_for_many_rows_is_ended(
    postgresql: PostgreSQLServer,
    postgresql_store_url: str,
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
    is_silent_between: bool,
) -> None:
    limits = {"idle_in_transaction_session_timeout": "50ms"}
    monkeypatch.setattr(module_of_postgresql, "_WRITER_LIMITS", limits)
    engine = database_of(postgresql_store_url).write_engine()
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        number = driver.info.backend_pid
        found = f"SELECT 1 FROM pg_stat_activity WHERE pid = {number}"  # noqa: S608

        def ended() -> None:
            wait_until(lambda: not postgresql.execute(found), "the server to end the silence")

        def sent() -> Iterator[tuple[int]]:
            for row in range(rows):
                if row and is_silent_between:
                    ended()
                yield (row,)

        cursor = psycopg.RawCursor(driver)
        cursor.execute("CREATE TEMPORARY TABLE silent (number bigint)")
        with contextlib.suppress(psycopg.OperationalError):
            cursor.executemany("INSERT INTO silent VALUES ($1)", sent())
        ended()
        connection.invalidate()


@pytest.mark.parametrize(
    "ended", [errors.IdleInTransactionSessionTimeout, errors.TransactionTimeout]
)
def test_a_connection_whose_silent_or_long_transaction_was_ended_is_lost(
    ended: type[psycopg.Error],
) -> None:
    assert Failure(ended()).is_lost


def test_a_copy_may_pause_for_longer_than_a_node(
    postgresql_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = dict.fromkeys(module_of_postgresql._WRITER_LIMITS, "100ms")
    monkeypatch.setattr(module_of_postgresql, "_WRITER_LIMITS", limits)
    with connected(database_of(postgresql_store_url)) as copying:
        threading.Event().wait(0.4)

        assert copying.exec_driver_sql("SELECT pg_sleep(0.2), 1").one()[1] == 1


async def test_a_node_that_freezes_in_a_transaction_holds_the_others_up_for_seconds_at_most(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    frozen, goes_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def freezes(db: WriteConnection, _batch: Batch) -> None:
        db.core.exec_driver_sql("UPDATE contacts SET name = name")
        loop.call_soon_threadsafe(frozen.set)
        goes_on.wait(60)
        db.core.exec_driver_sql("SELECT 1")

    async with (
        opened(postgresql_store_url, clock) as one,
        opened(postgresql_store_url, clock) as two,
    ):
        await shop.receive(one, who="lan")
        freezing = asyncio.create_task(one._edit(freezes))
        try:
            await frozen.wait()
            async with asyncio.timeout(10):
                await shop.receive(two, who="lan")
        finally:
            goes_on.set()
        with pytest.raises(StoreUnavailableError):
            await freezing
        await shop.receive(one, who="lan")
        assert len(two.log.events()) == 3


async def test_the_order_of_a_lane_is_that_of_the_databases_clock(
    postgresql_store_url: str,
) -> None:
    ahead, behind = SystemClock(), ManualClock(1_000_000_000_000)
    one = await open_store(postgresql_store_url, clock=ahead, node="node-1")
    two = await open_store(postgresql_store_url, clock=behind, node="node-2")
    try:
        first, _ = await Shop(ManualClock(ahead.now_ms())).receive(one)
        second, _ = await Shop(behind, node=2).receive(two)
        assert second.id < first.id

        claimed = await two.claim(1)

        assert [item.run.event_id for item in claimed] == [first.id, second.id]
        due = behind.now_ms() + 60_000
        settlement = Shop(behind, node=2).settlement(
            claimed[0], RunState.QUEUED, owner="node-2", step=0, attempt=1, run_at=due
        )
        assert await two.settle(settlement)
        await two.return_runs([claimed[1].run.id])
        assert await one.claim(1) == []
        assert abs((two.next_due() or 0) - due) < 5_000
        assert abs((one.next_due() or 0) - ahead.now_ms() - 60_000) < 5_000
    finally:
        await one.close()
        await two.close()


async def test_rules_that_another_node_has_changed_are_not_overwritten(
    postgresql_store_url: str, clock: ManualClock
) -> None:
    async with (
        opened(postgresql_store_url, clock) as one,
        opened(postgresql_store_url, clock) as two,
    ):
        published = await asyncio.gather(
            *[
                store.rulesets.publish({}, digest, "hoa")
                for store, digest in ((one, "a"), (two, "b"))
            ]
        )
        assert sorted(published) == [1, 2]

        with pytest.raises(ConflictError, match="revision 2"):
            await one.rulesets.publish({}, "c", "lan", after=1)
        assert await one.rulesets.publish({}, "c", "lan", after=2) == 3
        assert two.log.latest_revision() == 3


async def test_a_careless_server_is_noticed(
    postgresql: PostgreSQLServer, postgresql_store_url: str, clock: ManualClock
) -> None:
    with postgresql.careful():
        async with opened(postgresql_store_url, clock) as store:
            assert await store.upkeep.durability_warnings() == []
    async with opened(postgresql_store_url, clock) as store:
        careless = await store.upkeep.durability_warnings()
        await store._edit(
            lambda db, _: db.core.exec_driver_sql("SET LOCAL synchronous_commit = off").rowcount
        )
        found = await asyncio.gather(
            store._edit(
                lambda db, _: db.core.exec_driver_sql("SET LOCAL synchronous_commit=off").rowcount
            ),
            store.upkeep.durability_warnings(),
        )

    assert careless == [fsync_off(), full_page_writes_off()]
    assert found[1] == [*careless, synchronous_commit_off()]


@pytest.mark.parametrize(
    ("changes", "standbys", "words"),
    [
        ({}, 0, []),
        ({"synchronous_commit": "local"}, 0, []),
        ({"synchronous_commit": "local"}, 1, ["wait for no standby"]),
        ({}, 2, ["wait for no standby"]),
        ({"synchronous_standby_names": "ANY 1 (*)"}, 2, []),
        ({"fsync": "off", "full_page_writes": "off"}, 0, ["fsync is off", "full_page_writes"]),
    ],
)
def test_settings_that_lose_acknowledged_events_are_told_in_words(
    changes: dict[str, str], standbys: int, words: list[str]
) -> None:
    found = warnings_of({**SAFE, **changes}, standbys=standbys)

    assert len(found) == len(words)
    assert all(word in said(warning) for word, warning in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("mode", "archived", "failed", "words"),
    [
        ("off", None, None, "archive_mode is off"),
        ("on", None, None, "has archived nothing yet"),
        ("on", 1_000, 500, "last on 1970-01-01 00:00:01 UTC"),
        ("always", 1_000, 2_000, "fails since 1970-01-01 00:00:02 UTC"),
    ],
)
def test_it_says_in_words_who_backs_a_server_up(
    mode: str, archived: int | None, failed: int | None, words: str
) -> None:
    assert words in said(backup_words(mode, archived, failed))


async def test_a_server_is_asked_whether_it_archives(
    store: Store, request: pytest.FixtureRequest
) -> None:
    note = await store.upkeep.backup_note()

    assert note == (server_archive_off() if store.is_shared else None)


async def test_a_database_without_our_tables_is_explained_to_who_reads(
    postgresql: PostgreSQLServer,
) -> None:
    url = postgresql.empty_database()

    with pytest.raises(NotFoundError, match="no tables of ours"):
        open_reader(url)

    postgresql.drop(url)


async def test_a_run_that_was_planned_earlier_and_stored_later_stands_later_in_its_lane(
    postgresql_store_url: str,
) -> None:
    clock = SystemClock()
    shop = Shop(ManualClock(clock.now_ms()))
    store = await open_store(postgresql_store_url, clock=clock, node=NODE)
    try:
        first, _ = await shop.receive(store)
        delivery = shop.delivery()
        second = shop.event(delivery)
        planned = shop.run(second, run_at=shop.clock.now_ms() - 5_000)
        await store.ingest(delivery, [EventPlan(second, (planned,), 1)])

        claimed = await store.claim(1)

        assert [item.run.event_id for item in claimed] == [first.id, second.id]
    finally:
        await store.close()


async def test_a_claim_passes_by_what_another_node_is_just_claiming(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with (
        opened(postgresql_store_url, clock) as one,
        opened(postgresql_store_url, clock) as two,
    ):
        await shop.receive(one, who="lan")
        other, _ = await shop.receive(one, who="minh")
        loop, taken, release = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

        def claim_slowly(db: WriteConnection, batch: Batch) -> None:
            claim(db, ClaimRequest(1, may_be_alone=True), "node-1", batch, RecentBodies())
            loop.call_soon_threadsafe(taken.set)
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result(60)

        claiming = asyncio.create_task(one._edit(claim_slowly))
        await taken.wait()
        async with asyncio.timeout(30):
            claimed = await two.claim(5)
        release.set()
        await claiming

        assert [item.run.event_id for item in claimed] == [other.id]
