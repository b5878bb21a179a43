"""The audit trail: a row for each change by a person, a token or a file, chained by hashes.

A `Change` is under way while a request is answered. The first operation that the request gives to
the writer brings it along, so that the change and its row are in one commit. `note` adds what only
deeper code knows. All rows are in one order over all nodes: whoever appends holds the head, row 0.
"""

import contextlib
import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, select, update

from automator.model import shortened
from automator.reasons.audit import audit_rows_ended
from automator.reasons.runs import RETENTION
from automator.store.database.dialect import insert
from automator.store.schema.encoding import clean_text, dump_json, load_json
from automator.store.schema.upkeep_tables import audit

#: The hash before the first row.
FIRST = "0" * 64
#: Characters of a text in a row; items of a list; and bytes of a row's values in all, above which
#: what there was before and after is left out.
_LONGEST, _MOST_ITEMS, _MOST_BYTES = 200, 50, 8_000
#: How many rows one pass of retention deletes.
_PORTION = 5_000
#: Rows are deleted a day late and together: each time costs a row that says where they ended.
_TOGETHER_MS = 86_400_000
_OLDEST_FIRST = (
    select(audit.c.id, audit.c.at, audit.c.hash).where(audit.c.id > 0).order_by(audit.c.id)
)
_HEAD = select(audit.c.hash, audit.c.body).where(audit.c.id == 0).with_for_update()


@dataclass(eq=False, slots=True)
class Change:
    """A change by somebody, which becomes a row of the audit trail."""

    code: str
    author: str
    remote: str = ""
    #: The values of the sentence.
    values: dict[str, Any] = field(default_factory=dict)
    #: The key of the customer whom the change is about; "" for none. No hash depends on it.
    person: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    #: Whether it is known what happens: at a sign-in, only once it is known whose it is.
    is_known: bool = True
    #: Whether it has happened outside of the database, as in a file.
    is_done: bool = False
    is_stored: bool = False
    is_over: bool = False


_UNDER_WAY: ContextVar[Change | None] = ContextVar("change", default=None)


@contextlib.contextmanager
def under_way(change: Change | None) -> Iterator[None]:
    """The change to which the operations and notes of this block belong; None for no change."""
    token = _UNDER_WAY.set(change)
    try:
        yield
    finally:
        _UNDER_WAY.reset(token)


def change_under_way() -> Change | None:
    """The change under way here; None if there is none."""
    return _UNDER_WAY.get()


def change_to_store() -> Change | None:
    """The change under way, unless its row is stored, or no operation may bring it along."""
    change = _UNDER_WAY.get()
    is_open = change is not None and change.is_known and not (change.is_stored or change.is_over)
    return change if is_open else None


def note(
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Adds to the change under way, if there is one. Call it before, or inside, the first edit."""
    change = _UNDER_WAY.get()
    if change is not None:
        change.before, change.after = before or change.before, after or change.after
        change.values.update(values)


def append(connection: Connection, changes: Iterable[Change], now_ms: int) -> Sequence[Change]:
    """Appends a row for each change that has none, in the open transaction; returns these changes.

    No other node appends before the end of the transaction.
    """
    new = [one for one in dict.fromkeys(changes) if one.is_known and not one.is_stored]
    if not new:
        return ()
    head = connection.execute(_HEAD).first()
    if head is None:
        first = insert(audit).values(_head(0, FIRST))
        connection.execute(first.on_conflict_do_nothing(index_elements=[audit.c.id]))
        head = connection.execute(_HEAD).one()
    number, newest = load_json(head.body)["last"], head.hash
    rows: list[dict[str, Any]] = []
    for change in new:
        number += 1
        rows.append(_row(change, number, now_ms, newest))
        newest = rows[-1]["hash"]
    connection.execute(insert(audit), rows)
    connection.execute(update(audit).where(audit.c.id == 0).values(_head(number, newest)))
    return new


def has_old_rows(connection: Connection, before_ms: int) -> bool:
    """Whether there are rows to delete before a time."""
    oldest = connection.execute(_OLDEST_FIRST.limit(1)).first()
    return oldest is not None and oldest.at < before_ms - _TOGETHER_MS


def prune_rows(connection: Connection, before_ms: int) -> Change | None:
    """Deletes the oldest rows, before a time. Append the returned change in the same transaction.

    It has the number and the hash of the last deleted row, from which the chain goes on.
    """
    # The head is locked first, so that no other node deletes the same rows.
    connection.execute(_HEAD).first()
    if not has_old_rows(connection, before_ms):
        return None
    rows = connection.execute(_OLDEST_FIRST.limit(_PORTION)).all()
    kept = next((place for place, row in enumerate(rows) if row.at >= before_ms), len(rows))
    last = rows[kept - 1]
    connection.execute(delete(audit).where(audit.c.id.between(1, last.id)))
    values = {"count": kept, "last": last.id}
    after = {"last": last.id, "hash": last.hash}
    return Change(audit_rows_ended.code, RETENTION, values=values, after=after)


def forget_person(connection: Connection, keys: Sequence[str]) -> None:
    """Removes an erased person from the trail: the digests without their salts tell nothing."""
    of_person = audit.c.person.in_(keys), audit.c.person.is_not(None)
    connection.execute(update(audit).where(*of_person).values(person=None, salt=None))


def hash_of(row: Mapping[str, Any], previous: str) -> str:
    """The hash of a row behind the row with the hash `previous`."""
    hashed = [row[name] for name in ("id", "at", "author", "remote", "code", "digest")]
    body = row["body"].decode("utf-8", "replace")
    return hashlib.sha256(json.dumps([previous, *hashed, body]).encode()).hexdigest()


def digest_of(salt: bytes, person: str) -> str:
    """The digest that is hashed in the place of a customer's key."""
    return hashlib.sha256(salt + person.encode()).hexdigest()


def _row(change: Change, number: int, now_ms: int, previous: str) -> dict[str, Any]:
    author, remote = (clean_text(text[:_LONGEST]) for text in (change.author, change.remote))
    person = clean_text(change.person)
    salt = secrets.token_bytes(16) if person else None
    digest = digest_of(salt, person) if salt else ""
    row = {"id": number, "at": now_ms, "author": author, "remote": remote, "code": change.code}
    row |= {"body": _body(change), "person": person or None, "salt": salt, "digest": digest}
    return {**row, "hash": hash_of(row, previous)}


def _body(change: Change) -> bytes:
    parts = {"values": change.values, "before": change.before, "after": change.after}
    body = dump_json(_bounded(parts))
    return body if len(body) <= _MOST_BYTES else dump_json(_bounded({"values": change.values}, 1))


def _bounded(value: Any, most: int = _MOST_ITEMS) -> Any:
    """The value with short texts and lists; what JSON does not have becomes a text."""
    if isinstance(value, Mapping):
        items = list(value.items())[:_MOST_ITEMS]
        return {shortened(str(name), _LONGEST): _bounded(one, most) for name, one in items}
    if isinstance(value, list | tuple | set | frozenset):
        return [_bounded(one, most) for one in list(value)[:most]]
    if value is None or isinstance(value, bool | int | float):
        return value
    return shortened(str(value), _LONGEST)


def _head(last: int, newest: str) -> dict[str, Any]:
    body = dump_json({"last": last})
    nothing = {"at": 0, "author": "", "remote": "", "code": "", "digest": ""}
    return {**nothing, "id": 0, "body": body, "hash": newest}
