"""Finds the subject of a try: the event that a request names, its contact, and its limits."""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from functools import partial
from typing import Any

from automator.clock import Clock, iso_time, moment_ms
from automator.configuration.settings import Settings
from automator.engine.attempts.recording import Redactor
from automator.engine.composition import all_secrets
from automator.engine.explanation.stored_event import no_such_event, question_of, stored_event
from automator.engine.links.tracked_links import TrackedLinks
from automator.engine.schedule.schedule_connection import ScheduleProvider
from automator.engine.tryout.trial_events import changed_event, events_in, posted, written_event
from automator.engine.tryout.tryout import LimitsOf, Parts, Subject, nothing_known
from automator.model import (
    N_,
    Delivery,
    Event,
    NotFoundError,
    Question,
    SeenValues,
    UnparsableDelivery,
    UsageError,
    Waits,
    record,
)
from automator.model.ids import copied_id
from automator.model.log_filters import RunFilter
from automator.model.speech import QUESTION
from automator.plugins import AnyAction, Provider
from automator.providers.simulator import sample_names
from automator.server.tryout.requests import TryRequest
from automator.simulation.incoming import arrival_of_sample
from automator.store import Log, RunDetail
from automator.store.contacts.contact_rows import first_contact
from automator.store.queue.questions import is_meant

#: The serial from which ids in samples are made; no real event has these ids.
_SERIAL = 1
_GIVE_A_BODY = N_("Give a body as its sender posts it, or the fields of an event.")
#: The fields of a stored contact that a try may replace with assumed values.
_ASSUMED = (
    "state", "tags", "name", "opted_out", "human_reply_at", "last_inbound_at", "window_opened_at",
)  # fmt: skip
#: The fields of a contact that an event changes when it comes in.
_TIMES = ("first_seen", "last_inbound_at", "human_reply_at", "window_opened_at")


def tryout_parts(
    actions: Mapping[str, AnyAction],
    connections: Mapping[str, Provider],
    settings: Settings,
    clock: Clock,
    contact_of: Callable[[str], Mapping[str, Any]] = nothing_known,
) -> Parts:
    """The parts that tries need; `contact_of` returns the contact with a key."""
    own = ScheduleProvider()
    return Parts(
        actions=actions,
        connections={**connections, own.connection: own},
        targets=settings.targets,
        notify=settings.without_addresses().notify,
        model=settings.model,
        redactor=Redactor(all_secrets(connections, settings)),
        budgets=settings.budgets,
        links=TrackedLinks(settings.public_url),
        clock=clock,
        contact_of=contact_of,
    )


@record
class Finder:
    """Finds the subject that a request for a try names. Reads the store, and blocks."""

    connections: Mapping[str, Provider]
    #: None if there is no database yet.
    log: Log | None
    now_ms: int
    #: The zone of times without a zone.
    zone: tzinfo

    def subject(self, request: TryRequest) -> tuple[Subject, LimitsOf | None]:
        """The subject of the try, and a function that looks up the state of limits (None = no log).

        Raises:
            NotFoundError: there is no such event, sample or connection.
            UsageError: the request describes no event, or the time is not valid.
        """
        event, delivery, own = self._event(request)
        changes = request.changes
        event = changed_event(event, text=changes.text, actor=changes.actor)
        at = event.received_at if request.at is None else self._moment(request.at)
        known = self._known(event)
        if request.event is not None and request.at is None:
            known = self._before(event, known)
        subject = Subject(
            event=event,
            at=at,
            contact=_assumed(event, known, request.contact),
            delivery=delivery,
            answers=request.answers,
            question=self._question(event, is_stored=request.event is not None),
        )
        log = self.log
        if log is None:
            return subject, None
        return subject, lambda run, moment: log.limits_of(run, moment, own)

    def _question(self, event: Event, *, is_stored: bool) -> RunDetail | None:
        """The run whose question the event answers, or would answer if it came now."""
        if self.log is None or event.contact is None:
            return None
        if is_stored:
            asked = question_of(self.log, event.id)
            return asked if asked is not None and asked.run.contact == event.contact else None
        waiting = RunFilter(contact=event.contact, waits_for=Waits.ANSWER)
        for row in self.log.runs(waiting, limit=1):
            question = Question.of_data(row.run.data[QUESTION])
            if is_meant(event, question, row.run.run_at, partial(self.log.contact, event.contact)):
                return self.log.run(row.id)
        return None

    def _event(self, request: TryRequest) -> tuple[Event, Delivery | None, frozenset[int]]:
        """The event, its delivery (None if written by hand), and the ids of its runs so far."""
        if request.event is not None:
            return self._stored(request.event)
        if request.sample is not None:
            provider = self._for_sample(request.sample, request.connection).of_first_account
            text = request.changes.text
            found = events_of_sample(provider, request.sample, self.now_ms, text)
            return *_first(provider, found), frozenset()
        if request.written is not None:
            return self._written(request.written, request.connection), None, frozenset()
        provider = self._connection(request.connection)
        delivery = posted(request.delivery, self.now_ms, request.headers)
        try:
            return *_first(provider, events_in(provider, delivery)), frozenset()
        except UnparsableDelivery as error:
            raise UsageError(
                N_("{connection} cannot read this as a delivery"),
                fix=_GIVE_A_BODY,
                connection=provider.connection,
            ) from error

    def _stored(self, text: str) -> tuple[Event, Delivery | None, frozenset[int]]:
        number = copied_id(text)
        if self.log is None or number is None:
            raise no_such_event(text)
        detail = stored_event(self.log, number, whole=True)
        return detail.event, detail.delivery, frozenset(row.id for row in detail.runs)

    def _for_sample(self, sample: str, wanted: str | None) -> Provider:
        kind = sample.partition("/")[0]
        if wanted is not None:
            return self._connection(wanted)
        for provider in self.connections.values():
            if provider.name == kind:
                return provider
        known = sample_names(kind)
        raise NotFoundError(
            N_("no connection has the provider {provider}"),
            fix=N_("The connections are: {names}."),
            provider=kind if known else sample,
            names=", ".join(self.connections) or "-",
        )

    def _connection(self, name: str | None) -> Provider:
        if name is None and len(self.connections) == 1:
            return next(iter(self.connections.values()))
        provider = self.connections.get(name or "")
        if provider is None:
            raise NotFoundError(
                N_("there is no connection {name}"),
                fix=N_("The connections are: {names}."),
                name=name or "-",
                names=", ".join(self.connections) or "-",
            )
        return provider

    def _written(self, fields: Mapping[str, Any], connection: str | None) -> Event:
        kind = fields.get("type")
        if not isinstance(kind, str) or not kind:
            raise UsageError(
                N_("the written event has no type"),
                fix=N_("Describe the fault, as in {example}."),
                example='"type": "comment.created"',
            )
        actor = fields.get("actor")
        if actor is not None and not isinstance(actor, dict):
            raise UsageError(
                N_("actor is an object"),
                fix=N_("Write it as in {example}."),
                example='"actor": {"id": "7", "name": "Lan"}',
            )
        provider = self._connection(connection or _text(fields.get("connection"))).of_first_account
        like = self._sample_of(provider, kind)
        return written_event(provider, kind, {**like, **fields}, self.now_ms)

    def _sample_of(self, provider: Provider, kind: str) -> Mapping[str, Any]:
        """The body of the provider's sample of this type, for fields that a written event lacks."""
        name = f"{provider.name}/{kind}"
        if name not in sample_names(provider.name):
            return {}
        found = events_of_sample(provider, name, self.now_ms)
        return found[0][0].body if found else {}

    def _known(self, event: Event) -> Mapping[str, Any]:
        """The present contact of the event's person; {} for an unknown person."""
        if self.log is None or event.contact is None:
            return {}
        return self.log.contact(event.contact)

    def _before(self, event: Event, known: Mapping[str, Any]) -> Mapping[str, Any]:
        detail = self.log.event(event.id) if self.log is not None else None
        if detail is None or detail.event.contact != event.contact:
            return known
        return before_event(event, known, detail.seen)

    def _moment(self, text: str) -> int:
        at = moment_ms(text, self.zone)
        if at is None:
            raise UsageError(
                N_("this is no time: '{text}'"),
                fix=N_("Write it as in {example}."),
                text=text,
                example="2026-11-24T21:50+07:00",
            )
        return at


def before_event(
    event: Event, known: Mapping[str, Any], seen: Sequence[SeenValues] = ()
) -> Mapping[str, Any]:
    """The contact as it was before a stored event: the present one with the earlier times.

    With the times that the event has set, nobody would seem to write for the first time. `seen` are
    the values that were stored with the event.
    """
    if known.get("first_seen") == iso_time(event.received_at):
        known = {**known, **dict.fromkeys(_TIMES)}
    values = {name: value for one in seen for name, value in one.contact.items()}
    return {**known, **{name: value for name, value in values.items() if name in _TIMES}}


def _assumed(
    event: Event, known: Mapping[str, Any], assumed: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The contact with assumed values in place of known ones.

    Raises:
        UsageError: a field cannot be assumed.
    """
    wrong = assumed.keys() - set(_ASSUMED)
    if wrong:
        raise UsageError(
            N_("a contact has no {name} that could be assumed"),
            fix=N_("One of: {known}."),
            name=", ".join(sorted(wrong)),
            known=", ".join(_ASSUMED),
        )
    if not any(assumed.values()) or event.contact is None:
        return known
    first = known or first_contact(event.contact, event.received_at)
    state = assumed.get("state") or {}
    return {**first, **assumed, "state": {**first["state"], **state}}


def events_of_sample(
    provider: Provider, sample: str, now_ms: int, text: str | None = None
) -> list[tuple[Event, Delivery]]:
    """The events that a connection reads from a sample of its provider, with the delivery.

    Raises:
        AutomatorError: there is no such sample, or the connection cannot read it.
    """
    changes = {} if text is None else {"event.text": text}
    arrival = arrival_of_sample(provider, sample, changes, now_ms, _SERIAL)
    return events_in(provider, arrival.request)


def _first(provider: Provider, found: list[tuple[Event, Delivery]]) -> tuple[Event, Delivery]:
    if not found:
        raise UsageError(
            N_("{connection} reads no event in this"),
            fix=_GIVE_A_BODY,
            connection=provider.connection,
        )
    return found[0]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
