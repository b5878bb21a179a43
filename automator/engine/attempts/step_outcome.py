"""The outcome of one attempt of a step, of an error of its action, and of a step in shadow mode."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from automator.engine.attempts.step_inputs import brief_inputs
from automator.model import (
    AttemptStatus,
    CancelFollowUps,
    Effect,
    InstallationChangedError,
    PermanentError,
    Reason,
    ReleaseReplyClaim,
    ReplyClaim,
    RescheduledStep,
    RetryableError,
    SetVars,
    SkippedStep,
    StartFollowUp,
    StepError,
    UnknownOutcome,
    record,
)
from automator.plugins import AnyAction, Outgoing, StepResult
from automator.reasons.attempts.steps import (
    ACTION_FAILED,
    NO_ANSWER_IN_TIME,
    WOULD_HAVE_DONE,
    WOULD_HAVE_SENT,
)

logger = logging.getLogger(__name__)


@record
class StepOutcome:
    """The outcome of one attempt; `error` says whether waiting may help."""

    status: AttemptStatus
    summary: Reason
    started_at: int
    duration_ms: int
    output: Mapping[str, Any]
    effects: tuple[Effect, ...] = ()
    error: StepError | None = None
    request: Mapping[str, Any] | None = None
    response: Mapping[str, Any] | None = None
    target: str | None = None
    #: The index of the text that it was about to send.
    variant: int | None = None
    #: The message that was sent, of a step that says something.
    said: Outgoing | None = None
    #: The text that it said to a person, or was about to say, without secrets.
    said_text: str | None = None


def error_of(action: AnyAction, error: Exception, limit_s: float) -> StepError:
    """The StepError of an action that has not ended within its time, or unexpectedly."""
    if isinstance(error, TimeoutError) and action.reaches_out:
        reason = NO_ANSWER_IN_TIME(limit=round(limit_s * 1000))
        return UnknownOutcome(reason, code="timeout")
    if isinstance(error, InstallationChangedError):
        # The action could not be loaded, so nothing was done; a restarted server can load it.
        return RetryableError(error.reason, code=error.code)
    logger.error("action %s failed unexpectedly", action.name, exc_info=error)
    reason = ACTION_FAILED(action=action.name, error=type(error).__name__)
    return PermanentError(reason)


def status_of(error: StepError) -> AttemptStatus:
    """The status of an attempt that has ended with this error."""
    if isinstance(error, RetryableError | RescheduledStep):
        return AttemptStatus.RETRY
    if isinstance(error, UnknownOutcome):
        return AttemptStatus.UNKNOWN
    if isinstance(error, SkippedStep):
        return AttemptStatus.SKIPPED
    return AttemptStatus.FAILED


def given_up(
    claim: ReplyClaim | None, error: StepError, *, outcome_unknown: bool
) -> tuple[Effect, ...]:
    """The effect that gives a claimed reply up, if no attempt so far can have sent it."""
    if claim is None or outcome_unknown or isinstance(error, UnknownOutcome):
        return ()
    return (ReleaseReplyClaim(claim=claim),)


def in_shadow(action: AnyAction, inputs: Any, result: StepResult) -> StepResult:
    """The result of a step of a shadow rule: values for its later steps, and its follow-ups.

    Follow-ups are in shadow as well, and only such are cancelled.
    """
    kept: list[Effect] = []
    for effect in result.effects:
        if isinstance(effect, CancelFollowUps):
            kept.append(replace(effect, in_shadow=True))
        elif isinstance(effect, SetVars | StartFollowUp):
            kept.append(effect)
    if action.reaches_out:
        summary = WOULD_HAVE_SENT(action=action.name, inputs=brief_inputs(inputs))
    else:
        summary = WOULD_HAVE_DONE(done=result.summary)
    return replace(result, summary=summary, effects=tuple(kept))
