"""Warns of steps that the provider of a rule's events cannot do."""

from collections.abc import Collection, Mapping
from typing import Any

from automator.files import Path
from automator.model import Severity, Trigger
from automator.plugins import AnyAction
from automator.reasons.problems.meaning import NOT_POSSIBLE, NOT_POSSIBLE_FOR_SOME
from automator.rules.reading.collector import Collector
from automator.rules.reading.read_triggers import actions_in

#: The kinds of messages that can be sent through each provider, by its name.
Abilities = Mapping[str, Collection[str]]


def check_abilities(
    collector: Collector,
    path: Path,
    items: Any,
    trigger: Trigger,
    actions: Mapping[str, AnyAction],
    abilities: Abilities,
    connections: Mapping[str, str],
) -> None:
    """Looks through the actions of a rule, as its file writes them.

    A step that no provider of the trigger can do is an error; one that some cannot do is a warning,
    unless the step has a condition, which may ask for the connection.
    """
    if trigger.schedule is not None:
        return
    providers, are_named = _providers_of(trigger, abilities, connections)
    for here, name, written in actions_in(path, items, actions):
        action = actions[name]
        inputs = written if isinstance(written, Mapping) else {action.shorthand: written}
        kind = action.sends(inputs)
        unable = [one for one in providers if kind and kind not in abilities[one]]
        if not unable:
            continue
        step = collector.parsed.at(here[:-1])
        if len(unable) == len(providers):
            collector.at_key(here, NOT_POSSIBLE(providers=unable, kind=kind))
        elif are_named and not (isinstance(step, Mapping) and "if" in step):
            reason = NOT_POSSIBLE_FOR_SOME(providers=unable, kind=kind)
            collector.at_key(here, reason, Severity.WARNING)


def _providers_of(
    trigger: Trigger, abilities: Abilities, connections: Mapping[str, str]
) -> tuple[list[str], bool]:
    """The providers whose events the rule may meet, and whether the trigger names them."""
    named = {connections[name] for name in trigger.connections if name in connections}
    if trigger.connections and trigger.providers:
        named &= set(trigger.providers)
    named |= set(trigger.providers) if not trigger.connections else set()
    if trigger.connections or trigger.providers:
        return sorted(named & abilities.keys()), True
    # Events that one provider alone sends carry its name.
    prefixes = {event.partition(".")[0] for event in trigger.events}
    if prefixes and prefixes <= abilities.keys():
        return sorted(prefixes), True
    return sorted(set(connections.values()) & abilities.keys()), False
