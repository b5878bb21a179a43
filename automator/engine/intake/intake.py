"""Takes one delivery in: verifies, parses, matches and stores it.

When `Intake.receive` returns an accepted delivery, it is committed.
"""

import logging
from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import Any

from automator.clock import Clock
from automator.conditions import EventBudget
from automator.configuration.secrets import Secret
from automator.engine.doctor.credentials import Credentials
from automator.engine.intake.arrivals import Arrivals
from automator.engine.intake.records import new_event, stored_delivery
from automator.engine.intake.refusals import UNKNOWN_CONNECTION, Refusals
from automator.engine.intake.request_checks import RequestChecks
from automator.engine.intake.seen_secrets import without_secrets
from automator.engine.intake.starting import Origin, new_runs
from automator.engine.intake.verification import Verified, proof_of
from automator.engine.rulesets.rulebook import RuleBook
from automator.http.types import Answer, InboundRequest, request_of
from automator.model import (
    N_,
    SCHEDULE,
    Delivery,
    IdSource,
    NewRun,
    NotFoundError,
    ParsedEvent,
    Reason,
    RejectedDelivery,
    StoreUnavailableError,
    UnparsableDelivery,
    Verdict,
    record,
)
from automator.plugins import Provider
from automator.reasons.bodies import DUPLICATE_KEY
from automator.reasons.deliveries import INTERNAL_CONNECTION
from automator.reasons.replays import TAKEN_AGAIN
from automator.rules import EventFacts
from automator.rules.compiled.deferred_rules import or_newcomer
from automator.store import EventPlan, Fire, Receipt, Store

#: Characters of the name of an unknown connection that an error repeats.
MOST_OF_A_NAME = 64
#: Rules of one event that the log names, at most, when their conditions cost too much.
_MOST_SAID = 5

_TRUSTED = Verified()

logger = logging.getLogger(__name__)


@record(kw_only=False)
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
        secrets: tuple[Secret, ...] = (),
    ) -> None:
        """`secrets` are not kept with what conditions have seen."""
        self._secrets = secrets
        self._connections = connections
        self._rulebook = rulebook
        self._store = store
        self._clock = clock
        self._ids = ids
        #: What arrived at each connection, for the watchdog.
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
            raise RejectedDelivery(INTERNAL_CONNECTION(), status=403)
        provider = self._connections.get(name)
        if provider is None:
            raise NotFoundError(
                N_("there is no connection '{name}'"),
                fix=N_("Compare the address with the names under `connections` in automator.yaml."),
                code="unknown_connection",
                name=name[:MOST_OF_A_NAME],
            )
        return provider

    async def receive(self, provider: Provider, request: InboundRequest) -> Accepted | Answer:
        """Takes one request in; an Answer is a handshake that leaves nothing behind.

        Raises:
            RejectedDelivery: not trusted; recorded with its reason, within a quota.
            StoreUnavailableError: nothing could be committed, the sender shall try again.
        """
        try:
            proof = await proof_of(provider, request)
            if isinstance(proof, Answer):
                return proof
        except RejectedDelivery as rejection:
            if provider.resembles(request):
                self.arrivals.refuse(provider.connection, request.received_at, rejection.status)
            await self.record_rejection(provider.connection, request, rejection)
            raise
        self.arrivals.take(provider.connection, request.received_at)
        return await self.store_trusted(provider, request, proof)

    async def receive_again(
        self, provider: Provider, refused: Delivery, who: str
    ) -> Accepted | None:
        """As `receive`, for a stored delivery that was refused; None is a handshake.

        Nothing is recorded or counted when it is refused again.

        Raises:
            RejectedDelivery: it is not trusted now either.
            UnparsableDelivery: it cannot be read now either.
            ConflictError: somebody else has taken it in meanwhile.
            StoreUnavailableError: nothing could be committed.
        """
        request = request_of(refused)
        self.request_checks.check_content(provider, request)
        proof = await proof_of(provider, request)
        if isinstance(proof, Answer):
            return None
        why = TAKEN_AGAIN(was=refused.reason, by=who, at=self._clock.now_ms())
        return await self.store_trusted(provider, request, proof, instead_of=refused, why=why)

    async def store_trusted(
        self,
        provider: Provider,
        request: InboundRequest,
        proof: Verified = _TRUSTED,
        *,
        instead_of: Delivery | None = None,
        why: Reason | None = None,
    ) -> Accepted:
        """Parses a request whose sender is trusted, and stores it with its events and runs.

        `instead_of` is the stored delivery whose verdict it settles, with `why` as its reason.

        Raises:
            UnparsableDelivery: it cannot be read, and is the one of a stored delivery.
            ConflictError: that has been settled meanwhile.
            StoreUnavailableError: nothing could be committed.
        """
        delivery_id = self._ids.next() if instead_of is None else instead_of.id
        name = provider.connection
        # Credentials are removed before parsing, because events are stored as well.
        is_observed = proof.verdict is Verdict.OBSERVED
        request = self.credentials.kept(name, request, describes=is_observed)
        try:
            parsed = provider.parse(request)
        except UnparsableDelivery as error:
            if instead_of is not None:
                raise
            unparsable = stored_delivery(
                delivery_id, name, request, Verdict.UNPARSABLE, error.reason
            )
            await self._store.record_delivery(unparsable)
            return Accepted(delivery_id, ())
        repeated = list(request.repeated_keys)
        remark = why or proof.remark
        if repeated and remark is None:
            remark = DUPLICATE_KEY(names=repeated)
        delivery = stored_delivery(delivery_id, name, request, proof.verdict, remark)
        for item in parsed:
            if proof.hops:
                item.body["hops"] = proof.hops
            if repeated:
                item.body["repeated_keys"] = repeated
        plans = [await self._plan(provider, delivery, item) for item in parsed]
        if instead_of is not None:
            return Accepted(delivery_id, await self._store.ingest_again(delivery, plans))
        return Accepted(delivery_id, await self._store.ingest(delivery, plans))

    async def take_in(
        self,
        provider: Provider,
        delivery: Delivery,
        parsed: ParsedEvent,
        fire: Fire | None = None,
        *,
        event_id: int | None = None,
    ) -> tuple[Receipt, ...]:
        """Takes in an event of the server itself, such as that of a schedule.

        There are no receipts when the schedule has fired before. In a simulation an event keeps the
        `event_id` that it has in the log.

        Raises:
            StoreUnavailableError: nothing could be committed.
        """
        plan = await self._plan(provider, delivery, parsed, event_id)
        return await self._store.ingest(delivery, [plan], fire)

    async def record_rejection(
        self, connection: str, request: InboundRequest, refusal: RejectedDelivery
    ) -> None:
        """Records a refused request, or its beginning, within the budget of `refusals`.

        Requests to connections that do not exist share one budget.
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
            refusal.reason,
            full_size=len(request.body) if len(kept.body) < len(request.body) else None,
        )
        try:
            await self._store.record_delivery(delivery)
        except StoreUnavailableError:
            # The sender gets its refusal whether or not it can be recorded.
            return

    async def _plan(
        self,
        provider: Provider,
        delivery: Delivery,
        parsed: ParsedEvent,
        event_id: int | None = None,
    ) -> EventPlan:
        """Decides which rules match this event, and which runs are stored with it."""
        connection = provider.connection
        event = new_event(event_id or self._ids.next(), provider, delivery, parsed)
        active = self._rulebook.active
        contact: Mapping[str, Any] = {}
        rules = active.rule_set
        # Without a lane or a person no earlier run can change what the rules look at.
        may_defer = event.lane is not None and parsed.actor_id is not None
        needs_contact = rules.needs_contact_on_arrival if may_defer else rules.needs_contact
        if needs_contact and parsed.actor_id is not None:
            known = await self._store.contacts.find(connection, parsed.actor_id)
            contact = or_newcomer(known, event.body)
        scope = {
            "event": event.body,
            "contact": contact,
            "connection": self._about[connection],
            "now": event.body["received_at"],
            "steps": {},
        }
        decide = rules.decide_on_arrival if may_defer else rules.decide
        facts = EventFacts(parsed.type, connection, provider.name, parsed.is_self)
        budget = EventBudget()
        decisions = decide(scope, delivery.received_at, facts, budget)
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
