"""Budgets: how many messages a contact or a connection may get, how many answers the model may
write a day, and who refuses messages.

A step asks just before it sends. The answer is decided and counted in one commit, for all nodes
together. A row has the times of the last messages; the row of a connection also has later times
that are reserved for runs. If two nodes ask about the same row, one waits for the other's commit.
"""

import hashlib
from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, select

from automator.model import DAY_MS
from automator.model.speech import LONGEST_WAIT_MS, SPAN_MS, Permission, ReplyClaim, Speech
from automator.store.batch.batch import Batch
from automator.store.batch.operations import Operation
from automator.store.contacts.contacts import opt_outs
from automator.store.contacts.person_keys import People
from automator.store.database.dialect import upsert
from automator.store.database.statements import KEYS, InsertStatement, Statement, WriteConnection
from automator.store.limits.limit_rows import lock_rows, new_row, save
from automator.store.limits.variants import Variants
from automator.store.queue.echoes import deleted_places
from automator.store.schema.encoding import clean_text, dump_json, load_json
from automator.store.schema.state_tables import budgets

# --- Claims of private replies: one reply for each comment, over all rules, runs and nodes ---
#
# A claim is a row in the table of limits. It is committed before anything is sent. A settlement
# which says that nothing was sent gives it up. The rows are locked at the end of a transaction,
# after everything else and always in the same order, so that nodes never wait for each other in a
# circle.

#: For how many milliseconds a claim is kept. Platforms accept a private reply for seven days at
#: most after the comment.
REPLIED_KEPT_MS = 30 * 24 * 3_600_000
_NAME = "private_reply"


class ReplyClaims:
    """The claims that one transaction asks for or gives up."""

    def __init__(self, db: WriteConnection, wanted: Iterable[ReplyClaim], batch: Batch) -> None:
        """Locks the rows of these claims until the commit, and reads which steps hold them."""
        comments = {_id_of(claim): claim for claim in (*wanted, *batch.given_up)}
        rows = [
            new_row(claim_id, batch.now_ms, name=_NAME, key=claim.comment)
            for claim_id, claim in comments.items()
        ]
        self._now_ms = batch.now_ms
        self._holders: dict[str, ReplyClaim | None] = {
            claim_id: _holder(uses, comments[claim_id])
            for claim_id, uses in lock_rows(db, rows).items()
        }
        self._changed: set[str] = set()
        for claim in batch.given_up:
            self._give_up(claim)

    def other_holder(self, claim: ReplyClaim) -> ReplyClaim | None:
        """Another step that holds the reply; None if there is none.

        The next attempt of a step may use the step's own claim.
        """
        holder = self._holders[_id_of(claim)]
        return None if holder == claim else holder

    def take(self, claim: ReplyClaim) -> None:
        """Gives the claim to this step."""
        claim_id = _id_of(claim)
        self._holders[claim_id] = claim
        self._changed.add(claim_id)

    def _give_up(self, claim: ReplyClaim) -> None:
        claim_id = _id_of(claim)
        if self._holders[claim_id] == claim:
            self._holders[claim_id] = None
            self._changed.add(claim_id)

    def save(self, db: WriteConnection) -> None:
        """Writes the rows of claims that have changed."""
        save(db, [self._row(claim_id) for claim_id in sorted(self._changed)])

    def _row(self, claim_id: str) -> tuple[str, Sequence[Any], int]:
        holder = self._holders[claim_id]
        if holder is None:
            return claim_id, [], self._now_ms
        use = [self._now_ms, holder.run_id, holder.rule, holder.step]
        return claim_id, [use], self._now_ms + REPLIED_KEPT_MS


def _id_of(claim: ReplyClaim) -> str:
    """The id of a comment's row. No limit has the same id, because every rule has a name."""
    text = "\0".join(("", _NAME, claim.connection, claim.comment))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _holder(uses: Sequence[Any], claim: ReplyClaim) -> ReplyClaim | None:
    if not uses:
        return None
    _, run_id, rule, step = uses[0]
    return replace(claim, run_id=run_id, rule=rule, step=step)


#: For how many milliseconds a row is kept after the last message.
KEPT_MS = 3_600_000
#: How many rows one commit deletes.
PRUNED_AT_ONCE = 500

_NOTHING = b"[]"
#: The key of the row that counts answers of the model. It is kept, because a day is longer than an
#: hour.
_MODEL = "model"
_ALLOWED = Permission()
# Changes nothing, but locks an existing row.
_LOCK = InsertStatement(budgets, lambda new: upsert(new, "key"))
COUNTED = Statement(select(budgets.c.key, budgets.c.times).where(budgets.c.key.in_(KEYS)))
_COUNT = InsertStatement(budgets, upsert)


@dataclass(slots=True)
class _Counter:
    """The times of messages, ascending; of a connection also the times reserved for later."""

    times: list[int]
    is_changed: bool = False

    def correct(self, latest_ms: int, now_ms: int) -> None:
        """Replaces times after `latest_ms` by now: a clock that was ahead has stored them."""
        if self.times and self.times[-1] > latest_ms:
            self.times = sorted(at if at <= latest_ms else now_ms for at in self.times)
            self.is_changed = True

    def count(self, at: int, limit: int) -> None:
        """Counts a message at `at`. Forgets times that no longer matter."""
        insort(self.times, at)
        del self.times[:-limit]
        self.is_changed = True


def room_at(times: Sequence[int], limit: int, now_ms: int, span_ms: int = SPAN_MS) -> int:
    """The first moment from `now_ms` on at which another message may be sent.

    `times` are the times of messages, ascending. Any span, a minute, has room for `limit` of them.
    """
    return now_ms if len(times) < limit else max(now_ms, times[-limit] + span_ms)


def apply_speeches(db: WriteConnection, operations: Sequence[Operation], batch: Batch) -> None:
    """Decides for each message whether it may be sent now, and counts it if it may."""
    speeches = _with_canonical_contacts(db, [operation.payload for operation in operations])
    claims = ReplyClaims(db, [item.claim for item in speeches if item.claim is not None], batch)
    variants = Variants(db, [item.choice for item in speeches if item.choice], batch)
    silent = opt_outs(db, {item.contact for item in speeches if item.contact and item.is_private})
    deleted = deleted_places(
        db, {(item.connection, place) for item in speeches for place in item.places}
    )
    counters = _counters(db, {key for item in speeches for key in _keys(item)}, batch.now_ms)
    for operation, speech in zip(operations, speeches, strict=True):
        opted_out_at = silent.get(speech.contact or "") if speech.is_private else None
        gone = [deleted.get((speech.connection, place)) for place in speech.places]
        holder = None if speech.claim is None else claims.other_holder(speech.claim)
        if deleted and any(gone):
            operation.result = Permission(deleted_at=next(filter(None, gone)))
        elif opted_out_at is not None:
            operation.result = Permission(opted_out_at=opted_out_at)
        elif holder is not None:
            operation.result = Permission(replied_by=holder)
        else:
            operation.result = permission = _counted(speech, counters, batch)
            if permission == _ALLOWED and not speech.is_dry:
                operation.result = _taken(speech, claims, variants)
    claims.save(db)
    variants.save(db)
    changed = [
        {"key": key, "times": dump_json(counter.times), "last_at": counter.times[-1]}
        for key, counter in counters.items()
        if counter.is_changed
    ]
    db.insert(_COUNT, changed)


def _taken(speech: Speech, claims: ReplyClaims, variants: Variants) -> Permission:
    """Takes the claim and chooses the text of a message that may be sent."""
    if speech.claim is not None:
        claims.take(speech.claim)
    if speech.choice is None:
        return _ALLOWED
    return Permission(variant=variants.choose(speech.choice))


def _with_canonical_contacts(db: WriteConnection, speeches: Sequence[Speech]) -> list[Speech]:
    """The messages with the main keys of their people: all ids of a person count together."""
    contacts = [clean_text(item.contact or "") for item in speeches]
    people = People(db, filter(None, contacts))
    # Most people have only one key, which is the main key.
    return [
        item if not contact or root == item.contact else replace(item, contact=root)
        for item, contact in zip(speeches, contacts, strict=True)
        for root in (people.canonical(contact),)
    ]


def _keys(speech: Speech) -> list[str]:
    """The ids of the rows that count a message: the person's, then the connection's; or the
    model's.
    """
    if speech.per_day:
        return [_MODEL]
    keys = [f"contact {speech.contact}"] if speech.contact and speech.per_contact else []
    return [*keys, f"connection {speech.connection}"] if speech.per_connection else keys


def _counters(db: WriteConnection, keys: Iterable[str], now_ms: int) -> dict[str, _Counter]:
    """Reads the counters from these rows, which stay locked until the commit."""
    # Locked in the same order everywhere, so that no two nodes wait for each other.
    ordered = sorted(keys)
    if db.database.is_shared:
        db.insert(_LOCK, [{"key": key, "times": _NOTHING, "last_at": now_ms} for key in ordered])
    counters = {key: _Counter([]) for key in ordered}
    for row in db.query_in(COUNTED, ordered):
        counters[row.key].times = load_json(row.times)
    return counters


def _counted(speech: Speech, counters: Mapping[str, _Counter], batch: Batch) -> Permission:
    if speech.is_counted:
        return _ALLOWED
    now_ms = slot_at = batch.now_ms
    if speech.per_day:
        asked = counters[_MODEL]
        asked.correct(now_ms, now_ms)
        again_at = room_at(asked.times, speech.per_day, now_ms, DAY_MS)
        if again_at > now_ms:
            return Permission(asked_again_at=again_at - (batch.shift_ms or 0))
        asked.count(now_ms, speech.per_day)
        return _ALLOWED
    person = counters.get(f"contact {speech.contact}") if speech.per_contact else None
    # Messages to a person do not wait for room: after a flood, answers would go on for an hour.
    if person is not None:
        person.correct(now_ms, now_ms)
    if person is not None and room_at(person.times, speech.per_contact, now_ms) > now_ms:
        return Permission(contact_is_full=True)
    if speech.per_connection:
        connection = counters[f"connection {speech.connection}"]
        connection.correct(now_ms + LONGEST_WAIT_MS, now_ms)
        slot_at = room_at(connection.times, speech.per_connection, now_ms)
        if slot_at > now_ms + LONGEST_WAIT_MS:
            return Permission(slot_at=slot_at - (batch.shift_ms or 0))
        connection.count(slot_at, speech.per_connection)
    if person is not None:
        person.count(now_ms, speech.per_contact)
    return Permission(slot_at=slot_at - (batch.shift_ms or 0) if slot_at > now_ms else None)


def prune_budgets(db: WriteConnection, batch: Batch) -> int:
    """Deletes some rows that have not counted a message for a long time; returns how many."""
    old = (
        select(budgets.c.key)
        .where(budgets.c.last_at < batch.now_ms - KEPT_MS, budgets.c.key != _MODEL)
        .limit(PRUNED_AT_ONCE)
    )
    return db.core.execute(delete(budgets).where(budgets.c.key.in_(old))).rowcount
