"""What strangers can have written down is bounded in bytes, a connection and in all."""

from hypothesis import given
from hypothesis import strategies as st

from automator.clock import ManualClock
from automator.engine.intake.intake import (
    BYTES_IN_ALL,
    BYTES_PER_CONNECTION,
    KEPT_PER_MINUTE,
    ROW_BYTES,
    START_BYTES,
    START_HEADER_BYTES,
    Refusals,
    start_of,
)
from automator.http.types import InboundRequest
from tests.support.providers import a_request

MEGABYTE = b"x" * 1_048_576


def size_of(request: InboundRequest | None) -> int:
    if request is None:
        return 0
    headers = sum(len(name) + len(value) for name, value in request.raw_headers)
    return len(request.body) + len(request.query) + headers + ROW_BYTES


def test_a_refused_request_is_kept_whole_while_little_is_refused() -> None:
    request = a_request({"x-signature": "0"}, b"{}" * 1000, query="a=1")

    assert Refusals(ManualClock()).keep("shop", request) is request


def test_a_flood_of_large_requests_costs_no_more_than_the_budget_of_its_connection() -> None:
    clock = ManualClock()
    refusals = Refusals(clock)
    kept = []
    for _ in range(50):
        kept += [refusals.keep("shop", a_request({}, MEGABYTE)) for _ in range(KEPT_PER_MINUTE)]
        clock.advance(60)

    assert sum(map(size_of, kept)) <= BYTES_PER_CONNECTION
    assert kept[0] is not None
    assert kept[0].body == MEGABYTE
    assert kept[2] is not None
    assert kept[2].body == MEGABYTE[:START_BYTES]
    not_kept = sum(request is None for request in kept)
    assert sum(count for _, _, count in refusals.collect()) == not_kept
    assert refusals.collect() == []


def test_all_connections_together_have_a_budget_and_the_next_hour_has_another() -> None:
    clock = ManualClock()
    refusals = Refusals(clock)
    names = [f"shop-{number}" for number in range(40)]
    first = [refusals.keep(name, a_request({}, MEGABYTE)) for name in names for _ in range(9)]
    clock.advance(3600)
    second = refusals.keep("shop-39", a_request({}, MEGABYTE))

    assert BYTES_IN_ALL // 2 < sum(map(size_of, first)) <= BYTES_IN_ALL
    assert second is not None
    assert second.body == MEGABYTE


def test_what_could_not_be_stored_is_counted_again() -> None:
    refusals = Refusals(ManualClock())
    for _ in range(KEPT_PER_MINUTE + 5):
        refusals.keep("shop", a_request({}, b"{}"))
    counted = refusals.collect()

    refusals.put_back(counted)

    assert [count for _, _, count in refusals.collect()] == [5]


@given(
    st.lists(st.tuples(st.text(max_size=3_000), st.text(max_size=3_000)), max_size=5),
    st.binary(max_size=3_000),
    st.text(max_size=3_000),
)
def test_the_beginning_of_a_request_is_short_whatever_was_sent(
    headers: list[tuple[str, str]], body: bytes, query: str
) -> None:
    start = start_of(a_request(tuple(headers), body, query=query))

    assert body.startswith(start.body)
    assert size_of(start) <= 2 * START_BYTES + START_HEADER_BYTES + ROW_BYTES
