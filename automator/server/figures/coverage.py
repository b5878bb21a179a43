"""The coverage of the rules in force, for pages and the API."""

from automator.engine.figures.coverage import MOST_SECONDS, cover
from automator.engine.figures.coverage_result import Coverage
from automator.server.figures.parameters import COVERAGE_EVENTS
from automator.server.web.request_context import RequestContext


async def coverage_of(context: RequestContext, seconds: float = MOST_SECONDS) -> Coverage:
    """The coverage of the rules in force by the newest `events` of the address, as far as that goes
    within so many seconds.

    Raises:
        UsageError: there is no such number of events.
        RequestError: too many computations wait already (503).
    """
    most = context.number(COVERAGE_EVENTS)
    services = context.services
    active = services.rulebook.active
    return await services.rule_tests.run(
        lambda: cover(services.store.log, active.rule_set, active.revision, most, seconds),
        of=context.actor.name,
    )
