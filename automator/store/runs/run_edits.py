"""Stores people's decisions about runs, with author and time: retry, mark done, cancel, replay."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, literal_column, or_, select, update

from automator.clock import iso_time
from automator.lifecycle import NO_FACTS, Fact, Move, On, Said, Sent, move, outcome
from automator.model import NewRun, RunState, Waits, record
from automator.model.speech import without_open_proposals
from automator.store.batch.batch import Batch, Edit
from automator.store.database.statements import WriteConnection
from automator.store.queue.questions import close_questions
from automator.store.queue.run_moves import columns_of, states_for
from automator.store.runs.new_runs import store_new_runs
from automator.store.schema.encoding import clean_text, dump_json, load_json
from automator.store.schema.tables import WAITS_FOR_PLACE, runs

#: How many decisions about a run are kept, the newest.
_KEPT_DECISIONS = 20
_waits_for_place: ColumnElement[bool] = literal_column(f"({WAITS_FOR_PLACE})")
#: Selects runs that do not wait for an approval, whose wait ends by itself.
_needs_nobody = runs.c.waits_for != Waits.APPROVAL.value
#: The values without facts about earlier attempts, for a step that is over.
_NOTHING_LEFT = dict.fromkeys(("reserved_at", "unknown_since", "echo_key"))


@record(kw_only=False)
class DoneStep:
    """The step at which a run ended, and whether other steps follow it."""

    index: int
    id: str
    goes_on: bool


def add_runs(db: WriteConnection, new_runs: Sequence[NewRun], batch: Batch) -> None:
    """Stores runs of events that are stored already."""
    # The events have to be indexed again, so that a search finds their new runs.
    batch.new_events += [run.event_id for run in new_runs]
    store_new_runs(db, new_runs, batch)


def retry_run(db: WriteConnection, run_id: int, who: str, batch: Batch) -> bool:
    """Queues a run that ended badly, at the end of its lane, from the step at which it ended."""
    found = decided(db, run_id, On.RETRIED, "retry", who, batch)
    if found is None:
        return False
    # A proposal without a decision is made anew. An approved proposal stays.
    data = without_open_proposals(found.data)
    values = {**moved_by_person(move(On.RETRIED), batch), "data": dump_json(data)}
    write_decision(db, run_id, found, values, batch)
    return True


def mark_done(db: WriteConnection, run_id: int, step: DoneStep, who: str, batch: Batch) -> bool:
    """Counts the step at which a run ended as done, because a person says so; the run goes on.

    Returns False if the run is in another state or at another step by now.
    """
    found = decided(db, run_id, On.MARKED_DONE, "done", who, batch)
    if found is None or found.step != step.index:
        return False
    steps = {**found.data.get("steps", {}), step.id: {"status": "ok", "output": {}}}
    made = move(On.MARKED_DONE, {Fact.MORE} if step.goes_on else NO_FACTS)
    values = moved_by_person(made, batch, who=who)
    if made.to is RunState.DONE:
        sent = {Sent.YES} if found.not_sent is None else {Sent.YES, Sent.NO}
        in_shadow = found.data.get("mode") == "shadow"
        values["outcome"] = outcome(made.to, sent, in_shadow=in_shadow)
    data = {**found.data, "steps": steps}
    values |= {"step": step.index + 1, "data": dump_json(data), **_NOTHING_LEFT}
    write_decision(db, run_id, found, values, batch)
    return True


def run_now(db: WriteConnection, run_id: int, batch: Batch) -> bool:
    """Makes a sleeping run due now. An event can still cancel it.

    A follow-up joins its lane now; a run that waits for a retry keeps its position. A run that
    waits for its `concurrency` key waits no longer.
    """
    now_ms = batch.now_ms
    changed = db.core.execute(
        update(runs)
        .where(
            runs.c.id == run_id,
            runs.c.state.in_(states_for(On.WANTED_NOW)),
            or_(runs.c.run_at > now_ms, _waits_for_place),
            _needs_nobody,
        )
        .values(
            **columns_of(move(On.WANTED_NOW), at=now_ms),
            waits_for=case((_waits_for_place, ""), else_=runs.c.waits_for),
            behind=0,
            seq_at=case((runs.c.seq_at <= now_ms, runs.c.seq_at), else_=now_ms),
        )
    ).rowcount
    if changed:
        batch.changed_runs.append(run_id)
        batch.work_released = True
    return changed > 0


def cancel_run(db: WriteConnection, run_id: int, who: str, batch: Batch) -> bool:
    """Cancels a run that waits, is held, or ended badly. A run that is being done goes on."""
    found = decided(db, run_id, On.DROPPED, "cancel", who, batch)
    if found is None:
        return False
    values = {**moved_by_person(move(On.DROPPED), batch, who=who), "data": dump_json(found.data)}
    write_decision(db, run_id, found, values, batch)
    return True


def move_follow_up(db: WriteConnection, run_id: int, at_ms: int, who: str, batch: Batch) -> bool:
    """Makes a waiting follow-up due at another time.

    Its position in the lane follows from the time when it is due, as always.
    """
    found = decided(db, run_id, On.WANTED_NOW, "move", who, batch)
    if found is None:
        return False
    due = batch.stored_time(at_ms)
    changed = db.core.execute(
        update(runs)
        .where(runs.c.id == run_id, runs.c.path != "", runs.c.run_at > batch.now_ms, _needs_nobody)
        .values(
            **columns_of(move(On.WANTED_NOW), at=due),
            waits_until=case((runs.c.waits_until.is_(None), None), else_=due),
            seq_at=due,
            data=dump_json(found.data),
        )
    ).rowcount
    if changed:
        batch.changed_runs.append(run_id)
        batch.note_due(due)
    return changed > 0


@record(kw_only=False)
class Found:
    """A run, and its data with the new decision added."""

    rule: str
    state: RunState
    waits_for: str
    run_at: int
    finished_at: int | None
    step: int
    not_sent: bytes | None
    data: dict[str, Any]


def decided(
    db: WriteConnection, run_id: int, on: On, did: str, who: str, batch: Batch
) -> Found | None:
    """The locked run, with the decision in its data; None if its state does not allow it."""
    row = db.core.execute(
        select(
            runs.c.rule,
            runs.c.state,
            runs.c.waits_for,
            runs.c.run_at,
            runs.c.finished_at,
            runs.c.step,
            runs.c.not_sent,
            runs.c.reason,
            runs.c.data,
        )
        .where(runs.c.id == run_id, runs.c.state.in_(states_for(on)))
        .with_for_update()
    ).one_or_none()
    if row is None:
        return None
    data, state = load_json(row.data), RunState(row.state)
    decision = {
        "did": did,
        "by": who,
        "at": iso_time(batch.now_ms),
        "state": state.label,
        "reason": None if row.reason is None else load_json(row.reason),
    }
    data["decisions"] = [*data.get("decisions", ()), decision][-_KEPT_DECISIONS:]
    return Found(
        rule=row.rule,
        state=state,
        waits_for=row.waits_for,
        run_at=row.run_at,
        finished_at=row.finished_at,
        step=row.step,
        not_sent=row.not_sent,
        data=data,
    )


def moved_by_person(made: Move, batch: Batch, **said: Any) -> dict[str, Any]:
    """The columns that a decision writes; `said` are the values of the reason."""
    known = {} if isinstance(made.reason, Said) else {made.reason: said}
    return columns_of(made, said=known, at=batch.now_ms)


def write_decision(
    db: WriteConnection, run_id: int, found: Found, values: dict[str, Any], batch: Batch
) -> None:
    db.core.execute(update(runs).where(runs.c.id == run_id).values(values))
    batch.stepped_aside.append(run_id)
    batch.changed_runs.append(run_id)
    batch.tally.goes_on(found.state, found.rule, found.finished_at)
    state = RunState(values["state"])
    if state.is_final:
        batch.tally.ended(state, found.rule, batch.now_ms)
    if state is RunState.CANCELLED:
        close_questions(db, [run_id], batch)
    batch.work_released = True


class RunEdits:
    """The part of the store for people's decisions about runs; `who` is the person."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    async def add(self, new_runs: Sequence[NewRun]) -> None:
        """Stores runs of events that are stored already."""
        await self._edit(lambda db, batch: add_runs(db, new_runs, batch))

    async def retry(self, run_id: int, who: str = "") -> bool:
        """Tries a dead, unknown or cancelled run again. Returns False if it is in another state."""
        name = clean_text(who)
        return await self._edit(lambda db, batch: retry_run(db, run_id, name, batch))

    async def mark_done(self, run_id: int, step: DoneStep, who: str) -> bool:
        """Counts the step at which a run ended as done. Returns False if the run has moved on."""
        name = clean_text(who)
        return await self._edit(lambda db, batch: mark_done(db, run_id, step, name, batch))

    async def run_now(self, run_id: int) -> bool:
        """Makes a sleeping run due now. Returns False if it does not sleep."""
        return await self._edit(lambda db, batch: run_now(db, run_id, batch))

    async def move(self, run_id: int, at_ms: int, who: str) -> bool:
        """Makes a waiting follow-up due at another time. Returns False if it no longer waits."""
        name = clean_text(who)
        return await self._edit(lambda db, batch: move_follow_up(db, run_id, at_ms, name, batch))

    async def cancel(self, run_id: int, who: str) -> bool:
        """Cancels a run that waits, is held, or ended badly. Returns False in other states."""
        name = clean_text(who)
        return await self._edit(lambda db, batch: cancel_run(db, run_id, name, batch))
