"""The page of the review: dead and unknown runs, and the buttons to decide about them."""

import asyncio
from collections.abc import Sequence
from functools import partial

from automator.engine.operations.run_review import (
    NEEDS_REVIEW,
    Decision,
    decide,
    echo_of,
    may_echo,
)
from automator.model import N_, Attempt, Event, UsageError, record
from automator.server.pages import RequestContext, Response, Services, render
from automator.server.pages.activity.ticked_rows import each_ticked
from automator.server.shared.lists import split_page
from automator.store import RunRow

_PAGE_SIZE = 20
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
    store, revisions = context.services.store, context.services.rulebook.revisions
    work = partial(decide, store, revisions, decision, who=context.actor.name)
    return await each_ticked(context, "/review?decided", work, single)
