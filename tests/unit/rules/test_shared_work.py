"""Rules that compute the same of one event's text share its cost."""

import pytest

from automator.conditions import EventBudget
from automator.conditions.forms.budget import MOST_SHARED, Context
from automator.conditions.functions import extraction
from automator.conditions.functions.keywords import MAX_TEXT
from automator.conditions.texts import fold
from automator.rules import EventFacts
from tests.support.rules import a_scope, rule_set

TEXT = "em là 0901 234 567 nhé shop " * 70
#: Conditions that many rules have alike.
PHONES = "phones(event.text)"
FOLDED = "fold(event.text) != 'x'"


def spent_and_left_out(text: str, rules: int, condition: str = PHONES) -> tuple[int, int]:
    """The elements that so many rules with a condition spend, and how many are not evaluated."""
    found = rule_set(
        "rules:\n"
        + "".join(
            f"""\
  - id: r{number}
    trigger: {{event: comment.created}}
    conditions: ["{condition}", "length(now) == `{number + 100}`"]
    actions: [{{reply: hi}}]
"""
            for number in range(rules)
        )
    )
    scope, budget = a_scope(text=text), EventBudget()
    facts = EventFacts(event_type="comment.created", connection="shop-page", provider="facebook")
    before = budget.left
    found.decide(scope, 0, facts, budget)
    return before - budget.left, len(budget.over)


def test_hundreds_of_rules_read_the_phones_of_a_long_text_within_its_budget() -> None:
    spent, left_out = spent_and_left_out(TEXT, 500)
    assert left_out == 0
    assert spent < 2 * len(TEXT) + 500 * 10


@pytest.mark.parametrize("rules", [1, 50])
def test_the_text_is_paid_for_once_however_many_rules_read_it(rules: int) -> None:
    short, _ = spent_and_left_out("0901 234 567", rules)
    long, _ = spent_and_left_out(TEXT, rules)
    assert long - short == len(TEXT)


@pytest.mark.parametrize("rules", [1, 50])
def test_a_text_is_paid_for_once_however_many_rules_fold_it(rules: int) -> None:
    short, _ = spent_and_left_out("0901 234 567", rules, FOLDED)
    long, _ = spent_and_left_out(TEXT, rules, FOLDED)
    assert long - short == 1 + len(TEXT) * 8 // 64


def test_a_text_that_is_too_long_to_keep_is_paid_for_by_each_rule_that_folds_it() -> None:
    text = "á" * (MAX_TEXT + 1)
    short, _ = spent_and_left_out("á", 3, FOLDED)
    long, _ = spent_and_left_out(text, 3, FOLDED)
    assert long - short == 3 * (1 + len(text) * 8 // 64)


def test_an_event_shares_fewer_texts_than_the_functions_keep() -> None:
    assert min(extraction._CACHED_TEXTS, fold._CACHED_TEXTS) > MOST_SHARED
    budget = EventBudget()
    texts = [f"{number} " * 100 for number in range(MOST_SHARED + 1)]
    for text in texts:
        Context(event=budget).spend_shared("phones", text, 10)
    before = budget.left
    for text in texts:
        Context(event=budget).spend_shared("phones", text, 10)
    budget.settle()
    # Of the first round its last evaluation is counted now; of the second only one text is paid.
    assert before - budget.left == 20


def test_evaluations_without_an_event_pay_each_time() -> None:
    context = Context()
    before = context.left
    for _ in range(2):
        context.spend_shared("phones", TEXT, 10)
    assert before - context.left == 20
