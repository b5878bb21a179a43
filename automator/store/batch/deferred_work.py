"""Work that a commit leaves for later: ids for the full-text indexes, and counts for roll-ups.

A commit writes all of it into one row of the table `deferred`. A background pass does the work of
some rows and deletes them in the same commit (see `search.indexing`). So whenever the process dies,
nothing is done twice or forgotten. Searches and counts read these rows as well.
"""

import struct
from collections.abc import Collection, Mapping
from typing import Any

from automator.store.batch.batch import Batch
from automator.store.database.statements import InsertStatement, WriteConnection
from automator.store.schema.upkeep_tables import deferred

#: How many ids of each kind one row has at most.
PORTION = 256
ID_BYTES = 8
NO_IDS = b""
#: The values of a row with nothing to do, without the row's id.
NOTHING: Mapping[str, Any] = {"at": 0, "events": NO_IDS, "runs": NO_IDS, "counts": b""}

_DEFER = InsertStatement(deferred, left_out=("id",))


def defer(db: WriteConnection, batch: Batch) -> None:
    """Writes the row: the rows of this batch to index, and its counts."""
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
    db.insert_later(_DEFER, rows)


def pack_ids(ids: Collection[int]) -> bytes:
    """Packs ids into bytes, one after the other."""
    return struct.pack(f"<{len(ids)}q", *ids)


def unpack_ids(packed: bytes) -> tuple[int, ...]:
    """Returns the ids from the result of `pack_ids`."""
    return struct.unpack(f"<{len(packed) // ID_BYTES}q", packed)
