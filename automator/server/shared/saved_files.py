"""Files that a page offers to save. They are made while they are sent, and cost no memory."""

import csv
import io
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from starlette.responses import Response, StreamingResponse

CSV, NDJSON = "csv", "ndjson"
_MEDIA_TYPES = {CSV: "text/csv; charset=utf-8", NDJSON: "application/x-ndjson"}
#: Tells a spreadsheet that the letters are UTF-8.
SPREADSHEET_HEAD = "\ufeff"
#: Beginnings of texts that a spreadsheet takes for formulas.
FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
#: Phone numbers and ids that a spreadsheet takes for numbers: it would drop the zero or the plus
#: in front, or the digits after the fifteenth.
_NO_NUMBER = re.compile(r"0[0-9]+|\+[0-9]+|[0-9]{16,}")


def file_answer(parts: AsyncIterator[str], name: str) -> Response:
    """A file under a name that ends in `.csv` or `.ndjson`, part after part."""
    return StreamingResponse(
        parts,
        media_type=_MEDIA_TYPES[name.rpartition(".")[2]],
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        },
    )


def csv_line(values: Iterable[Any]) -> str:
    """A line of a file for spreadsheets, which leave its texts as they are: none is taken for a
    formula, and no phone number for a number. A list stands in one cell, an item a line.
    """
    line = io.StringIO()
    csv.writer(line).writerow([_cell(value) for value in _flat(values)])
    return line.getvalue()


def _flat(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, list):
            yield "\n".join(map(str, value))
        else:
            yield "" if value is None else str(value)


def _cell(text: str) -> str:
    if _NO_NUMBER.fullmatch(text):
        return f'="{text}"'
    return f"'{text}" if text.startswith(FORMULAS) else text
