"""The page of what the rules made of the newest events, and of the events that no rule takes."""

from starlette.responses import Response

from automator.engine.operations.covered import RuleCoverage
from automator.server.rule_tests.coverage import coverage_of
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render


def _place(rule: RuleCoverage, events: int) -> int:
    """Rules that met events and are worth a look come first, those that met none last."""
    if not rule.listened:
        return 2
    return 0 if any(rule.findings(events)) else 1


async def show_coverage(context: RequestContext) -> Response:
    """Every rule with its conditions and what is worth a look; such rules come first."""
    found = await coverage_of(context, context.query("events"))
    rules = sorted(found.rules, key=lambda item: _place(item, found.events))
    return render(context, "coverage.html", found=found, rules=rules)
