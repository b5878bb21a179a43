"""The values that the texts of a step were filled in with, as the page of a run shows them."""

import json
from collections.abc import Mapping
from typing import Any

from automator.model import Event, Step, shortened
from automator.plugins import AnyAction
from automator.rules import CompiledRule
from automator.rules.references.outputs import paths_read

_MOST_VALUES = 12
_LONGEST_VALUE = 160


def step_values(
    step: Step, action: AnyAction, rule: CompiledRule, data: Mapping[str, Any], event: Event
) -> list[tuple[str, str]]:
    """The paths with their values; what was not kept, as the contact at the time, is left out."""
    scope: Mapping[str, Any] = {
        "event": event.body,
        "connection": {"name": event.connection, "provider": event.provider},
        "vars": {**rule.vars, **data.get("vars", {})},
        "steps": data.get("steps", {}),
    }
    known = [names for names in paths_read(step, action) if names[0] in scope and event.body]
    return [(".".join(names), _shown(scope, names)) for names in known[:_MOST_VALUES]]


def _shown(value: Any, names: tuple[str, ...]) -> str:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return shortened(json.dumps(value, ensure_ascii=False, default=str), _LONGEST_VALUE)
