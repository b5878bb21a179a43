"""The review of runs: their details, and what people decide about failures and approvals."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args

from automator.engine.intake.typed_texts import checked_text, with_plain_ends
from automator.engine.rulesets.revisions import Revisions
from automator.model import (
    N_,
    Attempt,
    AttemptStatus,
    AutomatorError,
    ConflictError,
    Event,
    NotFoundError,
    Proposal,
    RunState,
    StoreUnavailableError,
    UsageError,
    Waits,
    format_id,
    record,
    shortened,
)
from automator.model.log_filters import RunFilter
from automator.plugins import AnyAction
from automator.store import Log, RunDetail, Store
from automator.store.runs.run_edits import DoneStep

#: For how many milliseconds after an attempt its echo is searched; below, in how many events.
_ECHO_MS = 10 * 60_000
_MOST_EVENTS = 500
_LOOK_AGAIN = N_("Look at the run again: it has gone on meanwhile.")

Decision = Literal["retry", "done", "now", "cancel"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)

#: Selects runs that wait for a decision: dead and unknown ones that were not replayed.
NEEDS_REVIEW = RunFilter(states=(RunState.UNKNOWN, RunState.DEAD), replayed=False)
#: Selects runs with a step that waits for a person's approval.
TO_APPROVE = RunFilter(waits_for=Waits.APPROVAL)


async def run_detail(log: Log, run_id: int) -> RunDetail:
    """Returns a run with everything that belongs to it.

    Raises:
        NotFoundError: there is no such run.
    """
    detail = await asyncio.to_thread(log.run, run_id)
    if detail is None:
        raise NotFoundError(
            N_("there is no run {id}"),
            fix=N_("It may have been deleted since."),
            id=format_id(run_id),
        )
    return detail


# --- Decisions of people ---


async def decide(
    store: Store, revisions: Revisions, decision: Decision, run_id: int, who: str
) -> None:
    """Carries out a person's decision about a run, and stores `who` decided.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: the run's state does not allow this decision.
    """
    match decision:
        case "retry":
            await retry_run(store, run_id, who)
        case "done":
            await mark_done(store, revisions, run_id, who)
        case "now":
            await wake_run(store, run_id)
        case "cancel":
            await cancel_run(store, run_id, who)


async def retry_run(store: Store, run_id: int, who: str) -> None:
    """Tries a run again now, from the step at which it ended badly.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: the run did not end badly.
    """
    detail = await run_detail(store.log, run_id)
    if not await store.run_edits.retry(run_id, who):
        raise ConflictError(
            N_(
                "this run is {state}; only dead, unknown, cancelled and held runs can be tried"
                " again"
            ),
            fix=N_("Replay its event to start new runs."),
            state=detail.run.state.label,
        )


async def mark_done(store: Store, revisions: Revisions, run_id: int, who: str) -> None:
    """Counts the step at which a run ended as done. The steps after it are done now.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: the run did not end badly, or somebody else has decided meanwhile.
    """
    detail = await run_detail(store.log, run_id)
    run = detail.run
    if not run.state.needs_review:
        raise ConflictError(
            N_("this run is {state}; only dead and unknown runs can be marked done"),
            fix=N_("Reload it: somebody may have decided about it already."),
            state=run.state.label,
        )
    step = await _step_of(detail, revisions)
    if not await store.run_edits.mark_done(run_id, step, who):
        raise ConflictError(
            N_("somebody else has decided about this run meanwhile"), fix=N_("Look at it again.")
        )


async def cancel_run(store: Store, run_id: int, who: str) -> None:
    """Cancels a waiting run, or closes a run that ended badly without trying it again.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: the run has ended otherwise, or is being done.
    """
    detail = await run_detail(store.log, run_id)
    if not await store.run_edits.cancel(run_id, who):
        raise ConflictError(
            N_("this run is {state}; only waiting, held, dead and unknown runs can be cancelled"),
            fix=_LOOK_AGAIN,
            state=detail.run.state.label,
        )


async def wake_run(store: Store, run_id: int) -> None:
    """Makes a sleeping run, such as a follow-up, due now.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: the run does not sleep.
    """
    await run_detail(store.log, run_id)
    if not await store.run_edits.run_now(run_id):
        raise ConflictError(
            N_("this run does not wait for a later time (any more)"), fix=_LOOK_AGAIN
        )


async def move_follow_up(store: Store, run_id: int, at_ms: int, now_ms: int, who: str) -> None:
    """Moves a follow-up to another time.

    Raises:
        NotFoundError: there is no such run.
        UsageError: the time is past, or after the window in which the follow-up may act.
        ConflictError: the follow-up does not wait for a time, or no longer.
    """
    run = (await run_detail(store.log, run_id)).run
    if at_ms <= now_ms:
        raise UsageError(N_("that time is over"), fix=N_("Choose a later one, or run it now."))
    if run.acts_until is not None and at_ms > run.acts_until:
        raise UsageError(
            N_("it would be too late to act by then"), fix=N_("Choose an earlier time.")
        )
    if not await store.run_edits.move(run_id, at_ms, who):
        raise ConflictError(
            N_("this run does not wait for a later time (any more)"), fix=_LOOK_AGAIN
        )


async def _step_of(detail: RunDetail, revisions: Revisions) -> DoneStep:
    """The step at which a run ended. If its rule cannot be read, no step counts as following it."""
    run = detail.run
    try:
        rule = (await revisions.of(run.revision)).rule(run.rule)
    except NotFoundError:
        rule = None
    sequence = rule.spec.sequence(run.path) if rule else ()
    if run.step < len(sequence):
        step = sequence[run.step]
        # The steps after a question belong to another run, which waits for the answer.
        goes_on = not step.asks and run.step + 1 < len(sequence)
        return DoneStep(run.step, step.id, goes_on)
    return DoneStep(run.step, detail.attempts[-1].step if detail.attempts else "", False)


# --- Signs that an attempt worked after all ---


def may_echo(attempt: Attempt | None, actions: Mapping[str, AnyAction]) -> bool:
    """Whether an attempt may have sent a message through its provider although no answer came."""
    if attempt is None or attempt.status is not AttemptStatus.UNKNOWN:
        return False
    action = actions.get(attempt.action)
    return action is not None and action.speaks


async def echo_of(log: Log, detail: RunDetail, actions: Mapping[str, AnyAction]) -> Event | None:
    """Finds the event which shows that the last attempt worked after all; None if none came.

    It has the step's idempotency key, or it is our own message with exactly the text that was sent.
    """
    last = detail.attempts[-1] if detail.attempts else None
    if last is None or not may_echo(last, actions):
        return None
    own = await asyncio.to_thread(
        log.own_events_between,
        detail.event.connection,
        last.started_at,
        last.started_at + _ECHO_MS,
        _MOST_EVENTS,
    )
    key = f'run-{detail.run.id}-{last.step}"'
    sent = str((last.request or {}).get("body") or "")
    return next((event for event in own if _is_echo(event.body, key, sent)), None)


def _is_echo(body: Mapping[str, Any], key: str, sent: str) -> bool:
    if key in json.dumps(body, ensure_ascii=False, default=str):
        return True
    text = body.get("text")
    return isinstance(text, str) and bool(text) and json.dumps(text, ensure_ascii=False) in sent


# --- Carries out people's decisions about steps that wait for approval: one step, or several ---


#: How many steps a person may decide about at once.
MOST_AT_ONCE: Final = 100
#: How many characters a text may have if the platform sets no limit; below, a reason.
_MOST_TEXT: Final = 10_000
_MOST_BECAUSE: Final = 500
_NOT_WAITING: Final = N_("this does not wait for approval (any more)")

Choice = Literal["approve", "decline"]
CHOICES: Final[tuple[Choice, ...]] = get_args(Choice)


@record
class Judged:
    """The result of deciding about a run's step. `problem` says why nothing was decided, if so."""

    run_id: int
    problem: AutomatorError | None = None


async def decide_several(
    store: Store,
    choice: Choice,
    chosen: Sequence[tuple[int, str]],
    who: str,
    *,
    because: str = "",
) -> list[Judged]:
    """Decides about steps one after another, and returns a result for each.

    `chosen` are runs, each with the step that the person saw; "" stands for the step that waits
    now. A step that cannot be decided does not affect the others.

    Raises:
        UsageError: there are no steps, or too many.
    """
    if not 1 <= len(chosen) <= MOST_AT_ONCE:
        raise UsageError(
            N_("{count} steps are chosen"),
            fix=N_("Choose 1 to {most} of them."),
            count=len(chosen),
            most=MOST_AT_ONCE,
        )
    return [
        Judged(run_id=run_id, problem=await _problem_of(store, choice, run_id, step, who, because))
        for run_id, step in dict(chosen).items()
    ]


async def _problem_of(
    store: Store, choice: Choice, run_id: int, step: str, who: str, because: str
) -> AutomatorError | None:
    try:
        if choice == "approve":
            await approve_step(store, run_id, who, step=step)
        else:
            await decline_step(store, run_id, who, step=step, because=because)
    except (NotFoundError, ConflictError, StoreUnavailableError) as error:
        return error
    return None


async def approve_step(
    store: Store, run_id: int, who: str, *, step: str = "", text: str | None = None
) -> None:
    """Approves a step, so that it is done; with another text if `text` is given.

    `step` is the step that the person saw; "" stands for the step that waits now.

    Raises:
        NotFoundError: there is no such run.
        UsageError: the text is empty or too long, or the step sends no text.
        ConflictError: the step does not wait (any more): somebody was quicker, or its time is over.
    """
    waiting, proposal = await _waiting_step(store.log, run_id, step)
    if text is not None:
        text = _checked_text(text, proposal)
    if not await store.approvals.approve(run_id, waiting, who, text):
        raise ConflictError(_NOT_WAITING, fix=_LOOK_AGAIN)


async def decline_step(
    store: Store, run_id: int, who: str, *, step: str = "", because: str = ""
) -> None:
    """Declines a step, so that it is left out; the steps after it are done.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: the step does not wait, or no longer.
    """
    waiting, _ = await _waiting_step(store.log, run_id, step)
    said = shortened(" ".join(because.split()), _MOST_BECAUSE)
    if not await store.approvals.decline(run_id, waiting, who, said):
        raise ConflictError(_NOT_WAITING, fix=_LOOK_AGAIN)


async def _waiting_step(log: Log, run_id: int, step: str) -> tuple[str, Proposal]:
    found = (await run_detail(log, run_id)).run.open_proposal
    if found is None or step not in ("", found[0]):
        raise ConflictError(_NOT_WAITING, fix=_LOOK_AGAIN)
    return found


def _checked_text(text: str, proposal: Proposal) -> str | None:
    """Returns the text that a person wrote, after checking it; None if it is unchanged."""
    shown = proposal.text
    if shown is None:
        raise UsageError(N_("this step has no text that could be changed"), fix=_LOOK_AGAIN)
    if with_plain_ends(text) == with_plain_ends(shown):
        return None
    return checked_text(text, proposal.longest or _MOST_TEXT, proposal.unit)
