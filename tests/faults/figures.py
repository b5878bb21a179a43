"""What the scenarios measured: one line each, printed again as a table at the end of the run."""

from typing import Any

#: Scenario and what it saw, in the order in which they ran.
FIGURES: list[tuple[str, str]] = []


def report(scenario: str, **figures: Any) -> None:
    """Keeps one line of figures; seed and options belong to it."""
    line = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items())
    FIGURES.append((scenario, line))
    print(f"{scenario}: {line}")
