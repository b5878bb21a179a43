"""The page of the report `coverage`: how often rules and conditions matched the newest events."""

from starlette.responses import Response

from automator.engine.figures.coverage import MOST_SECONDS
from automator.server.reports.coverage import answer, unmet_text
from automator.server.reports.declarations import COVERAGE
from automator.server.reports.routes import asked_in
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render

#: Seconds for a first look; if they are not enough, the page offers to look longer.
_FIRST_SECONDS = 1.0


async def show_coverage(context: RequestContext) -> Response:
    """All rules, or the named one, with conditions and findings; rules with findings come first."""
    asked = asked_in(context, COVERAGE)
    one = asked.rule
    is_long = context.query("long") == "yes"
    found = await answer(context, asked, MOST_SECONDS if is_long else _FIRST_SECONDS)
    wanted = [item for item in found.rules if one in ("", item.rule)]
    unmet = [item for item in found.unmet if item in wanted]
    met = [item for item in wanted if item not in unmet]
    return render(
        context,
        "coverage.html",
        found=found,
        one=one,
        may_look_longer=found.is_cut and not is_long,
        rules=sorted(met, key=lambda item: not any(item.findings(found.events))),
        unmet=unmet_text(unmet, context.translator) if unmet else "",
    )
