"""Rules after every check: immutable, with the position of each part in its file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from automator.model.record import record
from automator.model.rules.conditions import Condition
from automator.model.rules.limits import Limits
from automator.model.rules.place import Place
from automator.model.rules.step import Step, every_step, steps_from
from automator.model.rules.trigger import Trigger

#: The path of a run that does a rule's `on_error` actions; no step can have this id.
ON_ERROR_PATH = "!on_error"


@record
class Rollout:
    """The share of all people for whom a rule acts."""

    #: So many of each hundred keys are in it.
    percent: float
    #: The JMESPath of the key, which is in it or not.
    key: str
    place: Place
    #: Set by a test that says whether its people are in it; otherwise their keys decide.
    assumed: bool | None = None


@record
class Rule:
    """Trigger, conditions and actions."""

    id: str
    trigger: Trigger
    conditions: tuple[Condition, ...]
    steps: tuple[Step, ...]
    place: Place
    name: str = ""
    description: str = ""
    enabled: bool = True
    disabled_reason: str = ""
    #: Rules with a higher one are evaluated before the others.
    priority: int = 0
    #: Later rules are not evaluated for an event that this rule acts on.
    stop: bool = False
    #: It acts only on events for which no other rule speaks to the person.
    fallback: bool = False
    #: Decides and renders everything, and changes nothing.
    shadow: bool = False
    #: It acts only for a share of all people.
    rollout: Rollout | None = None
    #: When the rule acts, as its file has it: names of time intervals, of which it acts in any, or
    #: times. Empty means always.
    active: str | Sequence[str] | Mapping[str, Any] = ()
    outside: str = "skip"  #: or "wait", until one of them begins
    limits: Limits = field(default_factory=Limits)
    #: Held back for so long, in milliseconds, after somebody of ours has answered by hand.
    pause_ms: int | None = None
    on_error_steps: tuple[Step, ...] = ()
    #: Values of automator.yaml with those of the rule's file over them.
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: The names of the values that its file sets.
    own_vars: frozenset[str] = frozenset()

    def find_step(self, step_id: str) -> Step | None:
        """The step with this id, wherever it stands in the rule."""
        return next((step for step in self.every_step() if step.id == step_id), None)

    def every_step(self) -> "Iterator[Step]":
        """Its steps and those of `on_error`, with the steps inside follow-ups."""
        return every_step((*self.steps, *self.on_error_steps))

    def sequence(self, path: str) -> tuple[Step, ...]:
        """The steps that a run with this path does: the rule's own, those of a follow-up, or those
        from a question on.
        """
        if path == ON_ERROR_PATH:
            return self.on_error_steps
        if not path:
            return self.steps
        step = self.find_step(path)
        if step is None:
            return ()
        return steps_from(self.steps, path) if step.asks else step.steps
