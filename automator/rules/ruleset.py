"""All rules loaded together: immutable, and quick to say which of them an event matches."""

from collections.abc import Mapping
from typing import Any

from automator.model import Step
from automator.rules.compiled import CompiledRule, Scope, roots_of
from automator.rules.explain import EventFacts, RuleExplanation, explain_rule
from automator.rules.index import TriggerIndex


class RuleSet:
    """The rules of all files, in the order of the files and of their places in them."""

    def __init__(
        self, rules: tuple[CompiledRule, ...], *, files: Mapping[str, str], digest: str
    ) -> None:
        self.rules = rules
        self.files = files
        #: SHA-256 over the names and texts of the files.
        self.digest = digest
        #: Some condition reads `contact`: whoever matches has to look it up first.
        self.needs_contact = any(_reads_contact(rule) for rule in rules)
        self._by_id = {rule.spec.id: rule for rule in rules}
        self._index = TriggerIndex(tuple(rule for rule in rules if rule.spec.enabled))

    def rule(self, rule_id: str) -> CompiledRule | None:
        """The rule with this id, also when it is switched off."""
        return self._by_id.get(rule_id)

    def vars_for(self, rule: CompiledRule) -> Mapping[str, Any]:
        """What the rule sees as `vars`."""
        return rule.vars

    def match(
        self, scope: Scope, *, event_type: str, connection: str, provider: str, is_self: bool
    ) -> list[CompiledRule]:
        """The rules that this event starts, in their order. Never raises.

        `scope` has what conditions see, without `vars`, which is added for the rules that read it.
        """
        found: list[CompiledRule] = []
        scopes: dict[int, Scope] = {}
        for rule in self._index.select(scope, event_type, connection, provider, is_self):
            seen = scope
            if rule.reads_vars:
                key = id(rule.vars)
                seen = scopes.get(key) or scopes.setdefault(key, rule.scope_for(scope))
            for check in rule.checks:
                if not check(seen):
                    break
            else:
                found.append(rule)
        return found

    def explain(self, scope: Scope, facts: EventFacts) -> list[RuleExplanation]:
        """For every rule, also those that are switched off: whether it matches, and why."""
        return [explain_rule(rule, scope, facts) for rule in self.rules]


def _reads_contact(rule: CompiledRule) -> bool:
    cancelling = (step.cancel_on for step in _steps(rule.spec.steps) if step.cancel_on)
    return "contact" in rule.roots or any(
        "contact" in roots_of(cancel_on.conditions) for cancel_on in cancelling
    )


def _steps(steps: tuple[Step, ...]) -> list[Step]:
    return [inner for step in steps for inner in (step, *_steps(step.steps))]
