"""The page of waiting follow-ups, by the day on which they are due."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby

from automator.clock import moment_ms
from automator.engine.operations.run_review import move_follow_up
from automator.model import N_, NotFoundError, UsageError, format_id, parse_id, record, whole_number
from automator.model.text_helpers import LAST_MS
from automator.rules import RuleSet
from automator.server.pages import RequestContext, Response, Services, render, see_other
from automator.server.pages.activity.run_rows import RowOfRun, every_row_of
from automator.server.pages.step_texts import StepText, steps_in_words

_PAGE_SIZE = 50
#: At most this many revisions are read for the texts of a page. Runs of others have no texts there.
_MOST_REVISIONS = 4
_LONGEST_TEXT = 300


@record(kw_only=False)
class Day:
    """The follow-ups that are due on one day."""

    #: The date, in the zone of the server.
    date: str
    rows: Sequence[RowOfRun]


async def show_follow_ups(context: RequestContext) -> Response:
    """The waiting follow-ups by day, the next one first."""
    services = context.services
    found = await asyncio.to_thread(
        services.store.log.follow_ups_by_time, _PAGE_SIZE + 1, _after(context)
    )
    shown = found[:_PAGE_SIZE]
    rows = await asyncio.to_thread(every_row_of, services, shown)
    later = f"{shown[-1].run.run_at}.{format_id(shown[-1].id)}" if len(found) > _PAGE_SIZE else ""
    rule_sets = await _rule_sets(services, {row.run.revision for row in shown})
    days = [
        Day(date, list(group)) for date, group in groupby(rows, lambda row: _date(context, row))
    ]
    return render(
        context,
        "follow_ups.html",
        days=days,
        steps_of=lambda row: _steps_of(row, rule_sets),
        today=_day_of(context, context.now_ms),
        later=later,
        moment=lambda ms: _moment(context, ms).strftime("%Y-%m-%dT%H:%M"),
        moved=context.query("moved"),
    )


async def move_here(context: RequestContext) -> Response:
    """The button “Move”: makes the follow-up due at the time in the field.

    Raises:
        UsageError: the field has no time, or a time at which the follow-up cannot act.
    """
    at_ms = moment_ms(context.form.get("at", ""), context.zone)
    if at_ms is None:
        raise UsageError(N_("that is no time"), fix=N_("Choose a day and a time."))
    store, now_ms = context.services.store, context.now_ms
    await move_follow_up(store, context.id_in_path(), at_ms, now_ms, context.actor.name)
    return see_other("/follow-ups?moved=1")


async def _rule_sets(services: Services, revisions: set[int]) -> dict[int, RuleSet]:
    """The rules of the newest of these revisions, without those that this version cannot read."""
    found = {}
    for revision in sorted(revisions, reverse=True)[:_MOST_REVISIONS]:
        with suppress(NotFoundError):
            found[revision] = await services.rulebook.revisions.of(revision)
    return found


def _steps_of(row: RowOfRun, rule_sets: Mapping[int, RuleSet]) -> Sequence[StepText]:
    """The steps that a follow-up will do, in words, with the person's name from its event."""
    run = row.run
    rule_set = rule_sets.get(run.revision)
    compiled = rule_set.rule(run.rule) if rule_set else None
    if compiled is None:
        return ()
    rule = compiled.spec
    event = {"actor": {"name": row.row.actor_name}, "text": row.row.text}
    known = {"vars": rule.vars, "event": event, "contact": {"name": row.row.actor_name}}
    return steps_in_words(rule.sequence(run.path)[run.step :], known, longest=_LONGEST_TEXT)


def _after(context: RequestContext) -> tuple[int, int] | None:
    """The time and id of the follow-up after which the page begins; None for the first page."""
    time, _, text = context.query("after").partition(".")
    run_id = parse_id(text)
    at_ms = whole_number(time, LAST_MS)
    return None if at_ms is None or run_id is None else (at_ms, run_id)


def _moment(context: RequestContext, ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, context.zone)


def _day_of(context: RequestContext, ms: int) -> str:
    return _moment(context, ms).date().isoformat()


def _date(context: RequestContext, row: RowOfRun) -> str:
    return _day_of(context, row.run.run_at)
