"""The page of the report `funnel`: how far people get in a rule, also for variants of a split."""

from functools import partial

from starlette.responses import Response

from automator.engine.figures.funnel import PERIODS
from automator.server.pages.step_texts import without_expressions
from automator.server.reports import funnel
from automator.server.reports.declarations import FUNNEL, RUNS
from automator.server.reports.routes import asked_in, further
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render


async def show_funnel(context: RequestContext) -> Response:
    """Every message of a rule with the number of people who got it, and why others did not."""
    asked = asked_in(context, FUNNEL)
    found = await funnel.answer(context, asked)
    others = await funnel.compared_with(context, asked) if found.split else []
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
        left=partial(funnel.left_text, _=context.translator),
        title=lambda one: without_expressions(funnel.stage_text(one, context.translator)),
        clicked=partial(funnel.clicked_text, _=context.translator),
        days=asked.days,
        periods=sorted({*PERIODS, asked.days}),
        further=further(context, "runs", RUNS.usual),
        texts={
            "nothing": funnel.NOTHING_SAID,
            "nobody": funnel.NOBODY,
            "cut": funnel.CUT,
        },
    )
