"""The buttons below ticked runs or deliveries: each shows a plan first, and then carries it out."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal, get_args
from urllib.parse import urlencode

from automator.engine.intake.refused_deliveries import Outlook, outlook, take_again
from automator.engine.operations.run_review import decide
from automator.model import (
    N_,
    ConflictError,
    Delivery,
    NotFoundError,
    RunState,
    UsageError,
    format_id,
    parse_id,
    record,
)
from automator.model.log_filters import RunFilter
from automator.server.pages import RequestContext, Response, Services, render, see_other
from automator.server.pages.activity.run_rows import RowOfRun, rows_of

#: At most this many rows are ticked at once.
MOST_TICKED = 200
_TICKED = "run-"
#: The filter of the replay that a button below ticked deliveries plans: of events, or failed runs.
_AGAIN = {
    "events": {"over": "events"},
    "failed": {"state": f"{RunState.DEAD.label},{RunState.UNKNOWN.label}"},
}
_NOTHING = N_("nothing of that kind can be done")

What = Literal["retry", "cancel"]
_CAN: dict[str, Callable[[RunState], bool]] = {
    "retry": lambda state: state.can_be_retried,
    "cancel": lambda state: state.can_be_cancelled,
}


@record(kw_only=False)
class Plan:
    """The plan to retry or cancel the ticked runs."""

    what: str
    #: The runs whose state allows it.
    meant: list[RowOfRun]
    #: The runs whose state does not allow it.
    left_out: list[RowOfRun]

    @property
    def ids(self) -> str:
        """The ids of the meant runs, for the form that confirms the plan."""
        return ",".join(format_id(row.id) for row in self.meant)


async def plan_here(context: RequestContext) -> Response:
    """Shows the plan of a button below ticked runs; for a replay, leads to the plan of the replay.

    Raises:
        UsageError: nothing or too much is ticked, or the button is unknown.
    """
    ids, what = _ticked(context), context.form.get("what", "")
    if what == "replay":
        return see_other(f"/replays/new?{urlencode({'run': _joined(ids)})}")
    return render(context, "selected.html", plan=await asyncio.to_thread(_plan, context, ids, what))


async def plan_deliveries(context: RequestContext) -> Response:
    """Shows the plan of a button below ticked deliveries: to take them in again, or a replay.

    Raises:
        UsageError: nothing or too much is ticked, or the button is unknown.
    """
    if context.form.get("what") == "again":
        found = await asyncio.to_thread(_with_outlook, context.services, _ticked(context))
        meant = [one for one in found if one[1].obstacle is None]
        left_out = [one for one in found if one[1].obstacle is not None]
        ids = _joined([delivery.id for delivery, _ in meant])
        return render(context, "taken_again.html", meant=meant, left_out=left_out, ids=ids)
    chosen = _AGAIN.get(context.form.get("what", ""))
    if chosen is None:
        raise UsageError(_NOTHING, fix=N_("Go back to the list."))
    query = urlencode({**chosen, "delivery": _joined(_ticked(context))})
    return see_other(f"/replays/new?{query}")


async def take_deliveries_again(context: RequestContext) -> Response:
    """Takes in the deliveries of the plan again; counts those that have changed meanwhile."""
    services, by = context.services, context.actor.name

    async def again(delivery_id: int) -> None:
        log, connections = services.store.log, services.connections
        await take_again(services.intake, log, connections, delivery_id, by)

    return await each_ticked(context, "/deliveries?taken", again)


async def confirm_here(context: RequestContext) -> Response:
    """Carries out the plan; counts runs that somebody else has changed meanwhile as failed."""
    services, what = context.services, _what(context.form.get("what", ""))
    revisions, by = services.rulebook.revisions, context.actor.name
    return await each_ticked(
        context, "/log?decided", lambda run_id: decide(services.store, revisions, what, run_id, by)
    )


async def each_ticked(
    context: RequestContext, address: str, work: Callable[[int], Awaitable[object]], only: str = ""
) -> Response:
    """Does the work for all ticked rows, or `only` for one; counts those that others have changed
    meanwhile, and those that are gone, as failed.

    Raises:
        UsageError: nothing or too much is ticked.
    """
    ids, failed = _ticked(context, only), 0
    for one in ids:
        try:
            await work(one)
        except (ConflictError, NotFoundError):
            failed += 1
    return see_other(f"{address}={len(ids) - failed}&failed={failed}")


def _with_outlook(services: Services, ids: list[int]) -> list[tuple[Delivery, Outlook]]:
    """The deliveries that still exist, each with its outlook: whether it would be taken in now.

    Bodies are read one at a time and dropped, because all together would take too much memory.
    """
    found = []
    for delivery_id in ids:
        delivery = services.store.log.delivery(delivery_id)
        if delivery is not None:
            of_it = outlook(delivery, services.connections)
            found.append((replace(delivery, body=b""), of_it))
    return found


def _plan(context: RequestContext, ids: list[int], what: str) -> Plan:
    can = _CAN[_what(what)]
    found = context.services.store.log.runs(RunFilter(run_ids=tuple(ids)), limit=MOST_TICKED)
    # A ticked row means its run alone, without the run's follow-ups.
    rows = [replace(row, follow_ups=()) for row in rows_of(context.services, found)]
    meant = [row for row in rows if can(row.run.state)]
    return Plan(what, meant, [row for row in rows if row not in meant])


def _what(text: str) -> What:
    for what in get_args(What):
        if what == text:
            found: What = what
            return found
    raise UsageError(_NOTHING, fix=N_("Go back to the list."))


def _joined(ids: list[int]) -> str:
    return ",".join(map(format_id, ids))


def _ticked(context: RequestContext, only: str = "") -> list[int]:
    """The ids of runs or deliveries in a form: in the field `runs`, or in names of checkboxes.

    Raises:
        UsageError: nothing or too much is ticked.
    """
    texts = [text for text in (only or context.form.get("runs", "")).split(",") if text]
    boxes = [name.removeprefix(_TICKED) for name in context.form if name.startswith(_TICKED)]
    ids = [run_id for text in (texts or boxes) if (run_id := parse_id(text)) is not None]
    if not ids:
        raise UsageError(N_("nothing is ticked"), fix=N_("Tick some in the list."))
    if len(ids) > MOST_TICKED:
        raise UsageError(
            N_("{count} are ticked, and {most} can be at once"),
            fix=N_("For many, set a filter and press “Replay these…”."),
            count=len(ids),
            most=MOST_TICKED,
        )
    return ids
