"""The preview of the rule editor: how long a keystroke waits for it.

    python -m benchmarks.preview [--events 500] [--rules 20] [--rounds 60]

A whole server in this process gets events through its intake; then a file with many rules is
changed by a letter in each round and previewed by `POST /api/preview`. Prints the median and the
95th percentile, of the time and of the CPU alone, and ends with 1 when the time is above its bound.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from automator.garbage import collect_seldom, freeze_objects
from tests.support.site import Site, open_site

#: Milliseconds at the 95th percentile.
BOUND_MS = 200.0
_WARM_UP = 5
_RULE = """\
  - id: rule-{number}
    name: Rule {number}
    trigger: {{event: comment.created, connection: demo-page}}
    conditions:
      - keywords(event.text, ['giá {number}', 'mã {number}', 'ib'])
      - event.parent == null
      - any:
          - contains(event.post.message || '', '#sale')
          - event.actor.name != null
    limits: {{once: {{key: "[event.actor.id, event.post.id]"}}}}
    actions:
      - id: public
        reply: "Chào {{{{ event.actor.name }}}}, shop đã nhắn tin cho bạn ạ.{letters}"
      - private_reply: "Giá hôm nay: 250k. Bạn cần size nào ạ?"
      - follow_up:
          after: 20h
          cancel_on: {{event: message.received}}
          actions:
            - message: "Bạn còn quan tâm không ạ?"
"""


def rules(count: int, letters: str = "") -> str:
    """The text of the file; `letters` are what has just been typed."""
    return "rules:\n" + "".join(_RULE.format(number=n, letters=letters) for n in range(count))


async def measure(
    site: Site, count: int, rounds: int, events: int
) -> tuple[list[float], list[float]]:
    """The milliseconds of each preview, and those of the CPU."""
    caller = site.caller()
    caller.headers["authorization"] = f"Bearer {site.services.control_token}"
    taken, computed = [], []
    for number in range(rounds + _WARM_UP):
        text = rules(count, "n" * (number % 40 + 1))
        body = {"file": "prices.yaml", "text": text, "limit": events}
        began, worked = time.perf_counter(), time.process_time()
        reply = await caller.json("POST", "/api/preview", body)
        taken.append((time.perf_counter() - began) * 1000)
        computed.append((time.process_time() - worked) * 1000)
        found = reply.json()
        assert found["ok"], found["problems"]
        assert found["preview"]["count"] == events, found["preview"]["count"]
    return taken[_WARM_UP:], computed[_WARM_UP:]


async def main(events: int, count: int, rounds: int) -> float:
    """Runs it; the 95th percentile in milliseconds."""
    with tempfile.TemporaryDirectory() as name:
        async with open_site(Path(name) / "site", rules(count)) as site:
            for number in range(events):
                # One in three matches some rule.
                said = f"giá {number % count} shop ơi" if number % 3 == 0 else f"đẹp quá {number}"
                await site.event(said)
            # As a server that runs does.
            collect_seldom()
            freeze_objects()
            taken, computed = await measure(site, count, rounds, events)
    print(f"{events} events, {count} rules, {rounds} previews")
    percentiles = [quantiles(values, n=100) for values in (taken, computed)]
    for name, found in zip(("time", "CPU"), percentiles, strict=True):
        print(f"{name:5} p50 {found[49]:.0f} ms   p95 {found[94]:.0f} ms")
    return percentiles[0][94]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--rules", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    sys.exit(asyncio.run(main(options.events, options.rules, options.rounds)) > BOUND_MS)
