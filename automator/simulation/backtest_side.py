"""One side of a backtest: plays the stored events with one rule set, here or in its own process."""

import asyncio
import contextlib
import multiprocessing
import signal
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from hashlib import blake2b
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

from automator.clock import ms_of
from automator.garbage import collect_seldom, freeze_objects
from automator.model import N_, AutomatorError, Claimed, Reason, record
from automator.model.own_events import SCHEDULE_CONTACT, SCHEDULE_FIRED
from automator.plugins import ConnectionOptions, Provider
from automator.rules import load_rules
from automator.simulation.incoming import Arrival
from automator.simulation.recorder import RecordedStep
from automator.simulation.simulation import (
    MOST_CLAIMS_OF_DAYS,
    Setting,
    SimulationSetup,
    simulating,
)
from automator.simulation.stored_events import StoredEvents
from automator.store import Log, open_reader

#: How many milliseconds of simulated time follow-ups have after the last event.
LONGEST_MS = 3 * 86_400_000
#: After how many events their number is reported again.
_SHOWN_EVERY = 100


@record
class Range:
    """A selection of stored events."""

    #: The id after which, and the time in milliseconds before which, the events come.
    after: int
    until_ms: int
    most: int


@record
class SideResult:
    """The progress of one side when it ended."""

    #: The side's clock at the end. Later outcomes of the other side are not compared.
    now_ms: int
    #: The number of events that could not come in.
    left_out: int
    events: int = 0
    #: The times of the first and the last event, in milliseconds; None if there was none.
    first_at: int | None = None
    last_at: int | None = None
    is_stopped: bool = False
    #: The reason why the side ended early; None if it played all events.
    reason: Reason | None = None


def play_side(
    setup: SimulationSetup,
    file: Path,
    events: Range,
    log: Log,
    is_stopped: Callable[[], bool],
    show: Callable[[int], None] = lambda _done: None,
) -> SideResult:
    """Plays the stored events on one side, and writes the outcomes to `file`. Blocks.

    `show` is called with the number of events that have come in.
    """
    return asyncio.run(_play(setup, file, events, log, is_stopped, show))


async def _play(
    setup: SimulationSetup,
    file: Path,
    events: Range,
    log: Log,
    is_stopped: Callable[[], bool],
    show: Callable[[int], None],
) -> SideResult:
    with Outcomes(file) as outcomes:
        stored = StoredEvents(
            log=log,
            connections=setup.connections,
            after=events.after,
            until_ms=events.until_ms,
            most=events.most,
            with_deliveries=_forwards_bytes(setup),
        )
        coming = _watched(stored, show)
        first = next(coming, None)
        if first is None:
            return SideResult(now_ms=events.until_ms, left_out=stored.left_out)
        setup = replace(setup, most_claims=MOST_CLAIMS_OF_DAYS)
        async with simulating(
            setup, Setting(starts_at=first.at, watch=outcomes.note)
        ) as simulation:
            await simulation.receive(first)
            count = await simulation.play(coming, None, is_stopped, LONGEST_MS)
            return SideResult(
                events=count + 1,
                first_at=first.at,
                last_at=stored.last_at,
                now_ms=simulation.clock.now_ms(),
                left_out=stored.left_out,
                is_stopped=is_stopped(),
                reason=simulation.why_ended,
            )


def _forwards_bytes(setup: SimulationSetup) -> bool:
    """Whether a step forwards the bytes of a delivery, for which the deliveries are read."""
    rules = load_rules(setup.rule_context, setup.files).rule_set.rules
    return any(step.inputs.get("raw") for rule in rules for step in rule.spec.every_step())


def _watched(stored: StoredEvents, show: Callable[[int], None]) -> Iterator[Arrival]:
    """The arrivals of a side, counted for `show`."""
    for count, arrival in enumerate(stored.arrivals(), 1):
        yield arrival
        if count % _SHOWN_EVERY == 0:
            show(count)


#: A setup without its connections, and the options to make them again. Connections hold keys, which
#: cannot be sent to another process.
Packed = tuple[SimulationSetup, Mapping[str, tuple[type[Provider], ConnectionOptions]]]


def packed_of(setup: SimulationSetup) -> Packed:
    """Splits a setup into the part without connections, and the options of its connections."""
    kinds = {name: (type(item), item.options) for name, item in setup.connections.items()}
    return replace(setup, connections={}), kinds


def unpacked(packed: Packed) -> SimulationSetup:
    """Makes the setup again, with its connections."""
    setup, kinds = packed
    connections = {name: kind(name, options) for name, (kind, options) in kinds.items()}
    return replace(setup, connections=connections)


class SideProcess:
    """A side that runs in its own process, so that two sides use two cores."""

    def __init__(self, setup: SimulationSetup, file: Path, events: Range, url: str) -> None:
        """`url` is the address of the database."""
        context = multiprocessing.get_context("spawn")
        self._stop = context.Event()
        self._done: Synchronized[int] = context.Value("q", 0)
        self._answer, answer = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_in_process,
            args=(packed_of(setup), file, events, url, self._stop, self._done, answer),
            daemon=True,
        )
        self._process.start()
        answer.close()

    @property
    def done(self) -> int:
        """Returns the number of events that have come in."""
        return self._done.value

    def stop(self) -> None:
        """Asks the process to end soon; it keeps the outcomes so far."""
        self._stop.set()

    def ended(self, wait_s: float) -> SideResult | None:
        """Returns how far the side has come, or None if it still runs after `wait_s` seconds.

        Raises:
            AutomatorError: the side ended with an error.
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
        """Ends the process if it still runs, for example after an error of the other side."""
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
    """Plays a side in this process. Ignores Ctrl-C: the command gets it, and then calls `stop`."""
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


# --- The outcomes of a side: the events that each rule acted on, and its steps ---
#
# The outcomes are in a SQLite file: so memory does not grow with the number of events, and a query
# can compare two sides.


_TABLES = """
PRAGMA journal_mode=OFF;
PRAGMA synchronous=OFF;
CREATE TABLE acted (
    event INTEGER, rule TEXT, at INTEGER, wrote TEXT,
    PRIMARY KEY (event, rule)
) WITHOUT ROWID;
CREATE TABLE done (
    event INTEGER, rule TEXT, path TEXT, step TEXT, at INTEGER, contact TEXT, action TEXT,
    what TEXT, digest BLOB, time INTEGER, PRIMARY KEY (event, rule, path, step, time)
) WITHOUT ROWID;
"""
_ACTED = "INSERT OR IGNORE INTO acted VALUES (?, ?, ?, ?)"
#: A step can be done more than once for an event: when a question is asked again, or when a run and
#: its follow-up both fail and have their `on_error`. `time` counts from 0.
_DONE = (
    "INSERT INTO done VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, (SELECT count(*) FROM done"
    " WHERE event = ?1 AND rule = ?2 AND path = ?3 AND step = ?4))"
)
#: How many characters of a person's text, and of a step's result, are stored. A result that is
#: longer is stored with a digest of the whole.
_MOST_TEXT = 1_000
_MOST_DONE = 4_000
#: How many attempts are written at once.
_AT_ONCE = 1_000


class Outcomes(AbstractContextManager["Outcomes"]):
    """Writes the outcomes of one side into its file. Only one thread may use it."""

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, isolation_level="DEFERRED")
        self._db.executescript(_TABLES)
        #: Rows to write: the first step of a rule for an event. Later steps change nothing here.
        self._acted: dict[tuple[int, str], tuple[int, str | None]] = {}
        self._done: list[tuple[Any, ...]] = []
        self._noted = 0

    def __exit__(self, *_error: object) -> None:
        with closing(self._db):
            self._write()

    def note(self, claimed: Claimed, step: RecordedStep) -> None:
        """Notes one attempt of a step. A rule has acted once its first step was tried."""
        run = claimed.run
        event = _event_of(claimed)
        if (event, run.rule) not in self._acted:
            wrote = claimed.event.get("text")
            wrote = wrote[:_MOST_TEXT] if isinstance(wrote, str) else None
            self._acted[event, run.rule] = step.at, wrote
        if step.done is not None and not run.is_shadow:
            through = step.via or claimed.connection
            contact = f"{through}:{step.to}" if step.to else run.contact
            row = (event, run.rule, run.path, step.id, step.at)
            whole = step.done.encode(errors="surrogatepass") if len(step.done) > _MOST_DONE else b""
            digest = blake2b(whole, digest_size=16).digest() if whole else b""
            # Only messages have a receiver; "" if nobody knows who it is.
            receiver = contact or "" if step.text is not None else None
            what = step.done[:_MOST_DONE]
            self._done.append((*row, receiver, step.action, what, digest))
        self._noted += 1
        if self._noted >= _AT_ONCE:
            self._write()

    def _write(self) -> None:
        self._db.executemany(_ACTED, [(*key, *kept) for key, kept in self._acted.items()])
        self._db.executemany(_DONE, self._done)
        self._db.commit()
        self._acted.clear()
        self._done.clear()
        self._noted = 0


def _event_of(claimed: Claimed) -> int:
    """Returns a number for the event that is the same on both sides.

    For an event that came in this is its id. Events of schedules and of rules get other ids on each
    side, so they have a negative number that is made of their content.
    """
    body = claimed.event
    if "emitted" in body:
        key = body["emitted"]["key"].encode(errors="surrogatepass")
        return -int.from_bytes(blake2b(key, digest_size=7).digest())
    if body.get("type") == SCHEDULE_FIRED:
        return -ms_of(body["data"]["scheduled_at"])
    if body.get("type") == SCHEDULE_CONTACT:
        named = f"{body['data']['rule']}@{body['data']['scheduled_at']}/{body['actor']['id']}"
        return -int.from_bytes(blake2b(named.encode(), digest_size=7).digest())
    return claimed.run.event_id
