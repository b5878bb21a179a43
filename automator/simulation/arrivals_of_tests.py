"""The arrivals of a test of a rule, and the people who are known when they come."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from automator.files import suggest
from automator.model import AutomatorError, Reason, Remember, UsageError, parse_id
from automator.plugins import Provider
from automator.reasons.problems.rules import UNKNOWN_CONNECTION
from automator.reasons.problems.words import WORD_CONNECTIONS
from automator.reasons.tryout import CANNOT_ARRIVE, NO_FITTING_CONNECTION, NO_LOG_HERE
from automator.rules import ArrivalSource, RuleTest
from automator.simulation.arrivals import (
    Arrival,
    fields_arrive,
    sample_arrives,
    source_arrives,
    stored_arrives,
)
from automator.simulation.simulation import Bench, Simulation

_ACTOR = "event.actor.id"


class CannotArriveError(Exception):
    """An event of a test cannot be made."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


def arrivals_of(bench: Bench, test: RuleTest, simulation: Simulation) -> list[Arrival]:
    """The arrivals of a test; where one names nobody, it is from the person of the first event."""
    at = simulation.clock.now_ms()
    arrivals: list[Arrival] = []
    person: dict[str, Any] = {}
    for serial, source in enumerate(test.source.arrivals, 1):
        at += round(source.after * 1000)
        try:
            if source.stored is not None:
                arrival = _stored(bench, source.stored, at)
                provider = bench.connections[arrival.connection]
            else:
                provider = _provider_for(bench, test.rule, source, simulation)
                if source.delivery is None:
                    provider = provider.of_first_account
                arrival = _arrival(provider, source, person.get(provider.name), at, serial)
            person.setdefault(provider.name, _person_of(provider, arrival))
        except AutomatorError as error:
            raise CannotArriveError(CANNOT_ARRIVE(problem=error.reason)) from error
        arrivals.append(arrival)
    return arrivals


def _arrival(
    provider: Provider, source: ArrivalSource, person: str | None, at: int, serial: int
) -> Arrival:
    if person is not None and source.sample is not None and _ACTOR not in source.changes:
        with contextlib.suppress(UsageError):
            # A sample without an author has no place for one.
            changes = {_ACTOR: person, **source.changes}
            return sample_arrives(provider, source.sample, changes, at, serial)
    if person is not None and source.type is not None:
        fields = {"actor": {"id": person}, **source.fields}
        return fields_arrive(provider.connection, source.type, fields, at, serial)
    return source_arrives(provider, source, at, serial)


def _stored(bench: Bench, written: str, at: int) -> Arrival:
    """An event of the log, as if it came now."""
    event_id = parse_id(written)
    if event_id is None or bench.stored is None:
        raise CannotArriveError(NO_LOG_HERE(id=written))
    event = bench.stored(event_id)
    if event.connection not in bench.connections:
        raise CannotArriveError(NO_FITTING_CONNECTION(provider=event.connection))
    # Platforms count from the moment at which it happened, which is as long ago as it was then.
    later = at - event.received_at
    happened_at = None if event.occurred_at is None else event.occurred_at + later
    moved = replace(event, occurred_at=happened_at, received_at=at)
    return replace(stored_arrives(moved), event_id=None)


def _person_of(provider: Provider, arrival: Arrival) -> str | None:
    if arrival.written is not None:
        return arrival.written.actor_id
    return next((item.actor_id for item in provider.parse(arrival.request)), None)


def _connection_of(provider: Provider, arrival: Arrival) -> str:
    """The connection of the first event, which may be that of one of several accounts."""
    parsed = provider.parse(arrival.request) if arrival.written is None else ()
    return next((item.connection for item in parsed if item.connection), provider.connection)


def _provider_for(
    bench: Bench, rule: str, source: ArrivalSource, simulation: Simulation
) -> Provider:
    """The connection that is named, or the first of the rule's that fits."""
    if source.connection is not None:
        if source.connection not in bench.connections:
            raise _unknown_connection(bench, source.connection)
        return bench.connections[source.connection]
    kind = source.sample.partition("/")[0] if source.sample else None
    compiled = simulation.engine.rulebook.active.rule_set.rule(rule)
    names = compiled.spec.trigger.connections if compiled else ()
    wanted = [name for name in names if name in bench.connections]
    for name in [*wanted, *bench.connections]:
        provider = bench.connections[name]
        if kind in (None, provider.name):
            return provider
    raise CannotArriveError(NO_FITTING_CONNECTION(provider=kind or "-"))


def _unknown_connection(bench: Bench, name: str) -> CannotArriveError:
    suggestion = suggest(name, bench.connections, WORD_CONNECTIONS)
    return CannotArriveError(
        CANNOT_ARRIVE(problem=UNKNOWN_CONNECTION(name=name, suggestion=suggestion))
    )


async def make_people_known(
    bench: Bench, test: RuleTest, simulation: Simulation, arrivals: Sequence[Arrival]
) -> None:
    """Makes the people known for whom a schedule may fire, or to whom steps may write by name."""
    given, now_ms = test.source.given.contacts, simulation.clock.now_ms()
    own = _connection_of_contacts(simulation, test, arrivals) if given else ""
    for one in given:
        name = one.connection or own
        if name not in bench.connections:
            raise _unknown_connection(bench, name)
        await simulation.store.contacts.assume(
            bench.connections[name].of_first_account.connection if not one.connection else name,
            one.id,
            Remember(values=one.state, add_tags=tuple(one.tags)),
            opted_out=one.opted_out,
            answered_at=now_ms if one.answered_by_hand else None,
            name=one.name,
            wrote_at=now_ms - round(one.wrote * 1000),
            blocked=one.blocked,
        )


def _connection_of_contacts(
    simulation: Simulation, test: RuleTest, arrivals: Sequence[Arrival]
) -> str:
    """The connection of people whose test names none: of the rule's contacts, of a step, or of the
    first event.
    """
    rule = simulation.engine.rulebook.active.rule_set.rule(test.rule)
    if rule is None:
        return ""
    audience = rule.spec.trigger.audience
    if audience is not None:
        return audience.connection
    of_event = arrivals[0].connection if arrivals else ""
    return next((step.via for step in rule.steps.values() if step.via), of_event)


async def make_first_known(
    test: RuleTest, simulation: Simulation, provider: Provider, first: Arrival
) -> None:
    """Makes the person of the first event known as the test wants it."""
    given = test.source.given.contact
    if given == type(given)():
        return
    person = _person_of(provider, first)
    if person is None:
        return
    await simulation.store.contacts.assume(
        _connection_of(provider, first),
        person,
        Remember(values=given.state, add_tags=tuple(given.tags)),
        opted_out=given.opted_out,
        answered_at=simulation.clock.now_ms() if given.answered_by_hand else None,
        name=given.name,
    )
