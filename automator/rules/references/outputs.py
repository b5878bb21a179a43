"""The names under which steps leave values for later steps, and the paths that steps read."""

from collections.abc import Collection, Mapping
from typing import Any

from automator.model import Step
from automator.plugins import AnyAction
from automator.rules.templates.inputs import compile_text, is_address
from automator.rules.templates.template import is_template

#: The outputs of a `request` that names none itself.
_OF_REQUEST = frozenset({"status", "body"})
_OF_ACTIONS: Mapping[str, frozenset[str]] = {
    "ask": frozenset({"status", "value", "text", "tries"}),
    "forward": frozenset({"status"}),
    "follow_up": frozenset({"run_at"}),
    "log": frozenset(),
}
#: Inputs of `remember` that do not become values.
_NO_VALUES = frozenset({"tags", "opted_out", "blocked"})


def outputs_of(step: Step) -> Collection[str] | None:
    """The names of `steps.ID.output.NAME`; None if the platform decides them."""
    if step.action == "request":
        named = step.inputs.get("output")
        return list(named) if isinstance(named, Mapping) and named else _OF_REQUEST
    if step.action == "set":
        return list(step.inputs)
    if step.action == "remember":
        return step.inputs.keys() - _NO_VALUES
    return _OF_ACTIONS.get(step.action)


def set_by(step: Step) -> Collection[str]:
    """The names that a step adds to `vars`."""
    return list(step.inputs) if step.action == "set" else ()


def texts_in(value: Any, path: tuple[Any, ...]) -> list[tuple[tuple[Any, ...], str]]:
    """Every text inside a value, with its path."""
    if isinstance(value, str):
        return [(path, value)]
    if isinstance(value, Mapping):
        pairs = [(key, inner) for key, inner in value.items()]
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    else:
        return []
    return [found for key, inner in pairs for found in texts_in(inner, (*path, key))]


def paths_read(step: Step, action: AnyAction) -> list[tuple[str, ...]]:
    """The paths that the templates of a step's inputs read, in the order of the text."""
    found: dict[tuple[str, ...], None] = {}
    for name, value in step.inputs.items():
        # The actions of a follow-up are filled in when they are done.
        if name in action.literal_inputs or name == "actions":
            continue
        for place, text in texts_in(value, (name,)):
            is_url = is_address(action, name, place[-1], text)
            template = compile_text(text, is_url=is_url)[0] if is_template(text) else None
            found |= dict.fromkeys(template.paths if template else ())
    return list(found)
