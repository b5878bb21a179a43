"""One side of a backtest: the stored events with one rule set, here or in a process of its own."""

import asyncio
import contextlib
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

from automator.garbage import collect_seldom, freeze_objects
from automator.model import N_, AutomatorError, Reason, record
from automator.plugins import ConnectionOptions, Provider
from automator.simulation.arrivals import Arrival
from automator.simulation.outcomes import Outcomes
from automator.simulation.simulation import MOST_CLAIMS_OF_DAYS, Bench, Setting, simulating
from automator.simulation.stored_events import StoredEvents
from automator.store import Log, open_reader

#: Milliseconds for which follow-ups are waited for after the last event.
LONGEST_MS = 3 * 86_400_000
#: Events between two notes of how many have come.
_SHOWN_EVERY = 100


@record
class Range:
    """A choice of stored events."""

    #: Behind the event with this id, and before this time in milliseconds.
    after: int
    until_ms: int
    most: int


@record
class SideResult:
    """The progress of one side at its end."""

    #: Its clock at the end; later outcomes of the other side are not compared.
    now_ms: int
    #: Events that could not come in.
    left_out: int
    events: int = 0
    #: The times of the first and the last event, in milliseconds; None when there was none.
    first_at: int | None = None
    last_at: int | None = None
    is_stopped: bool = False
    #: Why it ended before its time.
    reason: Reason | None = None


def play_side(
    bench: Bench,
    file: Path,
    events: Range,
    log: Log,
    is_stopped: Callable[[], bool],
    show: Callable[[int], None] = lambda _done: None,
) -> SideResult:
    """Lets the stored events come in, and writes the outcomes to a file. Blocks."""
    return asyncio.run(_play(bench, file, events, log, is_stopped, show))


async def _play(
    bench: Bench,
    file: Path,
    events: Range,
    log: Log,
    is_stopped: Callable[[], bool],
    show: Callable[[int], None],
) -> SideResult:
    with Outcomes(file) as outcomes:
        stored = StoredEvents(
            log=log,
            connections=bench.connections,
            after=events.after,
            until_ms=events.until_ms,
            most=events.most,
        )
        arrivals = _Watched(stored, show)
        coming = iter(arrivals)
        first = next(coming, None)
        if first is None:
            return SideResult(now_ms=events.until_ms, left_out=stored.left_out)
        bench = replace(bench, most_claims=MOST_CLAIMS_OF_DAYS)
        async with simulating(
            bench, Setting(starts_at=first.at, watch=outcomes.note)
        ) as simulation:
            await simulation.receive(first)
            count = await simulation.play(coming, None, is_stopped, LONGEST_MS)
            return SideResult(
                events=count + 1,
                first_at=first.at,
                last_at=arrivals.last_at,
                now_ms=simulation.clock.now_ms(),
                left_out=stored.left_out,
                is_stopped=is_stopped(),
                reason=simulation.why_ended,
            )


class _Watched:
    """The arrivals, which tell how many have come and when the last one came."""

    def __init__(self, stored: StoredEvents, show: Callable[[int], None]) -> None:
        self._stored = stored
        self._show = show
        self.last_at: int | None = None

    def __iter__(self) -> Iterator[Arrival]:
        for count, arrival in enumerate(self._stored.arrivals(), 1):
            self.last_at = arrival.at
            yield arrival
            if count % _SHOWN_EVERY == 0:
                self._show(count)


#: A bench for another process: connections hold keys that cannot be handed over, and are made anew.
Packed = tuple[Bench, Mapping[str, tuple[type[Provider], ConnectionOptions]]]


def packed_of(bench: Bench) -> Packed:
    """The bench without its connections, and the options from which these are made."""
    kinds = {name: (type(item), item.options) for name, item in bench.connections.items()}
    return replace(bench, connections={}), kinds


def unpacked(packed: Packed) -> Bench:
    """The bench with its connections."""
    bench, kinds = packed
    connections = {name: kind(name, options) for name, (kind, options) in kinds.items()}
    return replace(bench, connections=connections)


class SideProcess:
    """A side in a process of its own, so that two of them use two cores."""

    def __init__(self, bench: Bench, file: Path, events: Range, url: str) -> None:
        """`url` is the address of the database."""
        context = multiprocessing.get_context("spawn")
        self._stop = context.Event()
        self._done: Synchronized[int] = context.Value("q", 0)
        self._answer, answer = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_in_process,
            args=(packed_of(bench), file, events, url, self._stop, self._done, answer),
            daemon=True,
        )
        self._process.start()
        answer.close()

    @property
    def done(self) -> int:
        """The number of events that have come in."""
        return self._done.value

    def stop(self) -> None:
        """Makes it end soon, with its outcomes up to then."""
        self._stop.set()

    def ended(self, wait_s: float) -> SideResult | None:
        """Its progress, if it ends within so many seconds.

        Raises:
            AutomatorError: it could not go on.
        """
        if not self._answer.poll(wait_s):
            return None
        try:
            ended: SideResult | AutomatorError = self._answer.recv()
        except EOFError as error:
            raise AutomatorError(
                N_("a process of the backtest was ended from outside"),
                fix=N_("See whether the machine has memory left, and run it again."),
            ) from error
        self._process.join()
        if isinstance(ended, AutomatorError):
            raise ended
        self._done.value = ended.events
        return ended

    def end(self) -> None:
        """Ends its process if it still works, as after an error of the other side."""
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()


def _in_process(
    packed: Packed,
    file: Path,
    events: Range,
    url: str,
    stop: Any,
    done: "Synchronized[int]",
    answer: Connection,
) -> None:
    """The side in its process. Ctrl-C is for the command, which then says `stop`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    freeze_objects()
    collect_seldom()

    def show(count: int) -> None:
        done.value = count

    try:
        with contextlib.closing(open_reader(url)) as log:
            answer.send(play_side(unpacked(packed), file, events, log, stop.is_set, show))
    except AutomatorError as error:
        answer.send(error)
