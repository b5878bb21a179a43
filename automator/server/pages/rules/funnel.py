"""The page of a rule's funnel: how far people come in it, and which variant works."""

from functools import partial
from urllib.parse import urlencode

from starlette.responses import Response

from automator.model import whole_number
from automator.server.figures.parameters import FUNNEL_DAYS, FUNNEL_RUNS
from automator.server.pages.step_texts import without_expressions
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render

#: A look further back takes this many times as many runs.
_FURTHER = 10


async def show_funnel(context: RequestContext) -> Response:
    """Every message with the people who got it, and the reasons of the others."""
    # Only this page needs them.
    from automator.engine.figures.funnel import PERIODS
    from automator.server.figures import funnel_text
    from automator.server.figures.funnels import compared_with, funnel_in_address

    name, is_further = context.query("rule"), bool(context.query("runs"))
    found = await funnel_in_address(context, name)
    days = whole_number(context.query("days")) or FUNNEL_DAYS.usual
    further = urlencode({"rule": name, "days": days, "runs": _FURTHER * FUNNEL_RUNS.usual})
    others = await compared_with(context, name) if found.split else []
    variants = [
        (one, arm)
        for one in (found, *others)
        if one.split == found.split
        for arm in one.arms
        if arm.entered or one is found
    ]
    return render(
        context,
        "funnel.html",
        found=found,
        variants=variants if found.split else [],
        left=partial(funnel_text.left_text, _=context.translator),
        title=lambda one: without_expressions(funnel_text.stage_text(one, context.translator)),
        clicked=partial(funnel_text.clicked_text, _=context.translator),
        days=days,
        periods=sorted({*PERIODS, days}),
        further="" if is_further or not found.is_cut else f"/rules/funnel?{further}",
        texts={
            "nothing": funnel_text.NOTHING_SAID,
            "nobody": funnel_text.NOBODY,
            "cut": funnel_text.CUT,
        },
    )
