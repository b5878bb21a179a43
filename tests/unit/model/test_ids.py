"""Ids sort by time, differ between nodes, and survive being written down."""

from hypothesis import given
from hypothesis import strategies as st

from automator.clock import ManualClock
from automator.model import IdSource, format_id, id_time_ms, parse_id


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_an_id_is_read_back_from_its_text(number: int) -> None:
    assert parse_id(format_id(number)) == number


@given(st.text(max_size=20))
def test_any_text_is_an_id_or_none(text: str) -> None:
    number = parse_id(text)

    assert number is None or format_id(number) == text.lower()


def test_ids_grow_even_when_the_clock_steps_back() -> None:
    clock = ManualClock()
    ids = IdSource(clock.now_ms, node=7)
    first = ids.next()

    clock.advance(-3600)
    later = [ids.next() for _ in range(5000)]

    assert sorted({first, *later}) == [first, *later]


def test_two_nodes_never_make_the_same_id() -> None:
    clock = ManualClock()
    one, other = IdSource(clock.now_ms, node=1), IdSource(clock.now_ms, node=2)

    made = [source.next() for source in (one, other) for _ in range(10_000)]

    assert len(set(made)) == len(made)


def test_an_id_says_when_it_was_made() -> None:
    clock = ManualClock()

    assert id_time_ms(IdSource(clock.now_ms, node=511).next()) == clock.now_ms()


def test_an_id_right_behind_the_last_one_is_made_however_late_it_is() -> None:
    clock = ManualClock()
    ids = IdSource(clock.now_ms, node=7)
    event = ids.next()
    clock.advance(5)

    run = ids.next_behind(event)
    second, later = ids.next_behind(event), ids.next()

    assert run == event + 1
    assert run < second < later
    assert id_time_ms(second) == clock.now_ms()


def test_no_id_is_made_twice_or_with_another_node_behind_the_last_one() -> None:
    clock = ManualClock()
    ids = IdSource(clock.now_ms, node=7)
    made = [ids.next()]
    for number in range(10_000):
        made.append(ids.next_behind(made[-1] if number % 3 else made[0]))
        if number % 1_000 == 0:
            clock.advance(0.001)

    assert made == sorted(set(made))
    assert {number >> 12 & 511 for number in made} == {7}
