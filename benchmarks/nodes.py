"""Measures the cost of many nodes: one on SQLite, then one to three on PostgreSQL.

    nice python -m benchmarks.nodes [--seconds 30] [--rate 150] [--profile]
    nice python -m benchmarks.nodes --drain 200000 [--nodes 1 2]

Deliveries come to the nodes in turn. Each matches one rule, which forwards it. The CPU is the
nodes' and the database's together, with everything that an event causes some seconds later. The
ratios are to SQLite in the same run; on a busy machine trust only the CPU and the counts.

With `--drain` so many runs wait in the database before the nodes start, and nothing comes in.

PostgreSQL counts its statements with `pg_stat_statements`, which takes a little CPU as well.
"""

import argparse
import asyncio
import contextlib
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automator.clock import SystemClock
from automator.store import open_store
from benchmarks.load import Measured, Sink, post_steadily
from benchmarks.servers import Server, numbered, our_server, rules_text, signed_requests
from benchmarks.store import Load
from tests.support.postgresql import PostgreSQLServer, name_of, running_postgresql

#: By the number of nodes: how many times the CPU of an event on SQLite it may take.
MOST_CPU = {1: 1.5, 2: 1.8, 3: 2.0}
#: How many times SQLite's slowest acknowledgements; bytes of the log of the database an event;
#: statements an event on three nodes; commits a second of three idle nodes.
MOST_P99, MOST_WAL, MOST_STATEMENTS, MOST_IDLE = 2.0, 3_000, 6.0, 5.0
#: Runs of a backlog that two nodes do in a second.
LEAST_DRAINED = 2_000
_WARM = 450
#: Until what is put off is done: the words index leaves what changes alone for three seconds.
_DEFERRED_S = 5.0
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_TOTALS = """
SELECT (SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE dbid = database.oid),
       pg_stat_get_db_xact_commit(database.oid) + pg_stat_get_db_xact_rollback(database.oid),
       pg_current_wal_lsn() - '0/0'::pg_lsn
FROM pg_database AS database WHERE datname = current_database()
"""
_UPDATES = """
SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'runs'
"""
_STATEMENTS = """
SELECT query, calls::bigint, rows::bigint, total_exec_time, wal_bytes::bigint
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY total_exec_time DESC
"""
#: New words wait in a list, which PostgreSQL merges into the index once it has 4 MB: in some runs
#: and not in others, if it were left alone. With an id the transaction flushes what it has logged.
_MERGE_WORDS = "SELECT gin_clean_pending_list('ix_event_words_words'), pg_current_xact_id()"
#: Without the images of pages, which come after checkpoints. A record of several relations (a
#: split, a vacuum) is counted once, for its first.
_WAL_PARTS = """
SELECT coalesce(part.relname, '(no relation)'), record.resource_manager, record.record_type,
       count(*), sum(record.record_length - record.fpi_length)::bigint,
       sum(record.fpi_length)::bigint
FROM pg_get_wal_records_info('0/0'::pg_lsn + {start}, pg_current_wal_flush_lsn()) AS record
LEFT JOIN pg_class AS part ON pg_relation_filenode(part.oid)
    = substring(record.block_ref FROM 'rel \\d+/\\d+/(\\d+)')::oid
GROUP BY 1, 2, 3
"""
#: The query of a claim, and the statement that takes the runs that it has found.
_CLAIM = re.compile(r"SELECT runs\.id.*\bcrashes <= .*FOR UPDATE SKIP LOCKED")
_TAKE = re.compile(r"UPDATE runs SET .*\battempt=\(.*\bowner=.*\bbehind=")


@dataclass(frozen=True)
class Statement:
    """The cost of one statement since the counts were reset."""

    text: str
    calls: int
    rows: int
    milliseconds: float
    wal_bytes: int


@dataclass(frozen=True)
class WalPart:
    """The records of one kind for one table or index in the write-ahead log."""

    relation: str
    manager: str
    kind: str
    records: int
    record_bytes: int
    image_bytes: int


@dataclass(frozen=True)
class Found:
    """The measurements of a number of nodes; without counts on SQLite."""

    nodes: int
    events: int
    load: Measured
    seconds: float
    nodes_cpu_s: float
    database_cpu_s: float = 0.0
    commits: int = 0
    wal_bytes: int = 0
    updates: int = 0
    hot_updates: int = 0
    statements: Sequence[Statement] = field(default_factory=tuple)
    wal_parts: Sequence[WalPart] = field(default_factory=tuple)
    idle_commits_s: float | None = None
    when_idle: Sequence[Statement] = field(default_factory=tuple)

    @property
    def cpu_us(self) -> float:
        """The CPU of an event, by all that takes part."""
        return (self.nodes_cpu_s + self.database_cpu_s) * 1e6 / self.events

    @property
    def calls(self) -> float:
        """Statements an event, with the beginnings and ends of transactions."""
        return sum(each.calls for each in self.statements) / self.events

    @property
    def claims(self) -> tuple[int, float]:
        """The number of claims in transactions, and the share of claims that found nothing."""
        asked = sum(each.calls for each in self.statements if _CLAIM.search(each.text))
        took = sum(each.calls for each in self.statements if _TAKE.search(each.text))
        return asked, max(0.0, 1 - took / asked) if asked else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="of load, for each kind")
    parser.add_argument("--rate", type=int, default=150, help="events a second, over all nodes")
    parser.add_argument("--idle", type=int, default=20, help="seconds in which three nodes rest")
    parser.add_argument("--rules", type=int, default=100)
    parser.add_argument("--nodes", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--profile", action="store_true", help="the statements by their time")
    parser.add_argument("--drain", type=int, metavar="RUNS", help="only how fast a backlog is done")
    options = parser.parse_args()
    if options.drain:
        with _postgresql() as database:
            for nodes in options.nodes:
                asyncio.run(drain(options, database, nodes))
        return
    base = asyncio.run(_on_sqlite(options))
    show(base, None)
    with _postgresql() as database:
        for nodes in options.nodes:
            found = asyncio.run(_on_postgresql(options, database, nodes))
            show(found, base)
            if options.profile:
                profile(found)


async def _on_sqlite(options: argparse.Namespace) -> Found:
    sink = Sink()
    with our_server(_rules(options), await sink.listen(), core=None) as server:
        return await _measure(options, sink, [server], None)


async def _on_postgresql(options: argparse.Namespace, database: "_Database", nodes: int) -> Found:
    sink = Sink()
    sink_port = await sink.listen()
    url = database.new()
    with ExitStack() as stack:
        servers = [
            stack.enter_context(our_server(_rules(options), sink_port, database=url, core=None))
            for _ in range(nodes)
        ]
        return await _measure(options, sink, servers, database)


def _rules(options: argparse.Namespace) -> str:
    return rules_text(options.rules, forward=True)


async def _measure(
    options: argparse.Namespace, sink: Sink, servers: Sequence[Server], database: "_Database | None"
) -> Found:
    events = options.seconds * options.rate
    requests = signed_requests(_WARM + events)
    ports = [server.port for server in servers]
    await post_steadily(*ports, requests=numbered(requests[:_WARM]), rate=options.rate)
    await _rest(sink, _WARM)
    before = _cpu_s(server.pid for server in servers)
    began = time.perf_counter()
    counts = database.begin() if database else None
    load = await post_steadily(*ports, requests=numbered(requests[_WARM:]), rate=options.rate)
    await _rest(sink, _WARM + events)
    seconds = time.perf_counter() - began
    nodes_cpu_s = _cpu_s(server.pid for server in servers) - before
    if load.acknowledged < events or sink.received < _WARM + events:
        print(f"NOT ALL: {load.acknowledged} acknowledged, {sink.received - _WARM} forwarded")
    if database is None or counts is None:
        return Found(1, events, load, seconds, nodes_cpu_s)
    used = database.since(counts)
    if len(servers) > 2:
        counts = database.begin()
        await asyncio.sleep(options.idle)
        idle = database.since(counts)
        used["idle_commits_s"] = idle["commits"] / options.idle
        used["when_idle"] = idle["statements"]
    return Found(len(servers), events, load, seconds, nodes_cpu_s, **used)


async def drain(options: argparse.Namespace, database: "_Database", nodes: int) -> None:
    """Prints how fast some nodes do the runs of a backlog."""
    runs, sink = options.drain, Sink()
    sink_port, url = await sink.listen(), database.new()
    with our_server(_rules(options), sink_port, database=url, core=None):
        """Publishes the rules to which the runs are pinned."""
    store = await open_store(url, clock=SystemClock(), node="filling")
    try:
        await Load(store, connection="bench-page", rule="forward").ingest(runs)
    finally:
        await store.close()
    with ExitStack() as stack:
        servers = [
            stack.enter_context(our_server(_rules(options), sink_port, database=url, core=None))
            for _ in range(nodes)
        ]
        # While the last node starts, the first ones work already.
        counts, before = database.begin(), _cpu_s(server.pid for server in servers)
        done, began = sink.received, time.perf_counter()
        await sink.wait_for(runs, timeout_s=runs / 100)
        rest, seconds = sink.received - done, sink.last_at - began
        nodes_cpu_s = _cpu_s(server.pid for server in servers) - before
        used = database.since(counts)
    print(f"{runs:,} runs, nodes: {nodes}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"  runs a second {rest / seconds:27.0f}   at least {LEAST_DRAINED}")
    for name, spent in (("nodes", nodes_cpu_s), ("database", used["database_cpu_s"])):
        print(f"  CPU of the {name} for a run, µs {spent * 1e6 / rest:{20 - len(name)}.0f}")
    print(f"  statements for a run {sum(one.calls for one in used['statements']) / rest:20.2f}")
    if sink.received != runs:
        print(f"NOT EACH ONCE: {sink.received} forwarded")


async def _rest(sink: Sink, count: int) -> None:
    """Waits for all forwards, and for what is done some seconds later."""
    await sink.wait_for(count, timeout_s=60)
    await asyncio.sleep(_DEFERRED_S)


class _Database:
    """A server of PostgreSQL of its own, as it comes, on the disk; a database for each kind."""

    def __init__(self, server: PostgreSQLServer, postmaster: int) -> None:
        self._server = server
        self._postmaster = postmaster
        self._name = ""

    def new(self) -> str:
        """The address of an empty database, whose counts are read from now on."""
        url = self._server.empty_database()
        self._name = name_of(url)
        self._ask("CREATE EXTENSION pg_stat_statements")
        self._ask("CREATE EXTENSION pg_walinspect")
        return url

    def begin(self) -> Sequence[float]:
        """Resets the counts of statements, and returns the counters so far."""
        self._ask(_MERGE_WORDS)
        self._ask("SELECT pg_stat_statements_reset()")
        return self._used()

    def since(self, before: Sequence[float]) -> dict[str, Any]:
        """The use since `begin`, by the names of `Found`."""
        self._ask(_MERGE_WORDS)
        spent = [now - then for now, then in zip(self._used(), before, strict=True)]
        return {
            "database_cpu_s": spent[0],
            "commits": int(spent[2]),
            "wal_bytes": int(spent[3]),
            "wal_parts": [
                WalPart(*row) for row in self._ask(_WAL_PARTS.format(start=int(before[3])))
            ],
            "updates": int(spent[4]),
            "hot_updates": int(spent[5]),
            "statements": [
                Statement(" ".join(text.split()), *rest) for text, *rest in self._ask(_STATEMENTS)
            ],
        }

    def _used(self) -> Sequence[float]:
        (totals,) = self._ask(_TOTALS)
        rows = self._ask(_UPDATES)
        updates = rows[0] if rows else (0, 0)
        children = _children(self._postmaster)
        cpu_s = _cpu_s([self._postmaster]) + _cpu_s(children, waited=False)
        return [cpu_s, *map(float, totals), *map(float, updates)]

    def _ask(self, statement: str) -> list[Any]:
        return self._server.execute(statement, self._name)


@contextlib.contextmanager
def _postgresql() -> Iterator[_Database]:
    with tempfile.TemporaryDirectory(prefix="automator-nodes-") as name:
        folder = Path(name)
        with running_postgresql(folder) as server:
            server.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
        # A library that is loaded at the start needs another start.
        with running_postgresql(folder) as server:
            postmaster = (folder / "data" / "postmaster.pid").read_text().split()[0]
            yield _Database(server, int(postmaster))


def _cpu_s(pids: Iterable[int], *, waited: bool = True) -> float:
    """CPU seconds of processes since their start; `waited`: with those of children that ended."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, after_name[11 : 15 if waited else 13]))
    return ticks * _TICK_S


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def show(found: Found, base: Found | None) -> None:
    """Prints the measurements, with the ratios to SQLite and their bounds."""
    p50, p99 = found.load.percentile(0.5), found.load.percentile(0.99)
    if base is None:
        print(f"SQLite: {found.cpu_us:.0f} µs of CPU an event, p50 {p50:.1f} ms, p99 {p99:.1f} ms")
        return
    events = found.events
    parts = [each * 1e6 / events for each in (found.nodes_cpu_s, found.database_cpu_s)]
    print(f"PostgreSQL, nodes: {found.nodes}")
    _line(
        "CPU of an event, µs", found.cpu_us, found.cpu_us / base.cpu_us, MOST_CPU.get(found.nodes)
    )
    print(f"    of the nodes {parts[0]:.0f}, of the database {parts[1]:.0f}")
    _line("p50 of an acknowledgement, ms", p50, p50 / base.load.percentile(0.5))
    _line("p99 of an acknowledgement, ms", p99, p99 / base.load.percentile(0.99), MOST_P99)
    _line("statements an event", found.calls, bound=MOST_STATEMENTS if found.nodes > 2 else None)
    _line("commits a second", found.commits / found.seconds)
    _line("bytes of WAL an event", found.wal_bytes / events, bound=MOST_WAL)
    _line("updates of runs an event", found.updates / events)
    _line("  of these HOT, %", 100 * found.hot_updates / max(found.updates, 1))
    _line("claims an event", found.claims[0] / events)
    _line("  of these in vain, %", 100 * found.claims[1])
    if found.idle_commits_s is not None:
        _line("commits a second when idle", found.idle_commits_s, bound=MOST_IDLE)


def _line(name: str, value: float, ratio: float | None = None, bound: float | None = None) -> None:
    times = "" if ratio is None else f"{ratio:8.2f} times SQLite's"
    most = "" if bound is None else f"   at most {bound:g}"
    if bound is not None and (value if ratio is None else ratio) > bound:
        most += "   TOO MUCH"
    print(f"  {name:32} {value:10.2f}{times}{most}")


def profile(found: Found) -> None:
    """Prints the statements that take the most time, and those of idle nodes."""
    events = found.events
    print(f"  {'µs/event':>9} {'calls/event':>12} {'rows/call':>10} {'WAL/event':>10}")
    for each in found.statements[:40]:
        print(
            f"  {each.milliseconds * 1e3 / events:9.1f} {each.calls / events:12.3f}"
            f" {each.rows / max(each.calls, 1):10.2f} {each.wal_bytes / events:10.0f}"
            f"  {each.text[:150]}"
        )
    wal: dict[str, list[int]] = {}
    for part in found.wal_parts:
        sums = wal.setdefault(part.relation, [0, 0, 0])
        for place, value in enumerate((part.records, part.record_bytes, part.image_bytes)):
            sums[place] += value
    print(f"  {'records/event':>14} {'WAL/event':>10} {'images/event':>13}")
    for relation, sums in sorted(wal.items(), key=lambda one: -one[1][1])[:40]:
        records, written, images = (value / events for value in sums)
        print(f"  {records:14.2f} {written:10.0f} {images:13.0f}  {relation}")
    if found.when_idle:
        print("  calls while idle")
    for each in sorted(found.when_idle, key=lambda one: -one.calls)[:40]:
        print(f"  {each.calls:16}  {each.text[:150]}")


if __name__ == "__main__":
    main()
