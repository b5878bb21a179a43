"""Encodes settlements as JSON in the caller's thread, so that the writer does not have to."""

from automator.model import Attempt, RunState, Settlement, record
from automator.store.database.statements import Values
from automator.store.schema.encoding import clean_text, dump_json, dump_reason, reason_columns

#: The values of the columns `reason_codes` and `reason` if there is no reason.
NO_REASON = ("", None)


@record(kw_only=False)
class PreparedSettlement:
    """A settlement whose values are encoded as JSON."""

    settlement: Settlement
    data: bytes
    #: The values of the columns `reason_codes` and `reason`.
    reason: tuple[str, bytes | None]
    note: bytes | None
    not_sent: bytes | None
    attempts: tuple[Values, ...]


def prepare_settlement(
    settlement: Settlement, *, keeps_attempts: bool = True
) -> PreparedSettlement:
    """Encodes everything now, so that a value that cannot be stored fails its own caller.

    `keeps_attempts`: whether to store the attempts of a done run, which only the log shows. The
    attempts of other runs are always stored, because they tell `once` and `throttle` whether a
    failed run has done anything.
    """
    if not keeps_attempts and settlement.state is RunState.DONE:
        attempts: tuple[Values, ...] = ()
    else:
        attempts = tuple([_attempt_row(attempt) for attempt in settlement.attempts])
    return PreparedSettlement(
        settlement,
        dump_json(settlement.data),
        NO_REASON if settlement.reason is None else reason_columns(settlement.reason),
        None if settlement.note is None else dump_reason(settlement.note),
        dump_json({step: why.to_json() for step, why in settlement.not_sent.items()})
        if settlement.not_sent
        else None,
        attempts,
    )


def _attempt_row(attempt: Attempt) -> Values:
    return {
        "id": attempt.id,
        "run_id": attempt.run_id,
        "event_id": attempt.event_id,
        "rule": attempt.rule,
        "step": attempt.step,
        "action": attempt.action,
        "number": attempt.number,
        "node": attempt.node,
        "started_at": attempt.started_at,
        "duration_ms": attempt.duration_ms,
        "status": str(attempt.status),
        "summary": dump_reason(attempt.summary),
        "request": None if attempt.request is None else dump_json(attempt.request),
        "response": None if attempt.response is None else dump_json(attempt.response),
        "error_code": attempt.error_code and clean_text(attempt.error_code),
        "target": attempt.target,
        "said": attempt.said and clean_text(attempt.said),
    }
