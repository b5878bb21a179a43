"""Portions get smaller while their rows take long, and larger while they do not."""

from collections.abc import Callable

import pytest

from automator.store.log.pruning import PortionSize

MOST = 200


def sizes(takes_s: Callable[[int], float], portions: int = 12) -> list[int]:
    """The sizes of the portions, where one of some rows takes that long."""
    size = PortionSize(MOST)
    found = []
    for _ in range(portions):
        found.append(size.rows)
        size.took(takes_s(size.rows))
    return found


@pytest.mark.parametrize("fixed_s", [0.0, 0.04, 1.0])
def test_what_a_portion_of_any_size_takes_makes_none_smaller(fixed_s: float) -> None:
    found = sizes(lambda rows: fixed_s + 0.0001 * rows)

    assert found[:5] == [1, 4, 16, 64, MOST]
    assert min(found[4:]) > MOST / 4


@pytest.mark.parametrize("fixed_s", [0.0, 0.04, 1.0])
@pytest.mark.parametrize("row_s", [0.001, 0.005, 0.02])
def test_the_rows_of_a_portion_take_tens_of_milliseconds_at_most(
    fixed_s: float, row_s: float
) -> None:
    found = sizes(lambda rows: fixed_s + row_s * rows)

    assert max(found[1:]) * row_s <= 0.08
    assert max(found[4:]) > 1


def test_rows_that_take_long_by_themselves_go_one_or_a_few_at_a_time() -> None:
    assert max(sizes(lambda rows: 0.4 * rows)) <= 4


def test_portions_grow_again_when_the_rows_take_short() -> None:
    size = PortionSize(MOST)
    size.took(0.001)
    for _ in range(5):
        size.took(0.4)
    assert size.rows == 1

    for _ in range(5):
        size.took(0.001)
    assert size.rows == MOST
