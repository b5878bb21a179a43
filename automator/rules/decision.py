"""What is to be done about an event that a rule matches, at the moment of the decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from automator.model import RunState
from automator.rules.compiled import CompiledRule

#: The mark in the data of a run whose rule only shows what it would do.
SHADOW: Mapping[str, Any] = {"mode": "shadow"}


@dataclass(frozen=True, slots=True)
class Decision:
    """The run that a rule starts for an event: when, or why it is held back."""

    rule: CompiledRule
    run_at: int
    state: RunState = RunState.QUEUED
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stops(self) -> bool:
        """Later rules are not evaluated: a rule that is held back, or only shows, stops nothing."""
        spec = self.rule.spec
        return spec.stop and not spec.shadow and self.state is not RunState.SUPPRESSED


def decide_rule(rule: CompiledRule, now_ms: int) -> Decision:
    """The decision about an event that meets every condition of a rule."""
    marks = SHADOW if rule.spec.shadow else {}
    calendar = rule.calendar
    if calendar is None or calendar.is_open(now_ms):
        return Decision(rule, now_ms, data=marks)
    outside = f"outside {calendar.name}: it was {calendar.shown(now_ms)}"
    opening = calendar.next_opening(now_ms) if rule.spec.outside == "wait" else None
    if opening is None:
        never = ", and it never begins again" if rule.spec.outside == "wait" else ""
        return Decision(rule, now_ms, RunState.SUPPRESSED, f"{outside}{never}", marks)
    note = f"{outside}; put off until {calendar.shown(opening)}"
    return Decision(rule, opening, reason=note, data={**marks, "note": note})
