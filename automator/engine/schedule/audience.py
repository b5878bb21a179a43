"""Selects the people for whom a schedule fires, with a reason for each contact that is left out.

A firing and the count before it use the same functions. Facts that can change before a message is
sent, such as an opt-out, are checked once more then.
"""

import math
from collections.abc import Mapping
from typing import Any

from automator.clock import ms_of
from automator.conditions import EventBudget
from automator.configuration.settings import Budgets
from automator.engine.intake.own_events import contact_event
from automator.engine.intake.stored_deliveries import new_event
from automator.engine.schedule.fire_times import schedule_facts
from automator.model import (
    Delivery,
    KeyedLimit,
    MessagingPolicy,
    ParsedEvent,
    Reason,
    Schedule,
    Step,
    record,
)
from automator.model.rules.trigger import Audience
from automator.model.speech import SPAN_MS
from automator.plugins import AnyAction, Provider
from automator.reasons import limits
from automator.rules import CompiledRule, says_to_person
from automator.store import ContactFilter, KnownContact

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
        return self._rule.scope_for(
            {
                "event": event.body,
                "contact": person.contact.facts,
                "connection": {
                    "name": person.provider.connection,
                    "provider": person.provider.name,
                },
                "now": event.body["received_at"],
                "steps": {},
            }
        )


def pace_of(audience: Audience, budgets: Budgets) -> float:
    """The people per second of a firing. Half of the connection's budget is kept for answers."""
    most = budgets.per_connection / _TWO_SPANS_S if budgets.per_connection else math.inf
    return min(audience.per_second, most)


def _is_limited(step: Step, policy: MessagingPolicy, waited_ms: int) -> bool:
    template = step.inputs.get("template")
    approved = template if isinstance(template, Mapping) else None
    return policy.limits_message(waited_ms, template=approved)
