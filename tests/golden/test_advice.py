"""What people read about rules that load and cannot be meant. GOLDEN_UPDATE=1 writes it anew."""

import os
from pathlib import Path

import pytest

from automator.actions import builtin_actions
from automator.model import Severity
from automator.providers import ProviderAttribute
from automator.rules import RuleContext, load_rules
from tests.support.rules import CONNECTIONS
from tests.support.words import rendered

_FOLDER = Path(__file__).parent / "advice"
_CASES = sorted(path.stem for path in _FOLDER.glob("*.yaml"))
_PATHS = {
    "comment.created": {
        "event.actor.name",
        "event.comment",
        "event.comment.id",
        "event.post",
        "event.post.id",
        "event.post.message",
        "event.parent",
        "event.parent.*",
        "event.attachments",
    }
}


@pytest.mark.parametrize("case", _CASES)
def test_the_advice_about_a_file_reads_as_recorded(case: str) -> None:
    files = {f"{case}.yaml": (_FOLDER / f"{case}.yaml").read_text(encoding="utf-8")}
    rule_context = RuleContext(
        actions=builtin_actions(),
        connections={**CONNECTIONS, "zap": "whatsapp", "app": "discord"},
        known_paths=_PATHS,
        policies=ProviderAttribute("policy"),
    )
    loaded = load_rules(rule_context, files)
    written = rendered(loaded.problems) + "\n"
    expected = _FOLDER / f"{case}.out"
    if os.environ.get("GOLDEN_UPDATE"):
        expected.write_text(written, encoding="utf-8")

    assert not loaded.refused
    assert {problem.severity for problem in loaded.problems} == {Severity.WARNING}
    assert written == expected.read_text(encoding="utf-8")
