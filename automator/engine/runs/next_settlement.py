"""The next settlement of a claimed run: everything since the last one, as the store commits it."""

from dataclasses import replace

from automator.engine.attempts.next_step import NO_ATTEMPTS
from automator.engine.runs.position import Position
from automator.engine.runs.progress import Progress
from automator.lifecycle import Sent, outcome
from automator.model import (
    ANSWERS,
    AttemptStatus,
    Outcome,
    RunState,
    Settlement,
    Waits,
    constructor,
)

_settlement = constructor(Settlement)
_AT_TARGETS = (Waits.RETRY, Waits.TARGET)
#: Whether a step has sent its message, by its status; an unknown outcome counts as "maybe".
_SENT = {
    AttemptStatus.OK.value: Sent.YES,
    AttemptStatus.SKIPPED.value: Sent.NOT_MEANT,
    AttemptStatus.FAILED.value: Sent.UNKNOWN,
}


def next_settlement(progress: Progress) -> Settlement:
    """Takes the unsettled part from the progress of a run."""
    at, left = progress.at, progress.uncommitted
    ended_with = _outcome(at) if at.state.is_final else None
    if at.state is RunState.DONE and at.not_sent:
        at.reason = next(iter(at.not_sent.values()))
    run = at.claimed.run
    # Of more than fifteen names a call makes a dictionary first, which costs as much again.
    settlement = _settlement(
        run_id=run.id,
        event_id=run.event_id,
        owner=left.node,
        claimed_step=at.known_step,
        claimed_attempt=at.known_attempt,
        state=at.state,
        step=at.step,
        attempt=at.attempt,
        run_at=at.run_at,
        data=at.data,
        reason=at.reason,
        attempts=tuple(left.attempts),
        effects=tuple(left.effects),
        contact=run.contact,
        outcome=ended_with,
    )
    if not _is_plain(progress):
        settlement = _with_the_rest(settlement, progress)
    left.clear()
    at.known_step, at.known_attempt = at.step, at.attempt
    return settlement


def _is_plain(progress: Progress) -> bool:
    """True if `_with_the_rest` has nothing to add to the settlement."""
    at = progress.at
    return (
        at.waits_for is None
        and at.note is None
        and at.awaits is None
        and at.earlier is NO_ATTEMPTS
        and not at.leaves_lane
        and not at.not_sent
        and at.claimed.run.concurrency_key is None
        and not progress.uncommitted.new_runs
        and not progress.starts
        and not progress.seen
    )


def _with_the_rest(settlement: Settlement, progress: Progress) -> Settlement:
    """The settlement with those parts that most runs do not have."""
    at, earlier = progress.at, progress.at.earlier
    return replace(
        settlement,
        new_runs=tuple(progress.uncommitted.new_runs),
        concurrency_key=at.claimed.run.concurrency_key,
        waits_for=at.waits_for,
        places=at.places,
        target=at.target if at.waits_for in _AT_TARGETS else None,
        reserved_at=earlier.reserved_at,
        unknown_since=earlier.unknown_since,
        echo_key=earlier.echo_key,
        note=at.note,
        not_sent=at.not_sent,
        leaves_lane=at.leaves_lane,
        awaits=at.awaits,
        starts=progress.starts,
        seen=progress.seen,
    )


def _outcome(at: Position) -> Outcome | None:
    """The outcome of the run, now that it has ended."""
    steps = at.rule.steps
    # The run of an answer has not asked the question itself.
    asked = at.claimed.run.path if ANSWERS in at.data else None
    sent = [
        _sent(at, step.id)
        for step in at.sequence
        if steps[step.id].acts_outside and step.id != asked
    ]
    return outcome(at.state, sent, in_shadow=at.rule.spec.shadow)


def _sent(at: Position, step_id: str) -> Sent:
    step = at.data["steps"].get(step_id)
    if step is None or step_id in at.not_sent:
        return Sent.NO
    return _SENT[step["status"]]
