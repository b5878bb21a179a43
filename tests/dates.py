"""Runs tests as if it were another date: `make test-dates`, or only one with `MOMENT=`.

A test that is red here and green on its own compares a fixed date with the clock of the machine.
Its dates come from a clock that it sets, or from now.
"""

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.support.moved_clock import MovedClock

#: The zone of all these runs. Its clock is changed at 1:00 UTC.
ZONE = ZoneInfo("Europe/Berlin")


def moments(now: datetime) -> dict[str, datetime]:
    """The next of each kind; the tests begin then."""

    def next_day(holds: Callable[[datetime], bool]) -> datetime:
        days = (now.replace(hour=12) + timedelta(days=number) for number in itertools.count(1))
        return next(filter(holds, days))

    changed = next_day(lambda day: day.utcoffset() != (day - timedelta(days=1)).utcoffset())
    new_year = next_day(lambda day: (day.month, day.day) == (12, 31))
    return {
        "early": next_day(lambda _: True).replace(hour=2, minute=30),
        "month-end": next_day(lambda day: day.day == 31),
        "leap-day": next_day(lambda day: (day.month, day.day) == (2, 29)),
        "clock-change": changed.astimezone(UTC).replace(hour=0, minute=55),
        "new-year": new_year.replace(hour=23, minute=59),
        "two-years": now + timedelta(days=730),
    }


def main() -> int:
    """Runs pytest at each moment; 1 if anything is red."""
    chosen = os.environ.get("MOMENT")
    true_now = datetime.now(ZONE)
    outcomes = []
    for name, moment in moments(true_now).items():
        if chosen not in (None, "", name):
            continue
        print(f"\n== {name}: {moment.astimezone(ZONE):%d %B %Y %H:%M %Z} ==", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            clock = MovedClock(Path(folder))
            clock.set(round(moment.timestamp() - datetime.now(UTC).timestamp()))
            environ = {**os.environ, "TZ": ZONE.key, **clock.environ, "FAKETIME_NO_CACHE": "0"}
            command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
            outcomes.append(subprocess.run(command, env=environ, check=False).returncode)
    return int(any(outcomes) or not outcomes)


if __name__ == "__main__":
    sys.exit(main())
