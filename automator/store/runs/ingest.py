"""Ingest: stores a delivery with its events and the runs that they start, all or nothing."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    bindparam,
    exists,
    literal_column,
    null,
    select,
    union_all,
    update,
)

from automator.model import Delivery, NewRun, record
from automator.model.event import REFUSED
from automator.model.own_events import firing_key
from automator.reasons.limits import contact_taken
from automator.store.batch.batch import ArrivedEvent, ArrivedEvents, Batch
from automator.store.batch.operations import Operation
from automator.store.batch.rollups import EVENTS, NOT_TAKEN
from automator.store.contacts.contact_rows import ContactRow, latest
from automator.store.contacts.contacts import Seen, as_upserted, note_human_replies, upsert_contacts
from automator.store.contacts.linking import link_people
from automator.store.contacts.person_keys import NEARBY_ALIASES, People
from automator.store.database.statements import (
    KEYS,
    InsertStatement,
    Queries,
    Statement,
    WriteConnection,
)
from automator.store.limits.absence import Waits
from automator.store.queue.cancel_on import (
    Cancelling,
    CancelMatches,
    cancel_waiting,
    cancelled_by_arrival,
)
from automator.store.queue.echoes import note_echoes
from automator.store.queue.questions import Taken, take_answers
from automator.store.runs.firings import Portion, begin_firing, take_portion
from automator.store.runs.new_runs import store_new_runs
from automator.store.runs.prepared_delivery import PreparedDelivery, PreparedEvent, Receipt
from automator.store.runs.schedules import take_fire
from automator.store.schema.encoding import storable_key
from automator.store.schema.state_tables import contacts
from automator.store.schema.tables import UNFINISHED, WAITING_FOR_CANCEL, deliveries, events, runs

_INSERT_DELIVERY = InsertStatement(deliveries)
_INSERT_EVENT = InsertStatement(
    events,
    lambda new: new.on_conflict_do_nothing(index_elements=["connection", "dedupe_key"]),
)
_STORED_IDS = Statement(select(events.c.id).where(events.c.id.in_(KEYS)))
_FIRST_EVENT = Statement(
    select(events.c.id).where(
        events.c.connection == bindparam("connection"),
        events.c.dedupe_key == bindparam("dedupe_key"),
    )
)
_SETTLED = ("id", "verdict", "reason_code", "reason")
#: Changes the verdict of a delivery. Its bytes stay as they are.
_SETTLE_REFUSED = Statement(
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("of_id"),
        deliveries.c.verdict.in_([verdict.value for verdict in REFUSED]),
    )
    .values({name: bindparam(f"of_{name}") for name in _SETTLED[1:]})
)
_MARK_DUPLICATE = Statement(
    update(deliveries).where(deliveries.c.id == bindparam("delivery_id")).values(duplicate=1)
)


def apply_ingests(
    db: WriteConnection,
    operations: Sequence[Operation],
    batch: Batch,
    cancel_matches: CancelMatches,
) -> None:
    """Stores the deliveries of all operations, and sets the receipts of their events."""
    prepared: list[tuple[Operation, PreparedDelivery]] = [
        (operation, operation.payload)
        for operation in operations
        if (operation.payload.fire is None or _is_first(db, operation, batch))
        and (not operation.payload.is_again or _is_settled(db, operation))
    ]
    db.insert_later(_INSERT_DELIVERY, [item.row for _, item in prepared if not item.is_again])
    first_ids = _store_events(db, [event for _, item in prepared for event in item.events])
    repeated = []
    fresh: list[tuple[int, PreparedEvent]] = []
    for operation, item in prepared:
        if not item.events:
            _count_refused(item.source, batch)
        receipts = []
        known = len(fresh)
        for event in item.events:
            own_id, first_id = event.plan.event.id, first_ids[event.key]
            receipts.append(Receipt(first_id, first_id != own_id))
            if first_id == own_id:
                fresh.append((operation.sequence, event))
        if receipts and len(fresh) == known:
            repeated.append({"delivery_id": item.source.id})
        operation.result = tuple(receipts)
    db.many(_MARK_DUPLICATE, repeated)
    _link_people(db, fresh, batch)
    _start_runs(db, fresh, batch, cancel_matches)
    note_echoes(db, [event.plan.event for _, event in fresh], batch)


def _count_refused(delivery: Delivery, batch: Batch) -> None:
    metric = NOT_TAKEN.get(delivery.verdict.value)
    if metric is not None:
        batch.tally.add(metric, delivery.connection, delivery.received_at)


def _is_first(db: WriteConnection, operation: Operation, batch: Batch) -> bool:
    """Whether this operation is the first for its schedule's time, or for its portion of contacts.

    If it is not, nothing is stored and there are no receipts.
    """
    operation.result = ()
    prepared: PreparedDelivery = operation.payload
    fire = prepared.fire
    if isinstance(fire, Portion):
        return _takes_somebody(db, operation, fire, batch)
    is_first = fire is not None and take_fire(db, fire)
    if is_first and fire is not None and fire.begins_firing:
        (event,) = prepared.events
        plan = event.plan
        begin_firing(db, fire, batch, event_id=plan.event.id, revision=plan.revision)
    return is_first


def _takes_somebody(
    db: WriteConnection, operation: Operation, portion: Portion, batch: Batch
) -> bool:
    """Whether this operation takes its portion.

    If so, it keeps only the events of people whom the firing has not taken by another key.
    """
    prepared: PreparedDelivery = operation.payload
    keys = [event.contact or "" for event in prepared.events]
    known = _taken_before(db, portion.firing.event, keys)
    if known:
        skipped = Counter(portion.skipped) + Counter({contact_taken().key: len(known)})
        portion = replace(portion, started=portion.started - len(known), skipped=skipped)
        left = [event for place, event in enumerate(prepared.events) if place not in known]
        operation.payload = replace(prepared, events=tuple(left))
    return take_portion(db, portion, batch) and portion.started > 0


def _is_settled(db: WriteConnection, operation: Operation) -> bool:
    """Whether this operation turns a refused delivery into an accepted one."""
    operation.result = None
    row = operation.payload.row
    return db.run(_SETTLE_REFUSED, **{f"of_{name}": row[name] for name in _SETTLED}) > 0


def _store_events(
    db: WriteConnection, prepared: Sequence[PreparedEvent]
) -> dict[tuple[str, str], int]:
    """Inserts the events whose dedupe key is new; returns the event of every key."""
    first: dict[tuple[str, str], PreparedEvent] = {}
    for event in prepared:
        first.setdefault(event.key, event)
    ids = {key: event.plan.event.id for key, event in first.items()}
    if db.insert(_INSERT_EVENT, [event.row for event in first.values()]) < len(first):
        stored = {row.id for row in db.query_in(_STORED_IDS, ids.values())}
        for key, own_id in ids.items():
            if own_id not in stored:
                connection, dedupe_key = key
                (row,) = db.query(_FIRST_EVENT, connection=connection, dedupe_key=dedupe_key)
                ids[key] = row.id
    return ids


def _start_runs(
    db: WriteConnection,
    fresh: Sequence[tuple[int, PreparedEvent]],
    batch: Batch,
    cancel_matches: CancelMatches,
) -> None:
    """Stores the contacts and the runs of new events, and cancels follow-ups by these events."""
    # An event may cancel follow-ups of its person, and of the person to whom it replies.
    concerned = [
        (sequence, event, key)
        for sequence, event in fresh
        for key in (event.contact, event.answered)
        if key is not None
    ]
    keys = [key for _, _, key in concerned]
    found = _look_up_contacts(db, keys, batch)
    batch.free_lanes = found.free_lanes
    batch.is_behind = db.database.is_shared and found.is_occupied
    seen: dict[str, Seen] = {}
    arrivals: ArrivedEvents = defaultdict(list)
    for sequence, event, person in concerned:
        if not (event.plan.event.is_self or event.plan.event.is_made_here):
            root = found.people.canonical(person)
            seen[root] = _seen(event, seen.get(root))
        for key in found.people.all_keys(person):
            arrivals[key].append(ArrivedEvent(sequence, event.plan.event))
    upsert_contacts(db, seen)
    replies = _human_replies(fresh, batch)
    note_human_replies(db, replies)
    if batch.lanes_wanted and not (replies or found.people.has_aliases):
        batch.contacts = as_upserted(found.contacts, seen)
    cancelling = Cancelling(db, cancel_matches)
    taken: Mapping[int, Taken] = {}
    if found.has_waiting or found.people.has_aliases:
        asking = cancel_waiting(db, arrivals, batch, cancelling)
        planned = {item.plan.event.id: item.plan.runs for _, item in fresh} if asking else {}
        taken = take_answers(db, asking, arrivals, planned, batch, cancelling.contact)
    starting = _starting(db, fresh, batch, cancelling, arrivals, taken)
    store_new_runs(db, starting, batch)


def _seen(event: PreparedEvent, before: Seen | None) -> Seen:
    """The person of an event, combined with what earlier events of this batch say about them."""
    source, before = event.plan.event, before or Seen(None, 0, None)
    at = source.received_at
    return Seen(
        event.name or before.name,
        at,
        before.last_inbound_at if source.is_receipt else at,
        latest(before.window_opened_at, source.window_opens_at),
    )


def _starting(
    db: WriteConnection,
    fresh: Sequence[tuple[int, PreparedEvent]],
    batch: Batch,
    cancelling: Cancelling,
    arrivals: ArrivedEvents,
    taken: Mapping[int, Taken],
) -> list[NewRun]:
    """The runs of new events, without runs that other events of this batch end or answer."""
    waits = Waits(db, batch)
    waits.apply((item.plan.event, item.plan.ends, item.plan.runs) for _, item in fresh)
    starting: list[NewRun] = []
    for place, (_, event) in enumerate(fresh):
        source = event.plan.event
        batch.new_events.append(source.id)
        batch.tally.add(EVENTS, source.connection, source.received_at)
        batch.tally.evaluated(event.plan.met, event.plan.unmet)
        if event.plan.runs:
            body = (event.row["body"], source.body, source.connection, source.delivery_id)
            batch.bodies.append((source.id, body))
        if source.id in taken:
            starting += taken[source.id].runs(event.plan.runs)
            continue
        for run in event.plan.runs:
            if run.cancel_on is not None and run.contact is not None:
                later = (
                    a for a in arrivals.get(run.contact, ()) if a.event.id > event.plan.event.id
                )
                run = cancelled_by_arrival(run, later, cancelling)
            starting.append(waits.of_new(place, run, source) if run.wait_key else run)
    return starting


def _link_people(
    db: WriteConnection, fresh: Sequence[tuple[int, PreparedEvent]], batch: Batch
) -> None:
    """Stores which ids belong to one person, before anything is looked up by these ids."""
    named = [event.plan.event for _, event in fresh if event.plan.event.same_person]
    link_people(db, [(event.connection, event.same_person) for event in named], batch.now_ms)


def _human_replies(
    fresh: Sequence[tuple[int, PreparedEvent]], batch: Batch
) -> list[tuple[str, int]]:
    """The handwritten replies to people, with their times. A late echo has its message's time.

    No time is in the future, whatever the clock of the sender or of this process says.
    """
    return [
        (
            prepared.answered,
            min(event.occurred_at or event.received_at, event.received_at, batch.now_ms),
        )
        for prepared, event in ((prepared, prepared.plan.event) for _, prepared in fresh)
        if prepared.answered is not None
    ]


# --- People whom a firing has already taken by another of their keys ---
#
# In the middle of a firing, two keys can turn out to be the same person, one of which the firing
# has not reached yet. So the commit of a portion also looks for the other keys of its people.


_TAKEN = Statement(
    select(events.c.id).where(
        events.c.connection == bindparam("connection"), events.c.dedupe_key.in_(KEYS)
    )
)


def _taken_before(db: Queries, firing: str, keys: Sequence[str]) -> Collection[int]:
    """The indexes in `keys` of people whom the firing has taken before, or by an earlier key."""
    people = People(db, keys)
    if not people.has_aliases:
        return ()
    found, seen = set(), set()
    for place, key in enumerate(keys):
        person = people.canonical(key)
        if person in seen or _is_taken(db, firing, people.all_keys(key)):
            found.add(place)
        seen.add(person)
    return found


def _is_taken(db: Queries, firing: str, keys: Sequence[str]) -> bool:
    """Whether the firing has an event for any of these keys, which one person has."""
    connection = keys[0].partition(":")[0]
    ids = [key.partition(":")[2] for key in keys]
    wanted = [storable_key(firing_key(firing, one)) for one in ids]
    return bool(db.query_in(_TAKEN, wanted, connection=connection))


# --- What is stored for the contacts of new events ---

# One query looks up the contacts and whether anything waits for them. Most people have no alias, no
# waiting follow-up, and an empty lane. Then the query finds only their contact, or nothing.

_CONTACT, _WAITING, _OCCUPIED = "contact", "waiting", "occupied"


def _found(what: str) -> tuple[ColumnElement[Any], ...]:
    return null().label("alias"), literal_column(f"'{what}'").label("what")


#: Fills the columns of contacts in all other rows.
_NO_CONTACT = [null() for _ in contacts.columns]
#: Selects rows of contacts, rows of aliases, and a row for everything else that a key has.
#: PostgreSQL takes the types of the columns from the first part.
LOOK_UP = Statement(
    union_all(
        select(*_found(_CONTACT), *contacts.columns).where(contacts.c.key.in_(KEYS)),
        *[query.add_columns(*_NO_CONTACT) for query in NEARBY_ALIASES],
        select(*_found(_WAITING), *_NO_CONTACT).where(
            exists().where(literal_column(f"({WAITING_FOR_CANCEL})"), runs.c.contact.in_(KEYS))
        ),
        select(*_found(_OCCUPIED), *_NO_CONTACT).where(
            exists().where(runs.c.lane.in_(KEYS), literal_column(UNFINISHED))
        ),
    )
)


@record(kw_only=False)
class _FoundOfContacts:
    """Everything stored for some keys of contacts. The keys are also the names of lanes."""

    people: People
    #: The rows of contacts that exist, by these keys.
    contacts: dict[str, ContactRow]
    #: Whether any run waits for an event of these contacts, which may cancel it.
    has_waiting: bool
    #: Whether any of the lanes has an unfinished run.
    is_occupied: bool
    #: Held lanes without an unfinished run.
    free_lanes: Collection[str]


def _look_up_contacts(db: WriteConnection, keys: Iterable[str], batch: Batch) -> _FoundOfContacts:
    """Looks up everything stored for these keys of contacts.

    If the batch wants to claim new runs, no other node may occupy the lanes before the commit.
    """
    wanted, held = set(keys), batch.held_lanes
    if batch.lanes_wanted:
        held |= db.hold_lanes(wanted - held)
    nearby: dict[str, str] = {}
    known: dict[str, ContactRow] = {}
    found = set()
    for alias, value, *row in db.query_in(LOOK_UP, wanted):
        if alias is not None:
            nearby[alias] = value
        elif value == _CONTACT:
            known[row[0]] = ContactRow(*row)
        else:
            found.add(value)
    people = People(db, wanted, nearby)
    is_occupied = _OCCUPIED in found
    free = () if is_occupied else held & wanted
    return _FoundOfContacts(people, known, _WAITING in found, is_occupied, free)
