"""The inbox: the list of conversations and comments, and one of them with the whole exchange."""

import asyncio
from urllib.parse import urlencode

from automator.engine.figures.inbox import WANTED, InboxFilter, Line, fate_of
from automator.model import UsageError, format_id, parse_id
from automator.model.run import BY_HAND
from automator.server.access.bodies import read_body_as
from automator.server.pages import RequestContext, Response, home, render, see_other
from automator.server.pages.activity.run_rows import rows_of
from automator.server.pages.people.approvals import waiting_in
from automator.server.pages.people.contact import parts_of_case
from automator.server.people.inbox import (
    INBOX_FILTERS,
    MarkBody,
    address_of_thread,
    inbox_filter,
    line_in_path,
    mark_in_path,
    nearest_reasons,
)
from automator.server.people.messages_by_hand import (
    ReadyAnswerBody,
    drop_ready_answer,
    keep_ready_answer,
    ready_answers,
)
from automator.server.web.attention import find_attention
from automator.server.web.redirects import back_to
from automator.server.web.security import Role, SignInNeeded

_PAGE_SIZE = 40


async def show_start(context: RequestContext) -> Response:
    """The first page: the inbox, the overview where no customers write, or the first connection.

    For a visitor, only the meta tags that prove the ownership of the domain.

    Raises:
        SignInNeeded: nobody is signed in, and the settings have no meta tags.
    """
    services = context.services
    if not context.actor.name:
        meta = services.settings.site_verification.meta
        if not meta:
            raise SignInNeeded
        return render(context, "welcome.html", meta=meta)
    if not services.connections and services.settings_file and context.may(Role.ADMIN):
        # Nothing can come in yet.
        return see_other("/connections/new")
    context.attention = await find_attention(services)
    return await (show_inbox(context) if services.inbox.is_used else home.show_home(context))


async def show_case(context: RequestContext) -> Response:
    """One conversation, or the comments in one thread, beside the list."""
    return await show_inbox(context, await line_in_path(context))


async def mark_here(context: RequestContext) -> Response:
    """The buttons that note a line as done or waiting, and take that back."""
    state = read_body_as(MarkBody, {"state": context.form.get("state", "")}).state
    line = await mark_in_path(context, state, parse_id(context.form.get("newest", "")))
    return back_to(context.form, address_of_thread(line.thread))


async def show_ready(context: RequestContext, problem: UsageError | None = None) -> Response:
    """The ready answers, each with a form to change it."""
    typed = {name: context.form.get(name, "") for name in ReadyAnswerBody.model_fields}
    ready = await ready_answers(context.services.store)
    status = 400 if problem else 200
    return render(context, "ready.html", status=status, ready=ready, typed=typed, problem=problem)


async def change_ready(context: RequestContext) -> Response:
    """The buttons that keep or delete a ready answer."""
    store, form = context.services.store, context.form
    if form.get("do") == "delete":
        await drop_ready_answer(store, form.get("title", ""))
    else:
        fields = {name: form.get(name, "") for name in ReadyAnswerBody.model_fields}
        try:
            await keep_ready_answer(store, read_body_as(ReadyAnswerBody, fields))
        except UsageError as error:
            return await show_ready(context, error)
    return see_other("/inbox/ready")


async def show_inbox(context: RequestContext, case: Line | None = None) -> Response:
    """The list, with one line open beside it or alone."""
    words = {one.name: context.query(one.name) for one in INBOX_FILTERS}
    problem: UsageError | None = None
    try:
        wanted = inbox_filter(context)
    except UsageError as error:
        problem, wanted = error, InboxFilter()
    before = context.id_in_query("before")
    lines, older = await asyncio.to_thread(
        context.services.inbox.page, wanted, context.now_ms, before=before, limit=_PAGE_SIZE
    )
    chosen = {name: text for name, text in words.items() if text}
    query = urlencode(chosen)
    shown = lines if case is None else [*lines, case]
    runs = await asyncio.to_thread(rows_of, context.services, case.runs if case else ())
    return render(
        context,
        "inbox.html",
        lines=lines,
        nearest=await nearest_reasons(context, shown),
        case=case,
        proposed=await asyncio.to_thread(waiting_in, context.services, runs),
        words=words,
        chosen=chosen,
        query=f"?{query}" if query else "",
        # Where the forms of the page lead, which the page of the contact has as well.
        back=(address_of_thread(case.thread) if case else "/inbox") + (query and f"?{query}"),
        more=f"/inbox?{urlencode({**chosen, 'before': format_id(older)})}" if older else "",
        problem=problem,
        states=WANTED,
        connections=sorted(
            name for name, one in context.services.connections.items() if one.customers_write
        ),
        address_of=address_of_thread,
        by_hand=BY_HAND,
        fate_of=fate_of,
        **(await parts_of_case(context, case) if case else {}),
    )
