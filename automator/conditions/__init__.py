"""Conditions: JMESPath compiled to Python, with additional functions, budgets and explanations.

`compile_expression` parses the text (`forms/grammar`) and checks it (`check`; frequent mistakes are
in `syntax_mistakes` and `other_languages`). `compile_tree` (`compile`) then writes
one Python function for the syntax tree, with a file of `forms/` for each kind of form.
`CompiledExpression.holds` is that function. `trace` explains an expression. `functions/` has the
functions that expressions call. Open `expression.py` first.
"""

# mypy: implicit_reexport

from automator.conditions.check import check_expression
from automator.conditions.compile import FUNCTIONS
from automator.conditions.expression import (
    EVERY_FIELD,
    SCOPE_NAMES,
    Compare,
    CompiledExpression,
    Contains,
    Equals,
    KeywordsIn,
    Outcome,
    Predicate,
    StartsWith,
    compile_expression,
)
from automator.conditions.forms.budget import SPENT, EventBudget, is_larger_than
from automator.conditions.forms.finding import ExpressionError, Finding
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import is_true
from automator.conditions.functions.answers import judge_answer
from automator.conditions.functions.arms import NoArmsError, arm_of, key_of, read_arms
from automator.conditions.functions.extraction import FINDERS
from automator.conditions.functions.intents import (
    cancelled_by,
    is_question,
    wanted_in,
    with_own_words,
)
from automator.conditions.functions.keywords import Options as KeywordOptions
from automator.conditions.functions.patterns import pattern_problem
from automator.conditions.other_languages import meant_in_expression, meant_path
from automator.conditions.texts.fold import fold
from automator.conditions.texts.intent_words import INTENTS
from automator.conditions.texts.languages import language_of
from automator.conditions.trace import Trace
