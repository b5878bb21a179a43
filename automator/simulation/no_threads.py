"""An executor that does everything at once, where it is asked."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class NoThreads(ThreadPoolExecutor):
    """Stands in for the threads of an event loop that nobody else uses.

    A simulation waits for each of its reads anyway, and a thread costs more than most of them.
    """

    def submit(
        self, function: Callable[P, T], /, *arguments: P.args, **named: P.kwargs
    ) -> "Future[T]":
        """Calls the function, and returns its result as a future that is done."""
        future: Future[T] = Future()
        try:
            future.set_result(function(*arguments, **named))
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it.
            future.set_exception(error)
        return future
