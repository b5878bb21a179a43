"""The page of targets: the state of each, with buttons to pause and resume it, and all sending."""

from automator.engine.outbound.destinations import EVERYTHING
from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.shared.targets import pause_target, target_rows
from automator.server.web.redirects import safe_next


async def show_targets(context: RequestContext) -> Response:
    """The page of all targets."""
    return render(context, "targets.html", targets=await target_rows(context.services))


async def pause_here(context: RequestContext) -> Response:
    """The button “Pause”."""
    reason = context.form.get("reason", "")
    await pause_target(context.services, context.path("name"), context.actor.name, reason)
    return see_other("/targets")


async def pause_all_here(context: RequestContext) -> Response:
    """The button “Pause all sending”; leads back to the page with the button."""
    await pause_target(context.services, EVERYTHING, context.actor.name, "")
    return see_other(safe_next([context.form.get("next", "")]))


async def resume_all_here(context: RequestContext) -> Response:
    """The button “Resume sending”, which is on every page."""
    await context.services.gate.resume(EVERYTHING, context.actor.name)
    return see_other(safe_next([context.form.get("next", "")]))


async def resume_here(context: RequestContext) -> Response:
    """The button “Resume”."""
    await context.services.gate.resume(context.path("name"), context.actor.name)
    return see_other("/targets")
