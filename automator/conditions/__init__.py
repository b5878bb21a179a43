"""Conditions: JMESPath compiled to Python, with our own functions, budgets and explanations.

From text to answer: `compile_expression` parses and checks the text (`forms/grammar`, `check`; with
`syntax_mistakes`, `other_languages` and `meant_names` for what people often get wrong).
`compile_tree` writes one Python function for the tree (`compile`, with a file for each kind of form
in `forms/`), and `CompiledExpression.holds` is that function. `functions/` has the functions that
expressions call. Open `expression.py` first.
"""

from automator.conditions.check import check_expression
from automator.conditions.compile import FUNCTIONS
from automator.conditions.expression import CompiledExpression, Outcome, compile_expression
from automator.conditions.forms.budget import SPENT, EventBudget, is_larger_than
from automator.conditions.forms.finding import ExpressionError, Finding
from automator.conditions.forms.values import is_true
from automator.conditions.functions.answers import judge_answer
from automator.conditions.functions.arms import NoArmsError, arm_of, key_of, read_arms
from automator.conditions.functions.extraction import FINDERS
from automator.conditions.functions.keywords import Options as KeywordOptions
from automator.conditions.functions.patterns import pattern_problem
from automator.conditions.meant_names import meant_in_expression, meant_path
from automator.conditions.predicates import (
    EVERY_FIELD,
    SCOPE_NAMES,
    Compare,
    Contains,
    Equals,
    KeywordsIn,
    Predicate,
    StartsWith,
)
from automator.conditions.texts.fold import fold
from automator.conditions.texts.languages import language_of
from automator.conditions.trace import Trace

__all__ = [
    "compile_expression",
    "CompiledExpression",
    "ExpressionError",
    "Outcome",
    "Trace",
    "SPENT",
    "EventBudget",
    "is_larger_than",
    "is_true",
    "FINDERS",
    "NoArmsError",
    "arm_of",
    "key_of",
    "read_arms",
    "fold",
    "language_of",
    "judge_answer",
    "pattern_problem",
    "check_expression",
    "Finding",
    "FUNCTIONS",
    "Predicate",
    "Compare",
    "Equals",
    "StartsWith",
    "Contains",
    "KeywordsIn",
    "KeywordOptions",
    "meant_in_expression",
    "meant_path",
    "SCOPE_NAMES",
    "EVERY_FIELD",
]
