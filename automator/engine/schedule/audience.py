"""Selects the people for whom a schedule fires, with a reason for each contact that is left out.

A firing and the count before it use the same functions. Facts that can change before a message is
sent, such as an opt-out, are checked once more then.
"""

import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from automator.clock import iso_time, ms_of, optional_time
from automator.conditions import EventBudget
from automator.configuration.settings import Budgets
from automator.engine.intake.own_events import contact_event, portion_delivery
from automator.engine.intake.stored_deliveries import new_event
from automator.engine.schedule.fire_times import next_fire, schedule_facts
from automator.model import (
    N_,
    Delivery,
    KeyedLimit,
    MessagingPolicy,
    NewRun,
    NotFoundError,
    ParsedEvent,
    Reason,
    Schedule,
    Step,
    reason_json,
    record,
)
from automator.model.rule import Audience
from automator.model.speech import SPAN_MS
from automator.plugins import AnyAction, Provider
from automator.reasons import limits
from automator.rules import CompiledRule, event_scope, says_to_person
from automator.store import ContactFilter, Firing, KnownContact, Log
from automator.store.limits.limit_log import limit_ids, standing
from automator.store.log.firing_log import RunsOfFiring

#: Two of the spans for which a budget counts, in seconds. One budget per two spans is half of it.
_TWO_SPANS_S = 2 * SPAN_MS / 1000


@record(kw_only=False)
class Person:
    """A contact that a firing takes: the parsed event of the contact, and its connection."""

    contact: KnownContact
    provider: Provider
    parsed: ParsedEvent


class People:
    """Selects the people of one rule's schedule, for one of its times."""

    def __init__(
        self,
        rule: CompiledRule,
        connections: Mapping[str, Provider],
        actions: Mapping[str, AnyAction],
        *,
        firing: str,
        at: int,
    ) -> None:
        """`firing` is the id of the event with which the schedule has fired for the time `at`.

        Raises:
            ValueError: the rule does not fire for people.
        """
        trigger = rule.spec.trigger
        if trigger.audience is None or trigger.schedule is None:
            raise ValueError(f"{rule.spec.id} does not fire for people")
        self.audience: Audience = trigger.audience
        self.schedule: Schedule = trigger.schedule
        self.facts = {**schedule_facts(rule.spec.id, trigger.schedule, at), "firing": firing}
        self._rule = rule
        self._at = at
        self._connections = connections
        #: The steps that send something to the contact immediately.
        self._speaking = [step for step in rule.spec.steps if says_to_person(step, actions)]

    @property
    def wanted(self) -> ContactFilter:
        """The filter that selects the contacts to look at."""
        audience = self.audience
        return ContactFilter(
            connection=audience.connection,
            tag=audience.tag,
            value=audience.value,
            text=audience.text,
        )

    def judge(self, contact: KnownContact, delivery: Delivery) -> Person | Reason:
        """The contact with its event, or the reason for leaving the contact out.

        `delivery` carries the events of a portion; its time counts as now.
        """
        now_ms = delivery.received_at
        provider = self._connections.get(contact.connection)
        if provider is None or (self._speaking and not provider.can_answer):
            return limits.contact_without_token(connection=contact.connection)
        if self._speaking and provider.receiver_id(contact.facts["id"]) is None:
            policy = provider.policy
            return limits.contact_without_chat(
                platform=policy.platform if policy else provider.title
            )
        reason = self._respected(contact.facts, provider.policy, now_ms)
        if reason is not None:
            return reason
        parsed = contact_event(contact.key, contact.facts, self.facts, self._at)
        person = Person(contact, provider, parsed)
        return person if self._picks(person, delivery) else limits.contact_not_picked()

    def _respected(
        self, facts: Mapping[str, Any], policy: MessagingPolicy | None, now_ms: int
    ) -> Reason | None:
        """The reason why a contact must not get a message now, whatever its rule says; or None."""
        if facts["blocked"]:
            return limits.contact_blocked()
        pause_ms, answered = self._rule.spec.pause_ms, facts["human_reply_at"]
        if pause_ms is not None and answered is not None and ms_of(answered) + pause_ms > now_ms:
            return limits.contact_paused(pause=pause_ms)
        if self._speaking and facts["opted_out"]:
            return limits.contact_opted_out()
        return self._too_late(facts, policy, now_ms) if self._speaking and policy else None

    def _too_late(
        self, facts: Mapping[str, Any], policy: MessagingPolicy, now_ms: int
    ) -> Reason | None:
        """The reason why the platform accepts no message to a contact now; None if it does.

        A contact without a stored message is left out. With a rule for a person's own event it is
        different: then the platform decides.
        """
        if policy.message_ms is None:
            return None
        wrote = facts["window_opened_at"]
        waited = policy.message_ms + 1 if wrote is None else now_ms - ms_of(wrote)
        if not all(_is_limited(step, policy, waited) for step in self._speaking):
            return None
        if wrote is None:
            return limits.contact_never_wrote(platform=policy.platform)
        if policy.templates_anytime:
            return limits.contact_needs_template(platform=policy.platform, within=policy.message_ms)
        return limits.contact_too_late(platform=policy.platform, within=policy.message_ms)

    def limits_of(self, person: Person, delivery: Delivery) -> tuple[KeyedLimit, ...]:
        """The rule's limits, with their keys for the event of a contact."""
        return self._rule.limits.keyed(self._scope(person, delivery))[0]

    def _picks(self, person: Person, delivery: Delivery) -> bool:
        """Whether the rule's conditions hold for the event of a contact."""
        if not self._rule.checks:
            return True
        scope, budget = self._scope(person, delivery), EventBudget()
        return all(check(scope, budget) for check in self._rule.checks)

    def _scope(self, person: Person, delivery: Delivery) -> Mapping[str, Any]:
        event = new_event(0, person.provider, delivery, person.parsed)
        return self._rule.scope_for(event_scope(event, person.contact.facts, event.received_at))


def pace_of(audience: Audience, budgets: Budgets) -> float:
    """The people per second of a firing. Half of the connection's budget is kept for answers."""
    most = budgets.per_connection / _TWO_SPANS_S if budgets.per_connection else math.inf
    return min(audience.per_second, most)


def _is_limited(step: Step, policy: MessagingPolicy, waited_ms: int) -> bool:
    template = step.inputs.get("template")
    approved = template if isinstance(template, Mapping) else None
    return policy.limits_message(waited_ms, template=approved)


# --- Counts, before a schedule goes live, who would get a message now and who would not ---
#
# Nothing is stored. Each contact is judged by the same function as in a firing.


class HeldBack:
    """Counts the uses of a rule's limits, including the uses by people before in the same count."""

    def __init__(self, log: Log, rule: CompiledRule, per_second: float, now_ms: int) -> None:
        self._log = log
        self._rule = rule
        self._apart_ms = 1000 / per_second
        self._now_ms = now_ms
        #: How many people the firing would have taken so far.
        self._taken = 0
        self._uses: dict[str, list[list[int]]] = {}

    def judge(self, people: Sequence[tuple[KeyedLimit, ...]]) -> list[Reason | None]:
        """For each person, in order: the reason of the limit that holds them back, or None."""
        runs = [self._run(limits) for limits in people]
        new = {one for run in runs for one in limit_ids(run)} - self._uses.keys()
        self._uses |= self._log.uses_of_limits(sorted(new))
        return [self._judge(run) for run in runs]

    def _judge(self, run: NewRun) -> Reason | None:
        at = self._now_ms + round(self._taken * self._apart_ms)
        self._taken += 1
        for one in standing(run, self._uses, at):
            if one.holds_back:
                return limits.contact_held_back(limit=one.name)
        for limit_id in limit_ids(run):
            self._uses.setdefault(limit_id, []).append([at, 0])
        return None

    def _run(self, limits: tuple[KeyedLimit, ...]) -> NewRun:
        rule = self._rule
        return NewRun(
            id=0,
            event_id=0,
            rule=rule.spec.id,
            revision=0,
            lane=None,
            contact=None,
            run_at=self._now_ms,
            data=rule.marks,
            limits=limits,
        )


#: How many contacts are read at once; below, how many seconds pass between two such pages.
_PAGE = 100
_PAUSE_S = 0.005
#: How many seconds a count on the server may take. If it ends early, it says how far it came.
MOST_S = 20.0
#: How many examples there are: of contacts that would get a message, and for each reason of
#: contacts that would not.
_MOST_EXAMPLES = 5
_EXAMPLES_OF_REASON = 2


@record(kw_only=False)
class Example:
    """An example: a contact that would get a message, or that is left out."""

    connection: str
    id: str
    name: str | None
    #: The reason for leaving the contact out; None if it would get a message.
    reason: Reason | None


@record
class Preflight:
    """The result that a firing would have if it began now."""

    rule: str
    schedule: Schedule
    audience: Audience
    next_fire: int | None
    #: How many contacts the filter selects; below, how many of them would get a message.
    seen: int
    reached: int
    #: How many others a limit of the rule would hold back. A firing takes these, too.
    held_back: int
    #: Reasons for leaving out all other contacts, each with a number; most frequent first.
    left_out: tuple[tuple[Reason, int], ...]
    examples: tuple[Example, ...]
    #: Whether the time was enough to look at all contacts.
    is_complete: bool
    per_second: float
    #: The latest firings, the newest first; below, the outcomes of the newest firing's runs.
    firings: tuple[Firing, ...]
    runs: tuple[RunsOfFiring, ...]

    @property
    def taken(self) -> int:
        """The number of contacts that a firing would take."""
        return min(self.reached + self.held_back, self.audience.most)

    @property
    def takes_ms(self) -> int:
        """The milliseconds that a firing would need for these contacts."""
        return round(self.taken / self.per_second * 1000)

    @property
    def going(self) -> Firing | None:
        """The firing that goes on now, or None."""
        return next((one for one in self.firings if one.is_going), None)

    def as_json(self) -> dict[str, Any]:
        """The result in the form of the API and of `--json`."""
        fires = self.next_fire
        return {
            "rule": self.rule,
            "schedule": self.schedule.written,
            "next": None if fires is None else iso_time(fires),
            "connection": self.audience.connection,
            "contacts": self.seen,
            "is_complete": self.is_complete,
            "spoken_to": self.reached,
            "taken": self.taken,
            "takes_s": round(self.takes_ms / 1000),
            "left_out": _counted(self.left_out),
            "examples": [
                {
                    "connection": one.connection,
                    "id": one.id,
                    "name": one.name,
                    "left_out": reason_json(one.reason),
                }
                for one in self.examples
            ],
            "firings": [_firing_json(one) for one in self.firings],
            "runs": [
                {"state": one.state.label, "reason_codes": one.codes, "count": one.count}
                for one in self.runs
            ],
        }


def _firing_json(firing: Firing) -> dict[str, Any]:
    return {
        "event_id": firing.event,
        "scheduled_at": iso_time(firing.scheduled_at),
        "state": firing.state.label,
        "contacts": firing.seen,
        "taken": firing.started,
        "left_out": _counted(firing.left_out),
        "finished_at": optional_time(firing.finished_at),
        "stopped_by": firing.stopped_by,
    }


def _counted(reasons: Iterable[tuple[Reason, int]]) -> list[dict[str, Any]]:
    return [{"reason": reason.to_json(), "count": count} for reason, count in reasons]


def people_rule(rules: Mapping[str, CompiledRule], name: str) -> CompiledRule:
    """The rule with this id, which fires for people.

    Raises:
        NotFoundError: there is no such rule, or its schedule fires for nobody.
    """
    rule = rules.get(name)
    if rule is None or rule.spec.trigger.audience is None:
        raise NotFoundError(
            N_("'{rule}' is no rule that fires for contacts"),
            fix=N_("Name a rule whose trigger has 'contacts' beside its 'schedule'."),
            rule=name,
        )
    return rule


@dataclass(slots=True)
class _Count:
    """Counts of the contacts that were looked at so far."""

    seen: int = 0
    reached: int = 0
    held_back: int = 0
    #: How many contacts are left out, by the key of the reason.
    left_out: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    #: Whether all contacts were looked at.
    is_complete: bool = False

    def note(self, contact: KnownContact, reason: Reason | None) -> None:
        """Counts a contact: left out for `reason`, or about to get a message if that is None."""
        self.seen += 1
        if reason is None:
            self.reached += 1
            is_shown = self.reached <= _MOST_EXAMPLES
        else:
            self.left_out[reason.key] += 1
            is_shown = self.left_out[reason.key] <= _EXAMPLES_OF_REASON
        if is_shown:
            facts = contact.facts
            example = Example(contact.connection, facts["id"], facts["name"], reason)
            self.examples.append(example)


def preflight(
    log: Log,
    rule: CompiledRule,
    connections: Mapping[str, Provider],
    actions: Mapping[str, AnyAction],
    budgets: Budgets,
    now_ms: int,
    *,
    most_s: float = MOST_S,
) -> Preflight:
    """Counts a rule's contacts as they are now, for at most `most_s` seconds. Blocks.

    Call it in a thread.
    """
    people = People(rule, connections, actions, firing="", at=now_ms)
    delivery = portion_delivery(0, people.audience.connection, now_ms, people.facts)
    per_second = pace_of(people.audience, budgets)
    limits = HeldBack(log, rule, per_second, now_ms) if rule.limits else None
    count = _counted_people(log, people, delivery, limits, time.monotonic() + most_s)
    firings = log.firings(rule.spec.id)
    return Preflight(
        rule=rule.spec.id,
        schedule=people.schedule,
        audience=people.audience,
        next_fire=next_fire(people.schedule, now_ms),
        seen=count.seen,
        reached=count.reached,
        held_back=count.held_back,
        left_out=tuple((Reason.from_key(key), of) for key, of in count.left_out.most_common()),
        examples=tuple(sorted(count.examples, key=lambda one: one.reason is not None)),
        is_complete=count.is_complete,
        per_second=per_second,
        firings=tuple(firings),
        runs=tuple(log.runs_of(firings[0])) if firings else (),
    )


def _counted_people(
    log: Log, people: People, delivery: Delivery, limits: HeldBack | None, deadline: float
) -> _Count:
    """Judges the contacts page by page, until `deadline`, a time of the monotonic clock."""
    count = _Count()
    after: str | None = None
    while after != "" and time.monotonic() < deadline:
        page, after = log.contacts(people.wanted, after=after or "", limit=_PAGE, most=_PAGE)
        reasons = [people.judge(contact, delivery) for contact in page]
        if limits is not None:
            reasons, held = _limited(limits, people, reasons, delivery)
            count.held_back += held
        for contact, judged in zip(page, reasons, strict=True):
            count.note(contact, None if isinstance(judged, Person) else judged)
        time.sleep(_PAUSE_S)
    count.is_complete = after == ""
    return count


def _limited(
    limits: HeldBack, people: People, judged: Sequence[Person | Reason], delivery: Delivery
) -> tuple[list[Person | Reason], int]:
    """Adds reasons to people whom a limit would hold back; returns how many these are, too."""
    persons = [one for one in judged if isinstance(one, Person)]
    answers = iter(limits.judge([people.limits_of(one, delivery) for one in persons]))
    found: list[Person | Reason] = []
    held = 0
    for one in judged:
        reason = next(answers) if isinstance(one, Person) else None
        held += reason is not None
        found.append(reason or one)
    return found, held
