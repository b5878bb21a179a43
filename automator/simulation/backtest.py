"""Backtests: two rule sets over the same stored events, and the differences between them.

Both sides are simulations, with limits, contacts and time replayed in order by the engine itself.
"""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from automator.clock import optional_time
from automator.model import Reason, reason_json, record
from automator.simulation.backtest_side import Range, SideProcess, SideResult, play_side
from automator.simulation.comparison import Comparison, RuleDifference, Volume
from automator.simulation.simulation import SimulationSetup
from automator.store import Log, open_reader

#: Seconds between two looks at how far the sides are.
_LOOK_S = 0.2
_FOR_EVER = 1 << 62
#: Up to this number of events, one process is done before two would have started.
_FEW = 2_000


@record
class Backtest:
    """The differences that other rules would have made for the events of a time."""

    #: Events that both sides have seen, and the times of the first and the last.
    events: int
    first_at: int | None
    last_at: int | None
    #: Events that could not come in: their connection is gone, or retention has emptied them.
    left_out: int
    rules: tuple[RuleDifference, ...]
    before: Volume
    now: Volume
    #: It was ended before all events had come in.
    is_partial: bool
    #: Why a side ended by itself.
    reason: Reason | None
    seconds: float

    @property
    def differs(self) -> bool:
        """Whether anything is different."""
        return any(rule.differs for rule in self.rules)

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "events": self.events,
            "since": optional_time(self.first_at),
            "until": optional_time(self.last_at),
            "left_out": self.left_out,
            "partial": self.is_partial,
            "reason": reason_json(self.reason),
            "rules": [rule.as_json() for rule in self.rules],
            "messages": {"before": self.before.as_json(), "now": self.now.as_json()},
            "seconds": round(self.seconds, 3),
        }


def backtest(
    before: SimulationSetup,
    now: SimulationSetup,
    events: Range,
    url: str,
    is_stopped: Callable[[], bool],
    show: Callable[[int], None],
) -> Backtest:
    """Compares two rule sets over events of the database at `url`.

    `show` gets how many of them have come in on both sides. Many events come in to each side in a
    process of its own. When it is stopped, the outcomes up to then are compared.

    Raises:
        AutomatorError: the events cannot be read.
    """
    with _comparing() as files:
        if events.most > _FEW:
            sides = [SideProcess(*side, events, url) for side in files.beside(before, now)]
            return files.compared(_both(sides, is_stopped, show))
        with contextlib.closing(open_reader(url)) as log:
            return files.compared(
                [play_side(*side, events, log, is_stopped) for side in files.beside(before, now)]
            )


def backtest_within(
    before: SimulationSetup, now: SimulationSetup, events: Range, log: Log, most_seconds: float
) -> Backtest:
    """The same within a time, as when somebody saves a file and waits.

    Raises:
        AutomatorError: the events cannot be read.
    """
    with _comparing() as files:
        began, ended = time.monotonic(), []
        for number, (setup, file) in enumerate(files.beside(before, now), 1):
            until = began + most_seconds * number / 2
            ended.append(play_side(setup, file, events, log, partial(_is_past, until)))
        return files.compared(ended)


def _both(
    sides: Sequence[SideProcess], is_stopped: Callable[[], bool], show: Callable[[int], None]
) -> list[SideResult]:
    """The progress of the processes, when both have ended."""
    ended: list[SideResult | None] = [None, None]
    try:
        while None in ended:
            if is_stopped():
                for side in sides:
                    side.stop()
            looks = zip(ended, sides, strict=True)
            ended = [known or side.ended(_LOOK_S) for known, side in looks]
            show(min(side.done for side in sides))
    finally:
        for side in sides:
            side.end()
    return [item for item in ended if item is not None]


@record(kw_only=False)
class _Files:
    """The outcomes of both sides."""

    of: tuple[Path, Path]
    began: float

    def beside(
        self, before: SimulationSetup, now: SimulationSetup
    ) -> Iterator[tuple[SimulationSetup, Path]]:
        """Both sides, each with the file of its outcomes."""
        return zip((before, now), self.of, strict=True)

    def compared(self, ended: Sequence[SideResult]) -> Backtest:
        """The differences, as far as both have come."""
        first, last = ended[0].first_at, max((item.last_at or 0 for item in ended), default=0)
        is_partial = any(item.is_stopped or item.reason for item in ended)
        if is_partial:
            last = min(item.last_at or 0 for item in ended)
        reached = min(item.now_ms for item in ended) if is_partial else _FOR_EVER
        span = 0 if first is None else last - first
        with contextlib.closing(Comparison(*self.of, reached)) as comparison:
            return Backtest(
                events=min(item.events for item in ended),
                first_at=first,
                last_at=None if first is None else last,
                left_out=max(item.left_out for item in ended),
                rules=comparison.rules(),
                before=comparison.volume("before", span),
                now=comparison.volume("now", span),
                is_partial=is_partial,
                reason=next((item.reason for item in ended if item.reason), None),
                seconds=time.monotonic() - self.began,
            )


def _is_past(until: float) -> bool:
    return time.monotonic() > until


@contextlib.contextmanager
def _comparing() -> Iterator[_Files]:
    with tempfile.TemporaryDirectory(prefix="automator-backtest-") as name:
        folder = Path(name)
        yield _Files((folder / "before.db", folder / "now.db"), time.monotonic())
