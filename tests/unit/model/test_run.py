"""A run says in a word and a sentence how it stands."""

from typing import Any

from automator.model import Run, RunState, quoted


def a_run(**changes: Any) -> Run:
    fields: dict[str, Any] = {
        "id": 1,
        "event_id": 2,
        "rule": "price-question",
        "revision": 1,
        "lane": None,
        "contact": None,
        "path": "",
        "parent_id": None,
        "state": RunState.QUEUED,
        "step": 0,
        "attempt": 0,
        "crashes": 0,
        "seq_at": 0,
        "run_at": 0,
        "created_at": 0,
        "finished_at": None,
        "owner": None,
        "data": {},
        "reason": None,
    }
    return Run(**{**fields, **changes})


def test_the_reason_of_the_state_comes_before_the_note_of_the_decision() -> None:
    put_off = a_run(note=quoted("outside evening"))
    cancelled = a_run(note=quoted("outside evening"), reason=quoted("cancelled by lan"))

    assert put_off.because == quoted("outside evening")
    assert cancelled.because == quoted("cancelled by lan")


def test_only_a_run_of_a_watching_rule_is_a_shadow() -> None:
    assert a_run(data={"mode": "shadow"}).is_shadow
    assert not a_run().is_shadow


def test_only_queued_and_running_are_not_final() -> None:
    assert [state for state in RunState if not state.is_final] == [
        RunState.QUEUED,
        RunState.RUNNING,
    ]
