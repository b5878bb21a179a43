"""Takes one delivery in: verifies, parses, matches and stores it.

When `Intake.receive` returns an accepted delivery, it is committed.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from automator.clock import Clock
from automator.configuration.secrets import NO_SECRETS, KnownSecrets
from automator.engine.doctor.credentials import Credentials
from automator.engine.intake.arrivals import Arrivals
from automator.engine.intake.planning import MOST_AT_ONCE, LearnPost, Planner, learn_nothing
from automator.engine.intake.records import note_in_bodies, stored_delivery
from automator.engine.intake.refusals import UNKNOWN_CONNECTION, Refusals
from automator.engine.intake.request_checks import RequestChecks
from automator.engine.intake.verification import TRUSTED, Proof, Verified, proof_at_once, proof_of
from automator.engine.rulesets.rulebook import RuleBook
from automator.http.traceparent import given_traceparent
from automator.http.types import Answer, InboundRequest, request_of
from automator.model import (
    N_,
    SCHEDULE,
    Delivery,
    IdSource,
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
from automator.store import EventPlan, Fire, Receipt, Store

#: Characters of the name of an unknown connection that an error repeats.
MOST_OF_A_NAME = 64


@record(kw_only=False)
class Accepted:
    """A delivery that is stored, with its events; `duplicate` receipts name the first event."""

    delivery_id: int
    receipts: tuple[Receipt, ...]


@record(kw_only=False)
class Submitted:
    """A delivery that waits for its commit; the future has the receipts of its events."""

    delivery_id: int
    receipts: "asyncio.Future[tuple[Receipt, ...]]"


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
        learn_post: LearnPost = learn_nothing,
        secrets: KnownSecrets = NO_SECRETS,
        traces: bool = False,
    ) -> None:
        """`secrets` are not kept with what conditions have seen. With `traces` an event keeps the
        trace of its sender.
        """
        self._planner = Planner(
            connections=connections,
            rulebook=rulebook,
            store=store,
            ids=ids,
            learn_post=learn_post,
            secrets=secrets,
        )
        self._connections = connections
        #: Those that have an address of their own.
        self._hooks = {name: item for name, item in connections.items() if item.hook == name}
        self._store = store
        self._clock = clock
        self._ids = ids
        self._traces = traces
        #: Counts the deliveries of each connection, for the watchdog.
        self.arrivals = Arrivals()
        #: Keeps refused requests within a budget, and counts the others.
        self.refusals = Refusals(clock)
        self.credentials = Credentials(connections)
        self.request_checks = RequestChecks(connections, clock)

    def connection(self, name: str) -> Provider:
        """The connection whose address has this name.

        Raises:
            NotFoundError: there is none.
            RejectedDelivery: it is that of schedules, which takes nothing from outside.
        """
        if name == SCHEDULE:
            raise RejectedDelivery(INTERNAL_CONNECTION(), status=403)
        provider = self._hooks.get(name)
        if provider is None:
            raise NotFoundError(
                N_("there is no connection '{name}'"),
                fix=N_("Compare the address with the names under `connections` in automator.yaml."),
                code="unknown_connection",
                name=name[:MOST_OF_A_NAME],
            )
        return provider

    async def receive(
        self, provider: Provider, request: InboundRequest, proof: Proof | None = None
    ) -> Accepted | Answer:
        """Takes one request in; an Answer is a handshake that leaves nothing behind.

        `proof` is the result of its verification, where that is known.

        Raises:
            RejectedDelivery: not trusted; recorded with its reason, within a quota.
            StoreUnavailableError: nothing could be committed, the sender shall try again.
        """
        try:
            proof = proof or await proof_of(provider, request)
            if isinstance(proof, RejectedDelivery):
                raise proof
        except RejectedDelivery as rejection:
            if provider.resembles(request):
                self.arrivals.refuse(provider.connection, request.received_at, rejection.status)
            await self.record_rejection(provider.connection, request, rejection)
            raise
        if isinstance(proof, Answer):
            return proof
        self.arrivals.take(provider.connection, request.received_at)
        return await self.store_trusted(provider, request, proof)

    def submit(self, provider: Provider, request: InboundRequest) -> Submitted | Proof:
        """Takes one request in as far as that needs no waiting: nearly always up to its commit.

        Otherwise the result is for `receive`, which goes on from there.

        Raises:
            StoreUnavailableError: nothing could be stored, the sender shall try again.
        """
        try:
            proof = proof_at_once(provider, request)
        except RejectedDelivery as rejection:
            return rejection
        if isinstance(proof, Answer) or self._planner.needs_contacts:
            return proof
        self.arrivals.take(provider.connection, request.received_at)
        delivery, parsed = self._read(provider, request, proof)
        if len(parsed) > MOST_AT_ONCE:
            return Submitted(
                delivery.id, asyncio.create_task(self._store_in_turns(provider, delivery, parsed))
            )
        plans = [self._planner.plan(provider, delivery, item, {}) for item in parsed]
        return Submitted(delivery.id, self._store.ingest(delivery, plans))

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
        proof: Verified = TRUSTED,
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
        delivery, parsed = self._read(provider, request, proof, instead_of, why)
        plans = await self._planner.plans(provider, delivery, parsed)
        if instead_of is not None:
            return Accepted(delivery.id, await self._store.ingest_again(delivery, plans))
        return Accepted(delivery.id, await self._store.ingest(delivery, plans))

    async def _store_in_turns(
        self, provider: Provider, delivery: Delivery, parsed: Sequence[ParsedEvent]
    ) -> tuple[Receipt, ...]:
        plans = await self._planner.plans(provider, delivery, parsed)
        return await self._store.ingest(delivery, plans)

    def _read(
        self,
        provider: Provider,
        request: InboundRequest,
        proof: Verified,
        instead_of: Delivery | None = None,
        why: Reason | None = None,
    ) -> tuple[Delivery, Sequence[ParsedEvent]]:
        """The delivery to store, and its events; none of one that cannot be read.

        Raises:
            UnparsableDelivery: it cannot be read, and is the one of a stored delivery.
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
            verdict = Verdict.UNPARSABLE
            return stored_delivery(delivery_id, name, request, verdict, error.reason), ()
        if provider.names_accounts and instead_of is None:
            for account in dict.fromkeys(item.connection for item in parsed if item.connection):
                self.arrivals.take(account, request.received_at)
        remark = why or proof.remark
        repeated = list(request.repeated_keys)
        if repeated:
            remark = remark or DUPLICATE_KEY(names=repeated)
        trace = given_traceparent(request.raw_headers) if self._traces else ""
        if repeated or proof.hops or trace:
            note_in_bodies(parsed, hops=proof.hops, repeated_keys=repeated, traceparent=trace)
        return stored_delivery(delivery_id, name, request, proof.verdict, remark), parsed

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
        plan = await self._planner.planned(provider, delivery, parsed, event_id)
        return await self._store.ingest(delivery, [plan], fire)

    def plan(
        self,
        provider: Provider,
        delivery: Delivery,
        parsed: ParsedEvent,
        contact: Mapping[str, Any],
    ) -> EventPlan:
        """The plan of an event of the server itself about a contact who is at hand."""
        return self._planner.plan(provider, delivery, parsed, contact)

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
