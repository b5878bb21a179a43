"""Portions that are deleted get smaller while commits are long, and larger while they are short."""

from automator.engine.operations.portion_size import PortionSize


def test_a_long_commit_halves_the_next_portion_down_to_one_row() -> None:
    size = PortionSize(50)
    found = []
    for _ in range(5):
        size.took(0.4)
        found.append(size.rows)

    assert found == [5, 2, 1, 1, 1]


def test_a_short_commit_doubles_the_next_portion_up_to_the_most() -> None:
    size = PortionSize(50)
    found = []
    for _ in range(4):
        size.took(0.001)
        found.append(size.rows)

    assert found == [20, 40, 50, 50]


def test_a_commit_of_middling_length_leaves_the_portion_as_it_is() -> None:
    size = PortionSize(50)
    size.took(0.02)

    assert size.rows == 10
