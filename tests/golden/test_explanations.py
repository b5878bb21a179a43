"""What people read about why a rule matched or did not. GOLDEN_UPDATE=1 writes it anew."""

import json
import os
from pathlib import Path

import pytest

from automator.rules import EventFacts, as_json
from tests.support.rules import a_scope, rule_set
from tests.support.words import told_of_rule

_FOLDER = Path(__file__).parent / "explanations"


@pytest.mark.parametrize("is_self", [False, True])
def test_an_explanation_reads_as_recorded(is_self: bool) -> None:
    rules = rule_set({"comment.yaml": (_FOLDER / "comment.yaml").read_text(encoding="utf-8")})
    facts = EventFacts("comment.created", "shop-page", "facebook", is_self)
    explained = rules.explain(a_scope(), 0, facts)
    text = "\n\n".join(told_of_rule(item) for item in explained) + "\n"
    data = json.dumps([as_json(item) for item in explained], ensure_ascii=False, indent=2) + "\n"
    name = "comment.self" if is_self else "comment"
    for suffix, written in ((".out", text), (".json", data)):
        expected = _FOLDER / f"{name}{suffix}"
        if os.environ.get("GOLDEN_UPDATE"):
            expected.write_text(written, encoding="utf-8")

        assert written == expected.read_text(encoding="utf-8")
