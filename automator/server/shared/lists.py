"""Pagination of lists, for pages and the API: `limit`, `cursor`, and the `next` page."""

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
#: The parameters of an address that names a page of a list.
PAGE_PARAMETERS = (_LIMIT, CURSOR)


class Row(Protocol):
    """A row of a list, which its id orders."""

    @property
    def id(self) -> int: ...


RowT = TypeVar("RowT", bound=Row)


def limit_of(context: RequestContext) -> int:
    """The number of rows that a request asks for.

    Raises:
        UsageError: it is no number, or too large.
    """
    return context.number(_LIMIT)


def before_of(context: RequestContext) -> int | None:
    """The id before which the rows of the page were stored, if the `cursor` names one.

    Raises:
        UsageError: the cursor is no id.
    """
    text = context.query(CURSOR.name)
    number = parse_id(text)
    if text and number is None:
        raise UsageError(
            N_("{name} names no page"),
            fix=N_("Take `next` from the page before."),
            name=CURSOR.name,
        )
    return number


def split_page(rows: Sequence[RowT], size: int) -> tuple[Sequence[RowT], str]:
    """The rows of one page, and the cursor of the next page; "" if this is the last.

    If there is a next page, `rows` has one row more than the page.
    """
    return rows[:size], format_id(rows[size - 1].id) if len(rows) > size else ""


async def page_of(
    rows: Sequence[RowT], limit: int, as_json: Callable[[RowT], dict[str, Any]]
) -> JsonAnswer[Any]:
    """Rows, and under `next` the cursor of the page after this one, or null."""
    return await asyncio.to_thread(_page, rows, limit, as_json)


async def found_page_of(
    found: FoundRows[RowT], limit: int, as_json: Callable[[RowT], dict[str, Any]]
) -> JsonAnswer[Any]:
    """The rows that a filter has found, as in `page_of`. If the filter stopped early, also the last
    row that it looked at; the next page then goes on after it.
    """
    until = None if found.looked_until is None else format_id(found.looked_until)
    return await asyncio.to_thread(_page, found.rows, limit, as_json, until, looked_until=until)


def _page(
    rows: Sequence[RowT],
    limit: int,
    as_json: Callable[[RowT], dict[str, Any]],
    next_page: str | None = None,
    **more: str | None,
) -> JsonAnswer[Any]:
    shown, older = split_page(rows, limit)
    items = [as_json(row) for row in shown]
    return JsonAnswer({"items": items, "next": older or next_page, **more})
