"""The log with millions of attempts: how long every page and every filter takes.

    python -m benchmarks.log [--attempts 5000000] [--only sqlite] [--folder FOLDER]
    python -m benchmarks.log --events 5000000
    python -m benchmarks.log --keep FOLDER [--pages "search runs"]

Builds three months of history in a temporary folder (about 1.2 kB of disk for each attempt; with
`--events` so many events, and one or two attempts a run), first on SQLite, then on PostgreSQL, asks
for each page many times, deletes the older third while deliveries come in, and ends with 1 when
something is slower than its bound. PostgreSQL is started from the development tools' wheel.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

from automator.actions import builtin_actions
from automator.clock import SystemClock
from automator.configuration.storage import Retention
from automator.engine.figures.answer_times import answer_times
from automator.engine.figures.funnel import funnel_of
from automator.engine.figures.inbox import Inbox, InboxFilter
from automator.engine.operations.retention import Pruner
from automator.engine.operations.run_review import NEEDS_REVIEW
from automator.model import Outcome, Place, Rule, RunState, Step, Trigger, Verdict, Waits
from automator.model.log_filters import DeliveryFilter, EventFilter, RunFilter
from automator.server.reports.declarations import EVENTS, RUNS
from automator.store import Log, open_reader, open_store
from automator.store.log.pruning import Stage
from benchmarks.bulk import bulk, make_tables
from benchmarks.history import COLLEAGUE, ERRORS, History, Size
from benchmarks.store import Load
from tests.support.postgresql import running_postgresql
from tests.support.store import sqlite_url

#: Milliseconds at the 99th percentile.
PAGE_MS = 50.0
SEARCH_MS = 100.0
#: For those who ask to have more looked at.
LONG_MS = 1_000.0
#: Until a delivery is stored, while pruning goes on.
WRITER_MS = 100.0
_LOG_KEPT = "60d"
_ROUNDS = 40
_LIMIT = 51

Look = Callable[[int], Sequence[Any] | object]


class Pages:
    """Every page that people and programs ask for; each is given the number of the round."""

    def __init__(self, log: Log, history: History) -> None:
        self._log = log
        self._history = history
        self._size = history.size

    def all(self) -> Iterator[tuple[str, float, Look]]:
        """Name, bound in milliseconds, and what to do."""
        yield from self._runs()
        yield from self._events()
        yield from self._searches()
        yield from self._others()
        yield from self._inbox()

    def _runs(self) -> Iterator[tuple[str, float, Look]]:
        yield "runs", PAGE_MS, self._run(lambda _: RunFilter())
        yield "runs with their follow-ups", PAGE_MS, self._told
        for state in RunState:
            label = f"runs {state.label}"
            yield label, PAGE_MS, self._run(_always(RunFilter(states=(state,))))
        filters: dict[str, Callable[[int], dict[str, Any]]] = {
            "of a frequent rule": lambda _: {"rule": "rule-00"},
            "of a rare rule": lambda _: {"rule": "rule-39"},
            "of a rule that never ran": lambda _: {"rule": "never"},
            "of a connection": lambda _: {"connection": "zalo-oa"},
            "of a silent connection": lambda _: {"connection": "rare"},
            "of a connection without events": lambda _: {"connection": "never"},
            "of a type": lambda _: {"type": "message.received"},
            "of a rare type": lambda _: {"type": "post.created"},
            "of a contact": lambda round_: {"contact": f"shop-page:{round_ * 1009}"},
            "of a frequent contact": lambda round_: {"contact": f"shop-page:{round_}"},
            "with an error code": lambda round_: {"error_code": ERRORS[round_ % len(ERRORS)]},
            "with an error code that never was": lambda _: {"error_code": "never"},
            "with a reason": lambda _: {"reason_code": "http_error"},
            "with a rare outcome": lambda _: {"outcome": Outcome.PARTLY},
            "with a frequent outcome": lambda _: {"outcome": Outcome.NOTHING_TO_SEND},
            "that wait for a time": lambda _: {"waits_for": Waits.TIME},
            "of one hour": self._hour,
            "of one hour, dead": lambda round_: {
                **self._hour(round_),
                "states": (RunState.DEAD,),
            },
            "of one hour, of a rule": lambda round_: {**self._hour(round_), "rule": "rule-03"},
            "of one hour, done": lambda round_: {
                **self._hour(round_),
                "states": (RunState.DONE,),
            },
            "done, of a rule": lambda _: {"states": (RunState.DONE,), "rule": "rule-39"},
            "dead, of a rule": lambda _: {"states": (RunState.DEAD,), "rule": "rule-39"},
            "dead, of a connection": lambda _: {
                "states": (RunState.DEAD,),
                "connection": "web",
            },
            "of a rule and a silent connection": lambda _: {
                "rule": "rule-00",
                "connection": "rare",
            },
            "dead, of a silent connection": lambda _: {
                "states": (RunState.DEAD,),
                "connection": "rare",
            },
        }
        for name, made in filters.items():
            yield (
                f"runs {name}",
                PAGE_MS,
                self._run(_made(made)),
            )
            yield (
                "  before an old one",
                PAGE_MS,
                self._run(_made(made), is_old=True),
            )

    def _events(self) -> Iterator[tuple[str, float, Look]]:
        filters: dict[str, dict[str, Any]] = {
            "": {},
            "of a connection": {"connection": "zalo-oa"},
            "of a silent connection": {"connection": "rare"},
            "of a type": {"type": "comment.created"},
            "of a rare type": {"type": "post.created"},
            "of a contact": {"contact": "shop-page:77"},
            "matched": {"matched": True},
            "unmatched": {"matched": False},
            "of a type and a silent connection": {
                "type": "comment.created",
                "connection": "rare",
            },
        }
        for name, fields in filters.items():
            wanted = EventFilter(**fields)
            for is_old in (False, True):
                label = "  before an old one" if is_old else f"events {name}"
                yield (
                    label,
                    PAGE_MS,
                    self._events_where(wanted, is_old=is_old),
                )

    def _searches(self) -> Iterator[tuple[str, float, Look]]:
        texts = {
            "a frequent word": lambda _: "giá",
            "two frequent words": lambda _: "giá ship",
            "beginnings of frequent words": lambda _: "gi sh",
            "the beginning of many words": lambda _: "so",
            "a rarer word": lambda number: f"số{number * 31 + 1}",
            "a frequent and a rarer word": lambda number: f"gia số{number * 31 + 1}",
            "a word of one text": lambda number: f"mã{number * 1_000}",
            "what attempts say": lambda _: "tra loi binh luan",
            "a word that never was": lambda _: "chưatừngcó",
            "words that never were together": lambda number: f"mã{number * 1000} mã{number}",
        }
        for name, text in texts.items():
            yield (
                f"search runs: {name}",
                SEARCH_MS,
                self._run(_searched(text)),
            )
            yield (
                f"search events: {name}",
                SEARCH_MS,
                self._events_found(text),
            )
        for name, part in (("a part of many words", "iá s"), ("a part of none", "zqxj")):
            yield f"search within words: {name}", SEARCH_MS, self._within(part)
        combined: dict[str, dict[str, Any]] = {
            "dead": {"states": (RunState.DEAD,)},
            "of a rare rule": {"rule": "rule-39"},
            "of a connection": {"connection": "web"},
        }
        for name, fields in combined.items():
            yield (
                f"search runs: a frequent word, {name}",
                SEARCH_MS,
                self._run(_always(RunFilter(text="giá", **fields))),
            )

    def _others(self) -> Iterator[tuple[str, float, Look]]:
        log, size = self._log, self._size
        yield "deliveries", PAGE_MS, lambda _: log.deliveries(limit=_LIMIT)
        for name, wanted in (
            ("deliveries of nobody", DeliveryFilter(connection="nobody")),
            ("deliveries with a part that none has", DeliveryFilter(part="none of them")),
        ):
            yield name, SEARCH_MS, self._found_deliveries(wanted)
        for verdict in Verdict:
            yield (
                f"deliveries {verdict.value}",
                PAGE_MS,
                self._deliveries(verdict),
            )
        yield "follow-ups", PAGE_MS, lambda _: log.follow_ups(_LIMIT)
        yield "follow-ups by time", PAGE_MS, lambda _: log.follow_ups_by_time(_LIMIT)
        yield "a run", PAGE_MS, lambda number: log.run(size.run_id(number * 97 * 4 + 1))
        yield "an event", PAGE_MS, lambda number: log.event(size.id_of(number * 97, 0))
        yield (
            "what changed",
            PAGE_MS,
            lambda _: log.changed_since(
                size.id_of(size.events - 20, 0), size.id_of(size.events - 20, 0)
            ),
        )
        yield from self._home()

    def _home(self) -> Iterator[tuple[str, float, Look]]:
        """The queries of the home page, and of the numbers beside the links of every page."""
        log, day_ms = self._log, self._size.now_ms - 86_400_000
        waits = NEEDS_REVIEW.states
        yield "home: counts of a day", PAGE_MS, lambda _: log.counts(day_ms)
        yield "home: hours of a day", PAGE_MS, lambda _: log.hours(day_ms)
        yield "home: what waits for a decision", PAGE_MS, lambda _: log.undecided_count(waits)
        yield "home: failures by cause", SEARCH_MS, lambda _: log.failures(waits)
        yield (
            "home: open questions",
            SEARCH_MS,
            lambda _: log.unanswered(("comment.created", "message.received"), day_ms),
        )
        yield (
            "home: next follow-ups",
            PAGE_MS,
            lambda _: log.next_follow_ups(self._size.now_ms - 30 * 86_400_000, 6),
        )
        yield "home: a run that has answered", PAGE_MS, lambda _: log.has_answered()
        yield (
            "people: the latest of each",
            SEARCH_MS,
            lambda _: log.latest_of_people(before=None, limit=_LIMIT),
        )

        for most in (EVENTS.usual, 10 * EVENTS.usual):
            yield (
                f"people: how fast they were answered, {most:,} events",
                PAGE_MS if most == EVENTS.usual else LONG_MS,
                partial(self._answers, most),
            )

        for rule in ("rule-00", "rule-39"):
            yield f"rules: the funnel of {rule}", PAGE_MS, partial(self._funnel, rule)

    def _funnel(self, name: str, _number: int) -> object:
        place = Place("shop.yaml", 1, 1)
        steps = tuple(
            Step(id=f"step-{number}", action="message", inputs={}, place=place)
            for number in range(3)
        )
        rule = Rule(id=name, trigger=Trigger(), conditions=(), steps=steps, place=place)
        now_ms = self._size.now_ms
        return funnel_of(self._log, rule, builtin_actions(), now_ms, days=30, most=RUNS.usual)

    def _answers(self, most: int, _number: int) -> object:
        return answer_times(self._log, self._size.now_ms, UTC, days=7, connection="", most=most)

    def _inbox(self) -> Iterator[tuple[str, float, Look]]:
        """The first page of the inbox, each time as if nobody had looked before."""
        for name, wanted in (
            ("", InboxFilter()),
            ("of a connection", InboxFilter(connection="second-page")),
            ("of a silent connection", InboxFilter(connection="rare")),
            ("unanswered", InboxFilter(state="unanswered")),
            ("waiting", InboxFilter(state="waiting")),
            ("done", InboxFilter(state="done")),
            ("of a colleague", InboxFilter(assignee=COLLEAGUE)),
            ("a frequent word", InboxFilter(text="giá")),
            ("a word that never was", InboxFilter(text="chưatừngcó")),
        ):
            yield f"inbox {name}", SEARCH_MS, partial(self._inbox_page, wanted)

    def _inbox_page(self, wanted: InboxFilter, _number: int) -> object:
        inbox = Inbox(self._log, {}, ["facebook"])
        return inbox.page(wanted, self._size.now_ms, limit=_LIMIT)

    def _run(self, wanted: Callable[[int], RunFilter], *, is_old: bool = False) -> Look:
        return lambda number: self._log.runs(
            wanted(number), before=self._before(number, is_old), limit=_LIMIT
        )

    def _told(self, _number: int) -> object:
        """The queries of the page of the log: a follow-up is in the row of its run."""
        rows = self._log.runs(RunFilter(follow_ups=False), limit=_LIMIT)
        return self._log.stories(row.id for row in rows)

    def _events_where(self, wanted: EventFilter, *, is_old: bool) -> Look:
        return lambda number: self._log.events(
            wanted, before=self._before(number, is_old), limit=_LIMIT
        )

    def _events_found(self, text: Callable[[int], str]) -> Look:
        return lambda number: self._log.events(EventFilter(text=text(number)), limit=_LIMIT)

    def _within(self, part: str) -> Look:
        return lambda _: self._log.events_with_part(part)

    def _found_deliveries(self, wanted: DeliveryFilter) -> Look:
        return lambda _: self._log.deliveries(wanted, limit=_LIMIT)

    def _deliveries(self, verdict: Verdict) -> Look:
        return lambda _: self._log.deliveries(DeliveryFilter(verdict=verdict), limit=_LIMIT)

    def _before(self, number: int, is_old: bool) -> int | None:
        if not is_old:
            return None
        return self._size.id_of(self._size.events // 2 - number * (self._size.events // 200), 15)

    def _hour(self, number: int) -> dict[str, int]:
        since = self._size.at(self._size.events // 2 + number * 5_000)
        return {"since_ms": since, "until_ms": since + 3_600_000}


def _always(wanted: RunFilter) -> Callable[[int], RunFilter]:
    return lambda _number: wanted


def _made(fields: Callable[[int], dict[str, Any]]) -> Callable[[int], RunFilter]:
    return lambda number: RunFilter(**fields(number))


def _searched(text: Callable[[int], str]) -> Callable[[int], RunFilter]:
    return lambda number: RunFilter(text=text(number))


def measure(name: str, url: str, history: History, part: str) -> bool:
    """Prints the time of each page with that part in its name; False when one took too long."""
    log = open_reader(url)
    is_quick = True
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(f"{history.size.events:,} events; load {load:.1f} on {cores} cores")
    print(f"\n{name:<46} {'p50':>8} {'p99':>8}  ms")
    try:
        for label, bound, look in Pages(log, history).all():
            if part not in label:
                continue
            middle, late = _times(look)
            fits = late <= bound
            is_quick = is_quick and fits
            print(f"{label:<46} {middle:>8.1f} {late:>8.1f}{'' if fits else f'  over {bound:.0f}'}")
            sys.stdout.flush()
    finally:
        log.close()
    return is_quick


def _times(look: Look) -> tuple[float, float]:
    """Milliseconds: the median, and the longest but those that one in a hundred may take."""
    taken = []
    look(0)
    for number in range(_ROUNDS):
        began = time.perf_counter()
        look(number)
        taken.append((time.perf_counter() - began) * 1000)
        if sum(taken) > 20_000:
            break
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.99) - (len(taken) < 100)]


async def prune(name: str, url: str) -> bool:
    """Deletes the older third while deliveries come in; False when those wait too long."""
    clock = SystemClock()
    store = await open_store(url, clock=clock, node="node-1")
    taken: list[float] = []
    load = Load(store)

    async def deliver() -> None:
        while True:
            began = time.perf_counter()
            await load.ingest(1)
            taken.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.005)

    try:
        probe = asyncio.create_task(deliver())
        await asyncio.sleep(2)
        quiet, before = _percentile(taken), len(taken)
        began = time.perf_counter()
        gone = await Pruner(store, Retention(payloads=0, log=_LOG_KEPT)).run(trusts_clock=True)
        seconds = time.perf_counter() - began
        probe.cancel()
        late = _percentile(taken[before:])
    finally:
        await store.close()
    events = (gone or {}).get(Stage.LOG, 0)
    print(
        f"{name} pruning: {sum((gone or {}).values()):,} rows and what belongs to {events:,} events"
        f" in {seconds:.0f} s; a delivery waits {quiet:.1f} ms at p99 before, {late:.1f} meanwhile"
        f"{'' if late <= WRITER_MS else f'  over {WRITER_MS:.0f}'}"
    )
    return late <= WRITER_MS


def _percentile(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.99)]


def build(url: str, size: Size) -> None:
    """Fills an empty database."""
    began = time.perf_counter()
    asyncio.run(make_tables(url))
    with bulk(url) as rows:
        History(size).fill(rows)
    print(f"built in {time.perf_counter() - began:.0f} s")


def measure_new(name: str, folder: Path, size: Size, part: str) -> bool:
    """Builds, asks and prunes; False when something was too slow."""
    with _database(name, folder, is_kept=False) as url:
        build(url, size)
        is_quick = measure(name, url, History(size), part)
        return asyncio.run(prune(name, url)) and is_quick


def measure_kept(name: str, folder: Path, size: Size, part: str) -> bool:
    """Asks what an earlier call has built in the folder, or builds it; nothing is pruned."""
    mark = folder / f"{name}.json"
    with _database(name, folder, is_kept=True, is_new=not mark.exists()) as url:
        if mark.exists():
            size = Size(**json.loads(mark.read_text()))
            asyncio.run(make_tables(url))
        else:
            build(url, size)
            mark.write_text(json.dumps(asdict(size)))
        return measure(name, url, History(size), part)


@contextlib.contextmanager
def _database(name: str, folder: Path, *, is_kept: bool, is_new: bool = True) -> Iterator[str]:
    """The address of a database in the folder."""
    if name == "SQLite":
        files = folder / "sqlite"
        if is_new:
            shutil.rmtree(files, ignore_errors=True)
        files.mkdir(exist_ok=True)
        yield sqlite_url(files)
        if not is_kept:
            shutil.rmtree(files)
        return
    kept = folder if is_kept else None
    with _temporary_files_in(folder), running_postgresql(kept) as server:
        url = server.url("log")
        if is_new:
            server.drop(url)
            server.execute("CREATE DATABASE log")
        yield url


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--attempts", type=int, default=5_000_000)
    options.add_argument("--events", type=int, help="so many, with one or two attempts a run")
    options.add_argument("--only", choices=["sqlite", "postgresql"])
    options.add_argument("--folder", type=Path, help="where the temporary folder is made")
    options.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="build it there once, and ask it again later"
    )
    options.add_argument("--pages", default="", help="only those with this in their names")
    chosen = options.parse_args()
    now_ms = SystemClock().now_ms()
    size = Size.of_attempts(chosen.attempts, now_ms)
    if chosen.events:
        size = Size(chosen.events, now_ms, attempts=1)
    names = [name for name in ("SQLite", "PostgreSQL") if chosen.only in (None, name.lower())]
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
        found = [measure_kept(name, chosen.keep, size, chosen.pages) for name in names]
        sys.exit(0 if all(found) else 1)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        needed = size.events * 4_500
        if shutil.disk_usage(folder).free < needed:
            sys.exit(f"this needs {needed / 1e9:.0f} GB of free disk in {Path(folder).parent}")
        found = [measure_new(name, Path(folder), size, chosen.pages) for name in names]
    sys.exit(0 if all(found) else 1)


@contextlib.contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


if __name__ == "__main__":
    main()
