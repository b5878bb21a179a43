"""CPU that one forwarded event costs the server, by part, at saturation and at a steady rate.

    make profile        or        python -m benchmarks.cost [--events 6000] [--rate 200]

Everything counts that an event causes, also what is done seconds later, such as the words index.
The meters cost about a tenth themselves: compare the parts, and take the whole from `bar`.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.load import Sink, post_all, post_steadily
from benchmarks.meters import LOOP_PARTS, PARTS, Totals
from benchmarks.servers import (
    LOAD_CORE,
    Server,
    numbered,
    our_server,
    pin,
    rules_text,
    signed_requests,
)

#: Seconds until what is put off is done: the words index leaves what changes alone for 3.
DEFERRED_S = 8.0
_WARM = 500
_LOOP, _WRITER, _OTHERS = "event loop", "writer", "other threads"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=6_000, help="at saturation")
    parser.add_argument("--rate", type=int, default=200, help="events a second")
    parser.add_argument("--steady", type=int, default=2_000, help="events at that rate")
    parser.add_argument("--rules", type=int, default=100)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    pin(LOAD_CORE)
    saturated, steady = asyncio.run(measure(options))
    show(options, saturated, steady)


async def measure(options: argparse.Namespace) -> tuple[dict[str, float], dict[str, float]]:
    """Microseconds an event by part, at saturation and at the steady rate."""
    requests = signed_requests(_WARM + options.events + options.steady)
    rest = numbered(requests)
    sink = Sink()
    sink_port = await sink.listen()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "meters"
        totals = Totals(file)
        metered = our_server(
            rules_text(options.rules, forward=True),
            sink_port,
            program=("-m", "benchmarks.meters"),
            environ={"METERS": str(file)},
        )
        with metered as server:
            meter = _Meter(server, totals, sink)

            async def saturate(some: Iterator[bytes]) -> None:
                await post_all(server.port, some, connections=options.connections, seconds=600)

            async def go_steadily(some: Iterator[bytes]) -> None:
                await post_steadily(server.port, requests=some, rate=options.rate)

            await saturate(_some(rest, _WARM))
            await meter.each(_WARM)
            await saturate(_some(rest, options.events))
            saturated = await meter.each(options.events)
            await go_steadily(_some(rest, options.steady))
            return saturated, await meter.each(options.steady)


class _Meter:
    """Reads what a server has used since the last reading."""

    def __init__(self, server: Server, totals: Totals, sink: Sink) -> None:
        self._server = server
        self._totals = totals
        self._sink = sink
        self._before: dict[str, float] = {}
        self._sent = 0

    async def each(self, events: int) -> dict[str, float]:
        """Microseconds an event by part, when these have come to their end."""
        self._sent += events
        await self._sink.wait_for(self._sent, timeout_s=120)
        await asyncio.sleep(DEFERRED_S)
        now = self._read()
        before, self._before = self._before, now
        spent = {part: seconds - before.get(part, 0.0) for part, seconds in now.items()}
        return {part: seconds * 1e6 / events for part, seconds in spent.items()}

    def _read(self) -> dict[str, float]:
        threads = self._server.cpu_by_thread()
        parts = self._totals.seconds()
        loop = threads.pop(self._server.pid)
        writer = threads.pop(self._totals.writer)
        return {**parts, _LOOP: loop, _WRITER: writer, _OTHERS: sum(threads.values())}


def _some(requests: Iterator[bytes], count: int) -> Iterator[bytes]:
    """The next ones; several connections share the iterator."""
    return numbered([next(requests) for _ in range(count)])


def show(
    options: argparse.Namespace, saturated: dict[str, float], steady: dict[str, float]
) -> None:
    print(f"µs of CPU an event{'':22} at saturation   at {options.rate}/s")
    for line in lines(saturated, steady):
        print(line)


def lines(saturated: dict[str, float], steady: dict[str, float]) -> Iterator[str]:
    """The table: each thread with its parts, and what is left of it."""
    for thread in (_LOOP, _WRITER, _OTHERS):
        yield _line(thread, saturated[thread], steady[thread])
        if thread == _OTHERS:
            continue
        parts = [part for part in PARTS if (part in LOOP_PARTS) is (thread == _LOOP)]
        for part in parts:
            yield _line(f"  {part}", saturated[part], steady[part])
        left = [found[thread] - sum(found[part] for part in parts) for found in (saturated, steady)]
        yield _line("  the rest", *left)
    whole = [found[_LOOP] + found[_WRITER] + found[_OTHERS] for found in (saturated, steady)]
    yield _line("all", *whole)


def _line(name: str, first: float, second: float) -> str:
    return f"{name:40} {first:13.0f}   {second:8.0f}"


if __name__ == "__main__":
    main()
