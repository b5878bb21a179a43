"""An executor that runs each function at once, in the calling thread."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class InlineExecutor(ThreadPoolExecutor):
    """Stands in for the threads of an event loop that nobody else uses.

    A simulation waits for each of its reads anyway, and a thread costs more than most of them.
    """

    def submit(self, function: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> Any:
        """Calls the function, and returns its result as a future of the event loop that is done.

        A coroutine that awaits it goes on at once: a future of threads would wake the event loop.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        try:
            future.set_result(function(*arguments, **named))
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it.
            future.set_exception(error)
        return future
