"""Totals: everything that this process has counted since it started.

The roll-ups count per hour, and take a run out again that is tried once more. A total only grows,
as monitoring systems expect of a counter.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from queue import SimpleQueue

from automator.model import record
from automator.store.batch.rollups import ENDED, EVENTS, NOT_TAKEN, STARTED, Tally

#: How many tallies are kept before they are added up, which makes counting in a commit cheap.
_MOST_KEPT = 256
#: How many names are counted separately, in all metrics together: whoever edits rules can invent
#: any number of names. Further ones are counted as `OTHERS`, which no rule can have as its name.
_MOST_NAMES = 10_000
OTHERS = "(others)"


@record
class TotalCounts:
    """All counts since the start of the process."""

    #: Events, by connection.
    events: Mapping[str, int]
    #: Deliveries that were not accepted, by connection and verdict.
    not_accepted: Mapping[tuple[str, str], int]
    #: Runs that were stored, by rule.
    started: Mapping[str, int]
    #: Runs that ended, by rule and by the label of the state. A run that is tried again counts
    #: again when it ends.
    ended: Mapping[tuple[str, str], int]


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
        with self._lock:
            sums = dict(self._sums)
        return TotalCounts(
            events=_of_metric(sums, EVENTS),
            not_accepted=_of_metrics(sums, NOT_TAKEN),
            started=_of_metric(sums, STARTED),
            ended=_of_metrics(sums, {state.label: metric for state, metric in ENDED.items()}),
        )

    def _add_up(self) -> None:
        with self._lock:
            for _ in range(self._kept.qsize()):
                for metric, name, count in self._kept.get().counted():
                    if (metric, name) not in self._sums and len(self._sums) >= _MOST_NAMES:
                        name = OTHERS
                    # A negative count corrects the roll-ups. But the event has happened.
                    self._sums[metric, name] += max(count, 0)


def _of_metric(sums: Mapping[tuple[str, str], int], wanted: str) -> dict[str, int]:
    return {name: count for (metric, name), count in sums.items() if metric == wanted and count}


def _of_metrics(
    sums: Mapping[tuple[str, str], int], labels: Mapping[str, str]
) -> dict[tuple[str, str], int]:
    """The counts of several metrics by name and the metric's label."""
    return {
        (name, label): count
        for label, metric in labels.items()
        for name, count in _of_metric(sums, metric).items()
    }
