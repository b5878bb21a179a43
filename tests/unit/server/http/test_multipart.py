"""Forms with files: what a browser sends is read as it was, and everything else is refused."""

import gc
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.server.http.multipart import Upload, read_multipart
from tests.support.asgi import multipart
from tests.support.work import calls_of

KIND = "multipart/form-data; boundary=xYz"
Read = tuple[dict[str, str], dict[str, Upload]]


def read(body: bytes, kind: str = KIND) -> Read:
    return read_multipart(kind, body, 100)


@given(
    fields=st.dictionaries(st.text("abc", min_size=1), st.text(max_size=30), max_size=4),
    content=st.binary(max_size=200).filter(lambda content: b"--xYz" not in content),
)
def test_fields_and_files_are_read_as_they_were(fields: dict[str, str], content: bytes) -> None:
    body = multipart(fields, {"case": ('mai "1".zip', content)}, "xYz")

    assert read(body) == (fields, {"case": Upload('mai "1".zip', content)})


def test_a_field_without_a_chosen_file_is_no_file() -> None:
    assert read(multipart({}, {"case": ("", b"")}, "xYz")) == ({}, {})


@pytest.mark.parametrize("kind", [KIND, 'multipart/form-data; charset=utf-8; boundary="xYz"'])
def test_a_boundary_is_read_in_quotes_and_without(kind: str) -> None:
    assert read(multipart({"a": "b"}, {}, "xYz"), kind) == ({"a": "b"}, {})


@pytest.mark.parametrize("piece", [b"\r", b"\r\n", b"\r\n--xY", b"\r\n--", b"-", b"\0"])
def test_a_file_is_read_as_one_piece_whatever_is_in_it(piece: bytes) -> None:
    content = piece * (3_000_000 // len(piece))
    body = multipart({"a": "b"}, {"case": ("x.zip", content)}, "xYz")
    gc.collect()
    tracemalloc.start()
    try:
        calls = calls_of(lambda: read(body))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert read(body)[1]["case"].content == content
    assert calls < 1_000
    assert most < 2 * len(content)


@given(length=st.integers(min_value=0))
def test_a_form_that_is_cut_off_is_refused(length: int) -> None:
    body = multipart({"a": "b"}, {"case": ("x.zip", b"content")}, "xYz")

    with pytest.raises(ValueError, match="cut off"):
        read(body[: length % (len(body) - 4)])


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", multipart({"a": "b"}, {}, "xYz")),
        (KIND, multipart({str(n): "" for n in range(101)}, {}, "xYz")),
        (KIND, multipart({}, {str(n): ("x.zip", b"") for n in range(101)}, "xYz")),
        (KIND, multipart({"a": "b"}, {}, "other")),
        (KIND, b"--xYz\r\n\r\nb\r\n--xYz--\r\n"),
        (KIND, b"a line before\r\n" + multipart({"a": "b"}, {}, "xYz")),
        (KIND, multipart({"a" * 9_000: "b"}, {}, "xYz")),
    ],
)
def test_another_form_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the form is refused without words of its own.
        read(body, kind)
