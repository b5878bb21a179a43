"""Claims: gives due runs to a node. A claim is committed before the run sends anything.

The head of a lane is its first unfinished run by (seq_at, id). Only a head can be claimed, together
with due runs that follow it in the lane: they are a claim batch, which is done in order. The claim
records that the head's attempt may have begun. The settlement of each run records this for the next
one.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, literal_column, or_, select, tuple_, update

from automator.lifecycle import On, move
from automator.model import Claimed, Run, RunState, record
from automator.store.batch.batch import Batch, RecentBodies
from automator.store.contacts.contact_rows import ContactRow, contact_from_row, load_contacts
from automator.store.database.statements import KEYS, Row, Statement, WriteConnection
from automator.store.limits.debounce import collected_events
from automator.store.queue.lanes import (
    Window,
    find_window,
    has_one_before,
    has_one_behind,
    is_in_window,
    mark_behind,
)
from automator.store.queue.run_moves import attempt_after, chosen, state_after
from automator.store.queue.run_rows import RUN_COLUMNS, run_from_row
from automator.store.schema.encoding import load_json
from automator.store.schema.tables import RUNNING, UNFINISHED, events, runs

#: How many runs of a lane are claimed together.
CLAIM_BATCH = 16
#: After so many crashes a run is not tried again by itself.
MAX_CRASHES = 4
#: From so many crashes on, a run is done only while no other such run is under way. If it kills the
#: process, this must not count as a crash of others.
ALONE_FROM = 2
HEADS = Statement(
    select(*RUN_COLUMNS, has_one_behind.label("has_followers"))
    .where(
        is_in_window,
        runs.c.crashes <= bindparam("most_crashes"),
        or_(runs.c.lane.is_(None), ~has_one_before),
    )
    .order_by(runs.c.run_at, runs.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
FOLLOWERS = Statement(
    select(*RUN_COLUMNS)
    .where(
        runs.c.lane == bindparam("lane"),
        literal_column(UNFINISHED),
        tuple_(runs.c.seq_at, runs.c.id) > tuple_(bindparam("seq_at"), bindparam("id")),
    )
    .order_by(runs.c.seq_at, runs.c.id)
    .limit(CLAIM_BATCH - 1)
    .with_for_update()
)
_TAKE = Statement(
    update(runs)
    .where(runs.c.id.in_(KEYS))
    .values(
        state=chosen(On.CLAIMED, {}, state_after),
        owner=bindparam("new_owner"),
        lease_until=bindparam("new_lease"),
        attempt=chosen(On.CLAIMED, {}, attempt_after),
        begun_at=bindparam("new_begun"),
        behind=0,
    )
)
_UNDER_WAY = Statement(
    select(runs.c.lane).where(
        runs.c.lane.in_(KEYS), literal_column(UNFINISHED), literal_column(RUNNING)
    )
)
_BODIES = Statement(
    select(events.c.id, events.c.connection, events.c.delivery_id, events.c.body).where(
        events.c.id.in_(KEYS)
    )
)


@record(kw_only=False)
class ClaimRequest:
    """The number of lanes that a node asks for, and whether it takes a run that must be alone."""

    limit: int
    may_be_alone: bool
    #: Whether the claim waits until there are runs to claim, or until the node asks anew.
    waits: bool = False


def claim(
    db: WriteConnection, request: ClaimRequest, node: str, batch: Batch, recent: RecentBodies
) -> list[Claimed]:
    """Claims the due heads of up to `limit` lanes with their claim batches; batches are in order.

    If very many runs are due but few can be claimed, some of the others are marked. Then another
    claim is announced, which looks further.
    """
    if not (request.limit or request.waits):
        # Its only purpose is to end the claim before it.
        return []
    window = find_window(db, batch)
    # A claim that may wait looks for one more lane, to know whether anything is left to claim.
    most = request.limit + 1 if request.waits else request.limit
    found = _heads(db, request, most, window)
    batch.is_all_claimed = len(found) < most and not window.is_full
    heads = found[: request.limit]
    rows = _take(db, heads, node, batch)
    if window.is_full and len(heads) < request.limit:
        if mark_behind(db, window):
            batch.work_released = True
        elif not heads:
            # Other nodes are claiming these runs, or each of the runs has to be alone.
            heads = _heads(db, request, request.limit, Window(batch.now_ms))
            rows = _take(db, heads, node, batch)
    made = move(On.CLAIMED)
    claimed = [
        run_from_row(row, state=made.to, attempt=made.attempt_after(row.attempt), owner=node)
        for row in rows
    ]
    return with_events(db, claimed, recent, {})


def _heads(db: WriteConnection, request: ClaimRequest, most: int, window: Window) -> list[Row]:
    """The due heads, each with whether other runs follow it in its lane."""
    most_crashes = MAX_CRASHES if request.may_be_alone else ALONE_FROM - 1
    edge = {"edge_at": window.edge_at, "edge_id": window.edge_id}
    return db.query(HEADS, limit=most, most_crashes=most_crashes, **edge)


def _take(db: WriteConnection, found: Sequence[Row], node: str, batch: Batch) -> list[Row]:
    """Claims these heads with their claim batches, but only one run that must be alone."""
    rows: list[Row] = []
    heads, followers = [], []
    if db.database.is_shared:
        found = _in_free_lanes(db, found)
    one_is_alone = False
    for head in found:
        if head.crashes >= ALONE_FROM:
            if one_is_alone:
                continue
            one_is_alone = True
        members = _claim_batch(db, head, batch.now_ms) if head.has_followers else [head]
        rows += members
        heads += [row.id for row in members[:1]]
        followers += [row.id for row in members[1:]]
    lease = {"new_owner": node, "new_lease": batch.lease_until}
    db.update_in(_TAKE, heads, new_begun=batch.now_ms, **lease)
    db.update_in(_TAKE, followers, new_begun=None, **lease)
    return rows


def _in_free_lanes(db: WriteConnection, found: Sequence[Row]) -> list[Row]:
    """The heads in lanes in which no other node carries out a run, or stores one as claimed."""
    lanes = {head.lane for head in found}.difference((None,))
    held = db.hold_lanes(lanes)
    # Looked up behind the locks, because another node may have had them when the heads were found.
    free = held.difference(row.lane for row in db.query_in(_UNDER_WAY, held)) | {None}
    return [head for head in found if head.lane in free]


def _claim_batch(db: WriteConnection, head: Row, now_ms: int) -> list[Row]:
    """The head, and the runs right behind it up to the first run that is not due yet.

    Only the head if it has crashed before. Nothing if a run behind it is under way: then the last
    claim batch is not done, although its head waits again. A run that counts for `concurrency` is
    not claimed behind a head, because it may be cancelled until it begins.
    """
    members = [head]
    followers = db.query(FOLLOWERS, lane=head.lane, seq_at=head.seq_at, id=head.id)
    if any(row.state == RunState.RUNNING for row in followers):
        return []
    for row in followers if head.crashes == 0 else ():
        if row.run_at > now_ms or row.crashes or row.concurrency_key is not None:
            break
        members.append(row)
    return members


def with_events(
    db: WriteConnection,
    taken: Sequence[Run],
    recent: RecentBodies,
    contacts_read: Mapping[str, ContactRow],
) -> list[Claimed]:
    """Adds events and contacts to claimed runs.

    Contacts that this transaction has read already are not read again.
    """
    event_ids = {run.event_id for run in taken}
    bodies = {event_id: kept for event_id in event_ids if (kept := recent.take(event_id))}
    for row in db.query_in(_BODIES, event_ids.difference(bodies)):
        bodies[row.id] = (row.body, load_json(row.body), row.connection, row.delivery_id)
    people = {run.contact for run in taken if run.contact is not None}
    contacts = {key: contact_from_row(contacts_read[key]) for key in people & contacts_read.keys()}
    contacts |= load_contacts(db, people.difference(contacts))
    # Most runs have no data, so the property is not asked of them.
    collecting = {run.collected_by for run in taken if run.data and run.collected_by is not None}
    collected = collected_events(db, collecting)
    claimed = []
    for run in taken:
        stored, body, connection, delivery_id = bodies[run.event_id]
        contact = contacts.get(run.contact, {}) if run.contact is not None else {}
        more = collected.get(run.collected_by, ()) if collected and run.collected_by else ()
        events = [body, *more]
        claimed.append(
            Claimed(
                run=run,
                event=body,
                event_json=stored,
                events=events,
                connection=connection,
                delivery_id=delivery_id,
                contact=contact,
            )
        )
    return claimed
