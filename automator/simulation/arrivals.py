"""The arrivals of a simulation: a provider's sample, a delivery's body, or written fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from automator.engine.tryout.subjects import written
from automator.http.json_body import dump_json
from automator.http.types import InboundRequest
from automator.model import ParsedEvent
from automator.plugins import Provider
from automator.providers.simulator import body_for, build_sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One delivery, or one event that nobody had to read out of a delivery."""

    connection: str
    #: Milliseconds since 1970.
    at: int
    request: InboundRequest
    written: ParsedEvent | None = None


def sample_arrives(
    provider: Provider, name: str, changes: Mapping[str, Any], at: int, serial: int
) -> Arrival:
    """A sample with changes, as its sender would post it; each `serial` is another event.

    Raises:
        NotFoundError: there is no such sample.
        UsageError: the sample has nothing at the path of a change.
    """
    sample = build_sample(name, serial=serial, now_ms=at, changes=changes)
    headers = tuple((key.lower(), value) for key, value in sample.headers.items())
    request = InboundRequest("POST", "", headers, body_for(provider, sample), at)
    return Arrival(connection=provider.connection, at=at, request=request)


def delivery_arrives(
    provider: Provider, body: Any, at: int, headers: Mapping[str, str] | None = None
) -> Arrival:
    """A delivery whose body is this value as JSON, or this text."""
    pairs = tuple((key.lower(), value) for key, value in (headers or {}).items())
    data = body.encode() if isinstance(body, str) else dump_json(body)
    request = InboundRequest("POST", "", pairs, data, at)
    return Arrival(connection=provider.connection, at=at, request=request)


def fields_arrive(
    connection: str, event_type: str, fields: Mapping[str, Any], at: int, serial: int
) -> Arrival:
    """An event that has these fields, as rules see them."""
    return Arrival(
        connection=connection,
        at=at,
        request=InboundRequest("POST", "", (), dump_json(dict(fields)), at),
        written=written(event_type, fields, at, f"written:{serial}"),
    )
