"""Variants: a step chooses among texts, and not the text that it sent last at the same place.

The last text is stored in the table of limits and committed before it is sent, so that neither a
restart nor another node repeats it. A run that is tried again finds its earlier choice there.
"""

import zlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, select

from automator.model.speech import VariantChoice
from automator.store.batch.batch import Batch
from automator.store.database.statements import WriteConnection
from automator.store.limits.limit_rows import lock_rows, new_row, save
from automator.store.schema.state_tables import limits

#: For how many milliseconds the last text is kept.
KEPT_MS = 30 * 24 * 3_600_000
#: How many choices a row keeps, the newest, for runs that are tried again.
_KEPT = 64
_NAME = "one_of"

SAID_AT = select(limits.c.uses).where(limits.c.id == bindparam("key"))


class Variants:
    """Makes the choices of one transaction."""

    def __init__(self, db: WriteConnection, wanted: Iterable[VariantChoice], batch: Batch) -> None:
        """Locks the rows of these choices until the commit, and reads the last texts."""
        keys = {choice.key for choice in wanted}
        self._now_ms = batch.now_ms
        self._uses = lock_rows(db, [new_row(key, batch.now_ms, name=_NAME) for key in keys])
        self._changed: set[str] = set()

    def choose(self, choice: VariantChoice) -> int:
        """The index of the text for a run: of its earlier choice, else any but the last text."""
        uses = self._uses[choice.key]
        known = chosen(uses, choice)
        if known is not None:
            return known
        last = uses[-1][2] if uses else None
        free = [index for index in range(choice.count) if index != last] or [0]
        index = free[zlib.crc32(f"{choice.run_id}".encode()) % len(free)]
        self._uses[choice.key] = [*uses, [self._now_ms, choice.run_id, index]][-_KEPT:]
        self._changed.add(choice.key)
        return index

    def save(self, db: WriteConnection) -> None:
        """Writes the new choices."""
        expires_at = self._now_ms + KEPT_MS
        save(db, [(key, self._uses[key], expires_at) for key in sorted(self._changed)])


def chosen(uses: Iterable[Any], choice: VariantChoice) -> int | None:
    """The index of a run's earlier choice, if the step still has as many texts; else None."""
    own = [index for _, run_id, index in uses if run_id == choice.run_id]
    return own[-1] if own and own[-1] < choice.count else None
