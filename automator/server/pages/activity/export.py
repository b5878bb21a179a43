"""Exports the log by the filters of its page: as CSV for spreadsheets, as NDJSON for programs.

The file is made while it is sent, page by page, so that its length costs no memory.
"""

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from automator.clock import iso_time
from automator.model import format_id
from automator.server.pages import RequestContext, Response
from automator.server.pages.activity.run_rows import RowOfRun, every_row_of
from automator.server.shared.list_filters import LogFilter
from automator.server.shared.saved_files import CSV, NDJSON, SPREADSHEET_HEAD, csv_line, file_answer

#: A file has at most this many runs, the newest.
MOST_RUNS = 100_000
_PAGE = 200
_COLUMNS = ("time", "run", "event", "rule", "rule_name", "state", "outcome", "reason", "connection",
            "type", "contact", "name", "text", "said", "took_ms", "follow_up_of")  # fmt: skip


async def send_csv(context: RequestContext) -> Response:
    """The file for a spreadsheet, in which no cell can act as a formula."""
    head = SPREADSHEET_HEAD + csv_line(_COLUMNS)
    return _file(context, CSV, head, lambda row: csv_line(row.values()))


async def send_ndjson(context: RequestContext) -> Response:
    """The file for programs, with one JSON object on each line."""
    return _file(context, NDJSON, "", lambda row: orjson.dumps(row).decode() + "\n")


def _file(
    context: RequestContext, ending: str, head: str, line_of: Callable[[dict[str, Any]], str]
) -> Response:
    chosen = LogFilter.of(context)

    def lines() -> Iterator[str]:
        yield head
        before: int | None = None
        count = 0
        while count < MOST_RUNS:
            rows, before = _rows(context, chosen, before)
            count += len(rows)
            text = "".join([line_of(_values(context, row)) for row in rows])
            # A reader may take half a minute for the text, and the rows take more memory than it.
            del rows
            if text:
                yield text
            if before is None:
                return

    return file_answer(lines(), f"log-{iso_time(context.now_ms)[:10]}.{ending}")


def _rows(
    context: RequestContext, chosen: LogFilter, before: int | None
) -> tuple[list[RowOfRun], int | None]:
    """The next rows of the file, and the id for `before` of the following call; None at the end."""
    log = context.services.store.log
    found = log.runs(chosen.wanted, before=before, limit=_PAGE, is_awaited=context.is_awaited)
    last = found[-1].id if found else None
    return every_row_of(context.services, found), found.looked_until or last


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
