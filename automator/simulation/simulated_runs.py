"""Lists the runs of a simulation, as they are at its end."""

import asyncio
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from automator.model import Run, RunState, record
from automator.model.speech import AGAIN, ANSWERS
from automator.reasons.attempts.questions import question_expired, question_refused
from automator.simulation.recorder import RecordedStep
from automator.simulation.simulation import Simulation
from automator.store import RunRow

_PAGE = 500


@record
class SimulatedRun(Run):
    """A run at the end of a simulation: of a rule (`path` is ""), or of one of its follow-ups."""

    #: The state or outcome as people see it: `answered`, `cancelled`, `sleeping` and so on.
    became: str
    #: What became of the question for whose answer it waits or has waited: `{"status", "value", …}`
    #: as later steps see it; empty if it has no question, or the question is still open.
    answer: Mapping[str, Any]
    steps: tuple[RecordedStep, ...]

    @property
    def is_about_answer(self) -> bool:
        """Whether it is only about one answer: it asks again, or says how that was judged."""
        return AGAIN in self.data


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
    return SimulatedRun(
        **{one.name: getattr(row.run, one.name) for one in fields(row.run)},
        became=row.became,
        answer=_answer(row.run),
        steps=tuple(simulation.recorder.steps.get(row.id, ())),
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
