"""Carries out people's decisions about steps that wait for approval: one step, or several."""

from collections.abc import Sequence
from typing import Final, Literal, get_args

from automator.engine.intake.typed_texts import checked_text, with_plain_ends
from automator.engine.operations.run_review import run_detail
from automator.model import (
    N_,
    AutomatorError,
    ConflictError,
    NotFoundError,
    Proposal,
    StoreUnavailableError,
    UsageError,
    record,
    shortened,
)
from automator.store import Log, Store

#: How many steps a person may decide about at once.
MOST_AT_ONCE: Final = 100
#: How many characters a text may have if the platform sets no limit; below, a reason.
_MOST_TEXT: Final = 10_000
_MOST_BECAUSE: Final = 500
_NOT_WAITING: Final = N_("this does not wait for approval (any more)")
_LOOK_AGAIN: Final = N_("Look at the run again: it has gone on meanwhile.")

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
