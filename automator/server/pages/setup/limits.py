"""The page of limits: the counts of limits and budgets, with a button to reset a key."""

import asyncio

from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.shared.limits import counted_rows, next_page, reset_limit
from automator.store import CountedKey, Log

_PAGE_SIZE = 50


async def show_limits(context: RequestContext) -> Response:
    """The list of counted keys, by the filters in the address."""
    rows = await counted_rows(context, _PAGE_SIZE + 1)
    names = await asyncio.to_thread(_names, context.services.store.log, rows)
    return render(
        context,
        "limits.html",
        keys=rows[:_PAGE_SIZE],
        names=names,
        after=next_page(rows, _PAGE_SIZE),
        words={"rule": context.query("rule"), "key": context.query("key")},
        reset=context.query("reset"),
    )


def _names(log: Log, rows: list[CountedKey]) -> dict[str, str]:
    """The names of the people whom budgets count, by the keys of their contacts. Blocks."""
    people = [row.key.removeprefix("contact ") for row in rows if row.key.startswith("contact ")]
    return {key: log.contact(key).get("name") or "" for key in people if ":" in key}


async def reset_here(context: RequestContext) -> Response:
    """The button “Reset”."""
    await reset_limit(context.services.store, context.form.get("id", ""), context.actor.name)
    return see_other("/limits?reset=1")
