"""The examples of mistakes: the bad one has its mistake alone, the good one has none."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import indent

import pytest

from automator.model import Problem
from automator.rules import RuleContext, load_rules
from automator.rules.assistance.quick_fixes import quick_fixes
from automator.rules.meaning.sending import sending_tracked_needs_address
from automator.rules.meaning.table import MISTAKES
from automator.rules.mending.fixes import Mistake
from automator.server.reading.config import load_config
from automator.server.reading.rule_context import rule_context_of
from tests.support.rules import applied

USUAL = {
    "trigger": "trigger: {event: comment.created, connection: demo-page}\n",
    "actions": "actions: [{log: Hi}]\n",
}
of_mistakes = pytest.mark.parametrize("mistake", MISTAKES.values(), ids=lambda one: one.code)
Find = Callable[[Mistake, str], Sequence[Problem]]


def file_of(example: str) -> str:
    """The rule file that an example is a part of."""
    if example.startswith("rules:"):
        return example
    first, _, rest = example.partition("\n")
    vars_, rule = (f"{first}\n", rest) if first.startswith("vars:") else ("", example)
    rule += "\n"
    for key, usual in USUAL.items():
        rule += "" if f"\n{key}:" in f"\n{rule}" else usual
    return f"{vars_}rules:\n  - id: example\n{indent(rule, '    ')}"


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> RuleContext:
    """What a demo knows that has an address, a page with accounts, and a secret."""
    config = load_config(None, Path(tmp_path_factory.mktemp("demo")), demo=True).require()
    of_demo = rule_context_of(config)
    return replace(
        of_demo,
        connections={**(of_demo.connections or {}), "pages": "facebook"},
        accounts={"pages": ["pages:hanoi"]},
        secrets={"crm": ["crm.example"]},
    )


@pytest.fixture
def find(context: RuleContext) -> Find:
    def problems(mistake: Mistake[...], text: str) -> Sequence[Problem]:
        known = replace(context, has_public_url=mistake is not sending_tracked_needs_address)
        return load_rules(known, {"a.yaml": text}).problems

    return problems


@of_mistakes
def test_a_bad_example_has_its_mistake_alone(mistake: Mistake[...], find: Find) -> None:
    assert [one.reason.code for one in find(mistake, file_of(mistake.bad))] == [mistake.code]


@of_mistakes
def test_a_mistake_is_gone_from_its_good_example_and_after_its_quick_fix(
    mistake: Mistake[...], find: Find
) -> None:
    bad = file_of(mistake.bad)
    (problem,) = find(mistake, bad)
    mended = [applied(bad, fix) for fix in quick_fixes(bad, problem)]

    assert mended or (mistake.good and mistake.fix is None)
    assert [find(mistake, text) for text in mended] == [[] for _ in mended]
    assert not mistake.good or find(mistake, file_of(mistake.good)) == []
