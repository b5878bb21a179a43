"""Files that a page offers to save. They are made while they are sent, and cost no memory."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from automator.engine.intake.typed_texts import with_plain_ends
from automator.server.shared.responses import JsonFile

CSV, NDJSON = "csv", "ndjson"
_MEDIA_TYPES = {
    CSV: "text/csv; charset=utf-8",
    NDJSON: "application/x-ndjson",
}
#: Tells a spreadsheet that the text is UTF-8.
SPREADSHEET_HEAD = "\ufeff"
_MARK = "'"
_SIGNS = r"=+@\uff1d\uff0b\uff0d\uff20\-"
#: The beginning of a text that a spreadsheet takes for a formula, with or without marks against
#: that. If semicolons separate columns, as in Vietnam, a formula can begin after each of them;
#: quotation marks do not prevent that.
_FORMULA = re.compile(f"^(?='*[{_SIGNS}\t\r\n])|(?<=[;\t\r\n])(?='*[{_SIGNS}])")
_MARKED = re.compile(f"^'(?='*[{_SIGNS}\t\r\n])|(?<=[;\t\r\n])'(?='*[{_SIGNS}])")
#: Phone numbers and ids that a spreadsheet takes for numbers: it would drop the zero or the plus in
#: front, or the digits after the fifteenth.
_NO_NUMBER = re.compile(r"0[0-9]+|\+[0-9]+|[0-9]{16,}")
_KEPT_AS_TEXT = re.compile(r'="(?P<text>[^"]*)"')


def file_answer(parts: Iterator[str], name: str) -> Response:
    """A file with a name that ends in `.csv` or `.ndjson`."""
    media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
    return StreamingResponse(_made(parts), media_type=media_type, headers=_headers(name))


def json_file(parts: Iterator[str], name: str) -> JsonFile:
    """A file with a JSON object."""
    return JsonFile(_made(parts), media_type="application/json", headers=_headers(name))


async def _made(parts: Iterator[str]) -> AsyncIterator[str]:
    """Part by part, each made beside the event loop once the reader has received the
    previous one.
    """
    while (part := await asyncio.to_thread(next, parts, None)) is not None:
        yield part


def _headers(name: str) -> dict[str, str]:
    return {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
    }


def csv_line(values: Iterable[Any]) -> str:
    """A line of a file for spreadsheets, written so that no text is taken for a formula, and no
    phone number for a number. A list is in one cell, with an item on each line.
    """
    line = io.StringIO()
    csv.writer(line).writerow([_cell(flat_text(value)) for value in values])
    return line.getvalue()


def flat_text(value: Any) -> str:
    """A value as the text of one cell: each item of a list on a line, and "" for null."""
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


def _cell(text: str) -> str:
    if _NO_NUMBER.fullmatch(text):
        return f'="{text}"'
    return _FORMULA.sub(_MARK, text)


def text_of_cell(cell: str) -> str:
    """The trimmed text of a cell, without the marks by which our own files keep a spreadsheet from
    taking it for a formula or a number.
    """
    if as_text := _KEPT_AS_TEXT.fullmatch(cell):
        return as_text["text"]
    return trimmed(_MARKED.sub("", cell))


def trimmed(text: str) -> str:
    """The text with uniform line ends, which browsers change, and without surrounding spaces."""
    return with_plain_ends(text).strip()
