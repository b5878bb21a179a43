"""Sends files to save, which are made while they are sent, and writes CSV for spreadsheets."""

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
#: The places in a text where a spreadsheet would see a formula: at the beginning, and after line
#: ends and semicolons, which separate columns in Vietnam even inside quotation marks. Marks of an
#: earlier export may come before the formula.
_FORMULA = re.compile(f"^(?='*[{_SIGNS}\t\r\n])|(?<=[;\t\r\n])(?='*[{_SIGNS}])")
_MARKED = re.compile(f"^'(?='*[{_SIGNS}\t\r\n])|(?<=[;\t\r\n])'(?='*[{_SIGNS}])")
#: Phone numbers and ids that a spreadsheet would take for numbers. It would drop their zero or plus
#: in front, or their digits after the fifteenth.
_NO_NUMBER = re.compile(r"0[0-9]+|\+[0-9]+|[0-9]{16,}")
_KEPT_AS_TEXT = re.compile(r'="(?P<text>[^"]*)"')


def file_answer(parts: Iterator[str], name: str) -> Response:
    """The answer that sends a file; its name ends in `.csv` or `.ndjson`."""
    media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
    return StreamingResponse(_made(parts), media_type=media_type, headers=_headers(name))


def json_file(parts: Iterator[str], name: str) -> JsonFile:
    """The answer that sends a file with a JSON object."""
    return JsonFile(_made(parts), media_type="application/json", headers=_headers(name))


async def _made(parts: Iterator[str]) -> AsyncIterator[str]:
    """Yields the parts; each is made in a thread when the reader has received the one before."""
    while (part := await asyncio.to_thread(next, parts, None)) is not None:
        yield part


def _headers(name: str) -> dict[str, str]:
    return {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
    }


def csv_line(values: Iterable[Any]) -> str:
    """A line of a CSV file in which a spreadsheet sees no formulas, and phone numbers as texts.

    A list is in one cell, with an item on each line.
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
    """The trimmed text of a cell, without the marks against formulas and numbers of `csv_line`."""
    if as_text := _KEPT_AS_TEXT.fullmatch(cell):
        return as_text["text"]
    return trimmed(_MARKED.sub("", cell))


def trimmed(text: str) -> str:
    """The text without surrounding spaces, and with uniform line ends, which browsers change."""
    return with_plain_ends(text).strip()
