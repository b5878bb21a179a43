"""Lists the runs of a simulation, as they are at its end."""

import asyncio
from collections.abc import Mapping
from typing import Any

from automator.model import Reason, Run, RunState, record
from automator.model.speech import AGAIN, ANSWERS
from automator.reasons.attempts.questions import question_expired, question_refused
from automator.simulation.recorder import RecordedStep
from automator.simulation.simulation import Simulation
from automator.store import RunRow

_PAGE = 500


@record
class SimulatedRun:
    """A run at the end of a simulation: of a rule (`path` is ""), or of one of its follow-ups."""

    id: int
    event_id: int
    #: The run that has started it.
    parent_id: int | None
    rule: str
    path: str
    #: Whether the run belongs to a question: it waits for the answer, goes on with the answer, or
    #: records one answer.
    is_of_question: bool
    #: Whether it is only about one answer: it asks again, or says how the answer was judged.
    is_about_answer: bool
    #: When the run was stored, and when it was due; milliseconds since 1970.
    created_at: int
    due_at: int
    state: RunState
    #: The state or outcome as people see it: `answered`, `cancelled`, `sleeping` and so on.
    became: str
    #: The word for its outcome, as in `answered`; None if it has none, or has not ended.
    outcome: str | None
    reason: Reason | None
    #: The values that its steps have set.
    vars: Mapping[str, Any]
    #: What became of the question for whose answer it waits or has waited: `{"status", "value", …}`
    #: as later steps see it; empty if it has no question, or the question is still open.
    answer: Mapping[str, Any]
    #: The reason why the run was put off, or the note that it was stored with.
    note: Reason | None
    finished_at: int | None
    is_shadow: bool
    steps: tuple[RecordedStep, ...]


async def runs_of(simulation: Simulation, rule: str | None = None) -> list[SimulatedRun]:
    """Returns the runs of one rule, or of all rules, in the order in which they were stored."""
    log = simulation.store.log
    rows: list[RunRow] = []
    last = 0
    # All runs are read and compared: the log finds the runs of a rule by an index of words, which
    # the database of a simulation lacks.
    while page := await asyncio.to_thread(log.runs, after=last, limit=_PAGE):
        rows += [row for row in page if rule in (None, row.run.rule)]
        last = page[-1].id
    return [_simulated(simulation, row) for row in rows]


def _simulated(simulation: Simulation, row: RunRow) -> SimulatedRun:
    run = row.run
    return SimulatedRun(
        id=run.id,
        event_id=run.event_id,
        parent_id=run.parent_id,
        rule=run.rule,
        path=run.path,
        is_of_question=run.is_of_question,
        is_about_answer=AGAIN in run.data,
        created_at=run.created_at,
        due_at=run.run_at,
        state=run.state,
        became=row.became,
        outcome=None if run.outcome is None else run.outcome.label,
        reason=run.reason,
        vars=run.data.get("vars", {}),
        answer=_answer(run),
        note=run.note,
        finished_at=run.finished_at,
        is_shadow=run.is_shadow,
        steps=tuple(simulation.recorder.steps.get(run.id, ())),
    )


#: The end of a question → the word for it, as in `steps.ID.output.status`.
_UNANSWERED = {question_expired.code: "expired", question_refused.code: "refused"}


def _answer(run: Run) -> Mapping[str, Any]:
    if not (run.is_of_question and ANSWERS in run.data):
        return {}
    seen: Mapping[str, Any] = run.data["steps"].get(run.path, {}).get("output", {})
    if not seen and run.state is RunState.CANCELLED and run.reason is not None:
        return {"status": _UNANSWERED.get(run.reason.code, "unanswered")}
    return seen
