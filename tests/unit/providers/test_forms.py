"""Forms are read as the standard library reads them, and refused where it refuses them."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from automator.providers.shared.forms import MAX_SLOW_ESCAPES, form_pairs

LIMIT = 100
ESCAPES = [b"%", b"%3D", b"%3d", b"%2", b"%zz", b"%%", b"%0A", b"%0d", b"%5F", b"%C3%A9", b"%C3"]
LETTERS = [b"=", b"&", b"+", b"\n", b"\r", b" ", b"\t", b"a", b"_", b";", b"\xc3\xa9", b"\xff"]
PIECES = st.sampled_from([*ESCAPES, b"%00", *LETTERS])


def known(body: bytes) -> list[tuple[str, str]] | None:
    try:
        return parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=LIMIT, errors="strict"
        )
    except ValueError:
        return None


def read(body: bytes) -> list[tuple[str, str]] | None:
    try:
        return form_pairs(body, LIMIT)
    except ValueError:
        return None


@given(body=st.lists(PIECES, max_size=12).map(b"".join) | st.binary(max_size=40))
@example(b"")
@example(b"a=%")
@example(b"a=%3")
@example(b"a=b%=c")
@example(b"a=%%3D")
@example(b"&&a")
@example(b"a=%C3%A9&b=%C3")
@example(b"a" + b"&a" * LIMIT)
def test_any_bytes_are_read_as_the_standard_library_reads_them(body: bytes) -> None:
    assert read(body) == known(body)


@given(pairs=st.lists(st.tuples(st.text(), st.text()), max_size=8))
def test_what_was_written_comes_back(pairs: list[tuple[str, str]]) -> None:
    assert form_pairs(urlencode(pairs).encode(errors="surrogatepass"), LIMIT) == pairs


@pytest.mark.parametrize("broken", [b"%%", b"\xc3\xa9", b"%zz"])
def test_a_form_that_only_the_slow_way_could_read_is_refused_when_it_is_long(
    broken: bytes,
) -> None:
    """The standard library takes a third of a second for a megabyte of escapes."""
    assert read(b"a=" + broken + b"%41" * 100) is not None
    assert read(b"a=" + broken + b"%41" * (MAX_SLOW_ESCAPES + 1)) is None
    assert read(b"a=" + b"%41" * MAX_SLOW_ESCAPES * 2) is not None


@pytest.mark.parametrize("body", [b"a=%C3", b"\xff=1", b"a&" * LIMIT])
def test_what_is_no_form_is_refused(body: bytes) -> None:
    assert read(body) is None
