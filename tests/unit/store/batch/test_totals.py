"""Totals: counters of a process, which only grow."""

import threading

import pytest

from automator.model import RunState
from automator.store.batch import totals as module
from automator.store.batch.rollups import ENDED, EVENTS, NOT_TAKEN, STARTED, Tally
from automator.store.batch.totals import OTHERS, Totals


def tally(*counted: tuple[str, str]) -> Tally:
    made = Tally()
    for metric, name in counted:
        made.add(metric, name, at_ms=0)
    return made


def test_what_commits_have_counted_is_added_up_by_name() -> None:
    totals = Totals()

    totals.add(tally((EVENTS, "page"), (STARTED, "prices"), (STARTED, "prices")))
    totals.add(tally((EVENTS, "page"), (EVENTS, "oa"), (NOT_TAKEN["rejected"], "page")))

    found = totals.read()
    assert found == {
        EVENTS: {"page": 2, "oa": 1},
        STARTED: {"prices": 2},
        NOT_TAKEN["rejected"]: {"page": 1},
    }


def test_a_run_that_is_tried_again_is_not_taken_out_of_its_total() -> None:
    totals, ended, again = Totals(), Tally(), Tally()
    ended.ended(RunState.DEAD, "prices", at_ms=0)
    again.goes_on(RunState.DEAD, "prices", ended_ms=0)

    totals.add(ended)
    totals.add(again)
    totals.add(ended)

    assert totals.read() == {ENDED[RunState.DEAD]: {"prices": 2}}


def test_nothing_is_lost_while_others_read() -> None:
    totals = Totals()
    one = tally((EVENTS, "page"))

    def read() -> None:
        for _ in range(200):
            totals.read()

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(5_000):
        totals.add(one)
    for reader in readers:
        reader.join()

    assert totals.read() == {EVENTS: {"page": 5_000}}


def test_names_beyond_the_bound_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_NAMES", 2)
    totals = Totals()

    totals.add(tally(*((STARTED, f"rule-{number}") for number in range(5))))
    totals.add(tally((STARTED, "rule-0"), (STARTED, "rule-4")))

    assert totals.read()[STARTED] == {"rule-0": 2, "rule-1": 1, OTHERS: 4}
