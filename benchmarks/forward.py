"""The rate of events that are received, matched and delivered to a target.

Each delivery matches one rule that forwards it; counted is what the target received, from the first
delivery sent to the last forward received. A bare Starlette application that only answers 200
runs in turns with it as the yardstick.
"""

import argparse
import asyncio
import time
from dataclasses import dataclass
from statistics import median

from benchmarks.load import Measured, Sink, post_all
from benchmarks.servers import (
    LOAD_CORE,
    bare_server,
    numbered,
    our_server,
    pin,
    rules_text,
    signed_requests,
)


@dataclass(frozen=True)
class Forwarded:
    """One round: what was acknowledged, and what arrived at the target."""

    load: Measured
    delivered: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.delivered / self.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=100)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--events", type=int, default=15_000, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    pin(LOAD_CORE)
    requests = signed_requests(options.events)
    rules = rules_text(options.rules, forward=True)
    bare: list[Measured] = []
    ours: list[Forwarded] = []
    for _ in range(options.rounds):
        with bare_server() as server:
            load = numbered(requests)
            posting = post_all(server.port, load, connections=options.connections, seconds=60)
            bare.append(asyncio.run(posting))
        ours.append(asyncio.run(forward_all(rules, requests, options.connections)))
    show(options, bare, ours)


async def forward_all(rules: str, requests: list[bytes], connections: int) -> Forwarded:
    sink = Sink()
    sink_port = await sink.listen()
    with our_server(rules, sink_port) as server:
        began = time.perf_counter()
        load = await post_all(server.port, numbered(requests), connections=connections, seconds=60)
        await sink.wait_for(load.acknowledged, timeout_s=60)
        return Forwarded(load, sink.received, sink.last_at - began)


def show(options: argparse.Namespace, bare: list[Measured], ours: list[Forwarded]) -> None:
    base = median(item.rate for item in bare)
    middle = sorted(ours, key=lambda item: item.rate)[len(ours) // 2]
    print(f"{options.rules} rules, {options.connections} connections, {options.rounds} rounds")
    print(f"{'bare Starlette, answers 200':32} {base:9,.0f} answered/s")
    print(
        f"{'automator, forwarded':32} {middle.rate:9,.0f} delivered/s   "
        f"{middle.load.rate:9,.0f} acknowledged/s   p50 {middle.load.percentile(0.5):.2f} ms   "
        f"p99 {middle.load.percentile(0.99):.2f} ms"
    )
    missing = sum(item.load.acknowledged - item.delivered for item in ours)
    print(f"acknowledged but not delivered: {missing}")
    ratios = [item.rate / other.rate for item, other in zip(ours, bare, strict=True)]
    print(
        f"ratio delivered / bare: {median(ratios):.3f}  "
        f"(rounds: {', '.join(f'{ratio:.3f}' for ratio in ratios)})"
    )


if __name__ == "__main__":
    main()
