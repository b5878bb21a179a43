"""Describes the steps of a rule on a line each: the action, and the text with known values."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from automator.model import Step, record, shortened
from automator.rules.editing.notations import shown_active, shown_wait
from automator.rules.templates.inputs import compile_text
from automator.rules.templates.template import RenderError

#: A row shows at most this many characters of a text.
_SHOWN = 90
#: `{{ vars.shop }}`, `{{ event.actor.name | default('bạn') }}`, or a statement: `{% if vars.x %}`.
_PLACE = re.compile(r"\{\{-?\s*([\w.]*)[^{}]*\}\}|\{[%#][^{}]*[%#]\}")
#: An expression that is cut off at the end of a shortened text, before its closing quote.
_CUT_PLACE = re.compile(r"\{\{[^{}]*…(?=”?$)")


@record(kw_only=False)
class StepText:
    """A step on a line: its action, its text or object, and whether a person approves it first."""

    action: str
    about: str
    needs_approval: bool


def steps_in_words(
    steps: Iterable[Step], known: Mapping[str, Any], *, longest: int = _SHOWN
) -> list[StepText]:
    """Describes steps; values in `known` are filled into their texts, others shown as `[name]`."""
    return [
        StepText(step.action, _text_of(step, known, longest), step.approval is not None)
        for step in steps
    ]


def _text_of(step: Step, known: Mapping[str, Any], longest: int) -> str:
    """The text of a step, or its object; an unknown value is shown as `[name]`."""
    inputs = step.inputs
    given: Any = inputs.get("text") or inputs.get("one_of") or inputs.get("do") or inputs.get("to")
    if step.action == "follow_up":
        given = _times_of(step)
    given = given[0] if isinstance(given, list | tuple) and given else given
    text = " ".join(given.split()) if isinstance(given, str) else ""
    text = _rendered(text, known) or _PLACE.sub(lambda found: _in_place(found, known), text)
    return shortened(text, longest)


def without_expressions(text: str) -> str:
    """A text of a rule with names in place of its expressions: `Hello [name]`."""
    return _CUT_PLACE.sub("…", _PLACE.sub(_named, text))


def _times_of(step: Step) -> str:
    """The times of a follow-up: its wait (all waits of a sequence, in order) and its hours."""
    waits, one = [], step
    while True:
        wait = shown_wait(one.inputs.get("after")) or one.inputs.get("at")
        waits.append(wait if isinstance(wait, str) else "…")
        if one.following is None:
            break
        one = one.following
    active = shown_active(step.inputs.get("active"))
    return ", ".join(filter(None, (" → ".join(waits), active)))


def _in_place(found: re.Match[str], known: Mapping[str, Any]) -> str:
    """The text for an expression: its value as people see it, or `[name]` if it is not known."""
    said = None if found[1] is None else _rendered(found[0], known)
    return _named(found) if said is None else said


def _rendered(written: str, known: Mapping[str, Any]) -> str | None:
    """A template filled in; None if it reads something that is not known."""
    template, _ = compile_text(written, is_url=False)
    if template is not None and all(_is_known(names, known) for names in template.paths):
        with suppress(RenderError):
            said = template.render(known)
            if isinstance(said, str | int | float):
                return str(said)
    return None


def _named(found: re.Match[str]) -> str:
    """`[name]` for an expression, `[…]` for one without a name, and nothing for a statement."""
    return "" if found[1] is None else f"[{found[1].rpartition('.')[2] or '…'}]"


def _is_known(names: tuple[str, ...], known: Mapping[str, Any]) -> bool:
    """Whether a path leads to a value. All `vars` count as known: a missing one stays missing."""
    if names[0] == "vars":
        return "vars" in known
    value: Any = known
    for name in names:
        if not isinstance(value, Mapping) or name not in value:
            return False
        value = value[name]
    return value is not None
