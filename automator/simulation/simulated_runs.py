"""Lists the runs of a simulation, as they are at its end."""

import asyncio

from automator.model import Reason, RunState, record
from automator.simulation.recorder import RecordedStep
from automator.simulation.simulation import Simulation
from automator.store import RunRow

_PAGE = 500


@record
class SimulatedRun:
    """A run at the end of a simulation: of a rule (`path` is ""), or of one of its follow-ups."""

    id: int
    event_id: int
    rule: str
    path: str
    #: Whether the run belongs to a question: it waits for the answer, goes on with the answer, or
    #: records one answer.
    is_of_question: bool
    #: When the run was stored, and when it was due; milliseconds since 1970.
    created_at: int
    due_at: int
    state: RunState
    #: The state or outcome as people see it: `answered`, `cancelled`, `sleeping` and so on.
    became: str
    reason: Reason | None
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
    # All runs are read: this database has no index of words to find the runs of one rule.
    while page := await asyncio.to_thread(log.runs, after=last, limit=_PAGE):
        rows += [row for row in page if rule in (None, row.run.rule)]
        last = page[-1].id
    return [_simulated(simulation, row) for row in rows]


def _simulated(simulation: Simulation, row: RunRow) -> SimulatedRun:
    run = row.run
    return SimulatedRun(
        id=run.id,
        event_id=run.event_id,
        rule=run.rule,
        path=run.path,
        is_of_question=run.is_of_question,
        created_at=run.created_at,
        due_at=run.run_at,
        state=run.state,
        became=row.became,
        reason=run.reason,
        note=run.note,
        finished_at=run.finished_at,
        is_shadow=run.is_shadow,
        steps=tuple(simulation.recorder.steps.get(run.id, ())),
    )
