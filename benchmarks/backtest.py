"""The backtest: how many stored events a second, and how much memory.

    python -m benchmarks.backtest [--events 20000 100000]

Fills a database with comments and messages of a Page, a fifth of which ask for the price, and
compares the rules of the demo with a changed version of them, as `automator backtest` does: each
side in a process of its own. Prints the events a second of the whole, the CPU time of an event on
one side, and the peak of the memory of a side, for each number of events. Ends with 1 when a
million would take longer than ten minutes, or when the memory grows with the events.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from automator.clock import SystemClock
from automator.engine.intake.stored_deliveries import new_event, stored_delivery
from automator.http.types import InboundRequest
from automator.model import IdSource, ParsedEvent, Verdict
from automator.plugins import Provider
from automator.providers.simulator import body_for, build_sample
from automator.rules import read_rule_files
from automator.server.reading.config import load_config
from automator.server.reading.rule_context import rule_context_of
from automator.server.rule_tests.setup import setup_of
from automator.simulation.backtest import Backtest, Range, backtest
from automator.simulation.simulation import SimulationSetup
from automator.store import EventPlan, open_store

#: Events a second that take a million through in ten minutes.
BOUND = 1_000_000 / 600
#: The largest number of events may take so many times the memory of the smallest.
GROWTH = 1.1
_CONNECTION = "demo-page"
#: Few events are spread over as long a time as a million, and each person has as many: else no
#: follow-up would become due, and an event would look cheaper than it is.
_WEEK_MS = 7 * 86_400_000
_EVENTS_OF_A_PERSON = 50
_AT_ONCE = 400
_TEXTS = ("đẹp quá shop ơi", "giá bao nhiêu vậy", "còn hàng không", "giao hàng mấy ngày", "xinh")


def benches(folder: Path) -> tuple[SimulationSetup, SimulationSetup]:
    """The demo's rules, and the same with another word, another text and another time."""
    config = load_config(None, folder, demo=True)
    files = read_rule_files(Path("rules/demo"))
    changed = {
        name: text.replace("'bao nhiêu', ", "").replace("đã nhắn giá", "vừa nhắn giá")
        for name, text in files.items()
    }
    rule_context = replace(rule_context_of(config), advises=False)
    before = setup_of(files, rule_context, config.settings, config.connections)
    before = replace(before, most_seconds=86_400.0)
    return before, replace(before, files=changed)


def parsed(provider: Provider, name: str) -> ParsedEvent:
    """The event of a sample, which is the model of many."""
    sample = build_sample(name, serial=0, now_ms=0)
    headers = tuple((key.lower(), value) for key, value in sample.headers.items())
    return provider.parse(InboundRequest("POST", "", headers, body_for(provider, sample), 0))[0]


def arriving(provider: Provider, events: int, start_ms: int) -> Iterator[tuple[Any, Any]]:
    """Deliveries and events, each with a text and a person of its own."""
    comment = parsed(provider, "facebook/comment.created")
    message = parsed(provider, "facebook/message.received")
    now_ms = start_ms
    ids = IdSource(lambda: now_ms, 1)
    people = max(events // _EVENTS_OF_A_PERSON, 1)
    for number in range(events):
        now_ms = start_ms + number * _WEEK_MS // events
        person, model = (
            str(10**9 + number * 7919 % people),
            message if number % 4 == 3 else comment,
        )
        item = replace(
            model,
            dedupe_key=f"{model.type}:{number}",
            lane=person,
            actor_id=person,
            occurred_at=now_ms,
            body={
                **model.body,
                "text": _TEXTS[number % len(_TEXTS)],
                "actor": {"id": person, "name": f"Khách {person}", "is_self": False},
            },
        )
        request = InboundRequest("POST", "", (), b"", now_ms)
        delivery = stored_delivery(
            ids.next(), provider.connection, request, Verdict.ACCEPTED, reason=None
        )
        yield delivery, new_event(ids.next(), provider, delivery, item)


async def fill(url: str, provider: Provider, events: int, start_ms: int) -> None:
    """Stores the events."""
    store = await open_store(url, clock=SystemClock(), node="benchmark")
    try:
        waiting: list[Any] = []
        for delivery, event in arriving(provider, events, start_ms):
            waiting.append(store.ingest(delivery, [EventPlan(event, (), 1)]))
            if len(waiting) == _AT_ONCE:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
    finally:
        await store.close()


def measure(events: int) -> tuple[Backtest, float, float]:
    """The comparison, the CPU seconds of both sides, and the peak of one of them in MiB."""
    before_s, peaks = _cpu_of_sides(), [0.0]

    def look(_done: int) -> None:
        peaks.append(_peak())

    with tempfile.TemporaryDirectory(prefix="automator-benchmark-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'automator.db'}"
        before, now = benches(folder)
        now_ms = SystemClock().now_ms()
        began = time.monotonic()
        asyncio.run(fill(url, before.connections[_CONNECTION], events, now_ms - _WEEK_MS))
        print(f"{events:,} events stored in {time.monotonic() - began:.0f} s", flush=True)
        stored = Range(after=0, until_ms=now_ms + 1, most=events)
        found = backtest(
            before, now, stored, url, lambda: False, lambda _done: peaks.append(_peak())
        )
    return found, _cpu_of_sides() - before_s, max(peaks)


def _peak() -> float:
    """The largest peak of the sides, in MiB.

    The kernel's count of children that have ended begins with the memory of this process.
    """
    found = [0.0]
    for side in multiprocessing.active_children():
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{side.pid}/status").read_text(encoding="ascii")
            found += [int(kib) / 1024 for kib in re.findall(r"VmHWM:\s*([0-9]+)", status)]
    return max(found)


def _cpu_of_sides() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(numbers: Sequence[int]) -> bool:
    """Runs it for each number of events; whether it was quick enough, and took no more memory."""
    peaks, rate = [], 0.0
    for events in sorted(numbers):
        found, cpu_s, peak_mib = measure(events)
        rate = found.events / found.seconds
        peaks.append(peak_mib)
        print(
            f"{found.events:,} events on both sides in {found.seconds:.1f} s: {rate:,.0f} a second"
        )
        print(f"CPU of an event on one side: {cpu_s / 2 / found.events * 1e6:.0f} µs")
        print(f"peak memory of a side: {peak_mib:.0f} MiB")
        differing = [rule.rule for rule in found.rules if rule.differs]
        print(f"differing rules: {', '.join(differing)}; {found.now.a_day:.0f} messages a day")
    return rate >= BOUND and peaks[-1] <= GROWTH * peaks[0]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[20_000, 100_000])
    sys.exit(not main(parser.parse_args().events))
