"""One delivery with a thousand changes, till its 200: `python -m benchmarks.batch`.

Facebook joins up to 1,000 changes in one delivery. All of its events and their runs are stored in
one commit before the answer; here each event has one run, which forwards it. Exits with 1 when the
median is over the limit.
"""

import argparse
import asyncio
import os
import statistics

from benchmarks.load import Measured, Sink, http_post, post_all
from benchmarks.servers import LOAD_CORE, numbered, our_server, pin, rules_text
from tests.support.page_events import comment, delivery, signed

CHANGES = 1_000
LIMIT_MS = 250.0


def batch(number: int) -> bytes:
    """A signed request; every comment is a new event of its own person."""
    first = number * CHANGES
    body = delivery(
        changes=[
            comment(index, str(10**9 + index), "Áo này giá bao nhiêu ạ?")
            for index in range(first, first + CHANGES)
        ]
    )
    return http_post("/hooks/bench-page", body, signed(body))


async def post(requests: list[bytes], rules: str) -> tuple[Measured, Measured]:
    """The first one finds nothing warm, as after a start; it is measured apart."""
    sink = Sink()
    with our_server(rules, await sink.listen()) as server:
        first = await post_all(server.port, numbered(requests[:1]), connections=1, seconds=60)
        rest = await post_all(server.port, numbered(requests[1:]), connections=1, seconds=60)
    return first, rest


def main() -> int:
    """Prints the times of a few batches, one after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=9)
    parser.add_argument("--rules", type=int, default=100)
    options = parser.parse_args()
    pin(LOAD_CORE)
    requests = [batch(number) for number in range(options.batches + 1)]
    first, rest = asyncio.run(post(requests, rules_text(options.rules, forward=True)))
    if first.refused or rest.refused:
        raise SystemExit("a delivery was refused")
    median = statistics.median(rest.latencies)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {options.rules} rules")
    print(f"{CHANGES:,} changes, {len(requests[0]):,} B, stored in one commit")
    print(f"first {first.latencies[0]:.0f} ms, then median {median:.0f} ms, "
          f"slowest {rest.latencies[-1]:.0f} ms; limit {LIMIT_MS:.0f} ms")  # fmt: skip
    return 0 if median <= LIMIT_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
