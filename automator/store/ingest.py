"""Ingest: a delivery, its events and the runs they start, stored together or not at all."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, literal_column, select, update

from automator.model import Delivery, Event, NewRun, RunState, format_id
from automator.store.batch import Arrival, Arrivals, Batch
from automator.store.contacts import People, link_people, note_human_replies, upsert_contacts
from automator.store.dialect import insert
from automator.store.echoes import note_echoes
from automator.store.encoding import (
    clean_optional,
    clean_text,
    dump_json,
    load_json,
    storable_key,
)
from automator.store.follow_ups import cancel_runs
from automator.store.new_runs import store_new_runs
from automator.store.operations import Operation
from automator.store.rollups import EVENTS, NOT_TAKEN
from automator.store.schedules import Fire, take_fire
from automator.store.statements import (
    InsertStatement,
    InStatement,
    Row,
    Statement,
    WriteConnection,
    keys_of,
)
from automator.store.tables import WAITING_FOR_CANCEL, deliveries, events, runs
from automator.store.waits import Waits

#: Says whether an event is what a follow-up's `cancel_on` waits for. It must not raise.
CancelMatches = Callable[[Mapping[str, Any], Event], bool]

_MAX_TEXT = 2_000
#: Columns of a delivery's row.
_CONNECTION_AT, _RECEIVED_AT, _VERDICT_AT = 1, 2, 8

_INSERT_DELIVERY = InsertStatement(deliveries)
_INSERT_EVENT = InsertStatement(
    events,
    lambda rows: (
        insert(events)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["connection", "dedupe_key"])
    ),
)
_STORED_IDS = InStatement(lambda count: select(events.c.id).where(events.c.id.in_(keys_of(count))))
_FIRST_EVENT = Statement(
    select(events.c.id).where(
        events.c.connection == bindparam("connection"),
        events.c.dedupe_key == bindparam("dedupe_key"),
    )
)
_MARK_DUPLICATE = Statement(
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery_id"))
    .values(duplicate=literal_column("1"))
)
WAITING_RUNS = InStatement(
    lambda count: (
        select(runs.c.id, runs.c.contact, runs.c.cancel_on, runs.c.rule)
        .where(literal_column(f"({WAITING_FOR_CANCEL})"), runs.c.contact.in_(keys_of(count)))
        # Another node may be claiming it: then it is too late to cancel.
        .with_for_update()
    )
)


@dataclass(frozen=True, slots=True)
class EventPlan:
    """An event, what the rule set decided to do about it, and that rule set's revision."""

    event: Event
    runs: tuple[NewRun, ...]
    revision: int
    #: The keys of the waits for an absence that it ends.
    ends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """An event is on disk. Of a duplicate, this is the id of the first event with its key."""

    event_id: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class PreparedDelivery:
    """A delivery and its events as rows, made before the writer sees them."""

    delivery: Row
    events: tuple["PreparedEvent", ...]
    #: The schedule that made it; nothing is stored when its time is dealt with already.
    fire: Fire | None = None


@dataclass(frozen=True, slots=True)
class PreparedEvent:
    """One event as a row, with its plan."""

    plan: EventPlan
    key: tuple[str, str]
    contact: str | None
    name: str | None
    row: Row


def prepare_delivery(
    delivery: Delivery, plans: Sequence[EventPlan], fire: Fire | None = None
) -> PreparedDelivery:
    """Encodes everything, so that a value that cannot be stored fails its own caller at once."""
    return PreparedDelivery(
        (
            delivery.id,
            delivery.connection,
            delivery.received_at,
            clean_text(delivery.method),
            dump_json(delivery.headers),
            clean_text(delivery.query),
            delivery.body,
            delivery.remote,
            delivery.verdict.value,
            delivery.reason_code,
            clean_text(delivery.reason),
            0,
        ),
        tuple([_prepare_event(plan) for plan in plans]),
        fire,
    )


def _prepare_event(plan: EventPlan) -> PreparedEvent:
    event = plan.event
    body = event.body
    actor = body.get("actor")
    name = actor.get("name") if isinstance(actor, dict) else None
    name = clean_text(name) if isinstance(name, str) else None
    text = body.get("text")
    text = clean_text(text[:_MAX_TEXT]) if isinstance(text, str) else None
    key = storable_key(event.dedupe_key)
    contact = clean_optional(event.contact)
    row = (
        event.id,
        event.delivery_id,
        event.connection,
        event.provider,
        clean_text(event.type),
        key,
        clean_optional(event.lane),
        contact,
        1 if event.is_self else 0,
        event.occurred_at,
        event.received_at,
        plan.revision,
        name,
        text,
        dump_json(body),
    )
    return PreparedEvent(plan, (event.connection, key), contact, name, row)


def apply_ingests(
    db: WriteConnection,
    operations: Sequence[Operation],
    batch: Batch,
    cancel_matches: CancelMatches,
) -> None:
    """Stores the deliveries of all operations and sets their receipts."""
    prepared: list[tuple[Operation, PreparedDelivery]] = [
        (operation, operation.payload)
        for operation in operations
        if operation.payload.fire is None or _is_first(db, operation)
    ]
    db.insert(_INSERT_DELIVERY, [item.delivery for _, item in prepared])
    first_ids = _store_events(db, [event for _, item in prepared for event in item.events])
    repeated = []
    fresh: list[tuple[int, PreparedEvent]] = []
    for operation, item in prepared:
        if not item.events:
            _count_refused(item.delivery, batch)
        receipts = []
        for event in item.events:
            own_id, first_id = event.plan.event.id, first_ids[event.key]
            receipts.append(Receipt(first_id, first_id != own_id))
            if first_id == own_id:
                fresh.append((operation.sequence, event))
        if receipts and all(receipt.duplicate for receipt in receipts):
            repeated.append((item.delivery[0],))
        operation.result = tuple(receipts)
    if repeated:
        db.many(_MARK_DUPLICATE, repeated)
    _link_people(db, fresh, batch)
    _start_runs(db, fresh, batch, cancel_matches)
    note_echoes(db, [event.plan.event for _, event in fresh], batch)


def _count_refused(delivery: Row, batch: Batch) -> None:
    metric = NOT_TAKEN.get(delivery[_VERDICT_AT])
    if metric is not None:
        batch.tally.add(metric, delivery[_CONNECTION_AT], delivery[_RECEIVED_AT])


def _is_first(db: WriteConnection, operation: Operation) -> bool:
    """Whether a schedule's time is taken with this operation, or was before: without receipts."""
    operation.result = ()
    return take_fire(db, operation.payload.fire)


def _store_events(
    db: WriteConnection, prepared: Sequence[PreparedEvent]
) -> dict[tuple[str, str], int]:
    """Inserts the events whose key is new; says for every key which event has it."""
    first: dict[tuple[str, str], PreparedEvent] = {}
    for event in prepared:
        first.setdefault(event.key, event)
    ids = {key: event.row[0] for key, event in first.items()}
    if not first:
        return ids
    if db.insert(_INSERT_EVENT, [event.row for event in first.values()]) < len(first):
        stored = {row[0] for row in db.query_in(_STORED_IDS, ids.values())}
        for key, own_id in ids.items():
            if own_id not in stored:
                connection, dedupe_key = key
                rows = db.query(_FIRST_EVENT, connection=connection, dedupe_key=dedupe_key)
                ids[key] = rows[0][0]
    return ids


def _start_runs(
    db: WriteConnection,
    fresh: Sequence[tuple[int, PreparedEvent]],
    batch: Batch,
    cancel_matches: CancelMatches,
) -> None:
    """Notes the contacts, cancels what waits for these events, and stores the runs."""
    by_person = [item for item in fresh if item[1].contact is not None]
    people = People(db, [event.contact for _, event in by_person if event.contact])
    seen: dict[str, tuple[str | None, int]] = {}
    arrivals: Arrivals = defaultdict(list)
    for sequence, event in by_person:
        assert event.contact is not None  # noqa: S101 - by_person holds no others.
        if not event.plan.event.is_self:
            root = people.canonical(event.contact)
            known = seen.get(root, (None, 0))[0]
            seen[root] = (event.name or known, event.plan.event.received_at)
        for key in people.all_keys(event.contact):
            arrivals[key].append(Arrival(sequence, event.plan.event))
    upsert_contacts(db, seen)
    _note_human_replies(db, fresh)
    cancel_waiting(db, arrivals, batch, cancel_matches)
    waits = Waits(db, batch)
    waits.apply((item.plan.event, item.plan.ends, item.plan.runs) for _, item in fresh)
    starting: list[NewRun] = []
    for place, (_, event) in enumerate(fresh):
        batch.new_events.append(event.row[0])
        batch.tally.add(EVENTS, event.key[0], event.plan.event.received_at)
        if event.plan.runs:
            size = len(event.row[-1])
            batch.bodies.append((event.row[0], size, event.plan.event.body, event.key[0]))
        for run in event.plan.runs:
            if run.cancel_on is not None and run.contact is not None:
                later = (a for a in arrivals.get(run.contact, ()) if a.event.id > event.row[0])
                run = cancelled_by_arrival(run, later, cancel_matches)
            starting.append(waits.of_new(place, run, event.plan.event) if run.wait_key else run)
    store_new_runs(db, starting, batch)


def _link_people(
    db: WriteConnection, fresh: Sequence[tuple[int, PreparedEvent]], batch: Batch
) -> None:
    """Keeps which ids are one person's, before anything is looked up by them."""
    named = [event.plan.event for _, event in fresh if event.plan.event.same_person]
    if named:
        pairs = [(event.connection, event.same_person) for event in named]
        link_people(db, pairs, batch.now_ms)


def _note_human_replies(db: WriteConnection, fresh: Sequence[tuple[int, PreparedEvent]]) -> None:
    """Keeps with the contact when somebody of ours last answered; a late echo says when it was."""
    replies = [
        (clean_text(key), min(event.occurred_at or event.received_at, event.received_at))
        for event in (prepared.plan.event for _, prepared in fresh)
        if (key := event.answered) is not None
    ]
    if replies:
        note_human_replies(db, replies)


def cancel_waiting(
    db: WriteConnection, arrivals: Arrivals, batch: Batch, cancel_matches: CancelMatches
) -> None:
    """Cancels stored runs that wait for an event of this batch."""
    cancelled = []
    for run_id, contact, cancel_on, rule in db.query_in(WAITING_RUNS, list(arrivals)):
        created_by = batch.created_by.get(run_id, -1)
        later = [a for a in arrivals[contact] if a.sequence > created_by]
        reason = _matching_reason(load_json(cancel_on), later, cancel_matches)
        if reason:
            cancelled.append((run_id, reason))
            batch.tally.ended(RunState.CANCELLED, rule, batch.now_ms)
    cancel_runs(db, cancelled, batch)


def cancelled_by_arrival(
    run: NewRun, arrivals: Iterable[Arrival], cancel_matches: CancelMatches
) -> NewRun:
    """The run itself, or its cancelled form when one of the arrivals is what cancels it."""
    reason = _matching_reason(run.cancel_on or {}, arrivals, cancel_matches)
    return replace(run, state=RunState.CANCELLED, reason=reason) if reason else run


def _matching_reason(
    cancel_on: Mapping[str, Any], arrivals: Iterable[Arrival], cancel_matches: CancelMatches
) -> str:
    for arrival in arrivals:
        if cancel_matches(cancel_on, arrival.event):
            event = arrival.event
            return clean_text(f"cancelled by {event.type} {format_id(event.id)}")
    return ""
