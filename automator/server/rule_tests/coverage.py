"""The coverage of the rules in force, for pages and the API."""

from automator.engine.figures.coverage import MOST_EVENTS, MOST_SECONDS, cover
from automator.engine.figures.coverage_result import Coverage
from automator.model import N_, UsageError, whole_number
from automator.server.web.request_context import RequestContext

_EVENTS = 2_000


async def coverage_of(
    context: RequestContext, events: str, seconds: float = MOST_SECONDS
) -> Coverage:
    """The coverage of the rules in force by the newest events, of so many as the text says, as far
    as that goes within so many seconds.

    Raises:
        UsageError: the text is no number of events.
        RequestError: too many computations wait already (503).
    """
    most = events_to_look_at(events)
    services = context.services
    active = services.rulebook.active
    return await services.rule_tests.run(
        lambda: cover(services.store.log, active.rule_set, active.revision, most, seconds),
        of=context.actor.name,
    )


def events_to_look_at(text: str) -> int:
    """The number of events in a text; a usual one where it is empty.

    Raises:
        UsageError: it is none, or too large.
    """
    if not text:
        return _EVENTS
    number = whole_number(text, MOST_EVENTS)
    if not number:
        raise UsageError(
            N_("'{text}' is no number of events that can be looked at"),
            fix=N_("Write a number up to {most}."),
            text=text,
            most=MOST_EVENTS,
        )
    return number
