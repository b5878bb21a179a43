"""The work of the writer, as the writer knows it: what a batch does to the database."""

from collections.abc import Callable, Sequence
from typing import Protocol

from automator.store.batch.operations import Operation
from automator.store.database.statements import WriteConnection


class Work(Protocol):
    """The work of a batch on the database."""

    def keeps(self, operation: Operation) -> bool:
        """Keeps this one until a later batch if it needs no transaction now. In any thread."""
        ...

    def apply(
        self, db: WriteConnection, operations: Sequence[Operation]
    ) -> Callable[[], Sequence[Operation]]:
        """Does the operations inside the open transaction and sets their results.

        May be called again for a part of the same operations after a rollback. What it returns is
        called after the commit, in the writer's thread, and gives the operations of earlier
        batches that are done now as well.
        """
        ...
