"""The oracle itself: each kind of damage, planted into a history that is right, is found."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from automator.model import RunState, format_id
from tests.faults.oracle import History, Sometimes, violations
from tests.faults.stored import Stored, StoredRun
from tests.faults.target import Effect

PEOPLE = 2


def a_run(number: int, **changes: object) -> StoredRun:
    """A run that is done, with an id and an event of its own."""
    rule, step = ("once", 1) if number % 5 == 0 else ("order", 2)
    run = StoredRun(100 + number, number, rule, RunState.DONE, step, 0, None, None, "")
    return replace(run, **changes)  # type: ignore[arg-type]


def all_kept() -> tuple[History, Stored]:
    """Five events, in order, each done once."""
    runs = [a_run(number) for number in range(1, 6)]
    effects, attempts = [], {}
    for run in runs:
        steps = [("only", "bank")] if run.rule == "once" else [("first", "crm"), ("second", "erp")]
        for step, target in steps:
            effects.append(Effect(f"run-{run.id}-{step}", target, run.event_id, 0.0))
            attempts[run.id, step, "ok"] = 1
    acknowledged = {number: format_id(number) for number in range(1, 6)}
    history = History(people=PEOPLE, acknowledged=acknowledged, sent=range(1, 6), effects=effects)
    events = {event: number for number, event in acknowledged.items()}
    return history, Stored(events, runs, attempts, 0, "ok")


Damage = Callable[[History, Stored], None]


def lose_event(history: History, stored: Stored) -> None:
    del stored.events[format_id(3)]
    del stored.runs[2]


def lose_run(history: History, stored: Stored) -> None:
    del stored.runs[2]


def start_twice(history: History, stored: Stored) -> None:
    stored.runs.append(a_run(3, id=999))


def store_twice(history: History, stored: Stored) -> None:
    stored.events[format_id(77)] = 3
    stored.runs.append(a_run(3, id=999, event_id=77))


def leave_waiting(history: History, stored: Stored) -> None:
    stored.runs[2] = a_run(3, state=RunState.QUEUED)


def leave_claimed(history: History, stored: Stored) -> None:
    stored.runs[2] = a_run(3, owner="node-1")


def die(history: History, stored: Stored) -> None:
    stored.runs[2] = a_run(3, state=RunState.DEAD, reason_code="quarantined")


def become_unknown(history: History, stored: Stored) -> None:
    stored.runs[4] = a_run(5, state=RunState.UNKNOWN, step=0)


def cancel(history: History, stored: Stored) -> None:
    stored.runs[2] = a_run(3, state=RunState.CANCELLED)


def crash_without_a_kill(history: History, stored: Stored) -> None:
    stored.runs[2] = a_run(3, crashes=1)


def repeat(history: History, stored: Stored) -> None:
    history.effects.append(history.effects[-1])


def repeat_what_is_held(history: History, stored: Stored) -> None:
    history.in_flight[105, 0] += 1
    history.effects.append(history.effects[-1])


def do_nothing(history: History, stored: Stored) -> None:
    del history.effects[0]


def do_something_unknown(history: History, stored: Stored) -> None:
    history.effects.append(Effect("run-7-first", "crm", 5, 0.0))


def change_order(history: History, stored: Stored) -> None:
    history.effects.reverse()


def record_twice(history: History, stored: Stored) -> None:
    stored.attempts[101, "first", "ok"] = 2


def record_nothing(history: History, stored: Stored) -> None:
    del stored.attempts[101, "first", "ok"]


@pytest.mark.parametrize(
    "damage",
    [
        lose_event,
        lose_run,
        start_twice,
        store_twice,
        leave_waiting,
        leave_claimed,
        die,
        become_unknown,
        cancel,
        crash_without_a_kill,
        repeat,
        repeat_what_is_held,
        do_nothing,
        do_something_unknown,
        change_order,
        record_twice,
        record_nothing,
    ],
)
def test_each_kind_of_damage_is_found(damage: Damage) -> None:
    history, stored = all_kept()

    damage(history, stored)

    assert violations(history, stored) != []


def test_a_damaged_database_is_found() -> None:
    history, stored = all_kept()

    assert violations(history, replace(stored, integrity="row 7 missing from index")) != []


def test_nothing_is_found_where_every_promise_was_kept() -> None:
    history, stored = all_kept()
    interrupted = replace(history, in_flight=Counter({(101, 0): 1}))
    interrupted.effects.append(history.effects[0])

    assert violations(*all_kept()) == []
    assert violations(interrupted, stored) == []


def test_a_run_that_never_took_the_rescue_path_fails_as_vacuous() -> None:
    sometimes = Sometimes("a lease was lost", "a run was taken over")
    sometimes.note("a run was taken over")

    with pytest.raises(AssertionError, match="a lease was lost"):
        sometimes.require()
