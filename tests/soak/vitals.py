"""How a process is doing over time: memory, open files, threads; and what that comes to."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, median


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look at a process."""

    at_s: float
    rss_mb: float
    open_files: int
    threads: int


def look_at(pid: int, began: float) -> Vitals:
    """How the process is doing now; `began` is when the clock of the soak was started.

    Raises:
        FileNotFoundError: there is no such process.
    """
    status = Path(f"/proc/{pid}/status").read_text()
    values = dict(line.split(":", 1) for line in status.splitlines())
    return Vitals(
        at_s=time.monotonic() - began,
        rss_mb=int(values["VmRSS"].split()[0]) / 1024,
        open_files=len(list(Path(f"/proc/{pid}/fd").iterdir())),
        threads=int(values["Threads"]),
    )


def rss_slope_mb_per_hour(looks: Sequence[Vitals]) -> float:
    """By how much memory grows, as a line through all looks."""
    if len(looks) < 3:
        return 0.0
    slope, _ = linear_regression([look.at_s for look in looks], [look.rss_mb for look in looks])
    return slope * 3600


def at_the_ends(values: Sequence[float]) -> tuple[float, float]:
    """The medians of the first and of the last tenth: one look alone may be an odd one."""
    part = max(1, len(values) // 10)
    return median(values[:part]), median(values[-part:])
