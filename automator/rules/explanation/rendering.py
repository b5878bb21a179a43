"""Renders explanations: as lines for the terminal, and as plain data for the API."""

from typing import Any

from automator.rules.explanation.explain import ConditionExplanation, RuleExplanation
from automator.rules.templates.values import LimitError, to_json

#: Characters of a value that are shown.
_SHOWN = 80


def render_text(explanation: RuleExplanation) -> list[str]:
    """The explanation as lines, for the terminal and for pages."""
    verdict = "matches" if explanation.matched else "does not match"
    if explanation.matched and explanation.shadow:
        verdict = "matches in shadow mode"
    title = f" ({explanation.name})" if explanation.name else ""
    mark = _mark(explanation.matched)
    lines = [
        f"{mark} {explanation.rule}{title} {verdict}  [{explanation.place}]",
        f"    {explanation.decided_by}",
    ]
    for condition in explanation.conditions:
        lines += _condition_lines(condition, "    ")
    return lines


def _condition_lines(condition: ConditionExplanation, indent: str) -> list[str]:
    title = f"{condition.name}: " if condition.name else ""
    decides = "  <- decides" if condition.decides else ""
    lines = [
        f"{indent}{_mark(condition.holds)} {title}{condition.text}  [{condition.place}]{decides}",
        f"{indent}    {condition.because}",
    ]
    if condition.hint:
        lines.append(f"{indent}    {condition.hint}")
    for child in condition.children:
        lines += _condition_lines(child, indent + "    ")
    return lines


def _mark(holds: bool) -> str:
    return "✓" if holds else "✗"


def as_json(explanation: RuleExplanation) -> dict[str, Any]:
    """The explanation as plain data; values are shown as JSON text, long ones cut."""
    return {
        "rule": explanation.rule,
        "name": explanation.name,
        "place": str(explanation.place),
        "matched": explanation.matched,
        "shadow": explanation.shadow,
        "decided_by": str(explanation.decided_by),
        "decision": {
            "text": explanation.decided_by.text,
            "values": dict(explanation.decided_by.values),
        },
        "conditions": [_condition_json(item) for item in explanation.conditions],
    }


def _condition_json(condition: ConditionExplanation) -> dict[str, Any]:
    return {
        "text": condition.text,
        "name": condition.name,
        "place": str(condition.place),
        "holds": condition.holds,
        "decides": condition.decides,
        "because": condition.because,
        "sentences": [
            {"text": sentence.text, "values": dict(sentence.values)}
            for sentence in condition.sentences
        ],
        "reason": condition.reason,
        "hint": condition.hint,
        "values": {path: _shown(value) for path, value in condition.values},
        "children": [_condition_json(item) for item in condition.children],
    }


def _shown(value: Any) -> str:
    try:
        text = to_json(value)
    except (LimitError, TypeError, ValueError, RecursionError):
        return "…"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
