"""The table of figures at the end of a run, whatever pytest shows of what the tests printed."""

from typing import Any

from tests.faults.figures import FIGURES


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if FIGURES:
        terminalreporter.section("figures")
        for scenario, line in FIGURES:
            terminalreporter.write_line(f"{scenario}: {line}")
