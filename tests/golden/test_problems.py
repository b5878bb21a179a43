"""What people read about a broken rule file, word by word. GOLDEN_UPDATE=1 writes it anew."""

import os
from pathlib import Path

import pytest

from tests.support.rules import load
from tests.support.words import rendered

_FOLDER = Path(__file__).parent / "problems"
_CASES = sorted(path.stem for path in _FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("case", _CASES)
def test_the_problems_of_a_broken_file_read_as_recorded(case: str) -> None:
    loaded = load({f"{case}.yaml": (_FOLDER / f"{case}.yaml").read_text(encoding="utf-8")})
    written = rendered(loaded.problems) + "\n"
    expected = _FOLDER / f"{case}.out"
    if os.environ.get("GOLDEN_UPDATE"):
        expected.write_text(written, encoding="utf-8")

    assert loaded.refused
    assert written == expected.read_text(encoding="utf-8")


def test_every_recorded_output_has_its_file() -> None:
    assert sorted(path.stem for path in _FOLDER.glob("*.out")) == _CASES
