"""Cells of files for spreadsheets: none is taken for a formula, and each is read back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.server.shared.saved_files import csv_line, text_of_cell, trimmed

SIGNS = ("=", "+", "-", "@", "\uff1d")


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("text", ["{}1+1", "x;{}cmd|' /C calc'!A0;", "x\n{}1+1\n", "x\t{}1+1\t"])
def test_no_column_is_a_formula_whichever_separator_the_spreadsheet_expects(
    text: str, separator: str, sign: str
) -> None:
    line = csv_line(["before", text.format(sign), "behind"])

    rows = csv.reader(io.StringIO(line, newline=""), delimiter=separator)

    assert not [cell for row in rows for cell in row if cell.startswith(SIGNS)]


def test_a_text_with_semicolons_and_empty_lines_has_no_mark() -> None:
    assert csv_line(["a; b\n\nc"]) == '"a; b\n\nc"\r\n'


@given(st.text(alphabet="ab'=;-+\n\t \uff1d"))
def test_a_cell_is_read_back_as_it_was(text: str) -> None:
    ((cell,),) = csv.reader(io.StringIO(csv_line([text]), newline=""))

    assert text_of_cell(cell) == trimmed(text)
