"""The page of the review: dead and unknown runs, and the buttons to decide about them."""

import asyncio
from collections.abc import Sequence

from automator.engine.operations.run_review import (
    NEEDS_REVIEW,
    Decision,
    decide,
    echo_of,
    may_echo,
)
from automator.model import (
    LOOK_IN_LIST,
    N_,
    Attempt,
    ConflictError,
    Event,
    NotFoundError,
    UsageError,
    parse_id,
    record,
)
from automator.server.pages import RequestContext, Response, Services, render, see_other
from automator.server.shared.lists import split_page
from automator.store import RunRow

_PAGE_SIZE = 20
_RUN = "run-"
#: The decisions of the buttons.
_DECISIONS: dict[str, Decision] = {"done": "done", "retry": "retry", "cancel": "cancel"}


@record(kw_only=False)
class ReviewItem:
    """A run with its last attempt, and the event that proves its message was sent, if any."""

    row: RunRow
    last: Attempt | None
    echo: Event | None
    #: Whether the last attempt may have sent a message that the provider would report back.
    may_echo: bool


async def show_review(context: RequestContext) -> Response:
    """The list of runs that need a decision, the newest first."""
    log, actions = context.services.store.log, context.services.actions
    before = context.id_in_query("before")
    rows = await asyncio.to_thread(log.runs, NEEDS_REVIEW, before=before, limit=_PAGE_SIZE + 1)
    shown, older = split_page(rows, _PAGE_SIZE)
    items = []
    for row in shown:
        detail = await asyncio.to_thread(log.run, row.id)
        if detail is not None:
            last = detail.attempts[-1] if detail.attempts else None
            echo = await echo_of(log, detail, actions)
            items.append(ReviewItem(row, last, echo, may_echo(last, actions)))
    return render(
        context,
        "review.html",
        items=items,
        rule_names=await asyncio.to_thread(_rule_names, context.services, shown),
        older=older,
        decided=context.query("decided"),
        failed=context.query("failed"),
    )


def _rule_names(services: Services, rows: Sequence[RunRow]) -> dict[str, str]:
    return {row.run.rule: services.name_of_rule_of(row.run) for row in rows}


async def decide_here(context: RequestContext) -> Response:
    """Decides about one run (choice `done:ID`), or about all ticked runs (choice `done`)."""
    word, _, single = context.form.get("choice", "").partition(":")
    decision = _DECISIONS.get(word)
    if decision is None:
        raise UsageError(N_("there is no decision '{word}'"), fix="done, retry, cancel", word=word)
    ticked = [name.removeprefix(_RUN) for name in context.form if name.startswith(_RUN)]
    ids = [parse_id(text) for text in ([single] if single else ticked)]
    services, revisions = context.services, context.services.rulebook.revisions
    failed = 0
    for run_id in ids:
        try:
            if run_id is None:
                raise NotFoundError(N_("this is no run's id"), fix=LOOK_IN_LIST)
            await decide(services.store, revisions, decision, run_id, context.actor.name)
        except (ConflictError, NotFoundError):
            # Somebody else was quicker; the list shows the remaining runs.
            failed += 1
    return see_other(f"/review?decided={len(ids) - failed}&failed={failed}")
