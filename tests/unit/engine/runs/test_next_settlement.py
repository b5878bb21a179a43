"""The settlement of a claimed run says everything that its progress has."""

from collections.abc import Callable
from typing import Any

import pytest

from automator.engine.attempts.next_step import EarlierAttempts
from automator.engine.runs.progress import Progress, next_settlement
from automator.model import Claimed, IdSource, NewRun, Run, RunState, SeenValues, Waits, quoted
from automator.model.echo import AwaitedEcho
from tests.support.rules import rule_set

NOTE = quoted("outside of its hours")
ECHO = AwaitedEcho(connection="shop-page", key="k", since_ms=3)
CHILD = NewRun(
    id=9, event_id=2, rule="answer", revision=1, lane=None, contact=None, run_at=0, path="later"
)
RULES = """
rules:
  - id: answer
    trigger: {event: comment.created}
    actions: [reply: Hello]
"""


def progress_of(**claimed: Any) -> Progress:
    """That of a run which was just claimed."""
    run = Run(
        id=1, event_id=2, rule="answer", revision=1, lane=None, contact=None, path="",
        parent_id=None, state=RunState.RUNNING, step=0, attempt=1, crashes=0, seq_at=0, run_at=0,
        created_at=0, finished_at=None, owner="here", data={}, reason=None, **claimed,
    )  # fmt: skip
    rule = rule_set(RULES).rules[0]
    held = Claimed(
        run=run,
        event={},
        event_json=b"{}",
        connection="shop-page",
        delivery_id=1,
        contact={},
        events=[],
    )
    return Progress.begin(held, rule, IdSource(lambda: 1, 0), "here")


def _waits(progress: Progress) -> None:
    progress.at.waits_for, progress.at.target = Waits.TARGET, "crm"


def _earlier(progress: Progress) -> None:
    progress.at.earlier = EarlierAttempts(reserved_at=1, unknown_since=2, echo_key="k")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_waits, {"waits_for": Waits.TARGET, "target": "crm"}),
        (_earlier, {"reserved_at": 1, "unknown_since": 2, "echo_key": "k"}),
        (lambda it: setattr(it.at, "note", NOTE), {"note": NOTE}),
        (lambda it: setattr(it.at, "leaves_lane", True), {"leaves_lane": True}),
        (lambda it: setattr(it.at, "awaits", ECHO), {"awaits": ECHO}),
        (lambda it: it.at.not_sent.update(reply=NOTE), {"not_sent": {"reply": NOTE}}),
        (lambda it: it.uncommitted.new_runs.append(CHILD), {"new_runs": (CHILD,)}),
        (lambda it: setattr(it, "starts", (CHILD,)), {"starts": (CHILD,)}),
        (
            lambda it: setattr(it, "seen", ((2, SeenValues()),)),
            {"seen": ((2, SeenValues()),)},
        ),
    ],
)
def test_a_settlement_says_each_thing_that_most_runs_do_not_have(
    change: Callable[[Progress], None], said: dict[str, Any]
) -> None:
    plain, progress = next_settlement(progress_of()), progress_of()
    change(progress)

    settlement = next_settlement(progress)

    assert {name: getattr(settlement, name) for name in said} == said
    assert all(getattr(plain, name) != value for name, value in said.items())


def test_a_settlement_names_what_its_run_counts_for() -> None:
    keyed = progress_of(concurrency_key="one at a time")

    assert next_settlement(keyed).concurrency_key is not None
    assert next_settlement(progress_of()).concurrency_key is None
