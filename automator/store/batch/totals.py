"""Totals: everything that this process has counted since it started.

The roll-ups count per hour, and take a run out again that is tried once more. A total only grows,
as monitoring systems expect of a counter.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from queue import SimpleQueue

from automator.store.batch.rollups import Tally

#: How many tallies are kept before they are added up, which makes counting in a commit cheap.
_MOST_KEPT = 256
#: How many names are counted separately, in all metrics together: whoever edits rules can invent
#: any number of names. Further ones are counted as `OTHERS`, which no rule can have as its name.
_MOST_NAMES = 20_000
OTHERS = "(others)"


#: The counts since the start of the process: by metric, and then by connection or rule. A run that
#: is tried again counts again when it ends.
TotalCounts = Mapping[str, Mapping[str, int]]


class Totals:
    """Adds up the tallies of commits. The writer's thread adds; any thread may read."""

    def __init__(self) -> None:
        self._kept: SimpleQueue[Tally] = SimpleQueue()
        self._lock = threading.Lock()
        #: The sums by metric and name, as the roll-ups have them.
        self._sums: Counter[tuple[str, str]] = Counter()

    def add(self, tally: Tally) -> None:
        """Adds the counts of a commit. Nobody may change the tally afterwards."""
        self._kept.put(tally)
        if self._kept.qsize() >= _MOST_KEPT:
            self._add_up()

    def read(self) -> TotalCounts:
        """The totals up to the last commit."""
        self._add_up()
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        with self._lock:
            for (metric, name), count in self._sums.items():
                if count:
                    found[metric][name] = count
        return found

    def _add_up(self) -> None:
        with self._lock:
            for _ in range(self._kept.qsize()):
                for metric, name, count in self._kept.get().counted():
                    if (metric, name) not in self._sums and len(self._sums) >= _MOST_NAMES:
                        name = OTHERS
                    # A negative count corrects the roll-ups. But the event has happened.
                    self._sums[metric, name] += max(count, 0)
