"""Finds the paths of events in the providers' samples, to check the paths that rules read."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from automator.engine.intake.own_events import click_event, contact_event, own_body
from automator.engine.operations.watchdog import Health, watch_body
from automator.engine.schedule.approval_notices import waiting_body
from automator.engine.schedule.fire_times import Due, schedule_facts
from automator.engine.schedule.schedules import scheduled_body
from automator.http.types import InboundRequest
from automator.model import LEAD, POST, AutomatorError, EventPart, Schedule, record
from automator.model.event import lacked_part
from automator.model.own_events import (
    APPROVAL_WAITING,
    CONNECTION_REJECTING,
    CONNECTION_SILENT,
    LINK_CLICKED,
    SCHEDULE_CONTACT,
    SCHEDULE_FIRED,
    TROUBLES,
)
from automator.plugins import Provider
from automator.providers.simulator import (
    build_sample,
    describe_sample,
    sample_names,
    signed_request,
)

#: Providers whose events may have any shape: their samples do not show which paths are impossible.
_OF_ANY_SHAPE = frozenset(
    {
        "generic",
        "standard_webhooks",
        "cloudevents",
        "gitlab",
        "twilio",
        "twitch",
        "websub",
        "zoom",
    }
)
#: Providers whose `event.data` may have more fields than in the samples.
_OF_MORE_DATA = frozenset({"stripe", "shopify"})
#: The paths of a part that is looked up. Each form of leads has its own questions, hence the `*`.
_LOOKED_UP: Mapping[EventPart, frozenset[str]] = {
    POST: frozenset({"event.post.message"}),
    LEAD: frozenset(
        f"event.lead.{name}"
        for name in ("*", "answers", "answers.*", "email", "full_name", "phone_number")
    ),
}
_MAX_DEPTH = 8
#: The paths of at most this many connections are cached.
_MOST_REMEMBERED = 64


@record(kw_only=False)
class SampleShapes:
    """The types of the events in a connection's samples, and the paths of each type."""

    types: tuple[str, ...]
    paths: Mapping[str, frozenset[str]]


@lru_cache(maxsize=_MOST_REMEMBERED)
def shapes_of(provider: Provider) -> SampleShapes:
    """Has a connection read the samples of its provider; returns the types and paths, cached."""
    types: dict[str, set[str]] = {}
    for sample in sample_names(provider.name):
        for event_type, body in _events(provider, sample):
            paths = types.setdefault(event_type, set())
            paths.update(_paths(body, "event", 1))
            lacked = lacked_part(body)
            if lacked in provider.finds:
                paths |= _LOOKED_UP[lacked]
    return SampleShapes(tuple(types), {name: frozenset(found) for name, found in types.items()})


def sample_paths(connections: Mapping[str, Provider]) -> dict[str, set[str]]:
    """The possible paths of events by type, for the configured providers and our own events.

    `event.post.*` means that any path below `event.post` is possible, because samples have none.
    """
    # Events of an account with a name have one path more, so such a connection is preferred.
    named_last = sorted(connections.values(), key=lambda item: bool(item.account_name))
    providers = {provider.name: provider for provider in named_last}
    found: dict[str, set[str]] = {}
    for kind in sorted(providers.keys() - _OF_ANY_SHAPE):
        for event_type, paths in shapes_of(providers[kind]).paths.items():
            found.setdefault(event_type, set()).update(paths)
            if kind in _OF_MORE_DATA:
                found[event_type].add("event.data.*")
    scheduled = scheduled_body("", Schedule(written=""), Due(0, 0))
    found[SCHEDULE_FIRED] = {*_paths(scheduled, "event", 1), "event.data.summary.*"}
    facts = {**schedule_facts("", Schedule(written=""), 0), "firing": ""}
    of_contact = contact_event("", {"id": "1", "name": ""}, facts, 0)
    found[SCHEDULE_CONTACT] = set(_paths(of_contact.body, "event", 1))
    found[LINK_CLICKED] = set(_paths(_clicked(), "event", 1))
    quiet = _watched()
    for kind in (CONNECTION_SILENT, CONNECTION_REJECTING):
        found[kind] = set(_paths(quiet, "event", 1))
    waiting = waiting_body({"": 1}, {"": 1}, {}, since=0, link="-", say=str)
    found[APPROVAL_WAITING] = set(_paths(waiting, "event", 1))
    for kind, told in TROUBLES.items():
        body = own_body("", dict.fromkeys((*told.facts, "link"), ""))
        found[kind] = set(_paths(body, "event", 1))
    return found


def samples_of(provider: Provider) -> dict[str, str]:
    """The samples of a connection's provider by name, each with a sentence about it."""
    return {name: describe_sample(name) for name in sample_names(provider.name)}


def sample_types(provider: Provider) -> list[str]:
    """The types of the events that a connection reads from the samples of its provider."""
    return list(shapes_of(provider).types)


def _clicked() -> Mapping[str, Any]:
    """The body of an event about a click on a tracked link."""
    link = {"url": "", "rule": "", "step": ""}
    person: dict[str, Any] = {"connection": "", "person": ":1", "name": ""}
    return click_event(0, 0, **person, link=link, run_id=0, dedupe_key="")[1].body


def _watched() -> Mapping[str, Any]:
    """The body of a watchdog's event about a connection, with all parts that it may have."""
    return watch_body(
        Health(
            connection="",
            provider="",
            last_at=0,
            allowed_s=1.0,
            expected=None,
            silent_s=1.0,
            refusals=0,
            refused_since=0,
            problem=None,
        ),
        str,
    )


def _events(provider: Provider, sample: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        request = build_sample(sample, serial=0, now_ms=0)
        headers, body = signed_request(provider, request, 0, "0")
        parsed = provider.parse(
            InboundRequest(
                method="POST",
                query="",
                raw_headers=tuple((name.lower(), value) for name, value in headers.items()),
                body=body,
                received_at=0,
            )
        )
    except AutomatorError:
        # A connection that cannot sign samples yields no paths.
        return
    for event in parsed:
        yield event.type, event.body


def _paths(value: Any, path: str, depth: int) -> Iterator[str]:
    yield path
    if not isinstance(value, Mapping) or not value or depth >= _MAX_DEPTH:
        if value is None or isinstance(value, Mapping):
            yield f"{path}.*"
        return
    for name, inner in value.items():
        yield from _paths(inner, f"{path}.{name}", depth + 1)
