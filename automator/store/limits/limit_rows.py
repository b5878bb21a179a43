"""The rows of limits: one for each rule, limit and key, locked while its run is decided about.

Of two nodes that store runs with the same key, one waits for the other's commit.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, literal_column, select, update

from automator.clock import iso_time
from automator.model import KeyedLimit, NewRun
from automator.store.batch.batch import Batch
from automator.store.database.dialect import insert
from automator.store.database.statements import (
    InsertStatement,
    InStatement,
    Row,
    Statement,
    WriteConnection,
    keys_of,
)
from automator.store.schema.encoding import clean_text, dump_json, load_json
from automator.store.schema.state_tables import limits

#: Rows that one commit of a prune deletes, at most.
PRUNED_AT_ONCE = 500
_SHOWN_KEY = 80
_STORED_KEY = 200

# The update changes nothing: it locks a row that is there already.
_LOCK = InsertStatement(
    limits,
    lambda rows: (
        insert(limits)
        .values(rows)
        .on_conflict_do_update(index_elements=[limits.c.id], set_={"id": limits.c.id})
    ),
)
LOCKED = InStatement(
    lambda count: select(limits.c.id, limits.c.uses).where(limits.c.id.in_(keys_of(count)))
)
_SAVE = Statement(
    update(limits)
    .where(limits.c.id == bindparam("limit_id"))
    .ordered_values(
        (limits.c.uses, bindparam("new_uses")), (limits.c.expires_at, bindparam("new_expires_at"))
    )
)


def id_of(run: NewRun, keyed: KeyedLimit) -> str:
    """The row of a limit for a run. Rules in shadow mode have their own."""
    parts = (run.rule, str(run.data.get("mode", "")), keyed.name, keyed.key)
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def lock(
    db: WriteConnection, starting: Sequence[NewRun], now_ms: int
) -> dict[str, tuple[KeyedLimit, list[Any]]]:
    """Locks the rows of all limits of these runs until the commit; gives what they hold."""
    known = {id_of(run, keyed): (run.rule, keyed) for run in starting for keyed in run.limits}
    # Always in the same order, so that two nodes do not wait for each other.
    ids = sorted(known)
    new_rows = []
    for limit_id in ids:
        rule, keyed = known[limit_id]
        shown = clean_text(keyed.key[:_STORED_KEY])
        new_rows.append((limit_id, rule, keyed.name, shown, b"[]", now_ms))
    return {
        limit_id: (known[limit_id][1], uses) for limit_id, uses in lock_rows(db, new_rows).items()
    }


def lock_rows(db: WriteConnection, rows: Sequence[Row]) -> dict[str, list[Any]]:
    """Locks these rows until the commit, made anew where there are none: what they hold, by id.

    They have to be in the order of their ids, so that two nodes do not wait for each other.
    """
    db.insert(_LOCK, rows)
    # The locks are there; what the rows hold could have changed until then.
    found = db.query_in(LOCKED, [row[0] for row in rows])
    return {limit_id: load_json(uses) for limit_id, uses in found}


def lock_again(db: WriteConnection, ids: Iterable[str], now_ms: int) -> None:
    """Locks rows by their ids; one that was pruned since is made anew."""
    db.insert(_LOCK, [(limit_id, "", "", "", b"[]", now_ms) for limit_id in sorted(ids)])


def save(db: WriteConnection, changed: Sequence[tuple[str, Sequence[Any], int | None]]) -> None:
    """Writes what rows hold now, each with the time from which it does not matter any more."""
    if changed:
        db.many(
            _SAVE, [(dump_json(uses), expires, limit_id) for limit_id, uses, expires in changed]
        )


def prune_limits(db: WriteConnection, batch: Batch) -> int:
    """Deletes some rows that do not matter any more; says how many."""
    over = (
        select(limits.c.id)
        .where(literal_column("expires_at IS NOT NULL"), limits.c.expires_at <= batch.now_ms)
        .limit(PRUNED_AT_ONCE)
    )
    return db.core.execute(delete(limits).where(limits.c.id.in_(over))).rowcount


def shown_key(keyed: KeyedLimit) -> str:
    """A key as reasons say it."""
    key = clean_text(keyed.key)
    return key if len(key) <= _SHOWN_KEY else f"{key[: _SHOWN_KEY - 1]}…"


def shown_time(ms: int) -> str:
    """A time as reasons say it."""
    return f"{iso_time(ms)[:19].replace('T', ' ')} UTC"
