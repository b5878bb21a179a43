"""A rule after every check: immutable, with the position of each part in its file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from automator.model.record import record
from automator.model.rules.conditions import Condition
from automator.model.rules.limits import Limits
from automator.model.rules.place import Place
from automator.model.rules.step import Step, every_step, steps_from
from automator.model.rules.trigger import Trigger

#: The path of the run that does a rule's `on_error` actions; no step can have this id.
ON_ERROR_PATH = "!on_error"


@record
class Rollout:
    """The share of all people for whom a rule acts."""

    #: For how many of a hundred people the rule acts.
    percent: float
    #: The JMESPath of the key that decides whether a person is included.
    key: str
    place: Place
    #: In a test: whether the rollout includes everybody or nobody. None: people's keys decide.
    assumed: bool | None = None


@record
class Rule:
    """One rule: its trigger, conditions and actions, and the options of its file."""

    id: str
    trigger: Trigger
    conditions: tuple[Condition, ...]
    steps: tuple[Step, ...]
    place: Place
    name: str = ""
    description: str = ""
    enabled: bool = True
    disabled_reason: str = ""
    #: Rules with a higher priority are evaluated before the others.
    priority: int = 0
    #: Whether an event on which this rule acts is not evaluated for later rules.
    stop: bool = False
    #: Whether the rule acts only on events for which no other rule sends the person a message.
    fallback: bool = False
    #: Whether the rule decides and renders everything, but sends and changes nothing.
    shadow: bool = False
    #: The share of people for whom the rule acts; None for everybody.
    rollout: Rollout | None = None
    #: The times at which the rule acts, as its file writes them: names of time intervals, any of
    #: which may be open, or times. Empty means always.
    active: str | Sequence[str] | Mapping[str, Any] = ()
    outside: str = "skip"  #: or "wait", until the next of these times begins
    limits: Limits = field(default_factory=Limits)
    #: For how many milliseconds the rule is held back after a colleague has answered by hand.
    pause_ms: int | None = None
    on_error_steps: tuple[Step, ...] = ()
    #: The `vars` of automator.yaml, replaced by the `vars` of the rule's file where both have one.
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: The shop's own texts that its actions name, by name.
    shop_texts: Mapping[str, str] = field(default_factory=dict)
    #: The names of the `vars` that the rule's file sets.
    own_vars: frozenset[str] = frozenset()

    def find_step(self, step_id: str) -> Step | None:
        """Returns the step with this id, anywhere in the rule."""
        return next((step for step in self.every_step() if step.id == step_id), None)

    def every_step(self) -> "Iterator[Step]":
        """Yields the steps and the steps of `on_error`, each followed by the steps inside it."""
        return every_step((*self.steps, *self.on_error_steps))

    def sequence(self, path: str) -> tuple[Step, ...]:
        """Returns the steps of a run with this path: all steps of the rule, the steps of a
        follow-up, or the steps from a question on.
        """
        if path == ON_ERROR_PATH:
            return self.on_error_steps
        if not path:
            return self.steps
        step = self.find_step(path)
        if step is None:
            return ()
        return steps_from(self.steps, path) if step.asks else step.steps
