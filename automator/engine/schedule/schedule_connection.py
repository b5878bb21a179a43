"""The built-in connection of schedules, to which nobody can post."""

from collections.abc import Sequence

from automator.http.types import Http, InboundRequest
from automator.model import ParsedEvent, PermanentError, RejectedDelivery
from automator.model.own_events import SCHEDULE
from automator.plugins import ConnectionOptions, Outgoing, Provider, Sent
from automator.reasons.attempts.steps import no_person
from automator.reasons.deliveries import internal_connection


class ScheduleProvider(Provider):
    """The provider of events that schedules raise without a person, so that it sends nothing."""

    name = SCHEDULE
    options_model = ConnectionOptions

    def __init__(self) -> None:
        super().__init__(SCHEDULE, ConnectionOptions(provider=SCHEDULE))

    def verify(self, request: InboundRequest) -> None:  # noqa: ARG002 - whatever it is
        """Refuses every request."""
        raise RejectedDelivery(internal_connection())

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:  # noqa: ARG002 - as above
        """Returns no events."""
        return ()

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:  # noqa: ARG002 - nothing is sent
        raise PermanentError(no_person(action=outgoing.kind))
