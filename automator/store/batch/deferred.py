"""Deferred work of a commit: ids for the full-text indexes, and counts for the roll-ups.

A commit writes one row into the table `deferred` for all of them. A background pass does the work
of some rows and deletes them, in one commit (see `search.indexing`). So nothing is done twice or
forgotten, whenever the process dies. Searches and counts read these rows as well.
"""

import struct
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import bindparam, insert

from automator.store.batch.batch import Batch
from automator.store.database.statements import Statement, WriteConnection
from automator.store.schema.upkeep_tables import deferred

#: Ids of each kind in one row, at most.
PORTION = 256
ID_BYTES = 8
NO_IDS = b""
#: The values of a row, without its id, that leaves nothing to do.
NOTHING: Mapping[str, Any] = {"at": 0, "events": NO_IDS, "runs": NO_IDS, "counts": b""}

_DEFER = Statement(insert(deferred).inline().values({name: bindparam(name) for name in NOTHING}))


def defer(db: WriteConnection, batch: Batch) -> None:
    """Notes the searchable rows that this batch has stored, and its counts."""
    new_events, changed_runs = batch.new_events, list(dict.fromkeys(batch.changed_runs))
    counts = batch.tally.dump()
    longest = max(len(new_events), len(changed_runs), len(counts) > 0)
    rows = [
        {
            "at": batch.now_ms,
            "events": pack_ids(new_events[start : start + PORTION]),
            "runs": pack_ids(changed_runs[start : start + PORTION]),
            "counts": b"" if start else counts,
        }
        for start in range(0, longest, PORTION)
    ]
    db.many(_DEFER, rows)


def pack_ids(ids: Collection[int]) -> bytes:
    """Packs ids for a row, one after the other."""
    return struct.pack(f"<{len(ids)}q", *ids)


def unpack_ids(packed: bytes) -> tuple[int, ...]:
    """The ids that `pack_ids` was given."""
    return struct.unpack(f"<{len(packed) // ID_BYTES}q", packed)
