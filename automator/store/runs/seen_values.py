"""The column `seen` of events: values besides the event that conditions could read."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, select, update

from automator.model import SeenValues
from automator.model.seen_values import MOST_SEEN_BYTES, bounded_seen
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.schema.encoding import dump_json, load_legible_json
from automator.store.schema.tables import events

_STORED = Statement(
    select(events.c.id, events.c.seen)
    .where(events.c.id.in_(KEYS))
    .order_by(events.c.id)
    # A key share lock, so that runs stored now, which refer to the event, do not have to wait.
    .with_for_update(key_share=True)
)
_UPDATE = Statement(
    update(events).where(events.c.id == bindparam("event_id")).values(seen=bindparam("new_seen"))
)


def dump_seen(parts: Sequence[SeenValues]) -> bytes:
    """Encodes values for the column, without the largest ones if there are too many."""
    dumped = dump_json([part.as_data() for part in parts])
    if len(dumped) <= MOST_SEEN_BYTES:
        return dumped
    kept = bounded_seen(parts, lambda value: len(dump_json(value)))
    return dump_json([part.as_data() for part in kept])


def load_seen(stored: bytes | None) -> tuple[SeenValues, ...]:
    """Decodes the values of the column; empty if damage has left nothing legible."""
    if stored is None:
        return ()
    return tuple(SeenValues.from_data(part) for part in load_legible_json(stored, []))


def add_seen(db: WriteConnection, added: Iterable[tuple[int, SeenValues]]) -> None:
    """Adds the values that conditions read when events were decided in their turn."""
    parts: defaultdict[int, list[SeenValues]] = defaultdict(list)
    for event_id, seen in added:
        parts[event_id].append(seen)
    if not parts:
        return
    db.many(
        _UPDATE,
        [
            {"event_id": row.id, "new_seen": dump_seen([*load_seen(row.seen), *parts[row.id]])}
            for row in db.query_in(_STORED, parts)
        ],
    )
