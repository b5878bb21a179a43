"""Whatever happens in whatever order: runs keep to their states, their lanes and their claims.

One machine for both databases: on SQLite a process that dies and starts again, on PostgreSQL two
nodes whose leases run out, are renewed, and are taken over.
"""

import asyncio
import tempfile
from collections import Counter, defaultdict
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from automator.clock import ManualClock
from automator.model import Claimed, KeyedLimit, RunState, Settlement
from automator.model.log_filters import RunFilter
from automator.model.rule import Concurrency, Debounce, Limit, Once
from automator.store import Store
from automator.store.batch.batch import LEASE_MS
from automator.store.queue import lanes
from automator.store.queue.lanes import FIRST_BUT_BEHIND
from automator.store.runs.claims import CLAIM_BATCH, MAX_CRASHES
from tests.support.postgresql import PostgreSQLServer
from tests.support.rollups import counted, kept
from tests.support.store import Shop, opened, with_tables

PEOPLE = st.sampled_from(["lan", "minh"])
LIMITS: dict[str, Limit] = {
    "queue": Concurrency(key="x", limit=2, mode="queue"),
    "skip": Concurrency(key="x", limit=2, mode="skip"),
    "restart": Concurrency(key="x", limit=1, mode="restart"),
    "once": Once(key="x"),
    "debounce": Debounce(key="x", quiet_ms=5_000, max_wait_ms=20_000),
}
LEGAL = {
    RunState.QUEUED: {RunState.RUNNING, RunState.CANCELLED, RunState.DEAD, RunState.SUPPRESSED},
    RunState.RUNNING: {RunState.QUEUED, RunState.DONE, RunState.DEAD, RunState.CANCELLED},
    RunState.SUPPRESSED: set(),
    RunState.DEAD: {RunState.QUEUED, RunState.CANCELLED},
    RunState.CANCELLED: {RunState.QUEUED},
    RunState.DONE: set(),
}


class StoreMachine(RuleBasedStateMachine):
    """A store that is used, crashes, and is compared with what must be true of it."""

    claims = Bundle("claims")
    #: Processes that work on the database at the same time.
    nodes: ClassVar[int] = 1

    def __init__(self) -> None:
        super().__init__()
        # So small that what waits is set aside all the time.
        self.window, lanes.WINDOW = lanes.WINDOW, 2
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.shop = Shop(self.clock)
        self.states: dict[int, RunState] = {}
        self.steps_done: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        self.claim_of: dict[int, int] = {}
        self.claim_count = 0
        #: When the claim of a run ends by itself.
        self.lease_until: dict[int, int] = {}
        self.key = 0

    def new_url(self) -> str:
        """The address of a database of this run's own."""
        return with_tables(Path(self.folder.name))

    @initialize()
    def start(self) -> None:
        self.url = self.new_url()
        self.openings: list[AbstractAsyncContextManager[Store]] = []
        self.stores: list[Store] = []
        for number in range(self.nodes):
            self.open(number)

    def open(self, number: int) -> None:
        opening = opened(self.url, self.clock)
        store = self.loop.run_until_complete(opening.__aenter__())
        self.loop.run_until_complete(store.membership.join("a test"))
        self.openings[number : number + 1] = [opening]
        self.stores[number : number + 1] = [store]

    @property
    def store(self) -> Store:
        """Any of them: they see the same."""
        return self.stores[0]

    def teardown(self) -> None:
        """Whatever has happened, the roll-ups are what a count would say."""
        lanes.WINDOW = self.window
        in_rollups, in_rows = kept(self.store.log), counted(self.store.log)
        for opening in self.openings:
            self.loop.run_until_complete(opening.__aexit__(None, None, None))
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self.folder.cleanup()
        assert in_rollups == in_rows

    @rule(who=PEOPLE, runs=st.integers(0, 3), message=st.booleans(), again=st.booleans())
    def receive(self, who: str, runs: int, message: bool, again: bool) -> None:
        self.key += 0 if again else 1
        kind = "message.received" if message else "comment.created"
        before = len(self.store.log.runs(limit=10_000))
        event, first_id = self.loop.run_until_complete(
            self.shop.receive(self.store, who=who, runs=runs, type=kind, key=f"key-{self.key}")
        )

        stored = len(self.store.log.runs(limit=10_000)) - before
        assert stored == (runs if first_id == event.id else 0)

    @rule(who=PEOPLE, limit=st.sampled_from(sorted(LIMITS)), again=st.booleans())
    def receive_limited(self, who: str, limit: str, again: bool) -> None:
        """An event of a rule with a limit, whose key is the same for everybody."""
        self.key += 0 if again else 1
        run = {"limits": (KeyedLimit(LIMITS[limit], '"all"'),), "rule": limit}
        self.loop.run_until_complete(
            self.shop.receive(self.store, who=who, run=run, key=f"key-{self.key}")
        )

    @invariant()
    def no_first_run_is_set_aside(self) -> None:
        """Whatever moved, ended or came: claims look at the first run of each lane."""
        if not hasattr(self, "stores"):
            return
        with self.store.log.engine.connect() as connection:
            assert connection.execute(FIRST_BUT_BEHIND).all() == []

    @rule()
    def look_for_turns(self) -> None:
        self.loop.run_until_complete(self.store.limits.let_in())

    @rule(target=claims, limit=st.integers(1, 4), node=st.integers(0, 1))
    def claim(self, limit: int, node: int) -> object:
        store = self.stores[node % self.nodes]
        claimed = self.loop.run_until_complete(store.claim(limit))

        self.claim_count += 1
        trains: defaultdict[str | None, list[tuple[int, int]]] = defaultdict(list)
        for item in claimed:
            self.claim_of[item.run.id] = self.claim_count
            self.lease_until[item.run.id] = self.clock.now_ms() + LEASE_MS
            assert item.run.owner == store.node
            trains[item.run.lane].append((item.run.seq_at, item.run.id))
        assert len(trains) <= limit
        for lane, train in trains.items():
            assert len(train) <= CLAIM_BATCH
            assert train == self.unfinished(lane)[: len(train)]
        return multiple(*claimed)

    def unfinished(self, lane: str | None) -> list[tuple[int, int]]:
        """The positions of a lane's unfinished runs, in order."""
        rows = [row.run for row in self.store.log.runs(limit=10_000)]
        return sorted(
            (run.seq_at, run.id) for run in rows if run.lane == lane and not run.state.is_final
        )

    @rule(
        item=consumes(claims),
        state=st.sampled_from([RunState.DONE, RunState.DEAD, RunState.QUEUED]),
        follow_up=st.booleans(),
        twice=st.booleans(),
    )
    def settle(self, item: Claimed, state: RunState, follow_up: bool, twice: bool) -> None:
        detail = self.store.log.run(item.run.id)
        assert detail is not None
        now = detail.run
        holds = now.state is RunState.RUNNING and (now.owner, now.step, now.attempt) == (
            item.run.owner,
            item.run.step,
            item.run.attempt,
        )
        retries = state is RunState.QUEUED
        is_replaced = now.rule == "restart" and any(
            row.run.rule == "restart" and row.id > now.id
            for row in self.store.log.runs(limit=10_000)
        )
        new_runs = (self.shop.follow_up(detail.event),) if follow_up else ()
        settlement = self.shop.settlement(
            item,
            state,
            step=item.run.step + (0 if retries else 1),
            attempt=item.run.attempt if retries else 0,
            run_at=self.clock.now_ms() + (5_000 if retries else 0),
            new_runs=new_runs,
            owner=item.run.owner,
        )
        again = self.shop.settlement(item, state, owner=item.run.owner)
        attempts = [settlement, again] if twice else [settlement]

        settled = [self.loop.run_until_complete(self._settled(item)) for item in attempts]

        assert settled == [holds and not (is_replaced and retries), False][: len(attempts)]
        if settled[0]:
            position = (item.run.step, item.run.attempt)
            assert position not in self.steps_done[item.run.id]
            self.steps_done[item.run.id].append(position)

    async def _settled(self, settlement: Settlement) -> bool:
        """The settlement is submitted on the event loop, which it asks for."""
        return await self.store.settle(settlement)

    @rule(item=consumes(claims))
    def give_back(self, item: Claimed) -> None:
        holder = next((one for one in self.stores if one.node == item.run.owner), self.store)
        self.loop.run_until_complete(holder.return_runs([item.run.id]))

    @rule(node=st.integers(0, 1))
    def crash(self, node: int) -> None:
        """A process dies and starts again. What it held is taken back as soon as that is sure."""
        number = node % self.nodes
        self.loop.run_until_complete(self.openings[number].__aexit__(None, None, None))
        self.open(number)
        self.take_back(self.stores[number])

    @precondition(lambda self: self.nodes > 1)
    @rule(node=st.integers(0, 1))
    def sweep(self, node: int) -> None:
        """A node takes over what others hold no longer."""
        self.take_back(self.stores[node])

    def take_back(self, store: Store) -> None:
        """What dead processes held: of several nodes, what nobody has renewed."""
        held = {
            row.run.id
            for row in store.log.runs(RunFilter(states=(RunState.RUNNING,)), limit=10_000)
        }
        over = {run for run in held if self.lease_until[run] < self.clock.now_ms()}

        taken = self.loop.run_until_complete(store.recover())

        assert taken == len(over if store.is_shared else held)
        left = {
            row.run.id
            for row in store.log.runs(RunFilter(states=(RunState.RUNNING,)), limit=10_000)
        }
        assert left == (held - over if store.is_shared else set())

    @precondition(lambda self: self.nodes > 1)
    @rule(node=st.integers(0, 1))
    def beat(self, node: int) -> None:
        """A node renews what it holds; what was taken from it meanwhile it does not get back.

        One that was silent for so long that its number was given up starts again.
        """
        store = self.stores[node % self.nodes]
        is_known = store.node in {row.name for row in store.log.nodes()}
        rows = store.log.runs(RunFilter(states=(RunState.RUNNING,)), limit=10_000)
        mine = {row.run.id for row in rows if row.run.owner == store.node}

        lost = self.loop.run_until_complete(store.membership.heartbeat(set(self.lease_until), 1))

        if not is_known:
            assert lost is None
            self.crash(node)
            return
        assert lost == self.lease_until.keys() - mine
        for run in mine:
            self.lease_until[run] = self.clock.now_ms() + LEASE_MS

    @rule(number=st.integers(0, 50), retry=st.booleans())
    def intervene(self, number: int, retry: bool) -> None:
        rows = self.store.log.runs(limit=100)
        if not rows:
            return
        chosen = rows[number % len(rows)].run
        if chosen.rule in LIMITS and retry:
            # A person may let more in than the limit says.
            return
        if retry:
            done = self.loop.run_until_complete(self.store.run_edits.retry(chosen.id))
            assert done == (chosen.state in (RunState.DEAD, RunState.CANCELLED))
            if done:
                self.steps_done.pop(chosen.id, None)
        else:
            done = self.loop.run_until_complete(self.store.run_edits.cancel(chosen.id, "hoa"))
            assert done == (chosen.state in (RunState.QUEUED, RunState.DEAD))

    @rule(portion=st.sampled_from([1, 256]))
    def index(self, portion: int) -> None:
        """What commits have left for later is done, or some of it."""
        before = kept(self.store.log)
        self.loop.run_until_complete(self.store.upkeep.index_words(portion))

        assert kept(self.store.log) == before

    @rule(seconds=st.sampled_from([0.5, 10.0, 100.0, 4_000.0]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @invariant()
    def limits_hold(self) -> None:
        if not hasattr(self, "stores"):
            return
        runs = [row.run for row in self.store.log.runs(limit=10_000)]
        turns = Counter(
            (run.rule, run.state)
            for run in runs
            if not run.state.is_final and not run.waits_for_others
        )
        for rule_id in ("queue", "skip"):
            assert turns[rule_id, RunState.QUEUED] + turns[rule_id, RunState.RUNNING] <= 2
        # One that is being done goes on until it settles.
        assert turns["restart", RunState.QUEUED] <= 1
        alive = (RunState.QUEUED, RunState.RUNNING, RunState.DONE)
        assert sum(run.rule == "once" and run.state in alive for run in runs) <= 1

    @invariant()
    def runs_are_lawful(self) -> None:
        if not hasattr(self, "stores"):
            return
        holders: defaultdict[str | None, set[int]] = defaultdict(set)
        for row in self.store.log.runs(limit=10_000):
            run = row.run
            before = self.states.get(run.id, RunState.QUEUED)
            reachable = LEGAL[before] | {before}
            # A claim that a crash takes back, or a settled one that waits again, shows its last
            # state only: two steps at most lie between two looks.
            reachable |= {after for state in LEGAL[before] for after in LEGAL[state]}
            assert run.state in reachable, (before, run.state)
            self.states[run.id] = run.state
            assert (run.finished_at is not None) == run.state.is_final
            assert (run.owner is not None) == (run.state is RunState.RUNNING)
            assert run.crashes <= MAX_CRASHES
            assert run.attempt >= 0
            if run.state is RunState.RUNNING:
                holders[run.lane].add(self.claim_of[run.id])
        # A lane is worked on by one claim at a time.
        assert all(len(claims) == 1 for claims in holders.values())


class SharedStoreMachine(StoreMachine):
    """Two nodes on a database of a PostgreSQL server."""

    nodes = 2
    server: ClassVar[PostgreSQLServer]

    def new_url(self) -> str:
        return self.server.new_database()

    def teardown(self) -> None:
        super().teardown()
        self.server.drop(self.url)


@pytest.fixture
def server_of_the_machine(postgresql: PostgreSQLServer) -> None:
    SharedStoreMachine.server = postgresql


StoreMachine.TestCase.settings = settings(stateful_step_count=20)
TestStoreOnSQLite = StoreMachine.TestCase
# Each run makes a database of its own, which takes longer than the run itself.
SharedStoreMachine.TestCase.settings = settings(
    stateful_step_count=30, max_examples=max(1, settings().max_examples // 6)
)
TestStoreOnPostgreSQL = pytest.mark.usefixtures("server_of_the_machine")(
    SharedStoreMachine.TestCase
)
