"""The memory of all bodies together is bounded, and large ones take nothing from the others."""

from hypothesis import given
from hypothesis import strategies as st

from automator.server.http.body import SMALL_BYTES, USUAL_BYTES, BodyMemory

USUAL, LARGE = 4 * USUAL_BYTES, 8 * USUAL_BYTES


def a_memory() -> BodyMemory:
    return BodyMemory(usual=USUAL, large=LARGE)


def test_large_bodies_take_no_room_from_usual_ones_and_those_none_from_small_ones() -> None:
    memory = a_memory()
    large = [memory.reserve() for _ in range(3)]
    usual = [memory.reserve() for _ in range(5)]

    assert [body.grow(3 * USUAL_BYTES) for body in large] == [True, True, False]
    assert [body.grow(USUAL_BYTES) for body in usual] == [True, True, True, True, False]
    assert all(memory.reserve().grow(SMALL_BYTES) for _ in range(10_000))


def test_what_is_closed_gives_its_room_back() -> None:
    memory = a_memory()
    first = memory.reserve()
    assert first.grow(LARGE)
    assert not memory.reserve().grow(2 * USUAL_BYTES)

    first.close()

    assert memory.reserve().grow(LARGE)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3 * USUAL_BYTES) | st.none()), max_size=60)
)
def test_however_bodies_grow_and_end_the_bounds_hold(steps: list[tuple[int, int | None]]) -> None:
    memory = a_memory()
    reservations = [memory.reserve() for _ in range(6)]
    sizes = [0] * 6
    for number, count in steps:
        if count is None:
            reservations[number].close()
            sizes[number] = 0
        elif reservations[number].grow(count):
            sizes[number] += count
        usual = sum(size for size in sizes if SMALL_BYTES < size <= USUAL_BYTES)
        large = sum(size for size in sizes if size > USUAL_BYTES)
        assert usual <= USUAL
        assert large <= LARGE
    for reservation in reservations:
        reservation.close()
    assert a_memory().reserve().grow(LARGE)
    assert memory.reserve().grow(LARGE)
