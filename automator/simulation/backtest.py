"""Backtests: two rule sets over the same stored events, and the differences between them.

Both sides are simulations: the engine itself replays limits, contacts and time in order.
"""

import asyncio
import contextlib
import multiprocessing
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from itertools import chain
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

from automator.clock import iso_time, ms_of, optional_time
from automator.garbage import collect_seldom, freeze_objects
from automator.model import (
    DAY_MS,
    N_,
    AutomatorError,
    Claimed,
    Reason,
    format_id,
    reason_json,
    record,
)
from automator.model.own_events import SCHEDULE_CONTACT, SCHEDULE_FIRED
from automator.plugins import ConnectionOptions, Provider
from automator.rules import load_rules
from automator.simulation.incoming import Arrival, StoredEvents, recorded_answers
from automator.simulation.recorder import RecordedStep
from automator.simulation.simulation import (
    MOST_CLAIMS_OF_DAYS,
    Setting,
    SimulationSetup,
    simulating,
)
from automator.store import Log, open_reader

# --- One side: it plays the events with one rule set, here or in its own process ---

#: How many milliseconds of simulated time follow-ups have after the last event.
LONGEST_MS = 3 * 86_400_000


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
        recorded = partial(recorded_answers, log)
        setting = Setting(starts_at=first.at, watch=outcomes.note, recorded=recorded)
        async with simulating(setup, setting) as simulation:
            everything = chain([first], coming)
            count = await simulation.play(everything, None, is_stopped, LONGEST_MS)
            return SideResult(
                events=count,
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
    """The arrivals of a side, with their events counted for `show`."""
    count = 0
    for arrival in stored.arrivals():
        yield arrival
        count += len(arrival.event_ids)
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


# --- The comparison of two sides ---

#: How many examples of each kind of difference a rule shows.
_EXAMPLES = 3
#: How many rules show examples.
_MOST_WITH_EXAMPLES = 100
_VIEWS = """
CREATE TEMP TABLE reached (at INTEGER);
CREATE TEMP VIEW acted_before AS
    SELECT * FROM before_file.acted WHERE at <= (SELECT at FROM reached);
CREATE TEMP VIEW acted_now AS
    SELECT * FROM now_file.acted WHERE at <= (SELECT at FROM reached);
CREATE TEMP VIEW messages AS
    SELECT 'before' AS side, * FROM before_file.done
    WHERE at <= (SELECT at FROM reached) AND contact IS NOT NULL
    UNION ALL
    SELECT 'now', * FROM now_file.done WHERE at <= (SELECT at FROM reached) AND contact IS NOT NULL;
CREATE TEMP VIEW both AS
    SELECT b.event, b.rule, min(b.at, n.at) AS at, b.wrote
    FROM before_file.acted AS b JOIN now_file.acted AS n USING (event, rule)
    WHERE max(b.at, n.at) <= (SELECT at FROM reached);
CREATE TEMP VIEW steps AS
    SELECT n.event, n.rule, n.path, n.step, b.action AS was_action, b.what AS was,
        n.action AS becomes_action, n.what AS becomes, b.digest IS NOT n.digest AS is_longer
    FROM now_file.done AS n LEFT JOIN before_file.done AS b USING (event, rule, path, step, time)
    WHERE n.at <= (SELECT at FROM reached)
    UNION ALL
    SELECT b.event, b.rule, b.path, b.step, b.action, b.what, NULL, NULL, FALSE
    FROM before_file.done AS b LEFT JOIN now_file.done AS n USING (event, rule, path, step, time)
    WHERE n.event IS NULL AND b.at <= (SELECT at FROM reached);
"""
_NEW = (
    "FROM acted_now WHERE NOT EXISTS (SELECT 1 FROM before_file.acted AS b"
    " WHERE b.event = acted_now.event AND b.rule = acted_now.rule)"
)
_GONE = (
    "FROM acted_before WHERE NOT EXISTS (SELECT 1 FROM now_file.acted AS n"
    " WHERE n.event = acted_before.event AND n.rule = acted_before.rule)"
)
_SAME = "FROM both WHERE TRUE"
_STEPS = (
    "FROM steps JOIN both USING (event, rule) WHERE"
    " (was IS NOT becomes OR was_action IS NOT becomes_action OR is_longer)"
)
_MESSAGES = "SELECT count(*) FROM messages WHERE side = ?"
_BUSIEST = (
    "SELECT contact, count(*) AS messages FROM messages WHERE side = ? AND contact <> ''"
    " GROUP BY contact ORDER BY messages DESC, contact LIMIT 1"
)


@record
class Example:
    """One event for which the two sides differ."""

    #: None if a schedule raised the event.
    event_id: int | None
    at: int
    #: The text that the person has written.
    wrote: str | None
    #: The step that acts differently, and what it does on each side. If the difference is that the
    #: whole rule acts on only one side, the step is "" and both values are None.
    step: str = ""
    before: str | None = None
    now: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Returns the difference as plain data."""
        return {
            "event": None if self.event_id is None else format_id(self.event_id),
            "at": iso_time(self.at),
            "wrote": self.wrote,
            "step": self.step,
            "before": self.before,
            "now": self.now,
        }


@record
class RuleDifference:
    """The differences between the two sides for one rule."""

    rule: str
    #: The number of events on which the rule acts only with the new rules; then only with the old
    #: rules, and with both.
    new: int
    gone: int
    same: int
    #: For events on which the rule acts with both: the number of steps that act differently.
    changed: int
    new_examples: tuple[Example, ...] = ()
    gone_examples: tuple[Example, ...] = ()
    changed_examples: tuple[Example, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        return bool(self.new or self.gone or self.changed)

    def as_json(self) -> dict[str, Any]:
        """Returns the differences as plain data."""
        return {
            "rule": self.rule,
            "new": self.new,
            "gone": self.gone,
            "same": self.same,
            "changed": self.changed,
            "examples": {
                "new": [item.as_json() for item in self.new_examples],
                "gone": [item.as_json() for item in self.gone_examples],
                "changed": [item.as_json() for item in self.changed_examples],
            },
        }


@record
class Volume:
    """The number of messages that one side sends."""

    messages: int
    #: Messages per day. A span of events shorter than a day counts as one day.
    a_day: float
    #: The person who gets the most messages, and how many; "" if nobody gets any.
    busiest: str
    busiest_messages: int

    def as_json(self) -> dict[str, Any]:
        """Returns the volume as plain data."""
        return {
            "messages": self.messages,
            "a_day": round(self.a_day, 1),
            "busiest_contact": self.busiest or None,
            "busiest_messages": self.busiest_messages,
        }


class Comparison:
    """Compares the files of two sides, up to the time that both reached. Close it after use."""

    def __init__(self, before: Path, now: Path, until_ms: int) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.execute("ATTACH ? AS before_file", (str(before),))
        self._db.execute("ATTACH ? AS now_file", (str(now),))
        self._db.executescript(_VIEWS)
        self._db.execute("INSERT INTO reached VALUES (?)", (until_ms,))

    def close(self) -> None:
        """Closes the files."""
        self._db.close()

    def rules(self) -> tuple[RuleDifference, ...]:
        """Returns every rule that has acted on either side, ordered by the number of
        differences.
        """
        counts: dict[str, list[int]] = {}
        for place, query in enumerate((_NEW, _GONE, _SAME, _STEPS)):
            for rule, count in self._db.execute(f"SELECT rule, count(*) {query} GROUP BY rule"):
                counts.setdefault(rule, [0, 0, 0, 0])[place] = count
        found = [
            RuleDifference(rule=rule, new=new, gone=gone, same=same, changed=changed)
            for rule, (new, gone, same, changed) in counts.items()
        ]
        found.sort(key=lambda item: (-(item.new + item.gone + item.changed), item.rule))
        return tuple(
            self._with_examples(item) if place < _MOST_WITH_EXAMPLES and item.differs else item
            for place, item in enumerate(found)
        )

    def volume(self, side: str, span_ms: int) -> Volume:
        """Returns the number of messages of the side `before` or `now`."""
        (messages,) = self._db.execute(_MESSAGES, (side,)).fetchone()
        contact, most = self._db.execute(_BUSIEST, (side,)).fetchone() or ("", 0)
        return Volume(
            messages=messages,
            a_day=messages / max(1.0, span_ms / DAY_MS),
            busiest=contact,
            busiest_messages=most,
        )

    def _with_examples(self, difference: RuleDifference) -> RuleDifference:
        rule = difference.rule
        return replace(
            difference,
            new_examples=self._examples(f"SELECT event, at, wrote {_NEW}", rule),
            gone_examples=self._examples(f"SELECT event, at, wrote {_GONE}", rule),
            changed_examples=self._examples(
                f"SELECT event, at, wrote, step, was, becomes, was_action, becomes_action {_STEPS}",
                rule,
            ),
        )

    def _examples(self, query: str, rule: str) -> tuple[Example, ...]:
        rows = self._db.execute(f"{query} AND rule = ? LIMIT ?", (rule, _EXAMPLES))
        return tuple(
            Example(
                event_id=event if event > 0 else None,
                at=at,
                wrote=wrote,
                **(_step_of(*found) if found else {}),
            )
            for event, at, wrote, *found in rows
        )


def _step_of(
    step: str, was: str | None, becomes: str | None, action: str | None, other: str | None
) -> dict[str, Any]:
    """Returns a step's result before and now, and its action if the action has changed."""
    if action and other and action != other:
        was, becomes = f"{action}: {was}", f"{other}: {becomes}"
    return {"step": step, "before": was, "now": becomes}


# --- Backtests ---

#: How many seconds pass between two checks of how far both sides have come.
_LOOK_S = 0.2
_FOR_EVER = 1 << 62
#: For so few events, one process finishes sooner than two processes could start.
_FEW = 2_000


@record
class Backtest:
    """The differences that another rule set would have made to the events of a span of time."""

    #: How many events both sides have played, and the times of the first and the last one.
    events: int
    first_at: int | None
    last_at: int | None
    #: How many events could not come in: their connection is gone, or their content is deleted.
    left_out: int
    rules: tuple[RuleDifference, ...]
    before: Volume
    now: Volume
    #: Whether the backtest was stopped before all events had come in.
    is_partial: bool
    #: The reason why a side ended early by itself; None if none did.
    reason: Reason | None
    seconds: float

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        return any(rule.differs for rule in self.rules)

    def as_json(self) -> dict[str, Any]:
        """Returns the differences as plain data."""
        return {
            "events": self.events,
            "since": optional_time(self.first_at),
            "until": optional_time(self.last_at),
            "left_out": self.left_out,
            "partial": self.is_partial,
            "reason": reason_json(self.reason),
            "rules": [rule.as_json() for rule in self.rules],
            "messages": {"before": self.before.as_json(), "now": self.now.as_json()},
            "seconds": round(self.seconds, 3),
        }


def backtest(
    before: SimulationSetup,
    now: SimulationSetup,
    events: Range,
    url: str,
    is_stopped: Callable[[], bool],
    show: Callable[[int], None],
) -> Backtest:
    """Compares two rule sets over events of the database at `url`.

    `show` is called with the number of events that both sides have played. If there are many
    events, each side has its own process. If the backtest is stopped, it compares the outcomes so
    far.

    Raises:
        AutomatorError: the events cannot be read.
    """
    with _comparing() as files:
        if events.most > _FEW:
            sides = [SideProcess(*side, events, url) for side in files.beside(before, now)]
            return files.compared(_both(sides, is_stopped, show))
        with contextlib.closing(open_reader(url)) as log:
            return files.compared(
                [play_side(*side, events, log, is_stopped) for side in files.beside(before, now)]
            )


def backtest_within(
    before: SimulationSetup, now: SimulationSetup, events: Range, log: Log, most_seconds: float
) -> Backtest:
    """Runs a backtest in at most `most_seconds`, for a person who saves a file and waits.

    Raises:
        AutomatorError: the events cannot be read.
    """
    with _comparing() as files:
        began, ended = time.monotonic(), []
        for number, (setup, file) in enumerate(files.beside(before, now), 1):
            until = began + most_seconds * number / 2
            ended.append(play_side(setup, file, events, log, partial(_is_past, until)))
        return files.compared(ended)


def _both(
    sides: Sequence[SideProcess], is_stopped: Callable[[], bool], show: Callable[[int], None]
) -> list[SideResult]:
    """Waits until both processes have ended, and returns how far each side has come."""
    ended: list[SideResult | None] = [None, None]
    try:
        while None in ended:
            if is_stopped():
                for side in sides:
                    side.stop()
            looks = zip(ended, sides, strict=True)
            ended = [known or side.ended(_LOOK_S) for known, side in looks]
            show(min(side.done for side in sides))
    finally:
        for side in sides:
            side.end()
    return [item for item in ended if item is not None]


@record(kw_only=False)
class _Files:
    """The files with the outcomes of both sides."""

    of: tuple[Path, Path]
    began: float

    def beside(
        self, before: SimulationSetup, now: SimulationSetup
    ) -> Iterator[tuple[SimulationSetup, Path]]:
        """Yields both sides, each with the path of the file for its outcomes."""
        return zip((before, now), self.of, strict=True)

    def compared(self, ended: Sequence[SideResult]) -> Backtest:
        """Returns the differences between the sides, up to the time that both have reached."""
        first, last = ended[0].first_at, max((item.last_at or 0 for item in ended), default=0)
        is_partial = any(item.is_stopped or item.reason for item in ended)
        if is_partial:
            last = min(item.last_at or 0 for item in ended)
        reached = min(item.now_ms for item in ended) if is_partial else _FOR_EVER
        span = 0 if first is None else last - first
        with contextlib.closing(Comparison(*self.of, reached)) as comparison:
            return Backtest(
                events=min(item.events for item in ended),
                first_at=first,
                last_at=None if first is None else last,
                left_out=max(item.left_out for item in ended),
                rules=comparison.rules(),
                before=comparison.volume("before", span),
                now=comparison.volume("now", span),
                is_partial=is_partial,
                reason=next((item.reason for item in ended if item.reason), None),
                seconds=time.monotonic() - self.began,
            )


def _is_past(until: float) -> bool:
    return time.monotonic() > until


@contextlib.contextmanager
def _comparing() -> Iterator[_Files]:
    with tempfile.TemporaryDirectory(prefix="automator-backtest-") as name:
        folder = Path(name)
        yield _Files((folder / "before.db", folder / "now.db"), time.monotonic())
