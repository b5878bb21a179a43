"""Variants: a step chooses a text other than the text it sent last in the same place.

The last text is kept in the table of the limits, committed before it is sent, so that neither a
restart nor another node repeats it. A run that is tried again finds its own choice there.
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

#: Milliseconds for which the last text is kept.
KEPT_MS = 30 * 24 * 3_600_000
#: The newest choices, which a row keeps for runs that may be tried again.
_KEPT = 64
_NAME = "one_of"

SAID_AT = select(limits.c.uses).where(limits.c.id == bindparam("key"))


class Variants:
    """The choices of one transaction."""

    def __init__(self, db: WriteConnection, wanted: Iterable[VariantChoice], batch: Batch) -> None:
        """Locks the rows of the choices until the commit, and reads which texts were sent last."""
        keys = {choice.key for choice in wanted}
        self._now_ms = batch.now_ms
        self._uses = lock_rows(db, [new_row(key, batch.now_ms, name=_NAME) for key in keys])
        self._changed: set[str] = set()

    def choose(self, choice: VariantChoice) -> int:
        """The text of this run: the text it chose before, or else any text but the last one."""
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
    """The text that a run chose before, if the number of its texts is unchanged."""
    own = [index for _, run_id, index in uses if run_id == choice.run_id]
    return own[-1] if own and own[-1] < choice.count else None
