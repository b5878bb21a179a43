"""The table of figures at the end of a run, whatever pytest shows of what the tests printed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.figures import FIGURES
from tests.faults.installation import kill_what_is_left

_HERE = f"{Path(__file__).parent}/"


@pytest.fixture(autouse=True)
def no_server_outlives_its_test() -> Iterator[None]:
    yield
    kill_what_is_left()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Scenarios belong to `make test-long`; the tests of their oracle are quick."""
    for item in items:
        # The parents of a path are made anew for each of the many tests that are not here.
        if str(item.path).startswith(_HERE) and item.path.stem != "test_oracle":
            item.add_marker("long")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Sends the figures of a worker to the process that prints them."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["figures"] = FIGURES


def pytest_testnodedown(node: Any) -> None:
    FIGURES.extend(tuple(line) for line in node.workeroutput.get("figures", []))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if FIGURES:
        terminalreporter.section("figures")
        for scenario, line in FIGURES:
            terminalreporter.write_line(f"{scenario}: {line}")
