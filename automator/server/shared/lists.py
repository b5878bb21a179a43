"""Cuts lists into pages, for pages and the API: `limit`, `cursor`, and the cursor `next`."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from automator.model import N_, UsageError, format_id, parse_id
from automator.server.http.parameters import NumberParameter, Parameter
from automator.server.shared.responses import JsonAnswer
from automator.server.web.request_context import RequestContext
from automator.store import FoundRows

_LIMIT = NumberParameter(name="limit", usual=50, most=200)
CURSOR = Parameter(name="cursor")
#: The parameters of an API call that lists something page by page.
PAGE_PARAMETERS = (_LIMIT, CURSOR)


class Row(Protocol):
    """A row of a list in the order of ids."""

    @property
    def id(self) -> int: ...


RowT = TypeVar("RowT", bound=Row)


def limit_of(context: RequestContext) -> int:
    """The number of rows that a request asks for.

    Raises:
        UsageError: the limit is no number, or too large.
    """
    return context.number(_LIMIT)


def before_of(context: RequestContext) -> int | None:
    """The id in the `cursor`, before which the rows of the page begin; None for the first page.

    Raises:
        UsageError: the cursor is no id.
    """
    text = context.query(CURSOR.name)
    number = parse_id(text)
    if text and number is None:
        raise no_such_page()
    return number


def no_such_page() -> UsageError:
    """The error about a cursor after which no page can begin."""
    fix = N_("Take `next` from the page before.")
    return UsageError(N_("{name} names no page"), fix=fix, name=CURSOR.name)


def split_page(rows: Sequence[RowT], size: int) -> tuple[Sequence[RowT], str]:
    """The rows of one page, and the cursor of the next page; "" on the last page.

    Give one row more than fits on the page, if there is one: it shows that a next page exists.
    """
    return rows[:size], format_id(rows[size - 1].id) if len(rows) > size else ""


def page_json(
    rows: Sequence[RowT], limit: int, as_json: Callable[[RowT], dict[str, Any]]
) -> dict[str, Any]:
    """The rows of a page and `next`, the cursor of the next page, or null.

    A search also has `looked_until`: the last examined row if it stopped early, after which the
    next page begins.
    """
    shown, older = split_page(rows, limit)
    page = {"items": [as_json(row) for row in shown], "next": older or None}
    if not isinstance(rows, FoundRows):
        return page
    until = None if rows.looked_until is None else format_id(rows.looked_until)
    return {**page, "next": older or until, "looked_until": until}


async def page_of(
    context: RequestContext,
    find: Callable[..., Sequence[RowT]],
    as_json: Callable[[RowT], dict[str, Any]],
) -> JsonAnswer[Any]:
    """The page that a request asks for; `find` reads its rows in a thread.

    Raises:
        UsageError: the request names no page.
    """
    limit, before = limit_of(context), before_of(context)

    def page() -> dict[str, Any]:
        return page_json(find(before=before, limit=limit + 1), limit, as_json)

    return JsonAnswer(await asyncio.to_thread(page))
