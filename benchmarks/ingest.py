"""The rate of signed deliveries that are acknowledged, beside a bare Starlette application.

Both servers run on the same core, in turns, in one run; the ratio is the figure that counts.
Run it from the checkout: `make bench`, or `.venv/bin/python -m benchmarks.ingest --help`.
"""

import argparse
import asyncio
from statistics import median

from benchmarks.load import Measured, post_all
from benchmarks.servers import (
    LOAD_CORE,
    bare_server,
    numbered,
    our_server,
    pin,
    rules_text,
    signed_requests,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=100)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    pin(LOAD_CORE)
    requests = signed_requests(60_000)
    rules = rules_text(options.rules, forward=False)
    bare: list[Measured] = []
    ours: list[Measured] = []
    for _ in range(options.rounds):
        with bare_server() as server:
            bare.append(measure(server.port, requests, options))
        with our_server(rules, sink_port=9) as server:
            ours.append(measure(server.port, requests, options))
    print(f"{options.rules} rules, {options.connections} connections, {options.rounds} rounds")
    show("bare Starlette, answers 200", bare)
    show("automator, stored and fsynced", ours)
    ratios = [our.rate / base.rate for our, base in zip(ours, bare, strict=True)]
    print(f"ratio automator / bare: {median(ratios):.3f}  (rounds: {formatted(ratios)})")


def measure(port: int, requests: list[bytes], options: argparse.Namespace) -> Measured:
    asyncio.run(
        post_all(port, numbered(requests[-2000:]), connections=options.connections, seconds=1.0)
    )
    measured = asyncio.run(
        post_all(
            port,
            numbered(requests[:-2000]),
            connections=options.connections,
            seconds=options.seconds,
        )
    )
    if measured.refused:
        print(f"  {measured.refused} requests were refused")
    return measured


def show(name: str, rounds: list[Measured]) -> None:
    middle = sorted(rounds, key=lambda item: item.rate)[len(rounds) // 2]
    print(
        f"{name:32} {middle.rate:9,.0f} acknowledged/s   "
        f"p50 {middle.percentile(0.5):6.2f} ms   p99 {middle.percentile(0.99):6.2f} ms"
    )


def formatted(ratios: list[float]) -> str:
    return ", ".join(f"{ratio:.3f}" for ratio in ratios)


if __name__ == "__main__":
    main()
