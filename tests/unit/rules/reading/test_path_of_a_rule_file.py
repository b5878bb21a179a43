"""The modules that a rule file meets from its text to compiled rules, as the docs list them."""

import re
import sys
from pathlib import Path
from types import FrameType

from automator.rules import load_rules
from tests.support.rules import real_rule_context

ARCHITECTURE = Path(__file__).parents[4] / "docs" / "explanation" / "architecture.md"
RULES = """\
rules:
  - id: answer
    trigger: {event: comment.created}
    conditions: ["contains(event.text, 'the path of a rule file')"]
    actions:
      - private_reply: "Chào {{ event.actor.name }} on the path of a rule file"
"""


class Trace:
    """Notes the modules whose functions are called, in the order of their first calls."""

    def __init__(self) -> None:
        self.met: list[str] = []

    def __call__(self, frame: FrameType, event: str, _arg: object) -> None:
        name = frame.f_globals.get("__name__", "")
        if event == "call" and name not in self.met:
            self.met.append(name)


def documented() -> list[str]:
    """The modules and packages of the section, in its order."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    section = text.partition("## One rule file, module by module")[2].partition("\n## ")[0]
    return re.findall(r"^\d+\. `(automator\.[\w.]+)`", section, re.MULTILINE)


def test_a_rule_file_meets_the_documented_modules_in_their_order() -> None:
    rule_context, trace, before = real_rule_context(), Trace(), sys.getprofile()
    sys.setprofile(trace)
    try:
        loaded = load_rules(rule_context, {"path-of-a-rule-file.yaml": RULES})
    finally:
        sys.setprofile(before)
    assert [rule.spec.id for rule in loaded.rule_set.rules] == ["answer"]

    def first_call(place: str) -> int:
        return next(at for at, met in enumerate(trace.met) if f"{met}.".startswith(f"{place}."))

    named = documented()
    assert len(named) > 5
    assert sorted(named, key=first_call) == named
