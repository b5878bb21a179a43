"""Every promise names tests, and those tests exist."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "durability.md"
ROW = re.compile(r"^\| (P\d+) \|[^|]+\|(.+)\|$", re.MULTILINE)
TEST = re.compile(r"\[`(\w+)`\]\(([^)]+)\)")


def rows() -> dict[str, list[tuple[str, str]]]:
    """Promise → the names of its tests and where they stand."""
    text = PAGE.read_text(encoding="utf-8")
    return {promise: TEST.findall(tests) for promise, tests in ROW.findall(text)}


def test_every_promise_stands_in_the_table_with_its_tests() -> None:
    found = rows()

    assert list(found) == [f"P{number}" for number in range(1, 13)]
    assert [promise for promise, tests in found.items() if not tests] == []


def test_every_test_that_a_promise_names_exists() -> None:
    missing = [
        name
        for tests in rows().values()
        for name, place in tests
        if not re.search(
            rf"^(?:(?:async )?def {name}\(|{name} =)",
            (PAGE.parent / place).read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    ]

    assert missing == []
