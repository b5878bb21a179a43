"""`automator` with meters: adds up the CPU that each part of an event's way takes, for `cost`.

    METERS=FILE python -m benchmarks.meters serve …

Each part is a function of the program that is wrapped here. A call from one part into another
counts for the called part alone. The totals stand in a file that both processes map; a meter itself
costs about 1 µs.
"""

import inspect
import mmap
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from importlib import import_module
from pathlib import Path
from typing import Any

#: The parts of the event loop's work; the rest of its time is HTTP, sockets, and the loop itself.
LOOP_PARTS = {
    "hook: request and answer": "automator.server.http.hook_endpoint:HookEndpoint.take",
    "verify, parse, match": "automator.engine.intake.intake:Intake.submit",
    "rows of a delivery": "automator.store.store:prepare_delivery",
    "runner: claims": "automator.engine.runs.runner:Runner._claim_and_start",
    "runner: runs": "automator.engine.runs.runner:Runner._work_lane",
    "sending": "automator.engine.network.egress:Egress.request",
    "rows of a settlement": "automator.store.store:prepare_settlement",
}
#: The parts of the writer's work; the rest of its time is begin, commit, and occasional work.
WRITER_PARTS = {
    "ingest": "automator.store.writer.transaction:apply_ingests",
    "settle": "automator.store.writer.transaction:apply_settlements",
    "claim": "automator.store.writer.transaction:claim",
    "notes of what is done later": "automator.store.writer.transaction:defer",
    "roll-ups (deferred)": "automator.store.search.indexing:fold",
    # Its documents are made by another thread.
    "words index (deferred)": "automator.store.search.indexing:put",
}
PARTS = {**LOOP_PARTS, **WRITER_PARTS}
_WRITER = "automator.store.writer.writer:Writer._run"
#: The file: the writer's thread, then seconds of each part.
_LENGTH = 8 * (1 + len(PARTS))


class Totals:
    """The numbers in the file."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(_LENGTH))
        with file.open("r+b") as opened:
            self.numbers = memoryview(mmap.mmap(opened.fileno(), _LENGTH)).cast("d")

    @property
    def writer(self) -> int:
        """The writer's thread, as the system numbers it."""
        return int(self.numbers[0])

    def seconds(self) -> dict[str, float]:
        """CPU by part since the start."""
        return dict(zip(PARTS, self.numbers[1:], strict=True))


class Meters:
    """Measures steps by the CPU time of their thread, without the steps inside them."""

    def __init__(self, totals: Totals) -> None:
        self._numbers = totals.numbers
        self._inner = threading.local()

    @contextmanager
    def measured(self, number: int) -> Iterator[None]:
        """Adds what is done inside to that number."""
        outer, self._inner.seconds = getattr(self._inner, "seconds", 0.0), 0.0
        began = time.thread_time()
        try:
            yield
        finally:
            took = time.thread_time() - began
            self._numbers[number] += took - self._inner.seconds
            self._inner.seconds = outer + took

    def wrap(self, number: int, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, or coroutine function, with its steps measured."""
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def steps(*args: Any, **more: Any) -> Any:
                return await _Steps(function(*args, **more), partial(self.measured, number))

            return steps

        @wraps(function)
        def call(*args: Any, **more: Any) -> Any:
            with self.measured(number):
                return function(*args, **more)

        return call

    def note_writer(self, run: Callable[..., Any]) -> Callable[..., Any]:
        """The writer's thread, which says which one it is."""

        def noted(*args: Any) -> Any:
            self._numbers[0] = threading.get_native_id()
            return run(*args)

        return noted


class _Steps:
    """A coroutine of which each step is measured."""

    def __init__(self, coroutine: Any, measured: Callable[[], Any]) -> None:
        self._coroutine = coroutine
        self._measured = measured

    def __await__(self) -> Generator[Any, Any, Any]:
        step, value = self._coroutine.send, None
        while True:
            try:
                with self._measured():
                    waits_for = step(value)
            except StopIteration as end:
                return end.value
            try:
                step, value = self._coroutine.send, (yield waits_for)
            except BaseException as error:  # noqa: BLE001 - the coroutine decides about it.
                step, value = self._coroutine.throw, error


def place_of(address: str) -> tuple[Any, str]:
    """The holder of a function, and its name there."""
    module, _, path = address.partition(":")
    *holders, name = path.split(".")
    holder: Any = import_module(module)
    for item in holders:
        holder = getattr(holder, item)
    return holder, name


def install(totals: Totals) -> None:
    """Wraps all parts."""
    meters = Meters(totals)
    for number, address in enumerate(PARTS.values(), start=1):
        holder, name = place_of(address)
        setattr(holder, name, meters.wrap(number, getattr(holder, name)))
    holder, name = place_of(_WRITER)
    setattr(holder, name, meters.note_writer(getattr(holder, name)))


if __name__ == "__main__":
    install(Totals(Path(os.environ["METERS"])))
    from automator.cli import main

    main()
