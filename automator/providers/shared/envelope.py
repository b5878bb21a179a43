"""Makes the events of a delivery in the form that all providers share."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Self

from automator.http.types import InboundRequest
from automator.model import ParsedEvent, UnparsableDelivery, record
from automator.plugins import Provider
from automator.providers.shared.payloads import join_key, query_values
from automator.reasons.bodies import too_many_events

#: How many events one delivery may have. Meta sends the most: up to 1,000 by its documentation.
MOST_EVENTS = 5_000
#: Characters of a header that rules see, at most: every event of a delivery has a copy.
LONGEST_HEADER = 1024


def part(found: str | None, **more: Any) -> dict[str, Any] | None:
    """Makes a part of an event, such as its post, from its id and values; None without an id."""
    return {"id": found, **more} if found else None


def actor_of(
    person: str | None, name: str | None = None, *, is_self: bool = False
) -> dict[str, Any]:
    """Returns the part `actor` of an event: the acting person."""
    return {"id": person, "name": name, "is_self": is_self}


NO_ACTOR: Mapping[str, Any] = actor_of(None)


@record(kw_only=False)
class Envelope:
    """The common parts of all events of one delivery."""

    connection: str
    #: The `headers` and `query` of the delivery, which rules may see, and its `request` if the
    #: connection shows it.
    shared: Mapping[str, Any]
    #: Counts the events of the delivery, up to MOST_EVENTS.
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(MOST_EVENTS)))

    @classmethod
    def of(cls, provider: Provider, request: InboundRequest) -> Self:
        """Makes the envelope of a delivery to a connection."""
        headers = request.headers
        seen = {
            name: headers[name][:LONGEST_HEADER]
            for name in provider.shown_headers
            if name in headers
        }
        shared: dict[str, Any] = {"headers": seen, "query": query_values(request.query)}
        if provider.options.request:
            shared["request"] = {name: getattr(request, name) for name in provider.options.request}
        return cls(provider.connection, shared)

    def event(
        self,
        type_: str,
        key: str,
        data: Any,
        /,
        *,
        text: str | None = None,
        actor: Mapping[str, Any] = NO_ACTOR,
        lane_id: str | None = None,
        occurred_at: int | None = None,
        echo: str | None = None,
        same_person: tuple[str, ...] = (),
        **parts: Any,
    ) -> ParsedEvent:
        """Makes an event with the dedupe key `key`, in the lane `lane_id`, with `parts` as
        content.

        Raises:
            UnparsableDelivery: the delivery has more than MOST_EVENTS.
        """
        if next(self.numbers, None) is None:
            raise UnparsableDelivery(too_many_events(limit=MOST_EVENTS))
        return ParsedEvent(
            type=type_,
            dedupe_key=key,
            # `join_key` shortens long ids, because databases cannot index long texts.
            lane=f"{self.connection}:{join_key(lane_id)}" if lane_id else None,
            actor_id=actor["id"],
            is_self=actor["is_self"],
            occurred_at=occurred_at,
            body={"text": text, "actor": actor, **parts, "data": data, **self.shared},
            echo=echo,
            same_person=same_person,
        )
