"""Corrects the times in operations that were submitted before the clock was set.

A caller makes the times of new and waiting runs by the wall clock that it sees. When that clock is
set before the writer has begun the transaction, `clock_set_back` cannot know of these times, since
they are not stored yet. So each operation keeps by how much the wall clock was ahead of the
monotonic one when it was submitted.
"""

from dataclasses import replace

from automator.clock import DRIFT_MS
from automator.model import NewRun, RunState, Settlement
from automator.store.batch.operations import Kind, Operation
from automator.store.runs.prepared_delivery import PreparedDelivery, PreparedEvent
from automator.store.runs.prepared_settlement import PreparedSettlement


def correct_times(operation: Operation, clock_offset_ms: int) -> None:
    """Moves the times of an operation by as much as the clock was set since it was submitted.

    When it is done again after a rollback, its times are those of the new clock already.
    """
    by_ms = clock_offset_ms - operation.clock_offset_ms
    if abs(by_ms) <= DRIFT_MS:
        return
    operation.clock_offset_ms = clock_offset_ms
    if operation.kind is Kind.SETTLE:
        prepared: PreparedSettlement = operation.payload
        moved = _moved_settlement(prepared.settlement, by_ms)
        operation.payload = replace(prepared, settlement=moved)
    elif operation.kind is Kind.INGEST:
        delivery: PreparedDelivery = operation.payload
        events = tuple([_moved_event(event, by_ms) for event in delivery.events])
        operation.payload = replace(delivery, events=events)


def _moved_settlement(settlement: Settlement, by_ms: int) -> Settlement:
    waits = settlement.state is RunState.QUEUED
    return replace(
        settlement,
        run_at=settlement.run_at + by_ms if waits else settlement.run_at,
        reserved_at=_moved_time(settlement.reserved_at, by_ms),
        unknown_since=_moved_time(settlement.unknown_since, by_ms),
        new_runs=_moved_runs(settlement.new_runs, by_ms),
        starts=_moved_runs(settlement.starts, by_ms),
    )


def _moved_event(event: PreparedEvent, by_ms: int) -> PreparedEvent:
    plan = event.plan
    return replace(event, plan=replace(plan, runs=_moved_runs(plan.runs, by_ms)))


def _moved_runs(runs: tuple[NewRun, ...], by_ms: int) -> tuple[NewRun, ...]:
    return tuple(
        replace(run, run_at=run.run_at + by_ms, acts_until=_moved_time(run.acts_until, by_ms))
        for run in runs
    )


def _moved_time(at: int | None, by_ms: int) -> int | None:
    return None if at is None else at + by_ms
