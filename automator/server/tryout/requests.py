"""Reads requests for a try, which the API, the pages and the command line write as JSON.

A request names one event: as `event` (the id of a stored event), `sample` (of a provider),
`written` (the fields that rules see) or `delivery` (a body as its sender posts it). It may also
change the event, the contact, the time and the answers of other systems.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from automator.configuration.values import StrictModel
from automator.model import N_, UsageError
from automator.server.access.bodies import Body, read_body_as


class Changes(StrictModel):
    """The changes of a stored event or a sample for the try."""

    text: str | None = Field(default=None, max_length=20_000)
    actor: dict[str, str | bool | None] = Field(default_factory=dict, max_length=10)


class TryRequest(Body):
    """The request for a try: the event, the person, and the time."""

    example: ClassVar[Mapping[str, Any]] = {"event": "01mfb3w2hr000"}

    event: str | None = None
    sample: str | None = None
    written: dict[str, Any] | None = None
    #: A text, such as XML or a form, as it is posted; any other value as JSON.
    delivery: Any = None
    #: The headers of the delivery; without its content type, the text shows it.
    headers: dict[str, str] = Field(default_factory=dict, max_length=100)
    #: The connection of a sample, of a written event, or of a delivery.
    connection: str | None = None
    changes: Changes = Field(default_factory=Changes, alias="with")
    #: Values of the contact to assume, such as `{"state": {"size": "M"}}`.
    contact: dict[str, Any] = Field(default_factory=dict)
    #: The time of the try; by default, a stored event is tried when it came in, others now.
    at: str | None = None
    #: The assumed answers to steps that send requests, by step id.
    answers: dict[str, Any] = Field(default_factory=dict, max_length=100)
    #: The only rule to try; None = all rules.
    rule: str | None = None


def read_try(body: Mapping[str, Any]) -> TryRequest:
    """Reads a JSON object as a request for a try.

    Raises:
        UsageError: the object is no such request, or does not name just one event.
    """
    request = read_body_as(TryRequest, body)
    named = (request.event, request.sample, request.written, request.delivery)
    if sum(item is not None for item in named) != 1:
        raise UsageError(
            N_("which event is to be tried?"),
            fix=N_("Name one: event, sample, written or delivery."),
        )
    return request
