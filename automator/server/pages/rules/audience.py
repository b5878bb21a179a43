"""The page of a rule whose schedule fires for contacts: its audience now, and its firings."""

from urllib.parse import urlencode

from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.tryout.audience_text import end_of, run_lines
from automator.server.tryout.audiences import audience_of


async def show_audience(context: RequestContext) -> Response:
    """The number of contacts, examples, and the last firings with their results."""
    found = await audience_of(context, context.query("rule"))
    return render(
        context,
        "audience.html",
        found=found,
        end_of=lambda firing: end_of(firing, found.audience.most),
        runs=run_lines(found.runs, context.translator),
    )


async def stop_here(context: RequestContext) -> Response:
    """The button that stops the current firing from taking more contacts."""
    rule = context.form.get("rule", "")
    await context.services.firings.stop(rule, context.actor.name)
    return see_other(f"/rules/audience?{urlencode({'rule': rule})}")
