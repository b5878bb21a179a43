"""Totals: what this process has counted since it started.

The roll-ups say how much there was in an hour, and take out a run again that is tried once more. A
total only grows, as monitoring systems expect of a counter.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from queue import SimpleQueue

from automator.model import record
from automator.store.batch.rollups import ENDED, EVENTS, NOT_TAKEN, STARTED, Tally

#: Tallies that are kept before they are added up, so that counting costs a commit next to nothing.
_MOST_KEPT = 256
#: Names that are counted one by one, in all metrics together: whoever edits rules can make up new
#: names without end. Further names are counted as `OTHERS`, which no rule can be named.
_MOST_NAMES = 10_000
OTHERS = "(others)"


@record
class TotalCounts:
    """Everything that was counted since the start."""

    #: By connection.
    events: Mapping[str, int]
    #: Deliveries that were not accepted, by connection and verdict.
    not_accepted: Mapping[tuple[str, str], int]
    #: Runs that were stored, by rule.
    started: Mapping[str, int]
    #: Runs that ended, by rule and the label of their state; a run that is tried again counts
    #: again.
    ended: Mapping[tuple[str, str], int]


class Totals:
    """Adds up the tallies of commits. The writer's thread adds, any thread reads."""

    def __init__(self) -> None:
        self._kept: SimpleQueue[Tally] = SimpleQueue()
        self._lock = threading.Lock()
        #: By metric and name, as in the roll-ups.
        self._sums: Counter[tuple[str, str]] = Counter()

    def add(self, tally: Tally) -> None:
        """Adds the counts of a commit; nobody may change this tally any more."""
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
                    # The roll-ups take these counts out again, but they did happen.
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
