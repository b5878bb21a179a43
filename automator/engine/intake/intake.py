"""Takes one delivery in: verifies, parses, matches and stores it.

When `Intake.receive` returns an accepted delivery, its commit is done.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice, zip_longest
from secrets import token_bytes
from typing import Any

from automator.clock import Clock
from automator.conditions import EventBudget
from automator.configuration.secrets import NO_SECRETS, KnownSecrets
from automator.engine.doctor.credentials import Credentials
from automator.engine.intake.own_events import own_event
from automator.engine.intake.quota import Quota
from automator.engine.intake.starting_runs import Origin, new_runs, without_secrets
from automator.engine.intake.stored_deliveries import (
    new_event,
    note_in_bodies,
    rekeyed,
    stored_delivery,
)
from automator.engine.intake.verification import TRUSTED, Proof, Verified, proof_at_once, proof_of
from automator.engine.outbound.rate_limiter import RateLimiter
from automator.engine.rulesets.rulebook import RuleBook
from automator.http.redaction import redacted, redacted_or_empty
from automator.http.traceparent import given_traceparent
from automator.http.types import Answer, InboundRequest, request_of
from automator.model import (
    N_,
    Delivery,
    EventPart,
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
from automator.model.event import lacked_part
from automator.model.own_events import SCHEDULE
from automator.plugins import Provider
from automator.reasons.bodies import duplicate_key
from automator.reasons.deliveries import content_type, internal_connection, rate
from automator.reasons.replays import taken_again
from automator.rules import EventFacts, event_scope
from automator.rules.compiled.deferred_rules import or_newcomer
from automator.store import HOUR_MS, EventPlan, Fire, Receipt, Store
from automator.store.cluster.connection_health import ConnectionNews

# --- Plans: the decisions of rules about an event, and the runs to store with the event ---

#: How many events are planned at once: the conditions for one event may take a tenth of a second.
MOST_AT_ONCE = 5
#: How many rules a log line names, if the conditions of an event cost too much.
_MOST_SAID = 5
#: Called with the type, the connection and the body of an event, which may be a post.
LearnPost = Callable[[str, str, Mapping[str, Any]], None]

logger = logging.getLogger(__name__)


def learn_nothing(_event_type: str, _connection: str, _event: Mapping[str, Any]) -> None:
    """Does nothing. For an intake without runs, so that nobody reads the texts of posts."""


@record
class Planner:
    """Plans the runs of events, by the rules in force. Belongs to the event loop."""

    rulebook: RuleBook
    store: Store
    ids: IdSource
    #: Called with each event while rules in force read the texts of posts.
    learn_post: LearnPost
    #: Removed from the values that are kept for explanations.
    secrets: KnownSecrets

    @property
    def needs_contacts(self) -> bool:
        """Whether a rule reads the event's contact. If so, use `planned`, which reads it."""
        return self.rulebook.active.rule_set.needs_contact

    async def plans(
        self,
        provider: Provider,
        delivery: Delivery,
        parsed: Sequence[ParsedEvent],
        event_ids: Sequence[int] = (),
    ) -> list[EventPlan]:
        """Plans the events of one delivery. Between them, the loop can answer other requests."""
        plans: list[EventPlan] = []
        for number, (item, event_id) in enumerate(zip_longest(parsed, event_ids), 1):
            plans.append(await self.planned(provider, delivery, item, event_id))
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
        """Plans an event. Reads its contact first if rules need it."""
        rules = self.rulebook.active.rule_set
        contact: Mapping[str, Any] = {}
        needs = rules.needs_contact_on_arrival if parsed.has_turn else rules.needs_contact
        if needs and parsed.actor_id is not None:
            connection = parsed.connection or provider.connection
            known = await self.store.contacts.find(connection, parsed.actor_id)
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
        """Decides which rules match an event, and which runs to store with the event."""
        event = new_event(event_id or self.ids.next(), provider, delivery, parsed)
        active = self.rulebook.active
        rules = active.rule_set
        may_defer = parsed.has_turn
        scope, facts = event_scope(event, contact, event.received_at), EventFacts.of(event)
        budget = EventBudget()
        at = delivery.received_at
        lacks = self._lacked(provider, event.connection, parsed) if rules.reads_parts else None
        if lacks is not None and lacks in rules.reads_parts:
            may_defer = True
            decisions = rules.decide_on_arrival(scope, at, facts, budget, lacks=lacks)
        else:
            decide = rules.decide_on_arrival if may_defer else rules.decide
            decisions = decide(scope, at, facts, budget)
        runs: tuple[NewRun, ...] = ()
        if decisions:
            origin = Origin.of_event(event, active.revision)
            # With the id right after its event's, a run shares the event's document in the index.
            run_id = partial(self.ids.next_behind, event.id)
            runs = new_runs(decisions, origin, run_id, contact)
        seen = rules.seen(scope, facts, on_arrival=may_defer)
        if seen is not None:
            seen = without_secrets(seen, self.secrets)
        endings = rules.endings
        ends = endings.of(parsed.type, scope, budget) if endings else ()
        for rule, why in islice(budget.over.items(), _MOST_SAID) if budget.over else ():
            logger.warning("rules.over_budget event=%s rule=%s: %s", event.body["id"], rule, why)
        # Rules that are left undecided count in the event's turn.
        later = {rule.spec.id for item in decisions for rule in item.undecided}
        met = [rule for rule in budget.met if rule not in later] if later else budget.met
        return EventPlan(event, runs, active.revision, ends, seen, met, budget.unmet)

    def _lacked(self, provider: Provider, connection: str, parsed: ParsedEvent) -> EventPart | None:
        """The part of an event that must be looked up before its rules are decided, or None."""
        self.learn_post(parsed.type, connection, parsed.body)
        part = lacked_part(parsed.body)
        return part if part in provider.finds else None


#: How many characters of an unknown connection's name an error repeats.
MOST_OF_A_NAME = 64


@record(kw_only=False)
class Accepted:
    """A stored delivery and its events. The receipt of a `duplicate` has the first event's id."""

    delivery_id: int
    receipts: tuple[Receipt, ...]


@record(kw_only=False)
class Submitted:
    """A delivery whose commit is under way. The future returns the receipts of its events."""

    delivery_id: int
    receipts: "asyncio.Future[tuple[Receipt, ...]]"


class Intake:
    """Takes deliveries in, up to their commit. One instance per process, on the event loop."""

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
        """`secrets` are removed from the values that are kept for explanations. `traces`: whether
        events keep the trace context of their senders.
        """
        self._planner = Planner(
            rulebook=rulebook,
            store=store,
            ids=ids,
            learn_post=learn_post,
            secrets=secrets,
        )
        self._connections = connections
        #: The connections with an address, which excludes connections of single accounts.
        self._hooks = {name: item for name, item in connections.items() if item.hook == name}
        self._store = store
        self._clock = clock
        self._ids = ids
        self._traces = traces
        #: For connections that have no secret, only a public key of the sender.
        self._own_key = token_bytes(32)
        #: Counts the deliveries of each connection, for the watchdog.
        self.delivery_counts = DeliveryCounts()
        #: Keeps refused requests within a budget, and counts the others.
        self.refusals = Refusals(clock)
        self.credentials = Credentials(connections)
        self.request_checks = RequestChecks(connections, clock)

    def connection(self, name: str) -> Provider:
        """The connection whose address ends with this name.

        Raises:
            NotFoundError: there is no such connection.
            RejectedDelivery: it is the connection of schedules, to which nobody can post.
        """
        if name == SCHEDULE:
            raise RejectedDelivery(internal_connection(), status=403)
        provider = self._hooks.get(name)
        if provider is None:
            raise NotFoundError(
                N_("there is no connection '{name}'"),
                fix=N_("Compare the address with the names under `connections` in automator.yaml."),
                code="unknown_connection",
                name=name[:MOST_OF_A_NAME],
            )
        return provider

    def takes_path(self, name: str) -> bool:
        """Whether something may follow the name of a connection in its address."""
        provider = self._hooks.get(name)
        return provider is not None and "path" in provider.options.request

    async def receive(
        self, provider: Provider, request: InboundRequest, proof: Proof | None = None
    ) -> Accepted | Answer:
        """Takes in one request. An Answer is the answer to a handshake, which is not stored.

        `proof` is the result of the request's verification, if it is known already.

        Raises:
            RejectedDelivery: the sender is not trusted. The request is recorded, within a quota.
            StoreUnavailableError: nothing could be committed; the sender should try again.
        """
        try:
            proof = proof or await proof_of(provider, request)
            if isinstance(proof, RejectedDelivery):
                raise proof
        except RejectedDelivery as rejection:
            if provider.resembles(request):
                self.delivery_counts.refuse(
                    provider.connection, request.received_at, rejection.status
                )
            await self.record_rejection(provider.connection, request, rejection)
            raise
        if isinstance(proof, Answer):
            return proof
        self.delivery_counts.take(provider.connection, request.received_at)
        return await self.store_trusted(provider, request, proof)

    def submit(self, provider: Provider, request: InboundRequest) -> Submitted | Proof:
        """Takes in one request as far as possible without waiting: nearly always up to its commit.

        If it has to wait, returns a proof, with which `receive` can continue.

        Raises:
            StoreUnavailableError: nothing could be stored; the sender should try again.
        """
        try:
            proof = proof_at_once(provider, request)
        except RejectedDelivery as rejection:
            return rejection
        if isinstance(proof, Answer) or self._planner.needs_contacts:
            return proof
        self.delivery_counts.take(provider.connection, request.received_at)
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
        """Takes in a stored delivery that was refused, as `receive` does; None if a handshake.

        If it is refused again, nothing is recorded or counted.

        Raises:
            RejectedDelivery: it is still not trusted.
            UnparsableDelivery: it still cannot be read.
            ConflictError: somebody else has taken it in already.
            StoreUnavailableError: nothing could be committed.
        """
        request = request_of(refused)
        self.request_checks.check_content(provider, request)
        proof = await proof_of(provider, request)
        if isinstance(proof, Answer):
            return None
        why = taken_again(was=refused.reason, by=who, at=self._clock.now_ms())
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

        `instead_of`: the stored delivery that gets a new verdict by this, with `why` as the reason.

        Raises:
            UnparsableDelivery: the stored delivery cannot be read.
            ConflictError: the stored delivery has got a new verdict meanwhile.
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
        """The delivery to store, and its events. There are none if the delivery cannot be read.

        Raises:
            UnparsableDelivery: the delivery `instead_of` cannot be read.
        """
        delivery_id = self._ids.next() if instead_of is None else instead_of.id
        name = provider.connection
        # Before parsing, because credentials must not get into the events either.
        is_observed = proof.verdict is Verdict.OBSERVED
        request = self.credentials.kept(name, request, describes=is_observed)
        verdict, remark = proof.verdict, why or proof.remark
        parsed: Sequence[ParsedEvent] = ()
        whole = request
        try:
            if provider.options.redact:
                # Nothing is left if the values cannot be found.
                request = replace(request, body=b"", query="")
                request = redacted(whole, provider.options.redact)
            parsed = provider.parse(request)
            if request is not whole:
                parsed = rekeyed(parsed, _read_whole(provider, whole), whole, self._key(provider))
        except UnparsableDelivery as error:
            if instead_of is not None:
                raise
            verdict, remark = Verdict.UNPARSABLE, error.reason
        if provider.names_accounts and instead_of is None:
            for account in dict.fromkeys(item.connection for item in parsed if item.connection):
                self.delivery_counts.take(account, request.received_at)
        repeated = list(whole.repeated_keys)
        if repeated:
            remark = remark or duplicate_key(names=repeated)
        trace = given_traceparent(request.raw_headers) if self._traces else ""
        if repeated or proof.hops or trace:
            note_in_bodies(parsed, hops=proof.hops, repeated_keys=repeated, traceparent=trace)
        full_size = None
        if request is not whole and verdict is Verdict.UNPARSABLE:
            full_size = len(whole.body)
        return stored_delivery(delivery_id, name, request, verdict, remark, full_size), parsed

    def _key(self, provider: Provider) -> bytes:
        """The key for digests of values that are not kept: a secret of the connection."""
        secrets = provider.secrets()
        return secrets[0].reveal().encode() if secrets else self._own_key

    async def take_in(
        self,
        provider: Provider,
        delivery: Delivery,
        *parsed: ParsedEvent,
        fire: Fire | None = None,
        event_ids: Sequence[int] = (),
    ) -> tuple[Receipt, ...]:
        """Takes in an event that the server raises itself, for example for a schedule; in a
        simulation also the stored events of a delivery, in one commit as when it came in.

        There are no receipts if the schedule has fired for this time already. `event_ids`: the ids
        that the events have in a server's log, which they keep.

        Raises:
            StoreUnavailableError: nothing could be committed.
        """
        plans = await self._planner.plans(provider, delivery, parsed, event_ids)
        return await self._store.ingest(delivery, plans, fire)

    async def raise_own(
        self,
        own: Provider,
        kind: str,
        body: Mapping[str, Any],
        *,
        dedupe_key: str,
        subject: str,
        occurred_at: int,
        fire: Fire | None = None,
    ) -> tuple[Receipt, ...]:
        """Takes in an event in which the server reports on itself, or for a schedule that fires.

        Events with the same `subject` keep their order; one with a known `dedupe_key` is a
        duplicate. There are no receipts if the schedule has fired for this time already.

        Raises:
            StoreUnavailableError: nothing could be committed.
        """
        delivery, parsed = own_event(
            self._ids.next(),
            self._clock.now_ms(),
            kind=kind,
            dedupe_key=dedupe_key,
            subject=subject,
            occurred_at=occurred_at,
            body=body,
        )
        return await self.take_in(own, delivery, parsed, fire=fire)

    def plan(
        self,
        provider: Provider,
        delivery: Delivery,
        parsed: ParsedEvent,
        contact: Mapping[str, Any],
    ) -> EventPlan:
        """Plans an event that the server raises itself, about a contact that is already loaded."""
        return self._planner.plan(provider, delivery, parsed, contact)

    async def record_rejection(
        self, connection: str, request: InboundRequest, refusal: RejectedDelivery
    ) -> None:
        """Records a refused request, or the beginning of it, within the budget of `refusals`.

        All requests to unknown connections share one budget.
        """
        name = connection
        if name != SCHEDULE and name not in self._connections:
            name = UNKNOWN_CONNECTION
        kept = self.refusals.keep(name, request)
        if kept is None:
            return
        whole, is_cut = kept, len(kept.body) < len(request.body)
        known = self._connections.get(name)
        if known is not None:
            kept = redacted_or_empty(whole, known.options.redact)
        delivery = stored_delivery(
            self._ids.next(),
            name,
            self.credentials.kept(name, kept, describes=True),
            Verdict.REJECTED,
            refusal.reason,
            full_size=len(request.body) if is_cut or kept is not whole else None,
        )
        try:
            await self._store.record_delivery(delivery)
        except StoreUnavailableError:
            # The sender gets the refusal even if it cannot be recorded.
            return


def _read_whole(provider: Provider, request: InboundRequest) -> Sequence[ParsedEvent]:
    """The events as they were before values were removed; none if they cannot be read."""
    try:
        return provider.parse(request)
    except UnparsableDelivery:
        return ()


# --- Counts of deliveries, which the watchdog collects; of this process alone ---

#: The statuses of a refusal because the sender could not prove who it is.
_UNPROVED = frozenset({401, 403})


class DeliveryCounts:
    """Counts deliveries by connection. Belongs to the event loop. Every delivery calls it."""

    def __init__(self) -> None:
        #: The times of the first and the last accepted delivery, by connection.
        self._taken: dict[str, tuple[int, int]] = {}
        #: How many deliveries were refused since the last accepted one, and the first time.
        self._refused: dict[str, tuple[int, int]] = {}

    def take(self, connection: str, at: int) -> None:
        """Counts an accepted delivery; `at` is in milliseconds."""
        known = self._taken.get(connection)
        self._taken[connection] = (known[0] if known else at, at)
        if self._refused:
            self._refused.pop(connection, None)

    def refuse(self, connection: str, at: int, status: int) -> None:
        """Counts a refused delivery that seems to come from the real sender."""
        if status in _UNPROVED:
            count, since = self._refused.get(connection, (0, at))
            self._refused[connection] = (count + 1, since)

    def collect(self) -> list[ConnectionNews]:
        """Returns the counts since the last call, and begins anew."""
        taken, refused = self._taken, self._refused
        self._taken, self._refused = {}, {}
        return [_heard(name, taken.get(name), refused.get(name)) for name in {*taken, *refused}]

    def put_back(self, heard: list[ConnectionNews]) -> None:
        """Adds counts again that could not be stored. Newer ones take precedence."""
        for item in heard:
            if item.first_at is not None and item.last_at is not None:
                known = self._taken.get(item.connection)
                self._taken[item.connection] = (item.first_at, known[1] if known else item.last_at)
            # A delivery accepted since then ends the refusals before it.
            is_over = item.connection in self._taken and item.first_at is None
            if item.refused_since is not None and not is_over:
                count, _ = self._refused.get(item.connection, (0, 0))
                self._refused[item.connection] = (count + item.refusals, item.refused_since)


def _heard(
    name: str, taken: tuple[int, int] | None, refused: tuple[int, int] | None
) -> ConnectionNews:
    """Combines the counts of one connection.

    `taken`: the first and the last time of accepted deliveries. `refused`: the number of refusals,
    and the first time.
    """
    return ConnectionNews(
        connection=name,
        first_at=taken[0] if taken else None,
        last_at=taken[1] if taken else None,
        refusals=refused[0] if refused else 0,
        refused_since=refused[1] if refused else None,
    )


# --- The limit for refused requests: a budget of bytes per hour, and then only counts ---
#
# Anybody can send requests that are refused. This budget limits what such requests cost.

#: The name under which requests to unknown connections are kept; no connection can have it.
UNKNOWN_CONNECTION = "?"
#: How many refused requests are kept per minute and connection; further ones are only counted.
KEPT_PER_MINUTE = 60
#: How many bytes are kept per hour: of one connection; below, of all.
BYTES_PER_CONNECTION = 2_097_152
BYTES_IN_ALL = 8_388_608
#: How many bytes of a request that is too large are kept: of body and query; below, of headers.
START_BYTES = 1024
START_HEADER_BYTES = 4096
#: How many bytes a stored row costs besides the request.
ROW_BYTES = 512
#: A quarter of each budget is reserved for the beginnings of requests that are too large.
_FOR_STARTS = 4


class Refusals:
    """The budgets for refused requests, and counts of the rest. Belongs to the event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._quota = Quota(KEPT_PER_MINUTE, clock)
        self._hour = 0
        #: How many bytes were kept in this hour, by connection.
        self._kept: dict[str, int] = {}
        #: How many requests were not kept, by connection and the first millisecond of the hour.
        self._counted: dict[tuple[str, int], int] = {}

    def keep(self, connection: str, request: InboundRequest) -> InboundRequest | None:
        """The part of a refused request to keep: all of it, its beginning, or None.

        Requests that are not kept are counted; `collect` returns the counts.
        """
        if self._quota.take(connection):
            for kept, share in ((request, _FOR_STARTS), (start_of(request), 0)):
                if self._pay(connection, _cost(kept), share):
                    return kept
        now_ms = self._clock.now_ms()
        key = (connection, now_ms - now_ms % HOUR_MS)
        self._counted[key] = self._counted.get(key, 0) + 1
        return None

    def collect(self) -> list[tuple[str, int, int]]:
        """Returns connection, hour and number of requests not kept since the last call."""
        counted, self._counted = self._counted, {}
        return [(name, hour, count) for (name, hour), count in counted.items()]

    def put_back(self, counted: Iterable[tuple[str, int, int]]) -> None:
        """Adds counts again that could not be stored."""
        for name, hour, count in counted:
            self._counted[name, hour] = self._counted.get((name, hour), 0) + count

    def _pay(self, connection: str, cost: int, share: int) -> bool:
        """Takes `cost` out of both budgets, if one part in `share` of each then stays free."""
        hour = self._clock.now_ms() // HOUR_MS
        if hour != self._hour:
            self._hour = hour
            self._kept.clear()
        own = self._kept.get(connection, 0)
        for spent, budget in (
            (own, BYTES_PER_CONNECTION),
            (sum(self._kept.values()), BYTES_IN_ALL),
        ):
            reserved = budget // share if share else 0
            if spent + cost > budget - reserved:
                return False
        self._kept[connection] = own + cost
        return True


def start_of(request: InboundRequest) -> InboundRequest:
    """The request with only the beginning of its body and query, and with its first headers."""
    headers, left = [], START_HEADER_BYTES
    for name, value in request.raw_headers:
        left -= len(name) + len(value)
        if left < 0:
            break
        headers.append((name, value))
    return replace(
        request,
        raw_headers=tuple(headers),
        query=request.query[:START_BYTES],
        body=request.body[:START_BYTES],
    )


def _cost(request: InboundRequest) -> int:
    headers = sum(len(name) + len(value) for name, value in request.raw_headers)
    return ROW_BYTES + headers + len(request.query) + len(request.body)


# --- Checks before the body is read: the rate of requests, and the content type ---

#: How many seconds' worth of its rate a connection may send at once.
SAVED_S = 5.0
#: The methods that may have a body, so that the content type matters.
_WITH_BODY = frozenset({"POST", "PUT"})
#: How many characters of a refused content type the refusal repeats.
_MOST_OF_A_TYPE = 64


class RequestChecks:
    """Checks requests by rate and content type. Belongs to the event loop."""

    def __init__(self, connections: Mapping[str, Provider], clock: Clock) -> None:
        self._clock = clock
        self._rate_limiters = {
            name: RateLimiter(provider.options.rate, SAVED_S)
            for name, provider in connections.items()
            if provider.options.rate is not None
        }

    def check(self, provider: Provider, request: InboundRequest) -> None:
        """Checks that the body of the request may be read.

        Raises:
            RejectedDelivery: the connection accepts no more requests now, or the sender does not
                use this content type.
        """
        self._check_rate(provider.connection)
        self.check_content(provider, request)

    def check_content(self, provider: Provider, request: InboundRequest) -> None:
        """Checks that the sender uses the content type of the request.

        Raises:
            RejectedDelivery: the sender does not use it.
        """
        given = request.media_type
        if not given or _is_one_of(given, provider.content_types) or provider.observes:
            return
        if request.method in _WITH_BODY and request.headers.get("content-length") != "0":
            raise RejectedDelivery(
                content_type(
                    provider=provider.title or provider.name,
                    type=given[:_MOST_OF_A_TYPE],
                    types=sorted(provider.content_types),
                ),
                status=415,
            )

    def _check_rate(self, connection: str) -> None:
        rate_limiter = self._rate_limiters.get(connection)
        if rate_limiter is None:
            return
        now_s = self._clock.monotonic()
        wait_s = rate_limiter.wait_s(now_s)
        if wait_s > 0:
            raise RejectedDelivery(rate(), status=429, retry_after_s=wait_s)
        rate_limiter.take(now_s)


def _is_one_of(content_type: str, known: frozenset[str]) -> bool:
    """Whether the content type is known, or has a known suffix such as `+json`."""
    if not known or content_type in known:
        return True
    return content_type[content_type.rfind("+") :] in known
