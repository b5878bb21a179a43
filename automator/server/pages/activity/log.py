"""The page of the log: runs, the newest first, with filters in the address and live rows on top."""

import asyncio
from collections.abc import Sequence

from automator.clock import moment_ms
from automator.engine.replay.filter_syntax import run_filter
from automator.model import first_id_of, format_id, record
from automator.model.log_filters import Listed
from automator.server.pages import RequestContext, Response, render
from automator.server.pages.activity.event import within_words
from automator.server.pages.activity.live_changes import MOST_REVISIONS, OVERLAP_MS, Cursor
from automator.server.pages.activity.run_rows import RowOfRun, rows_of
from automator.server.pages.activity.saved_views import views_of
from automator.server.pages.setup.connections import send_command
from automator.server.shared.list_filters import LogFilter, filters_on_page, valid_filters
from automator.store import HOUR_MS, FoundRows, Log, RevisionRow, RunRow
from automator.store.log.event_log import MOST_LOOKED_THROUGH
from automator.store.log.reader import MOST_COUNTED

PAGE_SIZE = 50


@record(kw_only=False)
class Page:
    """The runs of one page, the newest first, and the cursors of both neighbours; "" = none."""

    rows: Sequence[RunRow]
    newer: str
    older: str
    is_newest: bool
    #: The page has only ids below this one; None for the newest page.
    end: int | None = None
    #: The number of entries not yet indexed, if the search could not reach the oldest entries.
    waiting: int = 0


async def show_log(context: RequestContext) -> Response:
    """The page of the log; if the log is empty, a guided start."""
    words, wanted, problem = valid_filters(context, Listed.RUNS, run_filter)
    chosen = LogFilter(words, wanted)
    seen = Cursor.at(context.now_ms).earlier(OVERLAP_MS)
    page = await asyncio.to_thread(_page, context, chosen)
    codes, counts = await asyncio.to_thread(_reasons, context)
    views = await views_of(context)
    query = chosen.as_query()
    runs = await asyncio.to_thread(rows_of, context.services, page.rows)
    log = context.services.store.log
    changes = {} if chosen.is_set else await asyncio.to_thread(_rule_changes, log, page, runs)
    return render(
        context,
        "log.html",
        runs=runs,
        changes=changes,
        within=[] if page.rows else await within_words(context, words["text"]),
        most_looked_through=MOST_LOOKED_THROUGH,
        newer=page.newer,
        older=page.older,
        waiting=page.waiting,
        first_id=format_id(0),
        chosen=chosen,
        views=views,
        is_saved=any(view.query == query for view in views),
        problem=problem,
        decided=context.query("decided"),
        failed=context.query("failed"),
        reason_counts=counts,
        most_counted=MOST_COUNTED,
        **filters_on_page(
            context,
            Listed.RUNS,
            words,
            wanted,
            rule=_rules(context, words["rule"]),
            reason=[
                (code, context.translator.kind(code))
                for code in sorted({*codes, words["reason"]} - {""})
            ],
        ),
        is_newest=page.is_newest,
        is_live=page.is_newest and chosen.is_live,
        after=str(seen),
        first_command=send_command(next(iter(context.services.connections.values()), None)),
        has_event=bool(page.rows)
        or bool(await asyncio.to_thread(context.services.store.log.events, limit=1)),
    )


def _page(context: RequestContext, chosen: LogFilter) -> Page:
    """The page that the address names by `before`, `after` or a time `at`; blocks."""
    after = context.id_in_query("after")
    if after is not None:
        found = chosen.page(context, after=after, limit=PAGE_SIZE + 1)
        rows = found[:PAGE_SIZE][::-1]
        newer = format_id(rows[0].id) if len(found) > PAGE_SIZE else _cursor(found)
        # The row `after` is older than all rows here, so there is an older page.
        older = format_id(rows[-1].id) if rows and after else ""
        end = rows[0].id if newer and rows else found.looked_until
        return Page(rows, newer, older, is_newest=not newer, end=end, waiting=found.waiting)
    before = context.id_in_query("before") or _moment(context)
    found = chosen.page(context, before=before, limit=PAGE_SIZE + 1)
    rows = found[:PAGE_SIZE]
    older = format_id(rows[-1].id) if len(found) > PAGE_SIZE else _cursor(found)
    newer = format_id(rows[0].id if rows else before) if before else ""
    is_newest = before is None
    return Page(rows, newer, older, is_newest, end=before, waiting=found.waiting)


def _cursor(found: FoundRows[RunRow]) -> str:
    """The cursor at which a stopped search continues; "" if the search is complete."""
    return "" if found.looked_until is None else format_id(found.looked_until)


def _rule_changes(log: Log, page: Page, runs: Sequence[RowOfRun]) -> dict[int, list[RevisionRow]]:
    """The revisions of the rules within the time of a page, by the run above which they are shown.

    The very first revision is left out, because it changed nothing. Blocks.
    """
    found: dict[int, list[RevisionRow]] = {}
    for revision in log.revisions(MOST_REVISIONS) if runs else ():
        number = first_id_of(revision.created_at)
        before = next((run.run.id for run in runs if run.run.id < number), None)
        if before is None or revision.revision == 1:
            break
        if page.end is None or number < page.end:
            found.setdefault(before, []).append(revision)
    return found


def _moment(context: RequestContext) -> int | None:
    """The first id after the minute that the address names; None without a readable time."""
    at = moment_ms(context.query("at"), context.zone)
    # The field for a time has no seconds and means the whole minute.
    end = 0 if at is None else at + 60_000
    return first_id_of(end) if 0 < end < context.now_ms else None


def _rules(context: RequestContext, chosen: str) -> list[tuple[str, str]]:
    """Ids and names of the rules by which the log can be filtered, sorted by name."""
    rules = context.services.rulebook.active.rule_set.rules
    ids = {rule.spec.id for rule in rules} | ({chosen} - {""})
    named = [(rule_id, context.services.rule_name(rule_id)) for rule_id in ids]
    return sorted(named, key=lambda item: item[1].casefold())


def _reasons(context: RequestContext) -> tuple[list[str], dict[str, int]]:
    """The codes of reasons that occur, each with its number of runs in the last 24 hours."""
    log = context.services.store.log
    return log.reason_codes(), log.reason_counts(context.now_ms - 24 * HOUR_MS)
