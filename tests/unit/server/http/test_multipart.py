"""Forms with files: what a browser sends is read as it was, and everything else is refused."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.server.http.multipart import Upload, read_multipart
from tests.support.asgi import multipart

KIND = "multipart/form-data; boundary=xYz"
Read = tuple[dict[str, str], dict[str, Upload]]


def read(body: bytes, kind: str = KIND) -> Read:
    return asyncio.run(read_multipart(kind, body, 100))


@given(
    fields=st.dictionaries(st.text("abc", min_size=1), st.text(max_size=30), max_size=4),
    content=st.binary(max_size=200).filter(lambda content: b"--xYz" not in content),
)
def test_fields_and_files_are_read_as_they_were(fields: dict[str, str], content: bytes) -> None:
    body = multipart(fields, {"case": ('mai "1".zip', content)}, "xYz")

    assert read(body) == (fields, {"case": Upload('mai "1".zip', content)})


def test_a_field_without_a_chosen_file_is_no_file() -> None:
    assert read(multipart({}, {"case": ("", b"")}, "xYz")) == ({}, {})


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
    ],
)
def test_another_form_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the form is refused without words of its own.
        read(body, kind)
