import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.headers import (
    MAX_VALUE_LENGTH,
    header_problem,
    require_sendable,
    reserved_problem,
)
from automator.model import PermanentError


@pytest.mark.parametrize("name", ["x-shop", "X_A.b", "a", "!#$%&'*+^`|~-"])
def test_a_token_is_a_name(name: str):
    assert header_problem(name, "áo".encode().hex()) == ""


@pytest.mark.parametrize("name", ["", "x a", "x:", "x\n", "tên", "x\x00", "(x)", '"x"'])
def test_anything_else_is_no_name(name: str):
    assert header_problem(name, "a")


@pytest.mark.parametrize(
    "value", ["a\nb", "a\r\nb: c", "a\x00", "\x7f", "chào", "\u2028", "a" * (MAX_VALUE_LENGTH + 1)]
)
def test_a_value_is_one_line_of_ascii(value: str):
    assert header_problem("x-a", value)


@given(st.text(), st.text())
def test_what_passes_can_be_written_on_one_line(name: str, value: str):
    if not header_problem(name, value):
        line = f"{name}: {value}".encode("ascii")
        assert not set(line) & {0, 10, 13}


@pytest.mark.parametrize(
    "name", ["Host", "CONTENT-LENGTH", "cookie", "Webhook-Id", "proxy-authorization", "Expect"]
)
def test_what_the_server_sets_is_reserved_for_people_only(name: str):
    require_sendable({name: "x"})
    with pytest.raises(PermanentError, match="set by the server itself"):
        require_sendable({name: "x"}, by_person=True)


def test_an_authorization_of_ones_own_may_be_sent():
    assert reserved_problem("Authorization") == ""
