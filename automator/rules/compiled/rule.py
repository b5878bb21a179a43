"""Compiled rules: immutable, with expressions, steps and rollout ready to run."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from types import MappingProxyType
from typing import Any

from automator.conditions import CompiledExpression, EventBudget, compile_expression
from automator.configuration.calendar import Calendar
from automator.configuration.time_intervals import TimeInterval, intervals_meant
from automator.model import (
    Condition,
    EventPart,
    Expression,
    Outcome,
    Place,
    Reason,
    Rule,
    Step,
    Trigger,
)
from automator.model.rule import Rollout, every_step
from automator.model.run import BY_HAND
from automator.plugins import AnyAction
from automator.reasons.conditions import it_is
from automator.reasons.explanations import not_rolled_out, rolled_out, rollout_without_key
from automator.rules.compiled.conditions import (
    Holds,
    Scope,
    compile_condition,
    expressions_in,
    fields_of,
    mentions,
)
from automator.rules.compiled.deferred_rules import (
    CHANGED_BY_STEPS,
    NO_PARTS,
    parts_in,
    parts_in_step,
)
from automator.rules.compiled.limits import (
    CompiledLimits,
    is_missing,
    key_problem,
    key_text,
    shown_key,
)
from automator.rules.compiled.requirements import Requirement, requirements_of
from automator.rules.compiled.values_read import Reads
from automator.rules.templates.inputs import Inputs
from automator.rules.templates.template_budget import Plain, Track, track_nothing


class CompiledRule:
    """A rule with all of its parts compiled."""

    __slots__ = (
        "answers",
        "arrival_checks",
        "arrival_reads",
        "calendar",
        "checks",
        "contact_fields",
        "drafts",
        "hands_on",
        "in_turn",
        "is_fallback",
        "last",
        "limits",
        "marks",
        "opt_outs",
        "reads",
        "reads_vars",
        "requirements",
        "rollout",
        "roots",
        "spec",
        "steps",
        "turn_checks",
        "turn_reads",
        "unread_checks",
        "vars",
        "waits_for",
        "weight",
    )

    def __init__(
        self,
        spec: Rule,
        actions: Mapping[str, AnyAction],
        intervals: Mapping[str, TimeInterval] = MappingProxyType({}),
    ) -> None:
        self.spec = spec
        named = intervals_meant(spec.active, intervals) if spec.active else {}
        #: When the rule acts; None means always.
        self.calendar = Calendar(named) if named else None
        self.limits = CompiledLimits(spec.limits)
        #: Values of automator.yaml, overridden by the values of the rule's file.
        self.vars: Mapping[str, Any] = spec.vars
        #: Whether it acts only if no other rule answers.
        self.is_fallback = spec.fallback
        #: The initial data of each of its runs.
        self.marks: Mapping[str, Any] = {"mode": "shadow"} if spec.shadow else {}
        self._compile_steps(actions, intervals)
        #: The people for whom it acts; None means everybody.
        self.rollout = CompiledRollout(spec.id, spec.rollout) if spec.rollout else None
        #: Everything that must hold so that the rule matches: the conditions, then the rollout.
        deciding = (*spec.conditions, *((self.rollout.condition,) if self.rollout else ()))
        #: The compiled function of each.
        self.checks = self._checks_of(deciding)
        self.contact_fields = fields_of(deciding, "contact") | self.limits.contact_fields
        self._find_turn(deciding)
        #: The values that its conditions read besides the event.
        self.reads = Reads.of(deciding, spec)
        self._split_by_turn(deciding)
        expressions = tuple(expressions_in(deciding))
        #: The top-level names of the scope that its conditions read.
        self.roots: frozenset[str] = frozenset().union(*(one.roots for one in expressions))
        self.reads_vars = "vars" in self.roots
        #: The least cost of evaluating its conditions, in elements of the event's budget.
        self.weight = 1 + sum(one.weight for one in expressions)

    def _compile_steps(
        self, actions: Mapping[str, AnyAction], intervals: Mapping[str, TimeInterval]
    ) -> None:
        spec = self.spec
        #: Every step by its id, including steps inside follow-ups and `on_error`.
        self.steps: Mapping[str, CompiledStep] = {
            step.id: CompiledStep(step, actions, intervals, is_shadow=spec.shadow)
            for step in spec.every_step()
        }
        #: Whether it sends the person a message when it matches, now or in a follow-up. False for a
        #: rule that waits for an event, because it may never act, and for a shadow rule.
        self.answers: bool = not (
            spec.fallback or spec.shadow or spec.trigger.absence or spec.limits.both
        ) and any(says_to_person(step, actions) for step in every_step(spec.steps))
        #: Its steps that draft an answer, and may have none to send.
        self.drafts = frozenset(step.id for step in spec.steps if step.drafts)
        #: Whether its `on_error` says something to the person.
        self.hands_on = any(says_to_person(one, actions) for one in every_step(spec.on_error_steps))
        #: Its steps that may opt people out.
        self.opt_outs = tuple(
            self.steps[step.id]
            for step in spec.steps
            if step.inputs.get("opted_out") not in _STAYS and not spec.shadow
        )

    def _find_turn(self, deciding: tuple[Condition, ...]) -> None:
        trigger = self.spec.trigger
        #: Whether it is decided in the event's turn; see `deferred_rules`. False for a rule that
        #: waits for an absence, because its wait begins on arrival, and for a scheduled rule: its
        #: event is made with the contact of the moment, or without a person.
        self.in_turn: bool = (
            trigger.absence is None
            and trigger.schedule is None
            and not self.contact_fields.isdisjoint(CHANGED_BY_STEPS)
        )
        #: The parts that it reads. It is decided in its turn if the event only names one of them.
        self.waits_for: frozenset[EventPart] = (
            self.limits.reads_parts.union(*map(parts_in, deciding))
            if trigger.absence is None and trigger.schedule is None
            else NO_PARTS
        )

    def _split_by_turn(self, deciding: tuple[Condition, ...]) -> None:
        # A set, because a rule may have thousands of conditions.
        later = {item for item in deciding if self.in_turn and _reads_changing(item)}
        unread = {item for item in deciding if self.waits_for and parts_in(item)}
        first = tuple(item for item in deciding if item not in later)
        known = tuple(item for item in first if item not in unread)
        at_arrival = frozenset(known)
        #: What is evaluated only in the event's turn, and only if everything else holds.
        self.last = frozenset(later)
        #: The requirements of the conditions that are evaluated on arrival, for the index. They are
        #: kept, since compiling all expressions again for the index would take seconds.
        self.requirements: tuple[Requirement, ...] = tuple(
            requirements_of(item for item in self.spec.conditions if item in at_arrival)
        )
        #: The checks on arrival, and the checks for an event that lacks a part of `waits_for`.
        self.arrival_checks = self._checks_of(first) if self.in_turn else self.checks
        self.unread_checks = self._checks_of(known) if unread else self.arrival_checks
        #: The checks in the event's turn.
        in_turn = tuple(item for item in deciding if item not in at_arrival)
        self.turn_checks = self._checks_of(in_turn)
        self.turn_reads = Reads.of(in_turn, self.spec)
        self.arrival_reads = Reads.of(first, self.spec) if later else self.reads

    def _checks_of(self, deciding: Iterable[Condition]) -> tuple[Holds, ...]:
        rollout = self.rollout
        return tuple(
            rollout.holds if rollout and item == rollout.condition else compile_condition(item)
            for item in deciding
        )

    def __repr__(self) -> str:
        return f"<rule {self.spec.id}>"

    @property
    def may_stop(self) -> bool:
        """Whether it stops later rules when it matches: it has `stop: true` and acts at once,
        unless it is held back.

        A rule that waits for an absence acts later or not at all, and a shadow rule never acts.
        """
        return self.spec.stop and not self.spec.shadow and self.spec.trigger.absence is None

    def leaves_open(self, not_sent: Collection[str], outcome: Outcome | None) -> bool:
        """Whether a run told the person nothing, for want of an answer. A fallback acts then."""
        lacks = outcome is Outcome.NOTHING_SENT and not self.drafts.isdisjoint(not_sent)
        return lacks and not self.hands_on

    def waits_despite(self, stopping: "CompiledRule | None") -> bool:
        """Whether it waits for an absence since before the rule with `stop` was decided."""
        waits = self.spec.trigger.absence is not None and not self.in_turn
        return waits and stopping is not None and stopping.in_turn

    def opts_out(self, scope: Scope, budget: EventBudget | None = None) -> bool:
        """Whether it would opt the person out if it started now, as far as its steps show
        beforehand.
        """
        if not self.opt_outs:
            return False
        seen = {**self.scope_for(scope), "steps": {}}
        return all(check(seen, budget) for check in self.turn_checks) and any(
            step.condition is None
            or "steps" in step.condition.roots
            or step.condition.holds(seen, budget)
            for step in self.opt_outs
        )

    def scope_for(self, scope: Scope) -> Scope:
        """The scope with the `vars` of this rule.

        If the scope has `vars`, they are values of automator.yaml from an earlier time, and replace
        the present values.
        """
        then = scope.get("vars")
        if then is None:
            return {**scope, "vars": self.vars}
        own = {name: self.vars[name] for name in self.spec.own_vars if name in self.vars}
        return {**scope, "vars": {**then, **own}}


#: The values of `opted_out` that opt nobody out; any other text or template may.
_STAYS = (None, False, "false", "no")


def scheduled_rule(scope: Scope) -> str:
    """The id of the rule whose schedule made the event in this scope; "" for other events."""
    data = scope["event"].get("data")
    return str(data.get("rule", "")) if isinstance(data, Mapping) else ""


def _reads_changing(condition: Condition) -> bool:
    """Whether a condition reads a field of the contact that steps can change."""
    return not fields_of((condition,), "contact").isdisjoint(CHANGED_BY_STEPS)


# --- The steps of a rule, each with its condition and its inputs ---


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
        #: For a follow-up: when its steps may act; None means always.
        self.calendar = Calendar(hours) if hours else None
        #: Whether its rule is in shadow mode, which records what it would send.
        self.is_shadow = is_shadow
        #: Whether an attempt may change another system.
        self.acts_outside = actions[spec.action].reaches_out
        self.reaches_out = self.acts_outside and not is_shadow
        #: Whether it asks a question, so that the steps after it wait for the answer; never in
        #: shadow mode.
        self.asks = spec.asks and not is_shadow
        #: Whether a person has to approve it before it sends anything; never in shadow mode.
        self.needs_approval = spec.approval is not None and not is_shadow
        self.condition: CompiledExpression | None = (
            compile_expression(spec.condition) if spec.condition else None
        )
        #: The connection that it acts through, if it names one; "" = the event's connection.
        self.via = actions[spec.action].connection(spec.inputs)
        #: Whether it names the receiver of its message itself.
        self.names_receiver: bool = actions[spec.action].names_receiver(spec.inputs)
        self._inputs = Inputs(spec, actions[spec.action])
        #: Whether all attempts have equal inputs: none is a template, and no approver changes one.
        self.has_constant_inputs = self._inputs.is_constant and spec.approval is None
        #: The validated inputs, if all attempts have the same; None before the first attempt.
        self.valid_inputs: Any = None
        #: Whether it reads the person's name, which may have to be looked up.
        self.reads_name = any(
            mentions((spec.condition, spec.inputs), name) for name in ("contact.name", "actor.name")
        )
        #: The parts of the event that it reads, which may have to be looked up.
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


# --- The rollout: whether a rule acts for the person of an event ---

#: How many places keys are spread over: percentages have two decimals.
_PLACES = 10_000


class CompiledRollout:
    """The rollout of one rule.

    A person's key and the rule's id always give the same number, which decides. So a person who is
    included stays included when the percentage grows, and other rules choose other people.
    """

    __slots__ = ("_key", "_rule", "_spec")

    def __init__(self, rule_id: str, spec: Rollout) -> None:
        self._rule = rule_id
        self._spec = spec
        self._key: CompiledExpression = compile_expression(spec.key)

    @property
    def condition(self) -> Expression:
        """The key as a condition, for code that asks which names a rule's conditions read."""
        return Expression(text=self._spec.key, place=self._spec.place)

    def holds(self, scope: Scope, budget: EventBudget | None = None) -> bool:
        """Whether the rule acts for the person of an event. Never raises."""
        return self._found(scope, budget)[0]

    def explain(self, scope: Scope) -> tuple[bool, Reason]:
        """Whether the rule acts for the person of an event, and why."""
        return self._found(scope, None)

    def _found(self, scope: Scope, budget: EventBudget | None) -> tuple[bool, Reason]:
        spec = self._spec
        outcome = self._key.evaluate(scope, budget)
        problem = outcome.reason or key_problem(outcome.value)
        if problem or is_missing(outcome.value):
            gave = problem or it_is(value=shown_key(outcome.value))
            return spec.assumed is True, rollout_without_key(
                percent=spec.percent, key=spec.key, problem=gave
            )
        is_in = spec.assumed
        if is_in is None:
            is_in = place_of(self._rule, key_text(outcome.value)) < spec.percent * _PLACES / 100
        kind = rolled_out if is_in else not_rolled_out
        return is_in, kind(percent=spec.percent, key=spec.key, value=shown_key(outcome.value))


def place_of(rule_id: str, key: str) -> int:
    """The place of a key for a rule, from 0 to 9,999."""
    named = f"{rule_id}\0{key}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(named, digest_size=8).digest()) % _PLACES


# --- The rule of a message by hand, which is in no file ---


_NOWHERE = Place("", 0, 0)


def rule_by_hand(action: AnyAction) -> CompiledRule:
    """The rule of a message by hand; `action` carries out its single step.

    An attempt with an unknown outcome waits for a person, so that nobody gets the message twice.
    """
    step = Step(id=action.name, action=action.name, inputs={}, place=_NOWHERE, on_unknown="hold")
    spec = Rule(id=BY_HAND, trigger=Trigger(), conditions=(), steps=(step,), place=_NOWHERE)
    return CompiledRule(spec, {action.name: action})
