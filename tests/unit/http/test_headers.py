import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.http.headers import (
    HOPS,
    MAX_VALUE_LENGTH,
    header_fault,
    hops_in,
    next_hop,
    require_sendable,
    reserved_fault,
)
from automator.model import PermanentError
from tests.support.words import raises_saying


@pytest.mark.parametrize("name", ["x-shop", "X_A.b", "a", "!#$%&'*+^`|~-"])
def test_a_token_is_a_name(name: str):
    assert header_fault(name, "áo".encode().hex()) is None


@pytest.mark.parametrize("name", ["", "x a", "x:", "x\n", "tên", "x\x00", "(x)", '"x"'])
def test_anything_else_is_no_name(name: str):
    assert header_fault(name, "a")


@pytest.mark.parametrize(
    "value", ["a\nb", "a\r\nb: c", "a\x00", "\x7f", "chào", "\u2028", "a" * (MAX_VALUE_LENGTH + 1)]
)
def test_a_value_is_one_line_of_ascii(value: str):
    assert header_fault("x-a", value)


@given(st.text(), st.text())
def test_what_passes_can_be_written_on_one_line(name: str, value: str):
    if not header_fault(name, value):
        line = f"{name}: {value}".encode("ascii")
        assert not set(line) & {0, 10, 13}


@pytest.mark.parametrize(
    "name", ["Host", "CONTENT-LENGTH", "cookie", "Webhook-Id", "proxy-authorization", "Expect"]
)
def test_what_the_server_sets_is_reserved_for_people_only(name: str):
    require_sendable({name: "x"})
    with raises_saying(PermanentError, "set by the server itself"):
        require_sendable({name: "x"}, by_person=True)


def test_an_authorization_of_ones_own_may_be_sent():
    assert reserved_fault("Authorization") is None


@pytest.mark.parametrize(
    ("values", "hops"),
    [
        ([], 0),
        (["0"], 0),
        (["4"], 4),
        (["2", "3"], 3),
        (["-1"], 0),
        (["1e3"], 0),
        (["١"], 0),
        (["99999"], 0),
        ([" 4"], 0),
    ],
)
def test_hops_are_read_strictly_and_the_largest_counts(values: list[str], hops: int):
    assert hops_in([("content-type", "7"), *[(HOPS, value) for value in values]]) == hops


def test_what_is_sent_on_says_one_hop_more_and_no_rule_can_say_less():
    assert next_hop({}) == {HOPS: "1"}
    assert next_hop({"hops": 4}) == {HOPS: "5"}
    assert next_hop({"hops": "many"}) == {HOPS: "1"}
    assert reserved_fault("Automator-Hops")
