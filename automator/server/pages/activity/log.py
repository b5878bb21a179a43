"""The page of the log: runs, the newest first, with filters in the address and live rows on top."""

import asyncio

from starlette.responses import Response

from automator.engine.replay.filter_syntax import STATES, run_filter
from automator.server.pages.activity.live import Cursor
from automator.server.pages.activity.run_rows import rows_of
from automator.server.pages.setup.connections import send_command
from automator.server.shared.list_filters import (
    RUN_FILTERS,
    LogFilter,
    shown_moments,
    valid_filters,
)
from automator.server.shared.lists import split_page
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render
from automator.store import HOUR_MS, MOST_COUNTED

PAGE_SIZE = 50


async def show_log(context: RequestContext) -> Response:
    """The page. A guided start takes the place of an empty log."""
    words, wanted, problem = valid_filters(context, RUN_FILTERS, run_filter)
    chosen = LogFilter(words, wanted)
    before = context.id_in_query("before")
    seen = Cursor.at(context.now_ms).earlier()
    rows = await asyncio.to_thread(chosen.page, context, before=before, limit=PAGE_SIZE + 1)
    shown, older = split_page(rows, PAGE_SIZE)
    codes, counts = await asyncio.to_thread(_reasons, context)
    rules = context.services.rulebook.active.rule_set.rules
    return render(
        context,
        "log.html",
        runs=await asyncio.to_thread(rows_of, context.services, shown),
        older=older,
        chosen=chosen,
        words=words,
        moments=shown_moments(context, wanted),
        problem=problem,
        states=list(STATES),
        reasons=sorted({*codes, words["reason"]} - {""}),
        reason_counts=counts,
        most_counted=MOST_COUNTED,
        rules=sorted({rule.spec.id for rule in rules} | ({words["rule"]} - {""})),
        connections=context.services.connection_names,
        is_newest=before is None,
        is_live=before is None and chosen.is_live,
        after=str(seen),
        first_command=send_command(next(iter(context.services.connections.values()), None)),
    )


def _reasons(context: RequestContext) -> tuple[list[str], dict[str, int]]:
    """The codes of reasons that occur, and how many runs of the last 24 hours have which."""
    log = context.services.store.log
    return log.reason_codes(), log.reason_counts(context.now_ms - 24 * HOUR_MS)
