"""The wall clock of real processes, set with libfaketime, while their monotonic clock goes on."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

_FILE = "FAKETIME_TIMESTAMP_FILE"
_PLACES = ("x86_64-linux-gnu", "aarch64-linux-gnu", "arm-linux-gnueabihf", "")


class MovedClock:
    """The time of the processes that are started with `environ`."""

    def __init__(self, folder: Path) -> None:
        """Skips the test where libfaketime is not installed; under CI that is a failure."""
        self._library = _library()
        self._offset = folder / "offset"
        # Under `make test-dates` this process has a clock that is set as well.
        ours = os.environ.get(_FILE)
        self._own_s = float(Path(ours).read_text()) if ours else 0.0
        self.set(0)

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment that makes a process use it."""
        return {
            "LD_PRELOAD": str(self._library),
            _FILE: str(self._offset),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_NO_CACHE": "1",
        }

    def set(self, seconds: float) -> None:
        """Sets it off from the time of this process, from one reading to the next."""
        new = self._offset.with_suffix(".new")
        new.write_text(f"{self._own_s + seconds:+.1f}\n")
        new.replace(self._offset)


def _library() -> Path:
    for place in _PLACES:
        found = Path("/usr/lib") / place / "faketime" / "libfaketimeMT.so.1"
        if found.exists():
            return found
    assert os.environ.get("CI") != "true", "libfaketime is missing: apt-get install faketime"
    pytest.skip("libfaketime is not installed: a clock that is set back is not tested")
