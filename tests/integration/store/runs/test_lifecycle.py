"""Random walks: what the store writes of a run is what the table of the lifecycle says."""

import random
from dataclasses import dataclass
from string import Formatter

import pytest

from automator.clock import ManualClock
from automator.lifecycle import MOVES, NO_FACTS, Fact, Move, On, move, sources
from automator.model import Claimed, Reason, RunState, quoted
from automator.reasons.kind import ReasonKind
from automator.store import Store
from automator.store.batch.batch import LEASE_MS
from automator.store.runs.claims import MAX_CRASHES
from automator.store.runs.recovery import REST_MS
from automator.store.runs.run_edits import DoneStep
from tests.support.store import Shop

_BECAUSE = quoted("crm answered 503")
#: What an outcome of an attempt settles.
_SETTLED = (
    On.FAILED,
    On.UNKNOWN,
    On.UNAVAILABLE,
    On.RESCHEDULED,
    On.CALLED_OFF,
    On.ABANDONED,
)
_BY_STORE = (On.CLAIMED, On.GIVEN_BACK, On.CRASHED, On.RETRIED, On.MARKED_DONE, On.DROPPED)


@dataclass
class Expected:
    """A run as the table says that it is."""

    state: RunState = RunState.QUEUED
    attempt: int = 0
    crashes: int = 0
    reason: Reason | None = None

    def moves(self, made: Move) -> None:
        self.state, self.attempt = made.to, made.attempt_after(self.attempt)
        self.crashes += int(made.counts_crash)
        self.reason = made.reason_after(self.reason, **_said(made))
        if made.on in (On.RETRIED, On.MARKED_DONE) and made.to is RunState.QUEUED:
            self.crashes = 0


def _said(made: Move) -> dict[str, object]:
    if not isinstance(made.reason, ReasonKind):
        return {"because": _BECAUSE}
    known = {"step": "send", "because": _BECAUSE, "who": "lan", "crashes": MAX_CRASHES}
    places = {name for _, name, _, _ in Formatter().parse(made.reason.text)}
    return {name: value for name, value in known.items() if name in places}


async def _happens(
    on: On, made: Move, expected: Expected, store: Store, shop: Shop, claimed: Claimed
) -> None:
    """Lets it happen to the run in the store."""
    run_id, edits = claimed.run.id, store.run_edits
    if on is On.GIVEN_BACK:
        await store.return_runs([run_id])
    elif on is On.CRASHED:
        shop.clock.advance(LEASE_MS / 1000 + 1)
        assert await store.recover() == 1
    elif on is On.RETRIED:
        assert await edits.retry(run_id, "lan")
    elif on is On.MARKED_DONE:
        step = DoneStep(claimed.run.step, "send", made.to is RunState.QUEUED)
        assert await edits.mark_done(run_id, step, "lan")
    elif on is On.DROPPED:
        assert await edits.cancel(run_id, "lan")
    elif on is not On.CLAIMED:
        settlement = shop.settlement(
            claimed,
            state=expected.state,
            step=claimed.run.step,
            attempt=expected.attempt,
            reason=expected.reason,
            run_at=shop.clock.now_ms(),
            attempts=(),
        )
        assert await store.settle(settlement)


@pytest.mark.parametrize("seed", range(6))
async def test_the_store_makes_the_moves_of_the_table(
    store: Store, shop: Shop, clock: ManualClock, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 # a walk that can be repeated
    await shop.receive(store, lane=None)
    expected, walked = Expected(), set()
    (claimed,) = await store.claim(1)
    expected.moves(move(On.CLAIMED))
    for _ in range(40):
        is_claimed = expected.state is RunState.RUNNING
        happenings = (*_SETTLED, *_BY_STORE) if is_claimed else _BY_STORE
        possible = [on for on in happenings if expected.state in sources(on)]
        if not possible:
            break
        on = chance.choice(possible)
        if on is On.CLAIMED:
            clock.advance(max(REST_MS) / 1000)
            (claimed,) = await store.claim(1)
            made = move(on)
        else:
            rows = [row for row in MOVES[on] if not row.is_step_over]
            made = chance.choice(rows)
            if on is On.GIVEN_BACK:
                made = move(on)
            elif on is On.CRASHED:
                is_last = expected.crashes >= MAX_CRASHES - 1
                made = move(on, {Fact.BEGUN, Fact.LAST} if is_last else {Fact.BEGUN})
            elif on is On.MARKED_DONE:
                made = move(on, chance.choice([{Fact.MORE}, NO_FACTS]))
        expected.moves(made)
        await _happens(on, made, expected, store, shop, claimed)
        walked.add(on)

        detail = store.log.run(claimed.run.id)
        assert detail is not None
        run = detail.run
        found = Expected(run.state, run.attempt, run.crashes, run.reason)
        assert found == expected, (on, sorted(made.when))
        if on is On.MARKED_DONE:
            claimed = Claimed(
                run=run,
                event=claimed.event,
                event_json=claimed.event_json,
                connection="",
                delivery_id=1,
                contact={},
                events=claimed.events,
            )
    assert len(walked) > 2
