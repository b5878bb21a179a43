"""Pagination of lists, of pages as of the API: `limit`, `before`, and the `next` page."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from starlette.responses import Response

from automator.model import N_, UsageError, format_id, parse_id
from automator.server.shared.json_values import JsonAnswer
from automator.server.web.request_context import RequestContext

#: The parameters of an address that names a page of a list.
PAGE_PARAMETERS = ("limit", "before")
_MOST_ROWS = 200
_DEFAULT_ROWS = 50


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
    return context.number("limit", _DEFAULT_ROWS, _MOST_ROWS)


def before_of(context: RequestContext) -> int | None:
    """The id before which the page ends, if any.

    Raises:
        UsageError: the text there is no id.
    """
    text = context.query("before")
    number = parse_id(text)
    if text and number is None:
        raise UsageError(N_("before is not an id"), fix=N_("Take `next` from the page before."))
    return number


def split_page(rows: Sequence[RowT], size: int) -> tuple[Sequence[RowT], str]:
    """The rows of one page, and the `before` of the next one; "" where this is the last.

    `rows` has one row more than the page where there is a next one.
    """
    return rows[:size], format_id(rows[size - 1].id) if len(rows) > size else ""


def page_of(
    rows: Sequence[RowT],
    limit: int,
    as_json: Callable[[RowT], dict[str, Any]],
    *,
    next_id: int | None = None,
    **more: Any,
) -> Response:
    """Rows, and under `next` the `before` of the page after this one, or null.

    `next_id` is that `before` where the page is not full and older rows were not looked at.
    """
    shown, older = split_page(rows, limit)
    if not older and next_id is not None:
        older = format_id(next_id)
    items = [as_json(row) for row in shown]
    return JsonAnswer({"items": items, "next": older or None, **more})
