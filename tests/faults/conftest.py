"""The table of figures at the end of a run, whatever pytest shows of what the tests printed."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.figures import FIGURES
from tests.faults.installation import kill_what_is_left


@pytest.fixture(autouse=True)
def no_server_outlives_its_test() -> Iterator[None]:
    yield
    kill_what_is_left()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if FIGURES:
        terminalreporter.section("figures")
        for scenario, line in FIGURES:
            terminalreporter.write_line(f"{scenario}: {line}")
