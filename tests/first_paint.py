"""Measures how soon a browser shows the pages of a shop's day, and the scripts of each.

    python -m tests.first_paint [--times 15]

Prints the median and the slowest first contentful paint of each page with a cold and with a warm
cache, its scripts as they are sent, and the load of the machine before and after: on a machine with
other work the times say little.
"""

import argparse
import gzip
import os
import sys
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from automator.resources import static_folder
from tests.screenshots import filled_screens
from tests.support.screens import DESK

PAGES = {
    "inbox": "/inbox",
    "log": "/log",
    "rules": "/rules",
    "form": "/rules/price-questions.yaml?view=form",
}
PAINT = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const found = list.getEntriesByName("first-contentful-paint")[0];
    if (found) resolve(found.startTime);
  }).observe({ type: "paint", buffered: true });
})"""
LOADED = "performance.getEntriesByType('resource').map((one) => one.name)"


def painted_ms(page: Any, address: str) -> float:
    """From the start of the navigation to the first content, in milliseconds."""
    page.goto(address)
    page.wait_for_load_state("load")
    return float(page.evaluate(PAINT))


def script_bytes(page: Any) -> int:
    """The scripts of the page, compressed."""
    paths = {urlsplit(url).path for url in page.evaluate(LOADED)}
    files = [static_folder() / path.split("/", 3)[3] for path in paths if path.endswith(".js")]
    return sum(len(gzip.compress(file.read_bytes(), 9, mtime=0)) for file in map(Path, files))


def said_of(name: str, kind: str, times: list[float], scripts: int) -> str:
    """One line of the result."""
    return (
        f"{name:6} {kind:5} median {median(times):5.0f} ms, slowest {max(times):5.0f} ms"
        f" of {len(times)}; scripts {scripts:,} bytes\n"
    )


def main() -> None:
    """Measures, and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=15)
    chosen = parser.parse_args()
    sys.stdout.write(f"load {os.getloadavg()} on {os.cpu_count()} cores\n")
    with filled_screens(replays=False) as screens:
        for name, address in PAGES.items():
            cold: list[float] = []
            for _ in range(chosen.times):
                with screens.page(DESK) as page:
                    cold.append(painted_ms(page, address))
            with screens.page(DESK) as page:
                painted_ms(page, address)
                warm = [painted_ms(page, address) for _ in range(chosen.times)]
                scripts = script_bytes(page)
            sys.stdout.write(said_of(name, "cold", cold, scripts))
            sys.stdout.write(said_of(name, "warm", warm, scripts))
            sys.stdout.flush()
    sys.stdout.write(f"load {os.getloadavg()}\n")


if __name__ == "__main__":
    main()
