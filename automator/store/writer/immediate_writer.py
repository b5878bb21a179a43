"""A writer without a thread, for a database that is thrown away and has only one caller."""

from automator.store.batch.operations import Operation, resolve
from automator.store.writer.writer import Writer


class ImmediateWriter(Writer):
    """Does each operation in its own transaction, before `submit` returns."""

    def _start(self) -> None:
        """Does nothing, because there is no thread."""

    def _take(self, operation: Operation) -> None:
        resolve([done for done in self._do([operation]) if not done.is_parked])
        self._keep_up(1)

    async def close(self) -> None:
        """Does nothing, because all operations are done already."""
