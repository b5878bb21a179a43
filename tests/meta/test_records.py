"""Immutable values are records: one kind of class, which is quick to make and to import."""

from pathlib import Path

import automator


def test_no_class_is_a_frozen_dataclass_with_slots_which_records_are() -> None:
    files = Path(automator.__file__).parent.rglob("*.py")
    slow = "@dataclass(frozen=True, slots=True"

    assert [file.name for file in files if slow in file.read_text(encoding="utf-8")] == []
