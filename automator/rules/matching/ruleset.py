"""The rule set: all loaded rules, immutable, and their decisions about events."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from automator.conditions import EVERY_FIELD, SPENT, EventBudget
from automator.model import Condition, EventPart, Rule, SeenValues
from automator.model.own_events import OF_ONE_RULE
from automator.model.rule import every_step
from automator.model.speech import OPTS_OUT
from automator.plugins import Press, Provider
from automator.rules.compiled.conditions import Scope, compile_condition, expressions_in, fields_of
from automator.rules.compiled.deferred_rules import CHANGED_BY_STEPS, NO_PARTS
from automator.rules.compiled.event_facts import EventFacts, body_scope
from automator.rules.compiled.globs import matches_any
from automator.rules.compiled.rule import CompiledRule, scheduled_rule
from automator.rules.compiled.values_read import Reads
from automator.rules.explanation import Hints, RuleExplanation, explain_rule, listens
from automator.rules.matching.decision import Decision, Endings, decide_rule, is_active
from automator.rules.matching.trigger_index import TriggerIndex

#: The event by which `pause_on` notices that a colleague answers by hand.
_HEARD_BY_PAUSES = "message.sent"
_ANYTHING = "*"
#: The input of a step that names the connection to send through.
_VIA = "via"


class RuleSet:
    """The rules of all files by priority; equal ones in the order of the files and within a file.

    Rules with `fallback` come last.
    """

    def __init__(
        self,
        rules: tuple[CompiledRule, ...],
        *,
        files: Mapping[str, str],
        digest: str,
        unread: tuple[str, ...] = (),
        included: Mapping[str, Collection[str]] = MappingProxyType({}),
        snippets: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> None:
        rules = tuple(sorted(rules, key=lambda rule: (rule.is_fallback, -rule.spec.priority)))
        self.rules = rules
        self.files = files
        #: The files whose rules this configuration cannot read, so that `rules` lacks them.
        self.unread = unread
        #: The parameters of every snippet, by its name.
        self.snippets = snippets
        self._included = included
        #: SHA-256 over the names and texts of the files.
        self.digest = digest
        #: Whether a condition reads the contact, which then has to be loaded before matching.
        self.needs_contact = any(rule.contact_fields for rule in rules)
        #: Whether a condition that is evaluated on arrival reads the contact.
        self.needs_contact_on_arrival = any(
            rule.contact_fields - CHANGED_BY_STEPS
            or EVERY_FIELD in rule.contact_fields
            or (rule.contact_fields and not rule.in_turn)
            for rule in rules
        )
        self._by_id = {rule.spec.id: rule for rule in rules}
        #: The position of each rule, by its id.
        self.places = {rule.spec.id: place for place, rule in enumerate(rules)}
        enabled = tuple(rule for rule in rules if rule.spec.enabled)
        #: The rules that fire by themselves, by their ids.
        self.scheduled: Mapping[str, CompiledRule] = {
            rule.spec.id: rule for rule in enabled if rule.spec.trigger.schedule is not None
        }
        #: Whether some of these fire for contacts.
        self.fires_for_people = any(
            rule.spec.trigger.audience is not None for rule in self.scheduled.values()
        )
        #: Finds the waits for an absence that an event ends.
        self.endings = Endings(enabled)
        self._has_reads = any(rule.reads for rule in enabled)
        #: The parts of events that some rule reads and that may have to be looked up.
        self.reads_parts: frozenset[EventPart] = NO_PARTS.union(
            *(rule.waits_for for rule in enabled)
        )
        self._index = TriggerIndex(
            tuple(rule for rule in enabled if rule.spec.id not in self.scheduled)
        )

    def files_with(self, file: str) -> frozenset[str]:
        """A file, and the files that include it."""
        readers = (name for name, included in self._included.items() if file in included)
        return frozenset((file, *readers))

    def rule(self, rule_id: str) -> CompiledRule | None:
        """The rule with this id, even if it is switched off."""
        return self._by_id.get(rule_id)

    def names(
        self, event_type: str, connection: str, provider: str, actions: Collection[str] = ()
    ) -> bool:
        """Whether an enabled rule names this type of event of a connection, and with `actions`
        takes one of them.

        A rule for all events names none. The event that `pause_on` needs counts as named.
        """
        return any(
            rule.spec.enabled
            and _names_event(rule.spec, event_type, connection, provider)
            and (not actions or any(step.action in actions for step in rule.spec.every_step()))
            for rule in self.rules
        )

    def decide(
        self,
        scope: Scope,
        now_ms: int,
        facts: EventFacts,
        budget: EventBudget | None = None,
    ) -> list[Decision]:
        """The decisions about an event at this moment, in the order of the rules. Never raises.

        `scope` has everything that conditions see except `vars`, which are added for rules that
        read them. Rules that exceed the budget of the event are not evaluated, and the budget lists
        them.
        """
        budget = budget or EventBudget()
        matching = self._matching(scope, facts, budget)
        return decisions_in_order(matching, scope, now_ms, budget)

    def decide_on_arrival(
        self,
        scope: Scope,
        now_ms: int,
        facts: EventFacts,
        budget: EventBudget | None = None,
        *,
        lacks: EventPart | None = None,
    ) -> list[Decision]:
        """The decisions when an event comes in, with one decision for all rules that are decided in
        its turn.

        Of these rules, only the conditions that cannot change until the turn are evaluated. Also
        decided in the turn are rules after a rule that may stop them, a fallback after a rule that
        may answer, and rules that read the part which the event `lacks`.
        """
        budget = budget or EventBudget()
        matching = self._matching(scope, facts, budget, on_arrival=True, lacks=lacks)
        return decisions_on_arrival(matching, scope, now_ms, budget, lacks=lacks)

    def decide_in_turn(
        self,
        rule_ids: Iterable[str],
        scope: Scope,
        now_ms: int,
        facts: EventFacts,
        budget: EventBudget | None = None,
    ) -> list[Decision]:
        """The decisions, in the event's turn, of the rules that were left undecided on arrival."""
        budget = budget or EventBudget()
        matching = self._matching_in_turn(rule_ids, scope, budget)
        acting = self._unless_answered(matching, scope, now_ms, facts)
        return decisions_in_order(acting, scope, now_ms, budget)

    def _matching_in_turn(
        self, rule_ids: Iterable[str], scope: Scope, budget: EventBudget
    ) -> Iterator[CompiledRule]:
        for rule in filter(None, map(self._by_id.get, rule_ids)):
            own = budget.in_shadow if rule.spec.shadow else budget
            holds = all(check(rule.scope_for(scope), own) for check in rule.turn_checks)
            (budget.met if holds else budget.unmet).append(rule.spec.id)
            if holds:
                yield rule

    def decide_behind(
        self,
        held_back: CompiledRule,
        scope: Scope,
        now_ms: int,
        facts: EventFacts,
        left_open: Collection[str] = (),
    ) -> list[Decision]:
        """The decisions of later rules, after a rule with `stop` was held back.

        `left_open`: the rules that matched and had no answer to send. If `held_back` is one of
        them and has no `stop`, only a fallback is decided, which it had kept from acting.
        """
        first = self.places.get(held_back.spec.id, len(self.places))
        budget = EventBudget()
        matching = (
            rule
            for rule in self._matching(scope, facts, budget)
            if self.places[rule.spec.id] > first
            and rule.spec.trigger.absence is None
            and (held_back.may_stop or (held_back.answers and rule.is_fallback))
        )
        acting = self._unless_answered(matching, scope, now_ms, facts, left_open)
        return decisions_in_order(acting, scope, now_ms, budget)

    def _unless_answered(
        self,
        matching: Iterable[CompiledRule],
        scope: Scope,
        now_ms: int,
        facts: EventFacts,
        left_open: Collection[str] = (),
    ) -> Iterator[CompiledRule]:
        """Yields the matching rules; a fallback only if no rule of the set answers the event,
        including rules that were decided before, and without those that are `left_open`.

        The first fallback finds out whether a rule answers.
        """
        is_answered: bool | None = None
        for rule in matching:
            if rule.is_fallback:
                if is_answered is None:
                    is_answered = any(
                        one.answers and one.spec.id not in left_open and is_active(one, now_ms)
                        for one in self._matching(scope, facts, EventBudget())
                    )
                if is_answered:
                    continue
            yield rule

    def seen(
        self, scope: Scope, facts: EventFacts, *, on_arrival: bool = False
    ) -> SeenValues | None:
        """The values, besides the event, that conditions about it could read; None if they read no
        others.

        With `on_arrival`, without the values that are read in the event's turn.
        """
        if not self._has_reads:
            return None
        if facts.event_type in OF_ONE_RULE:
            reads = Reads.together(rule.reads for rule in self._scheduled_for(scope, facts))
        else:
            index = self._index.covering(facts)
            reads = index.arrival_reads if on_arrival else index.reads
        return reads.seen(scope["contact"]) if reads else None

    def seen_in_turn(self, rule_ids: Iterable[str], scope: Scope) -> SeenValues | None:
        """The same as `seen`, for the rules that are decided in the event's turn."""
        rules = (self._by_id.get(rule_id) for rule_id in rule_ids)
        reading = [rule for rule in rules if rule is not None and rule.turn_reads]
        if not reading:
            return None
        seen = Reads.together(rule.turn_reads for rule in reading).seen(scope["contact"])
        return replace(seen, rules=tuple(rule.spec.id for rule in reading))

    def seen_behind(
        self, held_back: CompiledRule, scope: Scope, facts: EventFacts
    ) -> SeenValues | None:
        """The same as `seen`, for the rules that `decide_behind` decides."""
        seen = self.seen(scope, facts)
        return None if seen is None else replace(seen, behind=held_back.spec.id)

    def _matching(
        self,
        scope: Scope,
        facts: EventFacts,
        budget: EventBudget,
        *,
        on_arrival: bool = False,
        lacks: EventPart | None = None,
    ) -> Iterator[CompiledRule]:
        """Yields the rules that match; evaluates each rule only when the caller asks for it.

        With `on_arrival`, a rule that is decided in the event's turn matches by the conditions that
        cannot change until then, and without the conditions on a part that the event `lacks`.
        """
        scopes: dict[int, Scope] = {}
        candidates: Iterable[CompiledRule]
        if facts.event_type in OF_ONE_RULE:
            candidates = self._scheduled_for(scope, facts)
        else:
            candidates = self._index.select(scope, facts)
        for rule in candidates:
            own = budget.in_shadow if rule.spec.shadow else budget
            own.left -= rule.weight
            if own.left < own.check_below and own.is_spent():
                own.over.setdefault(rule.spec.id, SPENT)
                continue
            seen = scope
            if rule.reads_vars:
                key = id(rule.vars)
                seen = scopes.get(key) or scopes.setdefault(key, rule.scope_for(scope))
            for check in (
                rule.unread_checks
                if lacks and lacks in rule.waits_for
                else rule.arrival_checks
                if on_arrival
                else rule.checks
            ):
                if not check(seen, own):
                    own.unmet.append(rule.spec.id)
                    break
            else:
                own.met.append(rule.spec.id)
                yield rule
            if own.context is not None:
                own.settle(rule.spec.id)

    def _scheduled_for(self, scope: Scope, facts: EventFacts) -> tuple[CompiledRule, ...]:
        """The rule whose schedule made this event; empty if the rule no longer exists."""
        rule = self.scheduled.get(scheduled_rule(scope))
        return () if rule is None or not listens(rule, facts) else (rule,)

    def waits_as(self, rule: CompiledRule) -> bool:
        """Whether this set has the same rule, enabled, with the same absence.

        A rule in shadow mode is not the same as a live rule with its id: nobody wants it to act.
        """
        in_force, then = self._by_id.get(rule.spec.id), rule.spec.trigger.absence
        if in_force is None or not in_force.spec.enabled or then is None:
            return False
        if in_force.spec.shadow and not rule.spec.shadow:
            return False
        now = in_force.spec.trigger.absence
        return now is not None and (now.of, now.key) == (then.of, then.key)

    def explain(
        self,
        scope: Scope,
        now_ms: int,
        facts: EventFacts,
        held_back: Collection[str] = (),
        left_open: Collection[str] = (),
    ) -> list[RuleExplanation]:
        """Explains for every rule whether it matches and why.

        A rule that is `held_back` stops nothing. A rule that is `left_open` answers nobody either.
        """
        found: list[RuleExplanation] = []
        stopped_by: CompiledRule | None = None
        answered_by = ""
        left_out, hints = self.left_out(scope, facts), Hints()
        for rule in self.rules:
            explanation = explain_rule(
                rule,
                scope,
                facts,
                stopped_by=stopped_by,
                answered_by=answered_by,
                is_left_out=rule.spec.id in left_out,
                hints=hints,
            )
            found.append(explanation)
            if explanation.matched and is_active(rule, now_ms):
                stops = rule.may_stop and rule.spec.id not in held_back
                stopped_by = stopped_by or (rule if stops else None)
                answers = rule.answers and rule.spec.id not in left_open
                answered_by = answered_by or (rule.spec.id if answers else "")
        return found

    def left_out(self, scope: Scope, facts: EventFacts) -> frozenset[str]:
        """The ids of the rules that are not evaluated because the event's budget is used up."""
        budget = EventBudget()
        for rule in self._matching(scope, facts, budget):
            if rule.may_stop:
                break
        return frozenset(rule for rule, why in budget.over.items() if why == SPENT)


# --- Decisions about the rules that match an event, in their order ---


def decisions_in_order(
    matching: Iterable[CompiledRule], scope: Scope, now_ms: int, budget: EventBudget
) -> list[Decision]:
    """The decisions of matching rules, up to a rule with `stop` that acts."""
    decisions: list[Decision] = []
    stopping: int | None = None
    stopped_by: CompiledRule | None = None
    is_answered = False
    for rule in matching:
        if rule.is_fallback and is_answered:
            continue
        if stopped_by is not None and not rule.waits_despite(stopped_by):
            continue
        unsure = None if stopping is None else decisions[stopping].rule
        instead_of = None if rule.waits_despite(unsure) else stopping
        decision = decide_rule(rule, scope, now_ms, instead_of, budget=budget)
        decisions.append(decision)
        is_answered = is_answered or decision.answers
        if decision.stops:
            if not decision.may_be_held_back:
                if not rule.in_turn:
                    break
                stopped_by = rule
                continue
            # The store may hold this run back; then it stops nothing.
            stopping = len(decisions) - 1
    return decisions


def decisions_on_arrival(
    matching: Iterable[CompiledRule],
    scope: Scope,
    now_ms: int,
    budget: EventBudget,
    *,
    lacks: EventPart | None,
) -> list[Decision]:
    """The decisions on arrival. Rules that are decided in the event's turn are left undecided, and
    so are rules whose decision depends on such a rule.
    """
    decisions: list[Decision] = []
    groups: dict[int, list[CompiledRule]] = {}
    group: list[CompiledRule] | None = None
    stopping: int | None = None
    may_be_stopped = may_be_answered = is_answered = False
    for rule in matching:
        if rule.is_fallback and is_answered:
            continue
        if (
            rule.in_turn
            or (lacks and lacks in rule.waits_for)
            or (may_be_stopped and rule.spec.trigger.absence is None)
            or (may_be_answered and rule.is_fallback)
        ):
            if group is None:
                group = groups[len(decisions)] = []
                decisions.append(Decision(rule, now_ms, instead_of=stopping))
            group.append(rule)
            may_be_stopped = may_be_stopped or rule.may_stop
            may_be_answered = may_be_answered or rule.answers
            continue
        decision = decide_rule(rule, scope, now_ms, stopping, budget=budget)
        decisions.append(decision)
        is_answered = is_answered or decision.answers
        if decision.stops:
            if not decision.may_be_held_back:
                break
            stopping, group = len(decisions) - 1, None
    for index, rules in groups.items():
        opts_out = any(rule.opts_out(scope, budget) for rule in rules)
        data = {OPTS_OUT: True} if opts_out else {}
        decisions[index] = replace(decisions[index], undecided=tuple(rules), data=data)
    return decisions


# --- Buttons of a profile that no rule answers ---


#: The names that are known before a tap. A condition on other names may hold for some people.
_KNOWN_ROOTS = frozenset({"event", "vars", "connection"})
_KNOWN_FIELDS = frozenset({"type", "provider", "connection", "text", "button", "command"})


def unhandled_presses(rule_set: RuleSet, provider: Provider) -> list[Press]:
    """The items of profiles that people can tap although certainly no live rule answers."""
    accounts = (provider, *provider.accounts)
    return [
        press
        for press in provider.presses
        if not any(
            _may_take(rule, scope)
            for scope in (_scope(item, press) for item in accounts)
            for rule in rule_set.rules
        )
    ]


def _scope(provider: Provider, press: Press) -> Scope:
    """The scope of conditions for a tap, with the values that are known beforehand."""
    event: dict[str, Any] = {"provider": provider.name, "connection": provider.connection}
    if press.kind == "command":
        command = {"id": press.payload, "text": ""}
        event |= {"type": "message.received", "text": press.payload, "command": command}
    else:
        button = {"id": press.payload, "title": press.title}
        event |= {"type": "button.clicked", "text": press.title, "button": button}
    return body_scope(event, EventFacts.of_body(event, provider.connection), {}, "")


def _may_take(rule: CompiledRule, scope: Scope) -> bool:
    spec, trigger, connection = rule.spec, rule.spec.trigger, scope["connection"]
    is_live = spec.enabled and not spec.shadow and trigger.schedule is None
    if not is_live or (trigger.events and not matches_any(scope["event"]["type"], trigger.events)):
        return False
    providers = trigger.providers or (connection["provider"],)
    if connection["provider"] not in providers or not trigger.hears(connection["name"]):
        return False
    seen = rule.scope_for(scope)
    return all(_may_hold(condition, seen) for condition in spec.conditions)


def _may_hold(condition: Condition, scope: Scope) -> bool:
    roots = frozenset().union(*(one.roots for one in expressions_in((condition,))))
    is_known = roots <= _KNOWN_ROOTS and fields_of((condition,), "event") <= _KNOWN_FIELDS
    return not is_known or compile_condition(condition)(scope, None)


def _names_event(rule: Rule, event_type: str, connection: str, provider: str) -> bool:
    """Whether a rule names this type of event of a connection; a rule for all events does not."""
    trigger = rule.trigger
    if rule.pause_ms is not None and event_type == _HEARD_BY_PAUSES:
        # A step may write through this connection, where a colleague can answer the person by hand.
        steps = rule.every_step()
        if any(step.inputs.get(_VIA) == connection for step in steps):
            return True
    return (
        trigger.hears(connection)
        and provider in (trigger.providers or (provider,))
        and matches_any(event_type, tuple(_named(rule)))
    )


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
