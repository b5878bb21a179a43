"""Takes one delivery in: verifies, parses, matches and stores it.

When `Intake.receive` returns an accepted delivery, it is committed.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from automator.clock import Clock, iso_time
from automator.conditions import EventBudget
from automator.engine.doctor.credentials import Credentials
from automator.engine.intake.arrivals import Arrivals
from automator.engine.intake.refusals import UNKNOWN_CONNECTION, Refusals
from automator.engine.intake.request_checks import RequestChecks
from automator.engine.intake.starting import Origin, new_runs
from automator.engine.rulesets.rulebook import RuleBook
from automator.http.headers import MOST_HOPS, hops_in
from automator.http.types import Answer, InboundRequest
from automator.model import (
    SCHEDULE,
    AutomatorError,
    Delivery,
    Event,
    IdSource,
    NotFoundError,
    ParsedEvent,
    RejectedDelivery,
    StoreUnavailableError,
    UnparsableDelivery,
    Verdict,
    format_id,
)
from automator.plugins import Provider, Remark
from automator.rules import EventFacts
from automator.store import EventPlan, Fire, Receipt, Store

#: Of the name of a connection that does not exist, at most this much is repeated.
_MOST_OF_A_NAME = 64
#: Larger bodies are verified beside the event loop, which answers others meanwhile.
LARGE_BYTES = 65_536
#: Rules of one event that the log names when their conditions cost too much.
_MOST_SAID = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A delivery that is stored, with its events; `duplicate` receipts name the first event."""

    delivery_id: int
    receipts: tuple[Receipt, ...]


class Intake:
    """Takes deliveries in, up to their commit. One instance a process, on the event loop."""

    def __init__(
        self,
        *,
        connections: Mapping[str, Provider],
        rulebook: RuleBook,
        store: Store,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._connections = connections
        self._rulebook = rulebook
        self._store = store
        self._clock = clock
        self._ids = ids
        #: What was heard of each connection, for the watchdog.
        self.arrivals = Arrivals()
        #: What conditions see as `connection`; schedules have one that nothing can be posted to.
        self._about = {
            SCHEDULE: {"name": SCHEDULE, "provider": SCHEDULE},
            **{
                name: {"name": name, "provider": provider.name}
                for name, provider in connections.items()
            },
        }
        #: Limits what is kept of refused requests, and counts the others.
        self.refusals = Refusals(clock)
        self.credentials = Credentials(connections)
        self.request_checks = RequestChecks(connections, clock)

    def connection(self, name: str) -> Provider:
        """The connection with this name.

        Raises:
            NotFoundError: there is none.
            RejectedDelivery: it is that of schedules, which takes nothing from outside.
        """
        if name == SCHEDULE:
            raise RejectedDelivery(
                "schedules take nothing from outside", code="internal_connection", status=403
            )
        provider = self._connections.get(name)
        if provider is None:
            raise NotFoundError(
                f"there is no connection {name[:_MOST_OF_A_NAME]!r}",
                fix="Compare the address with the names under `connections` in automator.yaml.",
                code="unknown_connection",
            )
        return provider

    async def receive(self, provider: Provider, request: InboundRequest) -> Accepted | Answer:
        """Takes one request in; an Answer is a handshake that leaves nothing behind.

        Raises:
            RejectedDelivery: not trusted; recorded with its reason, within a quota.
            StoreUnavailableError: nothing could be committed, the sender shall try again.
        """
        try:
            answer = provider.handshake(request)
            if answer is not None:
                return answer
            if len(request.body) > LARGE_BYTES:
                verdict, remark = await asyncio.to_thread(self._verify, provider, request)
            else:
                verdict, remark = self._verify(provider, request)
            hops = _hops_of(request)
        except RejectedDelivery as rejection:
            if provider.resembles(request):
                self.arrivals.refuse(provider.connection, request.received_at, rejection.status)
            await self.record_rejection(provider.connection, request, rejection)
            raise
        self.arrivals.take(provider.connection, request.received_at)
        delivery_id, name = self._ids.next(), provider.connection
        # Credentials are removed before parsing, because events are stored as well.
        request = self.credentials.kept(name, request, describes=verdict is Verdict.OBSERVED)
        try:
            parsed = provider.parse(request)
        except UnparsableDelivery as error:
            unparsable = stored_delivery(
                delivery_id, name, request, Verdict.UNPARSABLE, error.code, error.message
            )
            await self._store.record_delivery(unparsable)
            return Accepted(delivery_id, ())
        remark = remark or _remark_on(request)
        delivery = stored_delivery(
            delivery_id,
            name,
            request,
            verdict,
            remark.code if remark else "",
            remark.message if remark else "",
        )
        repeated = list(request.repeated_keys)
        for item in parsed:
            if hops:
                item.body["hops"] = hops
            if repeated:
                item.body["repeated_keys"] = repeated
        plans = [await self._plan(provider, delivery, item) for item in parsed]
        return Accepted(delivery_id, await self._store.ingest(delivery, plans))

    async def take_in(
        self, provider: Provider, delivery: Delivery, parsed: ParsedEvent, fire: Fire | None = None
    ) -> tuple[Receipt, ...]:
        """Takes in an event of our own, which nobody has sent, such as that of a schedule.

        No receipts: the schedule fired before.

        Raises:
            StoreUnavailableError: nothing could be committed.
        """
        plan = await self._plan(provider, delivery, parsed)
        return await self._store.ingest(delivery, [plan], fire)

    async def record_rejection(
        self, connection: str, request: InboundRequest, refusal: AutomatorError
    ) -> None:
        """Writes down a request that was refused, or its beginning, within what `refusals` allow.

        All that was sent to connections that do not exist counts as one.
        """
        name = connection
        if name != SCHEDULE and name not in self._connections:
            name = UNKNOWN_CONNECTION
        kept = self.refusals.keep(name, request)
        if kept is None:
            return
        delivery = stored_delivery(
            self._ids.next(),
            name,
            self.credentials.kept(name, kept, describes=True),
            Verdict.REJECTED,
            refusal.code,
            refusal.message,
            full_size=len(request.body) if len(kept.body) < len(request.body) else None,
        )
        try:
            await self._store.record_delivery(delivery)
        except StoreUnavailableError:
            # The refusal stands whether or not it can be written down.
            return

    @staticmethod
    def _verify(provider: Provider, request: InboundRequest) -> tuple[Verdict, Remark | None]:
        try:
            remark = provider.verify(request)
        except RejectedDelivery as rejection:
            if not provider.observes:
                raise
            return Verdict.OBSERVED, Remark(rejection.code, rejection.message)
        return Verdict.ACCEPTED, remark

    async def _plan(self, provider: Provider, delivery: Delivery, parsed: ParsedEvent) -> EventPlan:
        """Decides: which rules match this event, and which runs are to be stored with it."""
        connection = provider.connection
        event = self._event(provider, delivery, parsed)
        active = self._rulebook.active
        contact: Mapping[str, Any] = {}
        rules = active.rule_set
        # Without a lane or a person there is no turn to wait for.
        may_defer = event.lane is not None and parsed.actor_id is not None
        needs_contact = rules.needs_contact_on_arrival if may_defer else rules.needs_contact
        if needs_contact and parsed.actor_id is not None:
            contact = await self._store.contacts.find(connection, parsed.actor_id)
        scope = {
            "event": event.body,
            "contact": contact,
            "connection": self._about[connection],
            "now": event.body["received_at"],
            "steps": {},
        }
        decide = rules.decide_on_arrival if may_defer else rules.decide
        budget = EventBudget()
        decisions = decide(
            scope,
            delivery.received_at,
            EventFacts(parsed.type, connection, provider.name, parsed.is_self),
            budget,
        )
        origin = Origin.of_event(event, active.revision)
        runs = new_runs(decisions, origin, self._ids.next, contact)
        endings = rules.endings
        ends = endings.of(parsed.type, scope, budget) if endings else ()
        for rule, why in islice(budget.over.items(), _MOST_SAID):
            logger.warning("rules.over_budget event=%s rule=%s: %s", event.body["id"], rule, why)
        return EventPlan(event=event, runs=runs, revision=active.revision, ends=ends)

    def _event(self, provider: Provider, delivery: Delivery, parsed: ParsedEvent) -> Event:
        event_id = self._ids.next()
        body = parsed.body
        body["id"] = format_id(event_id)
        body["type"] = parsed.type
        body["provider"] = provider.name
        body["connection"] = provider.connection
        body["received_at"] = iso_time(delivery.received_at)
        occurred_at = parsed.occurred_at
        body["occurred_at"] = iso_time(occurred_at) if occurred_at is not None else None
        return Event(
            id=event_id,
            delivery_id=delivery.id,
            connection=provider.connection,
            provider=provider.name,
            type=parsed.type,
            dedupe_key=parsed.dedupe_key,
            lane=parsed.lane,
            contact=f"{provider.connection}:{parsed.actor_id}" if parsed.actor_id else None,
            is_self=parsed.is_self,
            occurred_at=occurred_at,
            received_at=delivery.received_at,
            body=body,
            echo=parsed.echo,
            same_person=parsed.same_person,
        )


def _remark_on(request: InboundRequest) -> Remark | None:
    """What is noted with a delivery whose JSON names a key twice in one object."""
    names = request.repeated_keys
    if not names:
        return None
    listed = ", ".join(names)
    return Remark("duplicate_key", f"a key occurs twice in one object, the last counts: {listed}")


def _hops_of(request: InboundRequest) -> int:
    """Through how many servers of ours a request came.

    Raises:
        RejectedDelivery: through so many that it goes round in a ring.
    """
    hops = hops_in(request.raw_headers)
    if hops >= MOST_HOPS:
        raise RejectedDelivery(
            f"it has been passed on {hops} times, so it goes round in a ring",
            fix="Find the rules that forward to one another, and take one of them out.",
            code="loop",
            status=508,
        )
    return hops


def stored_delivery(
    delivery_id: int,
    connection: str,
    request: InboundRequest,
    verdict: Verdict,
    code: str,
    reason: str,
    full_size: int | None = None,
) -> Delivery:
    """The delivery of a request from which was taken what gives access, as it is stored."""
    return Delivery(
        id=delivery_id,
        connection=connection,
        received_at=request.received_at,
        method=request.method,
        headers=request.raw_headers,
        query=request.query,
        body=request.body,
        remote=request.remote,
        verdict=verdict,
        reason_code=code,
        reason=reason,
        full_size=full_size,
    )
