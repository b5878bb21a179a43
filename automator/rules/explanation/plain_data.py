"""Explanations as plain data, for the API and the pages."""

from typing import Any

from automator.model import reason_json, shortened
from automator.rules.explanation.explain import ConditionExplanation, RuleExplanation
from automator.rules.templates.values import LimitError, to_json

#: Characters of a value that are shown.
_SHOWN = 80


def as_json(explanation: RuleExplanation) -> dict[str, Any]:
    """The explanation as plain data; values are shown as JSON text, long ones cut."""
    return {
        "rule": explanation.rule,
        "name": explanation.name,
        "place": str(explanation.place),
        "matched": explanation.matched,
        "shadow": explanation.shadow,
        "decided_by": explanation.decided_by.to_json(),
        "conditions": [_condition_json(item) for item in explanation.conditions],
    }


def _condition_json(condition: ConditionExplanation) -> dict[str, Any]:
    return {
        "text": condition.text,
        "group": reason_json(condition.group),
        "name": condition.name,
        "place": str(condition.place),
        "holds": condition.holds,
        "decides": condition.decides,
        "because": [reason.to_json() for reason in condition.because],
        "reason": reason_json(condition.reason),
        "hint": reason_json(condition.hint),
        "values": {path: _shown(value) for path, value in condition.values},
        "children": [_condition_json(item) for item in condition.children],
    }


def _shown(value: Any) -> str:
    try:
        text = to_json(value)
    except (LimitError, TypeError, ValueError, RecursionError):
        return "…"
    return shortened(text, _SHOWN)
