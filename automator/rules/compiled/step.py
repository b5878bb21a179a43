"""Compiled steps: immutable, with the condition and the inputs ready to run."""

from collections.abc import Mapping
from copy import copy
from types import MappingProxyType
from typing import Any

from automator.conditions import CompiledExpression, compile_expression
from automator.configuration.calendar import Calendar
from automator.configuration.time_intervals import TimeInterval, intervals_meant
from automator.model import EventPart, Step
from automator.plugins import AnyAction
from automator.rules.compiled.conditions import Scope, mentions
from automator.rules.compiled.event_parts import parts_in_step
from automator.rules.templates.inputs import Inputs
from automator.rules.templates.template_budget import Plain, Track, track_nothing


class CompiledStep:
    """A step with its `if` and its inputs compiled."""

    __slots__ = (
        "_inputs",
        "acts_outside",
        "asks",
        "calendar",
        "condition",
        "has_constant_inputs",
        "is_shadow",
        "names_receiver",
        "needs_approval",
        "reaches_out",
        "reads_name",
        "reads_parts",
        "spec",
        "uses_contact",
        "valid_inputs",
        "via",
    )

    def __init__(
        self,
        spec: Step,
        actions: Mapping[str, AnyAction],
        intervals: Mapping[str, TimeInterval] = MappingProxyType({}),
        *,
        is_shadow: bool = False,
    ) -> None:
        self.spec = spec
        hours = intervals_meant(spec.inputs.get("active"), intervals) if spec.steps else {}
        #: When the steps inside a follow-up may act; None means always.
        self.calendar = Calendar(hours) if hours else None
        #: Whether its rule is in shadow mode, which shows requests but sends none.
        self.is_shadow = is_shadow
        #: Whether an attempt changes another system: its action can, and nothing prevents it.
        self.acts_outside = actions[spec.action].reaches_out
        self.reaches_out = self.acts_outside and not is_shadow
        #: Whether it asks a question, so that the steps after it wait for the answer. In shadow
        #: mode nobody is asked.
        self.asks = spec.asks and not is_shadow
        #: Whether it sends only what a person approves. In shadow mode nothing needs approval.
        self.needs_approval = spec.approval is not None and not is_shadow
        self.condition: CompiledExpression | None = (
            compile_expression(spec.condition) if spec.condition else None
        )
        #: The connection that it names to act through; "" = the event's connection.
        self.via = actions[spec.action].connection(spec.inputs)
        #: Whether it names who gets its message, perhaps somebody else than the person of the
        #: event.
        self.names_receiver: bool = actions[spec.action].names_receiver(spec.inputs)
        self._inputs = Inputs(spec, actions[spec.action])
        #: Whether all attempts have the same inputs: none is a template, and nobody can change one.
        self.has_constant_inputs = self._inputs.is_constant and spec.approval is None
        #: The inputs that all attempts share, once its action has accepted them.
        self.valid_inputs: Any = None
        self.uses_contact: bool = actions[spec.action].reads_contact or mentions(
            (spec.condition, spec.inputs), "contact"
        )
        #: Whether it reads the name of the person, which may have to be looked up.
        self.reads_name = any(
            mentions((spec.condition, spec.inputs), name) for name in ("contact.name", "actor.name")
        )
        #: The parts of the event that it reads and that may have to be looked up.
        self.reads_parts: frozenset[EventPart] = parts_in_step(
            (spec.condition, spec.inputs), reads_name=self.reads_name
        )

    def as_live(self) -> "CompiledStep":
        """The same step as if its rule were not in shadow mode."""
        if not self.is_shadow:
            return self
        live = copy(self)
        live.is_shadow, live.reaches_out = False, self.acts_outside
        live.asks = self.spec.asks
        return live

    def as_shadow(self) -> "CompiledStep":
        """The same step as if its rule were in shadow mode."""
        shadow = copy(self)
        shadow.is_shadow, shadow.reaches_out = True, False
        return shadow

    def render(
        self, scope: Scope, track: Track = track_nothing, plain: Plain | None = None
    ) -> dict[str, Any]:
        """The inputs with their templates rendered; parts without a template are shared.

        `track` makes the addresses of tracked links, and `plain` removes the markup from values in
        the texts of a message.

        Raises:
            PermanentError: a template cannot be rendered (code `template`); says where and why.
        """
        return self._inputs.render(scope, track, plain)

    def receiver(self, scope: Scope) -> str:
        """The id of the receiver that the step names in `to`; "" if it names none there.

        Raises:
            PermanentError: the template cannot be rendered.
        """
        to = self._inputs.render_one("to", scope)
        return "" if to is None else str(to).strip()


def says_to_person(step: Step, actions: Mapping[str, AnyAction]) -> bool:
    """Whether a step writes to the person of the event, and not to a receiver that it names."""
    action = actions[step.action]
    return action.speaks and not action.names_receiver(step.inputs)
