"""The rows of limits: one for each rule, limit and key, locked while a run is checked.

If two nodes store runs with the same key, one waits for the other's commit.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, bindparam, delete, literal_column, select, update

from automator.model import KeyedLimit, NewRun, shortened
from automator.model.rule import Both
from automator.store.batch.batch import Batch
from automator.store.database.dialect import upsert
from automator.store.database.statements import (
    KEYS,
    InsertStatement,
    Statement,
    Values,
    WriteConnection,
)
from automator.store.schema.encoding import clean_text, dump_json, load_json
from automator.store.schema.state_tables import limits

#: How many rows one commit deletes.
PRUNED_AT_ONCE = 500
_SHOWN_KEY = 80
_STORED_KEY = 200

#: The limits of a batch, each with the values of its row, by the row's id.
LockedLimits = Mapping[str, tuple[KeyedLimit, Sequence[Any]]]

# Changes nothing, but locks an existing row.
_LOCK = InsertStatement(limits, lambda new: upsert(new, "id"))
LOCKED = Statement(select(limits.c.id, limits.c.uses).where(limits.c.id.in_(KEYS)))
_SAVE = Statement(
    update(limits)
    .where(limits.c.id == bindparam("limit_id"))
    .values(uses=bindparam("new_uses"), expires_at=bindparam("new_expires_at"))
)


def id_of(run: NewRun, keyed: KeyedLimit) -> str:
    """The id of the row that counts a run for a limit. A rule in shadow mode has separate rows."""
    # Two other events of `both` have a count of their own.
    events = keyed.limit.of if isinstance(keyed.limit, Both) else ()
    parts = (run.rule, str(run.data.get("mode", "")), keyed.name, keyed.key, *events)
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def new_row(limit_id: str, now_ms: int, *, rule: str = "", name: str = "", key: str = "") -> Values:
    """The row of a key that has counted nothing yet; `key` is the part that people see."""
    return {
        "id": limit_id,
        "rule": rule,
        "name": name,
        "key": clean_text(key[:_STORED_KEY]),
        "uses": b"[]",
        "expires_at": now_ms,
    }


def lock(db: WriteConnection, starting: Sequence[NewRun], now_ms: int) -> LockedLimits:
    """Locks the rows of all limits of these runs until the commit; returns their values."""
    known = {id_of(run, keyed): (run.rule, keyed) for run in starting for keyed in run.limits}
    rows = [
        new_row(limit_id, now_ms, rule=rule, name=keyed.name, key=keyed.key)
        for limit_id, (rule, keyed) in known.items()
    ]
    return {limit_id: (known[limit_id][1], uses) for limit_id, uses in lock_rows(db, rows).items()}


def lock_rows(db: WriteConnection, rows: Iterable[Values]) -> dict[str, list[Any]]:
    """Locks rows until the commit, after inserting missing ones; returns their values by id."""
    # Locked in the same order everywhere, so that no two nodes wait for each other.
    ordered = sorted(rows, key=itemgetter("id"))
    if not ordered:
        return {}
    db.insert(_LOCK, ordered)
    # Read after they are locked, because before that they could still change.
    found = db.query_in(LOCKED, [row["id"] for row in ordered])
    return {row.id: load_json(row.uses) for row in found}


def uses_of(ids: Sequence[str]) -> Select[tuple[str, Any]]:
    """Selects the values of rows by their ids, without locking them."""
    return select(limits.c.id, limits.c.uses).where(limits.c.id.in_(ids))


def lock_again(db: WriteConnection, ids: Iterable[str], now_ms: int) -> None:
    """Locks rows by their ids. A row that was deleted meanwhile is inserted again."""
    db.insert(_LOCK, [new_row(limit_id, now_ms) for limit_id in sorted(ids)])


def save(db: WriteConnection, changed: Iterable[tuple[str, Sequence[Any], int | None]]) -> None:
    """Writes the values of rows, each with the time after which nobody needs the row."""
    rows = [
        {"limit_id": limit_id, "new_uses": dump_json(uses), "new_expires_at": expires_at}
        for limit_id, uses, expires_at in changed
    ]
    db.many(_SAVE, rows)


def prune_limits(db: WriteConnection, batch: Batch) -> int:
    """Deletes some rows that nobody needs any more; returns how many."""
    over = (
        select(limits.c.id)
        .where(literal_column("expires_at IS NOT NULL"), limits.c.expires_at <= batch.now_ms)
        .limit(PRUNED_AT_ONCE)
    )
    return db.core.execute(delete(limits).where(limits.c.id.in_(over))).rowcount


def shown_key(keyed: KeyedLimit) -> str:
    """A key in the form that reasons show."""
    return shortened(clean_text(keyed.key), _SHOWN_KEY)
