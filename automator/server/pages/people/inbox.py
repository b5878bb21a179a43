"""The inbox: the list of conversations and comments, and one of them with the whole exchange."""

import asyncio
from urllib.parse import urlencode

from starlette.responses import Response

from automator.engine.figures.inbox import WANTED, InboxFilter, Line
from automator.model import UsageError, format_id, parse_id
from automator.model.run import BY_HAND
from automator.server.answer_types.people import MarkWord
from automator.server.pages import home
from automator.server.pages.people.contact import parts_of_case
from automator.server.people.inbox import (
    INBOX_FILTERS,
    address_of_line,
    inbox_filter,
    line_in_path,
    mark_in_path,
    nearest_reasons,
)
from automator.server.web.attention import find_attention
from automator.server.web.redirects import back_to
from automator.server.web.request_context import RequestContext
from automator.server.web.security import SignInNeeded
from automator.server.web.templates import render

_PAGE_SIZE = 40
MARKS: tuple[MarkWord, ...] = ("waiting", "done")


async def show_start(context: RequestContext) -> Response:
    """The first page: the inbox, or the overview where no customers write.

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
    context.attention = await find_attention(services)
    return await (show_inbox(context) if services.inbox.is_used else home.show_home(context))


async def show_inbox(context: RequestContext) -> Response:
    """The list alone."""
    return await _show(context)


async def show_case(context: RequestContext) -> Response:
    """One conversation, or the comments in one thread, beside the list."""
    return await _show(context, await line_in_path(context))


async def mark_here(context: RequestContext) -> Response:
    """The buttons that note a line as done or waiting, and take that back."""
    given = context.form.get("state")
    state: MarkWord = next((word for word in MARKS if word == given), "open")
    line = await mark_in_path(context, state, parse_id(context.form.get("newest", "")))
    return back_to(context.form, address_of_line(line))


async def _show(context: RequestContext, case: Line | None = None) -> Response:
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
    return render(
        context,
        "inbox.html",
        lines=lines,
        nearest=await nearest_reasons(context, shown),
        case=case,
        words=words,
        chosen=chosen,
        query=f"?{query}" if query else "",
        more=f"/inbox?{urlencode({**chosen, 'before': format_id(older)})}" if older else "",
        problem=problem,
        states=WANTED,
        connections=sorted(
            name for name, one in context.services.connections.items() if one.customers_write
        ),
        address_of=address_of_line,
        by_hand=BY_HAND,
        **(await parts_of_case(context, case) if case else {}),
    )
