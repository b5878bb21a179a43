"""The log as a file, by the filters of its page: CSV for spreadsheets, NDJSON for programs.

The file is made while it is sent, page by page, so that its length costs no memory.
"""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import orjson
from starlette.responses import Response, StreamingResponse

from automator.clock import iso_time
from automator.model import format_id
from automator.server.pages.activity.run_rows import RowOfRun, every_row_of
from automator.server.shared.list_filters import LogFilter
from automator.server.web.request_context import RequestContext

#: Runs in a file, at most; the newest.
MOST_RUNS = 100_000
_PAGE = 200
#: Beginnings of texts that a spreadsheet takes for formulas.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_COLUMNS = ("time", "run", "event", "rule", "rule_name", "state", "outcome", "reason", "connection",
            "type", "contact", "name", "text", "said", "took_ms", "follow_up_of")  # fmt: skip


async def send_csv(context: RequestContext) -> Response:
    """The file for a spreadsheet, which takes no cell of it for a formula."""
    head = "\ufeff" + _csv_line(_COLUMNS)
    return _file(
        context, "csv", "text/csv; charset=utf-8", head, lambda row: _csv_line(row.values())
    )


async def send_ndjson(context: RequestContext) -> Response:
    """The file for programs: one JSON object a line."""
    return _file(
        context, "ndjson", "application/x-ndjson", "", lambda row: orjson.dumps(row).decode() + "\n"
    )


def _file(
    context: RequestContext,
    ending: str,
    media_type: str,
    head: str,
    line_of: Callable[[dict[str, Any]], str],
) -> Response:
    chosen = LogFilter.of(context)
    name = f"log-{iso_time(context.now_ms)[:10]}.{ending}"

    async def lines() -> AsyncIterator[str]:
        yield head
        before: int | None = None
        count = 0
        while count < MOST_RUNS:
            rows = await asyncio.to_thread(_rows, context, chosen, before)
            if not rows:
                return
            yield "".join(line_of(_values(context, row)) for row in rows)
            before, count = rows[-1].id, count + len(rows)

    return StreamingResponse(
        lines(),
        media_type=media_type,
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        },
    )


def _rows(context: RequestContext, chosen: LogFilter, before: int | None) -> list[RowOfRun]:
    log = context.services.store.log
    found = log.runs(chosen.wanted, before=before, limit=_PAGE)
    return every_row_of(context.services, found)


def _values(context: RequestContext, row: RowOfRun) -> dict[str, Any]:
    """The values in the line of one run; a follow-up has a line of its own."""
    run = row.run
    said = [step.said for step in row.told.said]
    return {
        "time": iso_time(run.created_at),
        "run": format_id(run.id),
        "event": format_id(run.event_id),
        "rule": run.rule,
        "rule_name": row.rule_name,
        "state": run.state.label,
        "outcome": run.outcome.label if run.outcome else "",
        "reason": context.translator.say(run.because) if run.because else "",
        "connection": row.row.connection,
        "type": row.row.event_type,
        "contact": run.contact or "",
        "name": row.row.actor_name or "",
        "text": row.row.text or "",
        "said": said,
        "took_ms": row.told.took_ms,
        "follow_up_of": format_id(run.parent_id) if run.path and run.parent_id else "",
    }


def _csv_line(values: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([_cell(value) for value in _flat(values)])
    return line.getvalue()


def _flat(values: Any) -> Iterator[str]:
    for value in values:
        if isinstance(value, list):
            yield "\n".join(value)
        else:
            yield "" if value is None else str(value)


def _cell(text: str) -> str:
    """A cell that no spreadsheet reads as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
