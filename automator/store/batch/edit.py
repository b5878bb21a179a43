"""The type of the function with which parts of the store change something in a transaction."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from automator.store.batch.batch import Batch
from automator.store.database.statements import WriteConnection

T = TypeVar("T")


class Edit(Protocol):
    """Does something in a transaction of the writer, together with whatever else waits for it."""

    def __call__(self, function: Callable[[WriteConnection, Batch], T]) -> Awaitable[T]: ...
