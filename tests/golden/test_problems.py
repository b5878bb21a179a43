"""What people read about a broken rule file, word by word. GOLDEN_UPDATE=1 writes it anew."""

import os
from pathlib import Path

import pytest

from tests.support.rules import check, load
from tests.support.words import rendered

_FOLDER = Path(__file__).parent / "problems"
_CASES = sorted(path.stem for path in _FOLDER.glob("*.yaml"))
#: Files whose problems are also recorded in Vietnamese.
_IN_VIETNAMESE = [
    "absences", "audience", "blanks-pasted", "bracket-left-open", "colon-in-text",
    "condition-syntax", "conditions", "conditions-as-pairs",
    "code-fence", "curly-quotes",
    "dates-in-templates",
    "duplicate-key", "escape-in-double-quotes", "escape-that-is-one", "every-minute",
    "file-of-another-program", "file-of-one-rule", "file-of-settings",
    "forms-of-code", "forms-of-other-languages",
    "ids-and-connections", "keys-of-elsewhere", "limits",
    "meaning-active", "meaning-always", "meaning-approve",
    "meaning-arms",
    "meaning-audience", "meaning-buttons", "meaning-comparisons",
    "meaning-emit", "meaning-events", "meaning-misnamed-inputs", "meaning-notify",
    "meaning-lost-values",
    "meaning-filled-in", "meaning-nothing-there", "meaning-scopes", "meaning-set-and-output",
    "meaning-vars",
    "meaning-other-connections", "meaning-other-programs", "meaning-own-words",
    "meaning-questions", "meaning-rule-tests", "meaning-schedules", "meaning-sending",
    "meaning-sequences",
    "meaning-slips", "meaning-steps-of-elsewhere", "meaning-values",
    "meaning-waits",
    "meaning-words-of-a-shop", "not-possible", "quote-first", "references", "rule-tests",
    "rule-tests-compared",
    "rules-left-out",
    "schedules", "short-forms", "signs-in-many-lines",
    "slip-above", "slip-far-above", "slip-in-indentation",
    "slip-of-a-star", "slip-wide-colon", "slips-of-lists",
    "slips-in-conditions", "slips-in-lines", "spelt-out", "tab", "template-syntax", "templates",
    "times-spelt-out",
    "texts-between-braces", "texts-between-brackets",
    "unknown-action", "unknown-key", "wrong-kinds",
]  # fmt: skip


@pytest.mark.parametrize("case", _CASES)
def test_the_problems_of_a_broken_file_read_as_recorded(case: str) -> None:
    assert_reads_as_recorded(case, "en", f"{case}.out")


@pytest.mark.parametrize("case", _IN_VIETNAMESE)
def test_the_problems_of_a_broken_file_read_as_recorded_in_vietnamese(case: str) -> None:
    assert_reads_as_recorded(case, "vi", f"{case}.vi.out")


def assert_reads_as_recorded(case: str, language: str, name: str) -> None:
    read = check if case.startswith("meaning-") else load
    loaded = read({f"{case}.yaml": (_FOLDER / f"{case}.yaml").read_text(encoding="utf-8")})
    written = rendered(loaded.problems, language) + "\n"
    expected = _FOLDER / name
    if os.environ.get("GOLDEN_UPDATE"):
        expected.write_text(written, encoding="utf-8")

    assert loaded.problems
    assert written == expected.read_text(encoding="utf-8")


def test_every_recorded_output_has_its_file() -> None:
    recorded = {path.name.removesuffix(".out") for path in _FOLDER.glob("*.out")}

    assert recorded == {*_CASES, *(f"{case}.vi" for case in _IN_VIETNAMESE)}
