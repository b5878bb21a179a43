"""Random work of all kinds on a store: whatever becomes of any run is a row of the table."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from automator.clock import ManualClock
from automator.lifecycle import MOVES, Move, On
from automator.model import Claimed, KeyedLimit, Run, RunState, TargetHealth, Waits, quoted
from automator.model.echo import AwaitedEcho
from automator.model.rule import Concurrency, Debounce, Once
from automator.store import Store
from automator.store.batch.batch import LEASE_MS
from automator.store.runs.run_edits import DoneStep
from automator.store.transfer.quarantine import hold
from tests.support.store import NODE, Shop

_BECAUSE = quoted("crm answered 503")
_MINUTE_MS = 60_000
#: What may become of a run while others are stored, settled or called off.
_BESIDES = frozenset({On.LET_IN, On.REPLACED})
_STORED = frozenset(
    {On.STARTED, On.LIMITED, On.COLLECTED, On.COLLECTING, On.FULL, On.PAUSED, On.CALLED_OFF}
)
_SETTLED = (On.STEP_OVER, On.FAILED, On.UNKNOWN, On.UNAVAILABLE, On.RESCHEDULED, On.CALLED_OFF,
            On.ABANDONED)  # fmt: skip
_QUEUE = KeyedLimit(Concurrency(key="x", limit=1, mode="queue"), "queue")
_RESTART = KeyedLimit(Concurrency(key="x", limit=1, mode="restart"), "restart")
_SKIP = KeyedLimit(Concurrency(key="x", limit=1, mode="skip"), "skip")
_DEBOUNCE = KeyedLimit(Debounce(key="x", quiet_ms=_MINUTE_MS, max_wait_ms=3_600_000), "debounce")
_ONCE = KeyedLimit(Once(key="x", period_ms=_MINUTE_MS), "once")
Done = frozenset[On]


@dataclass
class Work:
    """Random operations; each says what may have happened to runs."""

    store: Store
    shop: Shop
    clock: ManualClock
    chance: random.Random
    claimed: dict[int, Claimed] = field(default_factory=dict)
    health: TargetHealth = field(default_factory=lambda: TargetHealth(name="crm"))

    @property
    def runs(self) -> dict[int, Run]:
        return {row.run.id: row.run for row in self.store.log.runs(limit=1_000)}

    def some(self, *states: RunState) -> Run | None:
        found = [run for run in self.runs.values() if run.state in states]
        return self.chance.choice(found) if found else None

    async def receives(self) -> Done:
        limits = self.chance.choice(
            [(), (), (_QUEUE,), (_RESTART,), (_SKIP,), (_DEBOUNCE,), (_ONCE,), (_DEBOUNCE, _QUEUE)]
        )
        later = self.chance.choice([0, 0, _MINUTE_MS])
        run = {"limits": limits, "run_at": self.clock.now_ms() + later}
        who = self.chance.choice(["lan", "hoa", "minh"])
        if self.chance.random() < 0.3:
            run = {"path": "ask-again", "cancel_on": {"event": ["message.received"]}, **run}
        await self.shop.receive(self.store, who=who, run=run)
        return _STORED | _BESIDES

    async def messages(self) -> Done:
        await self.shop.receive(self.store, type="message.received", runs=0)
        return frozenset({On.CALLED_OFF})

    async def echoes(self) -> Done:
        run = self.some(RunState.QUEUED, RunState.UNKNOWN)
        if run is not None and run.echo_key:
            await self.shop.receive(self.store, runs=0, is_self=True, echo=run.echo_key)
        return frozenset({On.ECHOED})

    async def claims(self) -> Done:
        self.clock.advance(self.chance.choice([0, 40, 90]))
        for item in await self.store.claim(self.chance.randint(1, 3)):
            self.claimed[item.run.id] = item
        return frozenset({On.CLAIMED})

    async def settles(self) -> Done:
        if not self.claimed:
            return frozenset()
        claimed = self.claimed.pop(self.chance.choice(list(self.claimed)))
        made = self.chance.choice([row for on in _SETTLED for row in MOVES[on]])
        if made.is_step_over or made.to is RunState.RUNNING:
            made = MOVES[On.STEP_OVER][-1]
        run, now_ms = claimed.run, self.clock.now_ms()
        awaits_echo = made.waits in (Waits.ECHO, Waits.PROOF) or made.to is RunState.UNKNOWN
        key = f"echo-{run.id}"
        awaited = AwaitedEcho(connection="shop-page", key=key, since_ms=now_ms)
        await self.store.settle(
            self.shop.settlement(
                claimed,
                made.to,
                step=run.step,
                attempt=made.attempt_after(run.attempt),
                reason=made.reason_after(run.reason, step="send", because=_BECAUSE)
                if made.to is not RunState.DONE
                else None,
                run_at=now_ms + _MINUTE_MS,
                waits_for=made.waits,
                target="crm" if made.waits in (Waits.RETRY, Waits.TARGET) else None,
                echo_key=key if awaits_echo else None,
                unknown_since=now_ms if awaits_echo else None,
                awaits=awaited if awaits_echo else None,
                attempts=(),
            )
        )
        return frozenset({made.on}) | _BESIDES

    async def gives_back(self) -> Done:
        await self.store.return_runs(list(self.claimed))
        self.claimed.clear()
        return frozenset({On.GIVEN_BACK})

    async def dies(self) -> Done:
        self.claimed.clear()
        self.clock.advance(LEASE_MS / 1000 + 1)
        await self.store.recover()
        return frozenset({On.CRASHED})

    async def decides(self) -> Done:
        run, edits = self.some(*RunState), self.store.run_edits
        if run is not None and run.id not in self.claimed:
            goes_on = self.chance.random() < 0.5
            decision = self.chance.choice(
                [
                    lambda: edits.retry(run.id, "lan"),
                    lambda: edits.mark_done(run.id, DoneStep(run.step, "send", goes_on), "lan"),
                    lambda: edits.cancel(run.id, "lan"),
                    lambda: edits.run_now(run.id),
                ]
            )
            await decision()
        return frozenset({On.RETRIED, On.MARKED_DONE, On.DROPPED, On.WANTED_NOW})

    async def target_recovers(self) -> Done:
        self.health = await self.store.targets.save(self.health, has_recovered=True) or self.health
        return frozenset({On.RECOVERED})

    async def target_takes_more(self) -> Done:
        await self.store.targets.release("crm", 1)
        return frozenset({On.TAKES_MORE})

    async def lets_in(self) -> Done:
        await self.store.limits.let_in()
        return frozenset({On.LET_IN})

    async def restores(self) -> Done:
        if self.chance.random() < 0.2:
            self.claimed.clear()
            await self.store._edit(lambda db, batch: hold(db.core, batch.now_ms, None))
        return frozenset({On.RESTORED})

    async def lets_go(self) -> Done:
        await self.store.quarantine.release()
        return frozenset({On.RELEASED})

    async def discards(self) -> Done:
        if self.chance.random() < 0.3:
            await self.store.quarantine.cancel("lan")
        return frozenset({On.DISCARDED})


def explained(before: Run | None, after: Run, happened: Done) -> list[Move]:
    """The rows, one behind the other, that lead from one form of a run to the other."""
    rows = [row for on in happened for row in MOVES[on]]
    state, attempt = (None, 0) if before is None else (before.state, before.attempt)
    for first in rows:
        if state not in first.sources:
            continue
        reached = first.attempt_after(attempt)
        if _is(first, reached, before, after):
            return [first]
        for second in rows:
            if first.to not in second.sources and not (state is None and None in second.sources):
                continue
            if _is(second, second.attempt_after(reached), before, after):
                return [first, second]
    return []


def _is(row: Move, attempt: int, before: Run | None, after: Run) -> bool:
    if (row.to, attempt) != (after.state, after.attempt):
        return False
    if row.waits is not None:
        return after.waits_for is row.waits
    # The end of a wait may be the beginning of one for its own time.
    return after.waits_for in (None, Waits.TIME, before and before.waits_for)


def require_whole(run: Run) -> None:
    """What holds for every run, whatever has happened to it."""
    assert (run.finished_at is not None) == (run.state.is_final and run.state is not RunState.HELD)
    if run.state.is_final and run.state is not RunState.HELD:
        assert run.waits_for is None
    if run.waits_for is Waits.PLACE:
        assert (run.seq_at, run.waits_until) == (None, None)
    elif run.state in (RunState.QUEUED, RunState.RUNNING):
        assert run.seq_at is not None
    if run.waits_for is not None and run.state is RunState.QUEUED:
        assert run.waits_since is not None


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_becomes_of_a_run_is_a_row_of_the_table(
    store: Store, shop: Shop, clock: ManualClock, seed: int
) -> None:
    assert store._transactions.node == NODE
    work = Work(store, shop, clock, random.Random(seed))  # noqa: S311 # it can be repeated
    operations: list[Callable[[], Awaitable[Done]]] = [
        *[work.receives] * 4, work.messages, work.echoes, *[work.claims] * 4, *[work.settles] * 5,
        work.gives_back, work.dies, *[work.decides] * 2, work.target_recovers,
        work.target_takes_more, work.lets_in, work.restores, work.lets_go, work.discards,
    ]  # fmt: skip
    known: dict[int, Run] = {}
    walked: set[On] = set()
    for _ in range(150):
        operation = work.chance.choice(operations)
        happened = await operation()
        found = work.runs
        for run_id, run in found.items():
            before = known.get(run_id)
            require_whole(run)
            if before == run:
                continue
            if before is not None and (before.state, before.attempt, before.waits_for) == (
                run.state, run.attempt, run.waits_for,
            ):  # fmt: skip
                continue
            rows = explained(before, run, happened)
            assert rows, (operation.__name__, happened, before, run)
            walked.update(row.on for row in rows)
        known = found
    assert len(walked) > 12, walked
