"""Builders for what the store keeps, and a store on a file of its own."""

import asyncio
import contextlib
import functools
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.event import listen, remove

from automator.clock import ManualClock
from automator.model import (
    Attempt,
    AttemptStatus,
    Claimed,
    Delivery,
    Effect,
    Event,
    IdSource,
    NewRun,
    RunState,
    Settlement,
    Verdict,
    quoted,
)
from automator.model.speech import Speech
from automator.store import EventPlan, Log, Store, StoreOptions, open_store
from automator.store.database.address import connector, database_of
from automator.store.database.disk import Room
from automator.store.search.indexing import LAG_MS

NODE = "node-1"
#: A private message to one person, which no budget bounds.
UNLIMITED = Speech(
    connection="shop-page",
    contact="shop-page:lan",
    is_private=True,
    per_contact=0,
    per_connection=0,
)


def sqlite_url(folder: Path) -> str:
    """The address of the database in a folder."""
    return f"sqlite:///{folder / 'automator.db'}"


def with_tables(folder: Path) -> str:
    """The address of the database in a folder, put there if it is missing.

    It has its tables already: making them takes longer than most tests.
    """
    file = folder / "automator.db"
    if not file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(_new_database())
    return sqlite_url(folder)


@functools.cache
def _new_database() -> bytes:
    with tempfile.TemporaryDirectory(prefix="automator-tables-") as folder:
        database = database_of(sqlite_url(Path(folder)))
        give_back = database.take()
        connector(database)().close()
        give_back()
        return (Path(folder) / "automator.db").read_bytes()


def matches_type(
    cancel_on: Mapping[str, Any], event: Event, _contact: Callable[[], Mapping[str, Any]]
) -> bool:
    """A `cancel_on` that names event types and nothing else."""
    return event.type in cancel_on["event"]


@contextlib.asynccontextmanager
async def opened(
    url: str,
    clock: ManualClock,
    *,
    on_fatal: Callable[[], None] = lambda: None,
    room: Room | None = None,
    node: str = NODE,
) -> AsyncIterator[Store]:
    """A store that goes by the test's clock and is closed at the end."""
    store = await open_store(
        url,
        clock=clock,
        node=node,
        options=StoreOptions(
            shares_clock=False, cancel_matches=matches_type, on_fatal=on_fatal, room=room
        ),
    )
    try:
        yield store
    finally:
        await store.close()


@contextlib.asynccontextmanager
async def writer_held(store: Store) -> AsyncIterator[None]:
    """As long as it lasts, the writer is in the middle of a transaction; then it goes on."""
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hold(*_: object) -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(60)

    holding = asyncio.create_task(store._edit(hold))
    try:
        await begun.wait()
        yield
    finally:
        go_on.set()
        await holding


async def standing(store: Store, limit: int = 8) -> "asyncio.Future[list[Claimed]]":
    """A claim that has found nothing and waits."""
    claiming = store.standing_claim(limit)
    await store.limits.let_in()  # A commit later.
    assert not claiming.done()
    return claiming


@contextlib.contextmanager
def asked_of(log: Log) -> Iterator[list[tuple[str, Any]]]:
    """The statements that a log asks the database as long as it lasts, with their parameters."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    listen(log.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        remove(log.engine, "before_cursor_execute", note)


async def indexed(store: Store, clock: ManualClock) -> None:
    """Until every text so far is in the words indexes."""
    clock.advance(LAG_MS / 1000)
    while await store.upkeep.index_words():
        continue


class Shop:
    """Makes deliveries, events and runs of one connection, each with an id of its own."""

    def __init__(self, clock: ManualClock, node: int = 1) -> None:
        self.clock = clock
        self.ids = IdSource(clock.now_ms, node)

    def delivery(self, **changes: Any) -> Delivery:
        fields: dict[str, Any] = {
            "id": self.ids.next(),
            "connection": "shop-page",
            "received_at": self.clock.now_ms(),
            "method": "POST",
            "headers": (("content-type", "application/json"),),
            "query": "",
            "body": b'{"entry":[]}',
            "remote": "203.0.113.7",
            "verdict": Verdict.ACCEPTED,
        }
        return Delivery(**fields | changes)

    def event(self, delivery: Delivery, key: str = "", who: str = "lan", **changes: Any) -> Event:
        number = self.ids.next()
        fields: dict[str, Any] = {
            "id": number,
            "delivery_id": delivery.id,
            "connection": delivery.connection,
            "provider": "facebook",
            "type": "comment.created",
            "dedupe_key": key or f"key-{number}",
            "lane": f"shop-page:{who}",
            "contact": f"shop-page:{who}",
            "is_self": False,
            "occurred_at": delivery.received_at,
            "received_at": delivery.received_at,
            "body": {"text": "Giá bao nhiêu vậy shop?", "actor": {"id": who, "name": "Lan"}},
        }
        return Event(**fields | changes)

    def run(self, event: Event, **changes: Any) -> NewRun:
        fields: dict[str, Any] = {
            "id": self.ids.next(),
            "event_id": event.id,
            "rule": "price-question",
            "revision": 1,
            "lane": event.lane,
            "contact": event.contact,
            "run_at": self.clock.now_ms(),
        }
        return NewRun(**fields | changes)

    def follow_up(self, event: Event, in_ms: int = 60_000, **changes: Any) -> NewRun:
        """A run that sleeps and is cancelled by a message."""
        fields: dict[str, Any] = {
            "path": "ask-again",
            "run_at": self.clock.now_ms() + in_ms,
            "cancel_on": {"event": ["message.received"]},
        }
        return self.run(event, **fields | changes)

    async def receive(
        self, store: Store, *, runs: int = 1, run: Mapping[str, Any] | None = None, **changes: Any
    ) -> tuple[Event, int]:
        """Stores a delivery with one event that starts runs; returns it and its first id."""
        delivery = self.delivery()
        event = self.event(delivery, **changes)
        plan = EventPlan(event, tuple(self.run(event, **(run or {})) for _ in range(runs)), 1)
        receipt = (await store.ingest(delivery, [plan]))[0]
        return event, receipt.event_id

    def attempt(self, claimed: Claimed, **changes: Any) -> Attempt:
        fields: dict[str, Any] = {
            "id": self.ids.next(),
            "run_id": claimed.run.id,
            "event_id": claimed.run.event_id,
            "rule": claimed.run.rule,
            "step": "reply",
            "action": "reply",
            "number": claimed.run.attempt,
            "node": NODE,
            "started_at": self.clock.now_ms(),
            "duration_ms": 12,
            "status": AttemptStatus.OK,
            "summary": "Đã trả lời",
        }
        values = fields | changes
        if isinstance(values["summary"], str):
            values["summary"] = quoted(values["summary"])
        return Attempt(**values)

    def settlement(
        self,
        claimed: Claimed,
        state: RunState = RunState.DONE,
        *,
        effects: tuple[Effect, ...] = (),
        new_runs: tuple[NewRun, ...] = (),
        **changes: Any,
    ) -> Settlement:
        run = claimed.run
        fields: dict[str, Any] = {
            "run_id": run.id,
            "event_id": run.event_id,
            "owner": NODE,
            "claimed_step": run.step,
            "claimed_attempt": run.attempt,
            "state": state,
            "step": run.step + 1,
            "attempt": 0,
            "run_at": run.run_at,
            "data": {},
            "reason": None,
            "attempts": (self.attempt(claimed),),
            "effects": effects,
            "contact": run.contact,
            "concurrency_key": run.concurrency_key,
            "new_runs": new_runs,
            "note": run.note,
        }
        return Settlement(**fields | changes)
