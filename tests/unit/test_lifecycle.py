"""The life of a run, as a table and on random walks through it."""

from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.lifecycle import (
    AWAITED,
    MOVES,
    TABLE,
    Also,
    Count,
    Fact,
    On,
    Said,
    Sent,
    move,
    outcome,
    sources,
)
from automator.model import Outcome, Reason, RunState, Waits, quoted
from automator.reasons.kind import ReasonKind

F = Fact
Q, R, DONE, DEAD = RunState.QUEUED, RunState.RUNNING, RunState.DONE, RunState.DEAD
OFF, DOUBT = RunState.CANCELLED, RunState.UNKNOWN
BECAUSE = quoted("crm answered 503")


@pytest.mark.parametrize(
    ("on", "facts", "to", "attempt", "code"),
    [
        (On.STEP_OVER, {F.MORE}, R, 1, None),
        (On.STEP_OVER, {}, DONE, 0, None),
        (On.FAILED, {F.AGAIN}, Q, 2, "step"),
        (On.FAILED, {F.AGAIN, F.CONTINUE}, Q, 2, "step"),
        (On.FAILED, {F.AGAIN, F.LATE, F.CONTINUE}, OFF, 2, "too_late_to_retry"),
        (On.FAILED, {F.CONTINUE}, R, 2, None),
        (On.FAILED, {}, DEAD, 2, "step"),
        (On.FAILED, {F.HOLD}, DEAD, 2, "step"),
        (On.UNKNOWN, {F.ECHO, F.HOLD}, Q, 2, "awaits_echo"),
        (On.UNKNOWN, {F.ECHO, F.AGAIN, F.LATE}, Q, 2, "awaits_echo"),
        (On.UNKNOWN, {F.HOLD, F.AGAIN, F.CONTINUE}, DOUBT, 2, "step"),
        (On.UNKNOWN, {F.AGAIN}, Q, 2, "step"),
        (On.UNKNOWN, {F.CONTINUE}, R, 2, None),
        (On.UNKNOWN, {}, DOUBT, 2, "step"),
        (On.INTERRUPTED, {F.ECHO, F.AGAIN}, Q, 1, "awaits_echo"),
        (On.INTERRUPTED, {F.HOLD, F.AGAIN}, DOUBT, 2, "step"),
        (On.INTERRUPTED, {F.AGAIN, F.LATE}, R, 2, None),
        (On.NO_ECHO, {F.REPEATS, F.HOLD}, R, 2, None),
        (On.NO_ECHO, {F.HOLD}, DOUBT, 1, "no_echo"),
        (On.NO_ECHO, {F.CONTINUE}, R, 1, None),
        (On.NO_ECHO, {}, DOUBT, 1, "no_echo"),
    ],
)
def test_an_attempt_moves_its_run(
    on: On, facts: Collection[Fact], to: RunState, attempt: int, code: str | None
) -> None:
    made = move(on, facts)
    reason = made.reason_after(None, step="send", because=BECAUSE)

    assert (made.to, made.attempt_after(2)) == (to, attempt)
    assert (reason and reason.code) == code


@pytest.mark.parametrize(
    ("on", "facts", "to", "attempt", "code"),
    [
        (On.UNAVAILABLE, {}, Q, 1, "quoted"),
        (On.RESCHEDULED, {}, Q, 1, "quoted"),
        (On.RESCHEDULED, {F.LATE}, OFF, 2, "too_late"),
        (On.PAUSED, {F.CHILD}, Q, 1, "quoted"),
        (On.PAUSED, {F.CHILD, F.LATE}, OFF, 2, "too_late"),
        (On.PAUSED, {}, RunState.SUPPRESSED, 2, "quoted"),
        (On.PAUSED, {F.LATE}, RunState.SUPPRESSED, 2, "quoted"),
        (On.CALLED_OFF, {}, OFF, 2, "quoted"),
        (On.ABANDONED, {}, DEAD, 2, "quoted"),
        (On.DECIDED, {}, DONE, 2, None),
    ],
)
def test_what_holds_a_run_back_costs_no_attempt(
    on: On, facts: Collection[Fact], to: RunState, attempt: int, code: str | None
) -> None:
    made = move(on, facts)
    reason = made.reason_after(None, because=BECAUSE)

    assert (made.to, made.attempt_after(2)) == (to, attempt)
    assert (reason and reason.code) == code


@pytest.mark.parametrize(
    ("facts", "to", "attempt", "crashes"),
    [
        ({}, Q, 1, 0),
        ({F.LAST}, Q, 1, 0),
        ({F.BEGUN}, Q, 2, 1),
        ({F.BEGUN, F.LAST}, DEAD, 2, 1),
        ({F.UNWANTED}, OFF, 1, 0),
        ({F.UNWANTED, F.BEGUN, F.LAST}, OFF, 2, 1),
    ],
)
def test_a_crash_counts_only_for_an_attempt_that_had_begun(
    facts: Collection[Fact], to: RunState, attempt: int, crashes: int
) -> None:
    made = move(On.CRASHED, facts)

    assert (made.to, made.attempt_after(2), int(made.counts_crash)) == (to, attempt, crashes)


def test_a_run_that_a_crash_ends_may_have_sent_something() -> None:
    outcomes = {row.to: row.outcome for row in TABLE if row.on is On.CRASHED}

    assert outcomes == {DEAD: Outcome.MAYBE_SENT, Q: None, OFF: None}


def test_only_a_person_or_a_proof_moves_a_run_that_has_ended() -> None:
    people = {On.RETRIED, On.MARKED_DONE, On.DROPPED, On.RELEASED, On.DISCARDED, On.ECHOED}
    final = {state for state in RunState if state.is_final}

    assert {row.on for row in TABLE if final & set(row.sources)} == people


@pytest.mark.parametrize("state", RunState)
def test_people_are_offered_what_the_table_allows(state: RunState) -> None:
    assert state.can_be_retried == (state in sources(On.RETRIED))
    assert state.can_be_cancelled == (state in sources(On.DROPPED))
    assert state.needs_review == (state in sources(On.MARKED_DONE))


@pytest.mark.parametrize("on", On)
def test_something_follows_whatever_holds(on: On) -> None:
    *others, last = MOVES[on]

    assert last.when == frozenset()
    assert all(row.when for row in others)
    assert len({row.when for row in MOVES[on]}) == len(MOVES[on])


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.on.name} {sorted(row.when)}")
def test_a_row_is_whole(row: object) -> None:
    assert isinstance(row, type(TABLE[0]))
    assert isinstance(row.to, RunState)
    assert isinstance(row.attempt, Count)
    assert isinstance(row.reason, ReasonKind | Said)
    assert row.then is None or isinstance(row.then, Waits | Also)
    assert row.waits is None or row.to is Q
    assert row.is_step_over <= (row.to is R)


@given(st.data())
def test_a_run_keeps_its_promises_on_every_walk(data: st.DataObject) -> None:
    state: RunState | None = None
    attempt, waits = 0, None
    reason: Reason | None = None
    for _ in range(data.draw(st.integers(0, 40))):
        rows = [row for row in TABLE if state in row.sources]
        possible = [on for on in dict.fromkeys(row.on for row in rows) if _can(on, waits)]
        if not possible:
            break
        facts = data.draw(st.frozensets(st.sampled_from(Fact), max_size=4))
        made = move(data.draw(st.sampled_from(possible)), facts)
        if state not in made.sources:
            continue
        before, attempt = attempt, made.attempt_after(attempt)
        if made.is_step_over:
            made = move(On.STEP_OVER, facts)
            attempt = made.attempt_after(attempt)
        reason = made.reason_after(reason, **_said(made.reason))
        state, waits = made.to, made.waits

        # An attempt is counted before it begins, and never taken back twice.
        assert 0 <= attempt <= before + 1
        assert state is not R or attempt >= 1
        # Who asks why a run stands still, or has ended without success, is told.
        if state in (DEAD, DOUBT, OFF, RunState.SUPPRESSED, RunState.HELD) or made.waits:
            assert reason is not None


def _can(on: On, waits: Waits | None) -> bool:
    return on not in AWAITED or AWAITED[on] is waits


def _said(reason: object) -> dict[str, object]:
    if not isinstance(reason, ReasonKind):
        return {"because": BECAUSE}
    names = ("step", "because", "who", "crashes")
    return {name: BECAUSE for name in names if f"{{{name}}}" in reason.text}


@pytest.mark.parametrize(
    ("state", "steps", "expected"),
    [
        (DONE, {Sent.YES}, Outcome.ANSWERED),
        (DONE, {Sent.YES, Sent.NOT_MEANT}, Outcome.ANSWERED),
        (DONE, {Sent.YES, Sent.NO}, Outcome.PARTLY),
        (DONE, {Sent.NO}, Outcome.NOTHING_SENT),
        (DONE, {Sent.NO, Sent.NOT_MEANT}, Outcome.NOTHING_SENT),
        (DONE, {Sent.NOT_MEANT}, Outcome.NOTHING_TO_SEND),
        (DONE, set(), Outcome.NOTHING_TO_SEND),
        (DONE, {Sent.YES, Sent.UNKNOWN}, Outcome.MAYBE_SENT),
        (DEAD, {Sent.UNKNOWN}, Outcome.MAYBE_SENT),
        (DOUBT, {Sent.UNKNOWN}, None),
        (DEAD, {Sent.NO}, Outcome.NOTHING_SENT),
        (DEAD, {Sent.YES, Sent.NO}, Outcome.PARTLY),
        (DOUBT, {Sent.NO}, None),
        (OFF, {Sent.NO}, None),
        (RunState.SUPPRESSED, {Sent.NO}, None),
    ],
)
def test_the_outcome_says_what_was_sent(
    state: RunState, steps: set[Sent], expected: Outcome | None
) -> None:
    assert outcome(state, steps) is expected


@pytest.mark.parametrize(
    ("state", "steps", "expected"),
    [
        (DONE, {Sent.YES, Sent.NO}, Outcome.WOULD_HAVE_SENT),
        (DONE, {Sent.NOT_MEANT}, Outcome.NOTHING_TO_SEND),
        (DEAD, {Sent.NO}, Outcome.NOTHING_TO_SEND),
        (OFF, {Sent.YES}, None),
    ],
)
def test_the_outcome_of_a_shadow_says_what_would_have_been_sent(
    state: RunState, steps: set[Sent], expected: Outcome | None
) -> None:
    assert outcome(state, steps, in_shadow=True) is expected
