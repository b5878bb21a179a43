"""The bar: the CPU of a delivery and of a forward, as multiples of a bare request's; fails above.

    make bar        or        python -m benchmarks.bar [--turns 12]

The three servers run side by side and take turns, so that whatever else runs on the machine slows
all of them; their CPU time is compared, and the median of the turns counts. The bounds are
generous: they are for what makes every event dearer, and not for what machines differ by.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

from benchmarks.load import Sink, post_all
from benchmarks.servers import (
    LOAD_CORE,
    Server,
    bare_server,
    numbered,
    our_server,
    pin,
    rules_text,
    signed_requests,
)

#: The multiples of a bare request's CPU that no change may pass.
BOUNDS = {"a delivery that no rule matches": 5.0, "a delivery that is forwarded": 12.0}
DELIVERED, FORWARDED = BOUNDS
_BARE = "a bare request"
_CONNECTIONS = 64
#: Requests of a turn, and before the first one.
_EACH, _WARM = 250, 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=12)
    options = parser.parse_args()
    pin(LOAD_CORE)
    found, failed = verdict(asyncio.run(measure(options.turns)))
    print("\n".join(found))
    return 1 if failed else 0


def verdict(turns: Sequence[dict[str, float]]) -> tuple[list[str], bool]:
    """The result in words, and whether something is above its bound."""
    lines = []
    failed = False
    for name, bound in BOUNDS.items():
        ratios = sorted(turn[name] for turn in turns)
        middle = median(ratios)
        failed = failed or middle > bound
        word = "TOO MUCH" if middle > bound else "fine"
        lines.append(
            f"{name}: {middle:.1f} bare requests ({ratios[0]:.1f} to {ratios[-1]:.1f}),"
            f" at most {bound:g}: {word}"
        )
    return lines, failed


async def measure(turns: int) -> list[dict[str, float]]:
    """The multiples of each turn. Postponed work counts in the turn in which it is done."""
    sink = Sink()
    sink_port = await sink.listen()
    requests = numbered(signed_requests(_WARM + turns * _EACH))
    with ExitStack() as stack:
        bare = stack.enter_context(bare_server())
        ours = {
            DELIVERED: stack.enter_context(our_server(rules_text(100, forward=False), sink_port)),
            FORWARDED: stack.enter_context(our_server(rules_text(100, forward=True), sink_port)),
        }
        servers = {_BARE: bare, **ours}
        before: dict[str, float] = {}
        found = []
        for turn in range(turns + 1):
            some = [next(requests) for _ in range(_EACH if turn else _WARM)]
            for server in servers.values():
                await _post(server, some)
            await sink.wait_for(_WARM + turn * _EACH, timeout_s=60)
            now = {name: server.cpu_s() for name, server in servers.items()}
            if turn:
                spent = {name: now[name] - before[name] for name in servers}
                found.append({name: spent[name] / spent[_BARE] for name in ours})
            before = now
        return found


async def _post(server: Server, requests: list[bytes]) -> None:
    load = await post_all(server.port, numbered(requests), connections=_CONNECTIONS, seconds=60)
    if load.acknowledged < len(requests):
        raise SystemExit(f"{len(requests) - load.acknowledged} requests were not answered with 200")


if __name__ == "__main__":
    sys.exit(main())
