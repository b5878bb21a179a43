"""The page of the coverage: the rules' decisions about the newest events, and events that no rule
takes.
"""

from starlette.responses import Response

from automator.server.rule_tests.coverage import coverage_of
from automator.server.rule_tests.coverage_text import unmet_text
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render


async def show_coverage(context: RequestContext) -> Response:
    """Every rule with its conditions and findings; rules with findings come first."""
    found = await coverage_of(context, context.query("events"))
    unmet = found.unmet
    met = [item for item in found.rules if item not in unmet]
    return render(
        context,
        "coverage.html",
        found=found,
        rules=sorted(met, key=lambda item: not any(item.findings(found.events))),
        unmet=unmet_text(unmet, context.translator) if unmet else "",
    )
