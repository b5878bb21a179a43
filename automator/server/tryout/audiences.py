"""Counts the audience of a schedule of the rules in force, for pages and API."""

from automator.engine.schedule.audience import Preflight, people_rule, preflight
from automator.server.web.request_context import RequestContext


async def audience_of(context: RequestContext, rule: str) -> Preflight:
    """The contacts to whom a rule would write now, and its last firings.

    Raises:
        NotFoundError: the rule does not fire for people.
        RequestError: too many tries are waiting already (503).
    """
    services = context.services
    active = services.rulebook.active.rule_set
    found = people_rule({one.spec.id: one for one in active.rules}, rule)
    now_ms = context.now_ms + services.store.membership.clock_shift_ms
    return await services.tries.run(
        lambda: preflight(
            services.store.log,
            found,
            services.connections,
            services.actions,
            services.settings.budgets,
            now_ms,
        ),
        of=context.actor.name,
    )
