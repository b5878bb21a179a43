"""Claims of private replies: one for each comment, over all rules, runs and nodes.

The claim is a row beside those of the limits. It is committed before anything is sent, and given up
in a settlement that says that nothing was sent. The rows are locked at the end of a transaction,
behind everything else and in one order, so that nodes do not wait for each other in a circle.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from automator.model import ReplyClaim
from automator.store.batch.batch import Batch
from automator.store.database.statements import WriteConnection
from automator.store.limits.limit_rows import lock_rows, new_row, save

#: Milliseconds for which a claim is kept: longer than any platform takes a private reply after the
#: comment, which is seven days.
KEPT_MS = 30 * 24 * 3_600_000
_NAME = "private_reply"


class ReplyClaims:
    """The claims that a transaction asks for or gives up."""

    def __init__(self, db: WriteConnection, wanted: Iterable[ReplyClaim], batch: Batch) -> None:
        """Locks their rows until the commit, and reads who has them."""
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
        """The holder of the reply, if it is another step: the next attempt of this step may go on
        with its own.
        """
        holder = self._holders[_id_of(claim)]
        return None if holder == claim else holder

    def take(self, claim: ReplyClaim) -> None:
        """The step has it from now on."""
        claim_id = _id_of(claim)
        self._holders[claim_id] = claim
        self._changed.add(claim_id)

    def _give_up(self, claim: ReplyClaim) -> None:
        claim_id = _id_of(claim)
        if self._holders[claim_id] == claim:
            self._holders[claim_id] = None
            self._changed.add(claim_id)

    def save(self, db: WriteConnection) -> None:
        """Writes the rows that have changed."""
        save(db, [self._row(claim_id) for claim_id in sorted(self._changed)])

    def _row(self, claim_id: str) -> tuple[str, Sequence[Any], int]:
        holder = self._holders[claim_id]
        if holder is None:
            return claim_id, [], self._now_ms
        use = [self._now_ms, holder.run_id, holder.rule, holder.step]
        return claim_id, [use], self._now_ms + KEPT_MS


def _id_of(claim: ReplyClaim) -> str:
    """The row of a comment. No rule has an empty name, so that no limit has the same row."""
    text = "\0".join(("", _NAME, claim.connection, claim.comment))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _holder(uses: Sequence[Any], claim: ReplyClaim) -> ReplyClaim | None:
    if not uses:
        return None
    _, run_id, rule, step = uses[0]
    return replace(claim, run_id=run_id, rule=rule, step=step)
