"""The coverage of rules by their tests counts what the engine looks at, and says what is open."""

import pytest

from automator.rules import load_rules
from automator.simulation.covered_by_tests import TestedRule, covered_by_tests
from tests.support.rule_tests import results_of
from tests.support.rules import real_rule_context

COMMENT = "sample: facebook/comment.created"
RULES = f"""
rules:
  - id: price
    trigger: {{event: comment.created, connection: shop-page}}
    conditions:
      - keywords(event.text, ['giá'])
      - any:
          - contains(event.text, 'áo')
          - contains(event.text, 'váy')
          - contains(event.text, 'mũ')
      - not:
          - contains(event.text, 'sỉ')
      - {{name: knows who it is, expr: event.actor.id != null}}
    actions: [{{reply: Chào bạn}}]
    tests:
      - name: a shirt
        event: {{{COMMENT}, with: {{event.text: giá áo}}}}
        expect: matched
      - name: a dress
        event: {{{COMMENT}, with: {{event.text: giá váy}}}}
        expect: matched
      - name: praise
        event: {{{COMMENT}, with: {{event.text: váy đẹp quá}}}}
        expect: no_match
  - id: untested
    trigger: {{event: comment.created, connection: shop-page}}
    conditions: ["contains(event.text, 'ship')"]
    actions: [{{reply: Chào bạn}}]
"""


@pytest.fixture(scope="module")
def covered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TestedRule]:
    results = results_of({"rules.yaml": RULES}, tmp_path_factory.mktemp("covered")).values()
    rules = load_rules(real_rule_context(), {"rules.yaml": RULES}).rule_set.rules
    return {rule.rule: rule for rule in covered_by_tests(rules, results)}


def test_each_condition_says_in_which_test_it_held_last_and_in_which_not(
    covered: dict[str, TestedRule],
) -> None:
    price = covered["price"]
    seen = [(one.text, one.last_true, one.last_false, one.finding) for one in price.conditions]

    assert (price.tests, price.last_matched, price.last_missed) == (3, "a dress", "praise")
    assert seen == [
        ("keywords(event.text, ['giá'])", "a dress", "praise", None),
        ("contains(event.text, 'áo')", "a shirt", "a dress", None),
        ("contains(event.text, 'váy')", "a dress", None, "always_true"),
        ("contains(event.text, 'mũ')", None, None, "never_evaluated"),
        ("contains(event.text, 'sỉ')", None, "a dress", "always_false"),
        ("knows who it is", "a dress", None, "always_true"),
    ]
    assert not price.is_covered


def test_a_rule_without_tests_is_not_covered(covered: dict[str, TestedRule]) -> None:
    untested = covered["untested"]

    assert not untested.is_covered
    assert untested.as_json()["tests"] == 0
    assert [one["finding"] for one in untested.as_json()["conditions"]] == ["never_evaluated"]
