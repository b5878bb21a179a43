"""The page of limits: the counts of limits and budgets, with a button to reset a key."""

from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.shared.limits import counted_rows, next_page, reset_limit

_PAGE_SIZE = 50


async def show_limits(context: RequestContext) -> Response:
    """The list of counted keys, by the filters in the address."""
    rows = await counted_rows(context, _PAGE_SIZE + 1)
    return render(
        context,
        "limits.html",
        keys=rows[:_PAGE_SIZE],
        after=next_page(rows, _PAGE_SIZE),
        words={"rule": context.query("rule"), "key": context.query("key")},
        reset=context.query("reset"),
    )


async def reset_here(context: RequestContext) -> Response:
    """The button “Reset”."""
    await reset_limit(context.services.store, context.form.get("id", ""), context.actor.name)
    return see_other("/limits?reset=1")
