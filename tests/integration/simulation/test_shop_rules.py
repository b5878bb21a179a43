"""The rule files of `docs/shop` have no problem, and do what their tests say."""

from pathlib import Path

import pytest

from automator.rules import load_rules
from automator.server.reading.config import load_config
from automator.server.reading.rule_context import rule_context_of
from tests.support.rule_tests import codes_of, results_of
from tests.support.words import rendered

FOLDER = Path(__file__).parents[3] / "docs" / "shop"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_has_no_problem_and_its_tests_pass(path: Path, tmp_path: Path) -> None:
    text = path.read_text("utf-8")
    rule_context = rule_context_of(load_config(None, tmp_path, demo=True), is_configured=False)

    assert rendered(load_rules(rule_context, {path.name: text}).problems) == ""
    results = results_of({path.name: text}, tmp_path)
    assert results
    assert {name: codes_of(result) for name, result in results.items() if codes_of(result)} == {}


def test_there_are_files_for_eleven_needs() -> None:
    assert len(FILES) == 11
