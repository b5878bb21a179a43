"""Builds the queries of the log. Ids sort by time: the rows of the next page have `id < before`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Select, and_, exists, func, literal, literal_column, or_, select
from sqlalchemy.sql.expression import ColumnElement

from automator.model import Outcome, RunState, Verdict, Waits, first_id_of
from automator.model.event import account_connection
from automator.model.log_filters import DeliveryFilter, EventFilter, Listed, RunFilter, set_in
from automator.store.database.dialect import partial_index
from automator.store.queue.run_rows import RUN_COLUMNS
from automator.store.schema.state_tables import contacts
from automator.store.schema.tables import (
    CLAIMABLE,
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

#: The name of who wrote an event. An event without one has the name that the contact got elsewhere.
_NAME_OF_CONTACT = select(contacts.c.name).where(
    contacts.c.key == events.c.contact, events.c.is_self == 0
)
_ACTOR_NAME = func.coalesce(events.c.actor_name, _NAME_OF_CONTACT.scalar_subquery()).label(
    "actor_name"
)

RUN_ROWS: Select[Any] = select(
    *RUN_COLUMNS,
    events.c.type.label("event_type"),
    events.c.connection,
    _ACTOR_NAME,
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
    events.c.thread,
    events.c.is_self,
    events.c.received_at,
    _ACTOR_NAME,
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


def run_conditions(wanted: RunFilter) -> list[ColumnElement[bool]]:
    """The conditions of a filter over RUN_ROWS, except for its states and its text."""
    where = _conditions(wanted, Listed.RUNS, runs.c.id, runs.c.event_id)
    if not wanted.ended_waits:
        where.append(or_(runs.c.wait_key.is_(None), runs.c.state != int(RunState.CANCELLED)))
    if not wanted.follow_ups:
        where.append(runs.c.path == "")
    if wanted.replayed is not None:
        is_replayed = exists().where(
            replayed.c.source_id == runs.c.id, replayed.c.rule == runs.c.rule
        )
        where.append(is_replayed if wanted.replayed else ~is_replayed)
    return where


def event_conditions(wanted: EventFilter) -> list[ColumnElement[bool]]:
    """The conditions of a filter over EVENT_ROWS, except for its text."""
    return _conditions(wanted, Listed.EVENTS, events.c.id, events.c.id)


def _conditions(
    wanted: RunFilter | EventFilter, listed: Listed, key: Column[Any], event_key: Column[Any]
) -> list[ColumnElement[bool]]:
    """The conditions of all filters that are set, except filters that have their own index."""
    where = _made_between(key, wanted.since_ms, wanted.until_ms)
    for one, value in set_in(wanted, listed):
        if one.column:
            where.append(_has_value(one.column, value))
        elif one.word in _BY_WORD:
            where.append(_BY_WORD[one.word](value))
        elif one.word in _OF_EVENT:
            where.append(_OF_EVENT[one.word](event_key, value))
    if wanted.contact_keys:
        where.append(_looked_at(events.c.contact).in_(wanted.contact_keys))
    return where


def _has_value(name: str, value: Any) -> ColumnElement[bool]:
    """The condition that a column has this value; in attempts: that any of the run's has it."""
    table, _, column = name.partition(".")
    if table == attempts.name:
        return exists().where(attempts.c.run_id == runs.c.id, attempts.c[column] == value)
    found: ColumnElement[bool] = (
        _looked_at(events.c[column]) == value if table == events.name else runs.c[column] == value
    )
    return found


def _has_code(code: str) -> ColumnElement[bool]:
    """The condition that the run's reason, or a reason inside it, has this code."""
    codes = literal(" ").concat(runs.c.reason_codes).concat(" ")
    return codes.contains(f" {code} ", autoescape=True)


def _waits(awaited: Waits) -> ColumnElement[bool]:
    is_queued = runs.c.state + 0 == int(RunState.QUEUED)
    return and_(is_queued, _looked_at(runs.c.waits_for) == awaited.value)


def _has_connection(name: str) -> ColumnElement[bool]:
    looked_at = _looked_at(events.c.connection)
    of_accounts = looked_at.startswith(account_connection(name, ""), autoescape=True)
    return or_(looked_at == name, of_accounts)


def _carried_by(event_key: Column[Any], delivery_ids: Sequence[int]) -> ColumnElement[bool]:
    carried = events.alias("carried")
    of_these = carried.c.delivery_id.in_(delivery_ids)
    return event_key.in_(select(carried.c.id).where(of_these))


def _looked_at(column: Column[Any]) -> ColumnElement[Any]:
    """The column without its index, for conditions on rows that are found in another way.

    SQLite would prefer the index, and read all rows of a connection by it.
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
    """The condition that at least one rule has matched the event."""
    return exists().where(runs.c.event_id == events.c.id)


def in_state(state: RunState) -> ColumnElement[bool]:
    """The condition that a run is in this state; rare states use their partial index."""
    is_state: ColumnElement[bool] = literal_column(f"runs.state = {int(state)}")
    if state is RunState.DONE:
        return is_state
    return and_(partial_index(f"runs.{NOT_DONE}"), is_state)


def has_reason(codes: str) -> ColumnElement[bool]:
    """The condition that a run's reason has exactly these codes; uses its partial index."""
    # The first condition tells PostgreSQL, which cannot know that the parameter is not "".
    return and_(literal_column(f"runs.{HAS_REASON}"), runs.c.reason_codes == codes)


def has_outcome(outcome: Outcome) -> ColumnElement[bool]:
    """The condition that a run ended with this rare outcome; uses its partial index."""
    is_outcome: ColumnElement[bool] = literal_column(f"runs.outcome = {int(outcome)}")
    return and_(partial_index(f"runs.{NOT_ALL_SENT}"), is_outcome)


def waits_for(awaited: Waits) -> ColumnElement[bool]:
    """The condition that a queued run waits for this; uses the partial index of waiting runs."""
    return and_(literal_column(f"runs.{WAITS_FOR_SOMETHING}"), runs.c.waits_for == awaited.value)


def next_reason_codes(after: str) -> Select[Any]:
    """Selects the next combination of reason codes after `after`."""
    return (
        select(runs.c.reason_codes)
        .where(partial_index(f"runs.{HAS_REASON}"), runs.c.reason_codes > after)
        .order_by(runs.c.reason_codes)
        .limit(1)
    )


def delivery_conditions(wanted: DeliveryFilter) -> list[ColumnElement[bool]]:
    """The conditions of a filter over DELIVERY_ROWS for which there is an index in page order."""
    verdict = [] if wanted.verdict is None else [has_verdict(wanted.verdict)]
    return verdict + _made_between(deliveries.c.id, wanted.since_ms, wanted.until_ms)


def has_verdict(verdict: Verdict) -> ColumnElement[bool]:
    """The condition that a delivery has this verdict; rare verdicts use their partial index."""
    is_verdict: ColumnElement[bool] = literal_column(f"deliveries.verdict = '{verdict.value}'")
    if verdict is Verdict.ACCEPTED:
        return is_verdict
    return and_(literal_column(f"deliveries.{NOT_ACCEPTED}"), is_verdict)


def due_later() -> ColumnElement[bool]:
    """The condition that a run is a follow-up that waits for its time; uses the index of times."""
    # Not with FOLLOW_UP_WAITS: PostgreSQL would read all follow-ups by the index of that condition,
    # each with its event, and sort them.
    return and_(literal_column(f"({CLAIMABLE})"), _looked_at(runs.c.path) != "")


def waiting_follow_up() -> ColumnElement[bool]:
    """The condition that a run is a follow-up that waits for its time."""
    return literal_column(f"({FOLLOW_UP_WAITS})")


#: The conditions of filters, by word, that do more than compare a column with a value.
_BY_WORD: Mapping[str, Callable[[Any], ColumnElement[bool]]] = {
    "reason": _has_code,
    "waits": _waits,
    # The sum keeps the index on the column from being used for rows that are found already.
    "outcome": lambda outcome: runs.c.outcome + 0 == int(outcome),
    "connection": _has_connection,
    "matched": lambda matched: has_runs() if matched else ~has_runs(),
    "run": runs.c.id.in_,
    "replay": lambda replay_id: runs.c.id.in_(
        select(replayed.c.run_id).where(replayed.c.replay_id == replay_id)
    ),
}
#: The same for filters on the event; they also get the column with the event's id.
_OF_EVENT: Mapping[str, Callable[[Column[Any], Any], ColumnElement[bool]]] = {
    "event": lambda key, event_id: key == event_id,
    "delivery": _carried_by,
}
