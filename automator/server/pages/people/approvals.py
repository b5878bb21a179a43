"""The page of approvals: the messages that wait for approval, and the buttons to decide."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from automator.actions.answer import Answer, Origin, origin_of
from automator.clock import ms_of
from automator.engine.operations.run_review import (
    CHOICES,
    TO_APPROVE,
    Judged,
    approve_step,
    decide_several,
    decline_step,
)
from automator.model import (
    N_,
    AutomatorError,
    ConflictError,
    Proposal,
    Run,
    StoreUnavailableError,
    UsageError,
    format_id,
    parse_id,
    record,
)
from automator.server.pages import RequestContext, Response, Services, render, see_other
from automator.server.pages.activity.run_rows import RowOfRun, rows_of
from automator.server.shared.lists import split_page

_PAGE_SIZE = 20
_NO_DECISION = N_("there is no decision '{word}'")
#: The name of a checkbox begins with this, and the run's id follows; its value is the step.
_TICKED = "run-"


@record(kw_only=False)
class Waiting:
    """A step that waits for approval, with the contact whom its message is for."""

    row: RowOfRun
    step: str
    proposal: Proposal
    contact: Mapping[str, Any]
    #: None if no model has written the text.
    origin: Origin | None

    @property
    def has_written_since(self) -> bool:
        """Whether the person has written again since the message was rendered."""
        shown = self.contact.get("last_inbound_at")
        return shown is not None and ms_of(shown) > self.proposal.at

    @property
    def has_text(self) -> bool:
        """Whether the proposal has a text, which a person may change."""
        return bool(self.proposal.text)

    def message(self, is_editable: bool) -> Mapping[str, Any]:
        """The values for the template that shows a message; without the text if a field has it."""
        shown = self.proposal.shown
        outgoing = {**shown, "text": ""} if is_editable else shown
        is_private = shown.get("is_private", True)
        return {"outgoing": outgoing, "to": shown["to"], "is_private": is_private, "variants": 0}

    @property
    def ends_early(self) -> bool:
        """Whether the platform stops taking the message before the rule stops waiting."""
        ends_at = self.proposal.ends_at
        return ends_at is not None and ends_at < self.proposal.until


@record
class Refused:
    """A decision that could not be carried out, with the text that a person has typed for it."""

    run_id: int
    step: str
    error: AutomatorError
    text: str = ""

    def is_about(self, item: Waiting) -> bool:
        """Whether the decision was about this step of the run, not about a later step."""
        return (item.row.id, item.step) == (self.run_id, self.step)

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows the error."""
        is_late = isinstance(self.error, ConflictError)
        return 503 if isinstance(self.error, StoreUnavailableError) else 409 if is_late else 400


async def show_approvals(context: RequestContext) -> Response:
    """The list of steps that wait for approval, the newest first, or from one run on."""
    first = context.id_in_query("from")
    return await _list(context, context.id_in_query("before") if first is None else first + 1)


async def _list(
    context: RequestContext, before: int | None, refused: Refused | None = None
) -> Response:
    services = context.services
    found = await asyncio.to_thread(
        services.store.log.runs, TO_APPROVE, before=before, limit=_PAGE_SIZE + 1
    )
    shown, older = split_page(found, _PAGE_SIZE)
    rows = await asyncio.to_thread(rows_of, services, shown)
    items = await asyncio.to_thread(waiting_in, services, rows)
    return render(
        context,
        "approvals.html",
        status=refused.status if refused else 200,
        items=items,
        older=older,
        done=context.query("done"),
        run=context.query("run"),
        done_ids=_ids(context.query("runs")),
        late_ids=_ids(context.query("late")),
        refused=refused,
        is_refused_here=any(refused and refused.is_about(item) for item in items),
    )


def _ids(listed: str) -> list[int]:
    """The ids of runs in a parameter of the address, separated by commas."""
    found = (parse_id(text) for text in listed.split(",")[:_PAGE_SIZE])
    return [one for one in found if one is not None]


def waiting_in(services: Services, rows: Sequence[RowOfRun]) -> list[Waiting]:
    """The steps of these runs that wait for approval; blocks."""
    return [
        Waiting(
            row, *proposed, _contact_of(services, row.run), _origin_of(services, row, proposed[1])
        )
        for row in rows
        if (proposed := row.run.open_proposal) is not None
    ]


def _contact_of(services: Services, run: Run) -> Mapping[str, Any]:
    return {} if run.contact is None else services.store.log.contact(run.contact)


def _origin_of(services: Services, row: RowOfRun, proposal: Proposal) -> Origin | None:
    """The origin of a text that the step before has drafted."""
    if [one.action for one in row.told.steps[-1:]] != [Answer.name]:
        return None
    detail = services.store.log.run(row.id)
    attempts = detail.attempts[-1:] if detail else ()
    return next((origin_of(one.request, proposal.text or "") for one in attempts), None)


async def decide_here(context: RequestContext) -> Response:
    """The buttons “Approve” and “Decline” of one step; after an error, the typed text stays.

    Raises:
        UsageError: there is no such decision.
    """
    form, store, run_id = context.form, context.services.store, context.id_in_path()
    who, step, choice = context.actor.name, form.get("step", ""), form.get("choice", "")
    text = form.get("text")
    if choice not in CHOICES:
        raise UsageError(_NO_DECISION, fix="approve, decline", word=choice)
    try:
        if choice == "approve":
            await approve_step(store, run_id, who, step=step, text=text)
        else:
            await decline_step(store, run_id, who, step=step, because=form.get("because", ""))
    except (UsageError, ConflictError, StoreUnavailableError) as error:
        if text is None and isinstance(error, ConflictError):
            # Somebody else was quicker, or the step's time is over; the page of the run tells.
            return see_other(f"/approvals?done=late&run={format_id(run_id)}")
        refused = Refused(run_id=run_id, step=step, error=error, text=text or "")
        # The list begins with the refused step, wherever it was.
        return await _list(context, run_id + 1, refused)
    return see_other(f"/approvals?done={choice}&run={format_id(run_id)}")


async def decide_about_several(context: RequestContext) -> Response:
    """The buttons “Approve” and “Decline” of all ticked steps; each is sent as the list shows it.

    Raises:
        UsageError: nothing is ticked, or there is no such decision.
    """
    form = context.form
    choice = next((one for one in CHOICES if one == form.get("choice")), None)
    if choice is None:
        raise UsageError(_NO_DECISION, fix="approve, decline", word=form.get("choice", ""))
    named = ((parse_id(name.removeprefix(_TICKED)), step) for name, step in form.items())
    chosen = [(run_id, step) for run_id, step in named if run_id is not None]
    judged = await decide_several(
        context.services.store,
        choice,
        chosen,
        context.actor.name,
        because=form.get("because", ""),
    )
    done, late = _listed(judged, is_done=True), _listed(judged, is_done=False)
    return see_other(f"/approvals?done={choice}&runs={done}&late={late}")


def _listed(judged: Sequence[Judged], *, is_done: bool) -> str:
    return ",".join(format_id(one.run_id) for one in judged if (one.problem is None) is is_done)
