"""The contact and the `vars` that an explanation shows: as they were when the event was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from automator.conditions import EVERY_FIELD
from automator.model import SeenValues, record
from automator.rules import CompiledRule, RuleSet


@record(kw_only=False)
class RecalledValues:
    """The values that were kept with an event, over the contact and the `vars` as they are now."""

    kept: tuple[SeenValues, ...]
    #: The contact as it is now.
    contact: Mapping[str, Any]
    #: The place of each rule in its set.
    places: Mapping[str, int] = field(default_factory=dict)

    def common_scope(self, rule_set: RuleSet, scope: Mapping[str, Any]) -> dict[str, Any]:
        """The scope in which all rules were evaluated when the event came in."""
        parts = [part for part in self.kept if not part.rules and not part.behind]
        # Rules of one file share their values.
        of_files = {id(rule.vars): rule for rule in rule_set.rules}.values()
        variables = {
            name: value for rule in of_files for name, value in _outside_vars(rule).items()
        }
        return recalled(parts, self.contact, variables, scope)

    def scope(self, rule: CompiledRule, scope: Mapping[str, Any]) -> dict[str, Any]:
        """The scope in which a rule was decided, as far as it was kept."""
        parts, contact = self._of(rule), self.contact
        if parts and EVERY_FIELD not in rule.reads.contact:
            # The present values of the contact would only lead to wrong hints.
            contact = {name: contact[name] for name in rule.reads.contact if name in contact}
        return recalled(parts, contact, _outside_vars(rule), scope)

    def unknown(self, rule: CompiledRule) -> frozenset[str]:
        """The paths that the rule has read and whose values were not kept."""
        parts = self._of(rule)
        return frozenset(
            path for path in rule.reads.paths if not any(part.covers(path) for part in parts)
        )

    def _of(self, rule: CompiledRule) -> Sequence[SeenValues]:
        return [part for part in self.kept if self._concerns(part, rule)]

    def _concerns(self, part: SeenValues, rule: CompiledRule) -> bool:
        own = rule.spec.id
        if part.rules:
            return own in part.rules
        if part.behind:
            is_later = self.places.get(own, -1) > self.places.get(part.behind, len(self.places))
            return is_later and rule.spec.trigger.absence is None
        return True


def recalled(
    parts: Sequence[SeenValues],
    contact: Mapping[str, Any],
    variables: Mapping[str, Any],
    scope: Mapping[str, Any],
) -> dict[str, Any]:
    """The scope with the kept values over a contact and `vars`."""
    if not parts:
        return {**scope, "contact": contact}
    for part in parts:
        contact, variables = part.over("contact", contact), part.over("vars", variables)
    return {**scope, "contact": contact, "vars": variables}


def _outside_vars(rule: CompiledRule) -> dict[str, Any]:
    """The values of automator.yaml that a rule sees now."""
    return {name: rule.vars[name] for name in rule.vars if name not in rule.spec.own_vars}
