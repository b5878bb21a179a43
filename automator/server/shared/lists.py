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
    """The rows of a page and `next`, the cursor of the next page, or null."""
    shown, older = split_page(rows, limit)
    return {"items": [as_json(row) for row in shown], "next": older or None}


def found_page_json(
    found: FoundRows[RowT], limit: int, as_json: Callable[[RowT], dict[str, Any]]
) -> dict[str, Any]:
    """The rows of a filtered page, as `page_json` makes it, and `looked_until`.

    This is the last examined row if the search stopped early, and the next page begins after it.
    """
    until = None if found.looked_until is None else format_id(found.looked_until)
    page = page_json(found, limit, as_json)
    return {**page, "next": page["next"] or until, "looked_until": until}


async def page_of(
    rows: Sequence[RowT], limit: int, as_json: Callable[[RowT], dict[str, Any]]
) -> JsonAnswer[Any]:
    """The answer with a page, which `page_json` makes in a thread."""
    return JsonAnswer(await asyncio.to_thread(page_json, rows, limit, as_json))


async def found_page_of(
    found: FoundRows[RowT], limit: int, as_json: Callable[[RowT], dict[str, Any]]
) -> JsonAnswer[Any]:
    """The answer with a filtered page, which `found_page_json` makes in a thread."""
    return JsonAnswer(await asyncio.to_thread(found_page_json, found, limit, as_json))
