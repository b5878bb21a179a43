"""Plans: what the rules decide about a parsed event, and the runs that are stored with it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from automator.conditions import EventBudget
from automator.configuration.secrets import KnownSecrets
from automator.engine.intake.records import new_event
from automator.engine.intake.seen_secrets import without_secrets
from automator.engine.intake.starting import Origin, new_runs
from automator.engine.rulesets.rulebook import RuleBook
from automator.model import (
    SCHEDULE,
    Delivery,
    EventPart,
    IdSource,
    NewRun,
    ParsedEvent,
    lacked_part,
)
from automator.plugins import Provider
from automator.rules import EventFacts
from automator.rules.compiled.deferred_rules import or_newcomer
from automator.store import EventPlan, Store

#: Events that are planned at once. The conditions for each may take a tenth of a second.
MOST_AT_ONCE = 5
#: Rules of one event that the log names, at most, when their conditions cost too much.
_MOST_SAID = 5
#: Takes the type of an event, its connection and its body.
LearnPost = Callable[[str, str, Mapping[str, Any]], None]

logger = logging.getLogger(__name__)


def learn_nothing(_event_type: str, _connection: str, _event: Mapping[str, Any]) -> None:
    """For an intake without runs, which reads no post."""


class Planner:
    """Plans events by the rules that are in force. Belongs to the event loop."""

    def __init__(
        self,
        *,
        connections: Mapping[str, Provider],
        rulebook: RuleBook,
        store: Store,
        ids: IdSource,
        learn_post: LearnPost,
        secrets: KnownSecrets,
    ) -> None:
        """`learn_post` gets each event while there are rules that read texts of posts.

        `secrets` are not kept with what conditions have seen.
        """
        self._learn_post = learn_post
        self._rulebook = rulebook
        self._store = store
        self._ids = ids
        self._secrets = secrets
        #: The value of `connection` in conditions; that of schedules has no hook.
        self._about = {
            SCHEDULE: {"name": SCHEDULE, "provider": SCHEDULE},
            **{
                name: {"name": name, "provider": provider.name}
                for name, provider in connections.items()
            },
        }

    @property
    def needs_contacts(self) -> bool:
        """Some rule looks at the contact of an event, so that only `planned` plans it."""
        return self._rulebook.active.rule_set.needs_contact

    async def plans(
        self, provider: Provider, delivery: Delivery, parsed: Sequence[ParsedEvent]
    ) -> list[EventPlan]:
        """The plans of the events of one delivery; other requests are answered between them."""
        plans: list[EventPlan] = []
        for number, item in enumerate(parsed, 1):
            plans.append(await self.planned(provider, delivery, item))
            if number % MOST_AT_ONCE == 0:
                await asyncio.sleep(0)
        return plans

    async def planned(
        self,
        provider: Provider,
        delivery: Delivery,
        parsed: ParsedEvent,
        event_id: int | None = None,
    ) -> EventPlan:
        """The plan for an event, with a look at its contact where rules need it."""
        rules = self._rulebook.active.rule_set
        contact: Mapping[str, Any] = {}
        needs = rules.needs_contact_on_arrival if _may_defer(parsed) else rules.needs_contact
        if needs and parsed.actor_id is not None:
            connection = parsed.connection or provider.connection
            known = await self._store.contacts.find(connection, parsed.actor_id)
            contact = or_newcomer(known, parsed.body)
        return self.plan(provider, delivery, parsed, contact, event_id)

    def plan(
        self,
        provider: Provider,
        delivery: Delivery,
        parsed: ParsedEvent,
        contact: Mapping[str, Any],
        event_id: int | None = None,
    ) -> EventPlan:
        """Decides which rules match this event, and which runs are stored with it."""
        connection = parsed.connection or provider.connection
        event = new_event(event_id or self._ids.next(), provider, delivery, parsed)
        active = self._rulebook.active
        rules = active.rule_set
        may_defer = _may_defer(parsed)
        scope = {
            "event": event.body,
            "contact": contact,
            "connection": self._about[connection],
            "now": event.body["received_at"],
            "steps": {},
        }
        facts = EventFacts(parsed.type, connection, provider.name, parsed.is_self)
        budget = EventBudget()
        at = delivery.received_at
        lacks = self._lacked(provider, connection, parsed) if rules.reads_parts else None
        if lacks is not None and lacks in rules.reads_parts:
            may_defer = True
            decisions = rules.decide_on_arrival(scope, at, facts, budget, lacks=lacks)
        else:
            decide = rules.decide_on_arrival if may_defer else rules.decide
            decisions = decide(scope, at, facts, budget)
        runs: tuple[NewRun, ...] = ()
        if decisions:
            origin = Origin.of_event(event, active.revision)
            # Right behind its event a run shares its document in the words index.
            run_id = partial(self._ids.next_behind, event.id)
            runs = new_runs(decisions, origin, run_id, contact)
        seen = rules.seen(scope, facts, on_arrival=may_defer)
        if seen is not None:
            seen = without_secrets(seen, self._secrets)
        endings = rules.endings
        ends = endings.of(parsed.type, scope, budget) if endings else ()
        for rule, why in islice(budget.over.items(), _MOST_SAID) if budget.over else ():
            logger.warning("rules.over_budget event=%s rule=%s: %s", event.body["id"], rule, why)
        return EventPlan(event, runs, active.revision, ends, seen)

    def _lacked(self, provider: Provider, connection: str, parsed: ParsedEvent) -> EventPart | None:
        """The part of the event for which the rules that read it wait until it is looked up."""
        self._learn_post(parsed.type, connection, parsed.body)
        part = lacked_part(parsed.body)
        return part if part in provider.finds else None


def _may_defer(parsed: ParsedEvent) -> bool:
    """Whether rules may be decided in the event's turn.

    Without a lane or a person no earlier run can change what the rules look at.
    """
    return parsed.lane is not None and parsed.actor_id is not None
