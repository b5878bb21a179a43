"""Finds the events that a rule names, to have a provider send them, and the events it raises."""

from collections.abc import Iterator

from automator.model import Rule
from automator.model.rules.step import every_step
from automator.rules.compiled.globs import matches_any

#: The event from which a pause learns that a colleague answers by hand.
_HEARD_BY_PAUSES = "message.sent"
_ANYTHING = "*"
#: The input that names another connection than the event's.
_VIA = "via"


def names_event(rule: Rule, event_type: str, connection: str, provider: str) -> bool:
    """Whether a rule asks for this type of event of a connection, and not just for all events."""
    trigger = rule.trigger
    if rule.pause_ms is not None and event_type == _HEARD_BY_PAUSES:
        # A person to whom a step writes through another connection may be answered by hand there.
        steps = rule.every_step()
        if any(step.inputs.get(_VIA) == connection for step in steps):
            return True
    return (
        trigger.hears(connection)
        and provider in (trigger.providers or (provider,))
        and matches_any(event_type, tuple(_named(rule)))
    )


def emitted_by(rule: Rule) -> Iterator[str]:
    """The names of the events that a rule raises itself; the rule may have mistakes."""
    for step in rule.every_step():
        name = step.inputs.get("type")
        if step.action == "emit" and isinstance(name, str):
            yield name


def _named(rule: Rule) -> Iterator[str]:
    trigger = rule.trigger
    names = list(trigger.events)
    if trigger.absence is not None:
        names += trigger.absence.of
    for step in every_step(rule.steps):
        if step.cancel_on is not None:
            names += step.cancel_on.events
    if rule.pause_ms is not None:
        names.append(_HEARD_BY_PAUSES)
    return (name for name in names if name != _ANYTHING)
