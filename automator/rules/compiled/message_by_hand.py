"""The rule of a message by hand, which is in no file: it sends a text that a person has typed."""

from automator.model import Place, Rule, Step, Trigger
from automator.model.run import BY_HAND
from automator.plugins import AnyAction
from automator.rules.compiled.rule import CompiledRule

_NOWHERE = Place("", 0, 0)


def rule_by_hand(action: AnyAction) -> CompiledRule:
    """A rule with one step, which `action` carries out.

    Nobody is written to twice by chance: an attempt of which nobody knows whether it worked waits
    for a person.
    """
    step = Step(id=action.name, action=action.name, inputs={}, place=_NOWHERE, on_unknown="hold")
    spec = Rule(id=BY_HAND, trigger=Trigger(), conditions=(), steps=(step,), place=_NOWHERE)
    return CompiledRule(spec, {action.name: action})
