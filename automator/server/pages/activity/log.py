"""The page of the log: runs, the newest first, with filters in the address and live rows on top."""

import asyncio

from starlette.responses import Response

from automator.engine.replay.filter_syntax import STATES, run_filter
from automator.model import format_id
from automator.server.pages.setup.connections import send_command
from automator.server.shared.list_filters import RUN_FILTERS, LogFilter, valid_filters
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render

PAGE_SIZE = 50
#: A page shows its rows and asks the stream for what happened a little before it was made.
_OVERLAP_MS = 2000


async def show_log(context: RequestContext) -> Response:
    """The page. A guided start takes the place of an empty log."""
    words, wanted, problem = valid_filters(context, RUN_FILTERS, run_filter)
    chosen = LogFilter(words, wanted)
    before = context.id_in_query("before")
    shown_from = context.now_ms - _OVERLAP_MS
    rows = await asyncio.to_thread(chosen.page, context, before=before, limit=PAGE_SIZE + 1)
    rules = context.services.rulebook.active.rule_set.rules
    return render(
        context,
        "log.html",
        runs=rows[:PAGE_SIZE],
        older=format_id(rows[PAGE_SIZE - 1].id) if len(rows) > PAGE_SIZE else "",
        chosen=chosen,
        words=words,
        problem=problem,
        states=list(STATES),
        rules=sorted({rule.spec.id for rule in rules} | ({words["rule"]} - {""})),
        connections=context.services.connection_names,
        is_newest=before is None,
        is_live=before is None and chosen.is_live,
        after=f"{format_id(shown_from << 21)}.{format_id(shown_from << 21)}",
        first_command=send_command(next(iter(context.services.connections.values()), None)),
    )
