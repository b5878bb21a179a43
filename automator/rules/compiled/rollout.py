"""Decides whether the person of an event is in the part of all people for whom a rule acts."""

import hashlib
from typing import Any

from automator.conditions import CompiledExpression, EventBudget, compile_expression
from automator.model import Expression, Reason, Rollout
from automator.reasons.conditions import IT_IS
from automator.reasons.explanations import NOT_ROLLED_OUT, ROLLED_OUT, ROLLOUT_WITHOUT_KEY
from automator.rules.compiled.conditions import Scope
from automator.rules.compiled.limits import is_missing, key_problem, key_text, shown_key

#: The number of places over which keys are spread; one of them is the finest percentage.
_PLACES = 10_000


class CompiledRollout:
    """The rollout of one rule.

    The id of the rule and the key make a number, always the same, so that a person who is in it
    stays in it, and stays when the percentage grows. Rules with other ids choose other people.
    """

    __slots__ = ("_key", "_rule", "_spec")

    def __init__(self, rule_id: str, spec: Rollout) -> None:
        self._rule = rule_id
        self._spec = spec
        self._key: CompiledExpression = compile_expression(spec.key)

    @property
    def condition(self) -> Expression:
        """The key as a condition, for code that asks which names conditions read."""
        return Expression(text=self._spec.key, place=self._spec.place)

    def holds(self, scope: Scope, budget: EventBudget | None = None) -> bool:
        """Whether the rule acts for the person of an event. Never raises."""
        return self._found(scope, budget)[0]

    def explain(self, scope: Scope) -> tuple[bool, Reason]:
        """As `holds`, with the reason."""
        return self._found(scope, None)

    def _found(self, scope: Scope, budget: EventBudget | None) -> tuple[bool, Reason]:
        spec = self._spec
        values: dict[str, Any] = {"percent": spec.percent, "key": spec.key}
        outcome = self._key.evaluate(scope, budget)
        problem = outcome.reason or key_problem(outcome.value)
        if problem or is_missing(outcome.value):
            gave = problem or IT_IS(value=shown_key(outcome.value))
            return spec.assumed is True, ROLLOUT_WITHOUT_KEY(**values, problem=gave)
        is_in = spec.assumed
        if is_in is None:
            is_in = place_of(self._rule, key_text(outcome.value)) < spec.percent * _PLACES / 100
        kind = ROLLED_OUT if is_in else NOT_ROLLED_OUT
        return is_in, kind(**values, value=shown_key(outcome.value))


def place_of(rule_id: str, key: str) -> int:
    """The place of a key among all keys of a rule, from 0 to 9,999."""
    named = f"{rule_id}\0{key}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(named, digest_size=8).digest()) % _PLACES
