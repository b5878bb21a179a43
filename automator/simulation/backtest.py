"""Backtests: two rule sets over the same stored events, and the differences between them.

Both sides are simulations: the engine itself replays limits, contacts and time in order.
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

#: How many seconds pass between two checks of how far both sides have come.
_LOOK_S = 0.2
_FOR_EVER = 1 << 62
#: For so few events, one process finishes sooner than two processes could start.
_FEW = 2_000


@record
class Backtest:
    """The differences that another rule set would have made to the events of a span of time."""

    #: How many events both sides have played, and the times of the first and the last one.
    events: int
    first_at: int | None
    last_at: int | None
    #: How many events could not come in: their connection is gone, or their content is deleted.
    left_out: int
    rules: tuple[RuleDifference, ...]
    before: Volume
    now: Volume
    #: Whether the backtest was stopped before all events had come in.
    is_partial: bool
    #: The reason why a side ended early by itself; None if none did.
    reason: Reason | None
    seconds: float

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        return any(rule.differs for rule in self.rules)

    def as_json(self) -> dict[str, Any]:
        """Returns the differences as plain data."""
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

    `show` is called with the number of events that both sides have played. If there are many
    events, each side has its own process. If the backtest is stopped, it compares the outcomes so
    far.

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
    """Runs a backtest in at most `most_seconds`, for a person who saves a file and waits.

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
    """Waits until both processes have ended, and returns how far each side has come."""
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
    """The files with the outcomes of both sides."""

    of: tuple[Path, Path]
    began: float

    def beside(
        self, before: SimulationSetup, now: SimulationSetup
    ) -> Iterator[tuple[SimulationSetup, Path]]:
        """Yields both sides, each with the path of the file for its outcomes."""
        return zip((before, now), self.of, strict=True)

    def compared(self, ended: Sequence[SideResult]) -> Backtest:
        """Returns the differences between the sides, up to the time that both have reached."""
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
