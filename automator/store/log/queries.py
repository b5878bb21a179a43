"""The queries of the log. Ids sort by time, so a page of the newest is `id < last`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Select, and_, exists, func, literal, literal_column, or_, select
from sqlalchemy.sql.expression import ColumnElement

from automator.model import Outcome, RunState, Verdict, Waits, account_connection, first_id_of
from automator.store.database.dialect import partial_index
from automator.store.queue.run_rows import RUN_COLUMNS
from automator.store.schema.tables import (
    FOLLOW_UP_WAITS,
    HAS_REASON,
    NOT_ACCEPTED,
    NOT_ALL_SENT,
    NOT_DONE,
    WAITS_FOR_SOMETHING,
    attempts,
    deliveries,
    events,
    runs,
)
from automator.store.schema.upkeep_tables import replayed
from automator.store.search.filters import DeliveryFilter, EventFilter, RunFilter

RUN_ROWS: Select[Any] = select(
    *RUN_COLUMNS,
    events.c.type.label("event_type"),
    events.c.connection,
    events.c.actor_name,
    events.c.text,
    events.c.dedupe_key,
    select(attempts.c.summary)
    .where(attempts.c.run_id == runs.c.id)
    .order_by(attempts.c.id.desc())
    .limit(1)
    .scalar_subquery()
    .label("last_summary"),
    select(func.count()).where(attempts.c.run_id == runs.c.id).scalar_subquery().label("attempts"),
).join_from(runs, events, runs.c.event_id == events.c.id)

EVENT_ROWS: Select[Any] = select(
    events.c.id,
    events.c.delivery_id,
    events.c.connection,
    events.c.provider,
    events.c.type,
    events.c.dedupe_key,
    events.c.contact,
    events.c.is_self,
    events.c.received_at,
    events.c.actor_name,
    events.c.text,
    events.c.revision,
    select(func.count()).where(runs.c.event_id == events.c.id).scalar_subquery().label("runs"),
)

DELIVERY_ROWS: Select[Any] = select(
    deliveries.c.id,
    deliveries.c.connection,
    deliveries.c.received_at,
    deliveries.c.method,
    deliveries.c.remote,
    deliveries.c.verdict,
    deliveries.c.reason_code,
    deliveries.c.reason,
    deliveries.c.duplicate,
    func.coalesce(deliveries.c.full_size, func.length(deliveries.c.body)).label("size"),
    select(func.count())
    .where(events.c.delivery_id == deliveries.c.id)
    .scalar_subquery()
    .label("events"),
)


def run_conditions(wanted: RunFilter, keys: Sequence[str]) -> list[ColumnElement[bool]]:
    """The filter over RUN_ROWS but its states and text; `keys` are all keys of its contact."""
    where = _event_conditions(wanted, keys)
    if not wanted.ended_waits:
        where.append(or_(runs.c.wait_key.is_(None), runs.c.state != int(RunState.CANCELLED)))
    if not wanted.follow_ups:
        where.append(runs.c.path == "")
    if wanted.rule is not None:
        where.append(runs.c.rule == wanted.rule)
    where += _mark_conditions(wanted)
    tried = ((attempts.c.error_code, wanted.error_code), (attempts.c.target, wanted.target))
    for column, value in tried:
        if value is not None:
            where.append(exists().where(attempts.c.run_id == runs.c.id, column == value))
    where += _named_events(runs.c.event_id, wanted)
    if wanted.run_ids:
        where.append(runs.c.id.in_(wanted.run_ids))
    if wanted.replayed is not None:
        is_replayed = exists().where(
            replayed.c.source_id == runs.c.id, replayed.c.rule == runs.c.rule
        )
        where.append(is_replayed if wanted.replayed else ~is_replayed)
    if wanted.replay_id is not None:
        started = select(replayed.c.run_id).where(replayed.c.replay_id == wanted.replay_id)
        where.append(runs.c.id.in_(started))
    return where + _made_between(runs.c.id, wanted.since_ms, wanted.until_ms)


def _mark_conditions(wanted: RunFilter) -> list[ColumnElement[bool]]:
    """The conditions on a run's own reason, outcome and wait."""
    where: list[ColumnElement[bool]] = []
    if wanted.reason_code is not None:
        codes = literal(" ").concat(runs.c.reason_codes).concat(" ")
        where.append(codes.contains(f" {wanted.reason_code} ", autoescape=True))
    if wanted.waits_for is not None:
        where += [runs.c.state + 0 == int(RunState.QUEUED)]
        where += [_looked_at(runs.c.waits_for) == wanted.waits_for.value]
    if wanted.outcome is not None:
        # As a sum, so that no index on the column is taken for rows that are found already.
        where.append(runs.c.outcome + 0 == int(wanted.outcome))
    return where


def event_conditions(wanted: EventFilter, keys: Sequence[str]) -> list[ColumnElement[bool]]:
    """The filter over EVENT_ROWS but its text; `keys` are all keys of its contact."""
    where = _event_conditions(wanted, keys)
    if wanted.matched is not None:
        where.append(has_runs() if wanted.matched else ~has_runs())
    where += _named_events(events.c.id, wanted)
    return where + _made_between(events.c.id, wanted.since_ms, wanted.until_ms)


def _event_conditions(
    wanted: RunFilter | EventFilter, keys: Sequence[str]
) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.connection is not None:
        name, looked_at = wanted.connection, _looked_at(events.c.connection)
        of_accounts = looked_at.startswith(account_connection(name, ""), autoescape=True)
        where.append(or_(looked_at == name, of_accounts))
    if wanted.type is not None:
        where.append(_looked_at(events.c.type) == wanted.type)
    if wanted.contact is not None:
        where.append(_looked_at(events.c.contact).in_(keys))
    return where


def _named_events(key: Column[Any], wanted: RunFilter | EventFilter) -> list[ColumnElement[bool]]:
    """The event is the one that is named, or came with one of these deliveries."""
    where: list[ColumnElement[bool]] = []
    if wanted.event_id is not None:
        where.append(key == wanted.event_id)
    if wanted.delivery_ids:
        carried = events.alias("carried")
        of_these = carried.c.delivery_id.in_(wanted.delivery_ids)
        where.append(key.in_(select(carried.c.id).where(of_these)))
    return where


def _looked_at(column: Column[Any]) -> ColumnElement[Any]:
    """The column's value, for rows that are found by other means.

    SQLite would prefer an index on the column, and read all rows of a connection by it.
    """
    return column.concat("")


def _made_between(
    key: Column[Any], since_ms: int | None, until_ms: int | None
) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if since_ms is not None:
        where.append(key >= first_id_of(since_ms))
    if until_ms is not None:
        where.append(key < first_id_of(until_ms))
    return where


def has_runs() -> ColumnElement[bool]:
    """At least one rule matched the event."""
    return exists().where(runs.c.event_id == events.c.id)


def in_state(state: RunState) -> ColumnElement[bool]:
    """The run is in this state; for the rare ones by way of their partial index."""
    is_state: ColumnElement[bool] = literal_column(f"runs.state = {int(state)}")
    if state is RunState.DONE:
        return is_state
    return and_(partial_index(f"runs.{NOT_DONE}"), is_state)


def has_reason(codes: str) -> ColumnElement[bool]:
    """The run has a reason with just these codes; by way of the partial index of reasons."""
    # PostgreSQL cannot know that a parameter's value is not "".
    return and_(literal_column(f"runs.{HAS_REASON}"), runs.c.reason_codes == codes)


def has_outcome(outcome: Outcome) -> ColumnElement[bool]:
    """The run ended with this outcome, a rare one; by way of the partial index of these."""
    is_outcome: ColumnElement[bool] = literal_column(f"runs.outcome = {int(outcome)}")
    return and_(partial_index(f"runs.{NOT_ALL_SENT}"), is_outcome)


def waits_for(awaited: Waits) -> ColumnElement[bool]:
    """The run is queued and waits for this; by way of the partial index of waiting runs."""
    return and_(literal_column(f"runs.{WAITS_FOR_SOMETHING}"), runs.c.waits_for == awaited.value)


def next_reason_codes(after: str) -> Select[Any]:
    """The first codes of a reason that some run has, behind others."""
    return (
        select(runs.c.reason_codes)
        .where(partial_index(f"runs.{HAS_REASON}"), runs.c.reason_codes > after)
        .order_by(runs.c.reason_codes)
        .limit(1)
    )


def delivery_conditions(wanted: DeliveryFilter) -> list[ColumnElement[bool]]:
    """The conditions of the filter over DELIVERY_ROWS that an index in page order serves."""
    verdict = [] if wanted.verdict is None else [has_verdict(wanted.verdict)]
    return verdict + _made_between(deliveries.c.id, wanted.since_ms, wanted.until_ms)


def has_verdict(verdict: Verdict) -> ColumnElement[bool]:
    """The delivery got this verdict; for all but the common one by way of their partial index."""
    is_verdict: ColumnElement[bool] = literal_column(f"deliveries.verdict = '{verdict.value}'")
    if verdict is Verdict.ACCEPTED:
        return is_verdict
    return and_(literal_column(f"deliveries.{NOT_ACCEPTED}"), is_verdict)


def due_later() -> ColumnElement[bool]:
    """The run is a follow-up that waits for its time; by way of the index of due runs."""
    return literal_column(f"({FOLLOW_UP_WAITS} AND behind = 0)")


def waiting_follow_up() -> ColumnElement[bool]:
    """The run is a follow-up whose time has not come."""
    return literal_column(f"({FOLLOW_UP_WAITS})")
