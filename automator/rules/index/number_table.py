"""A sorted table of comparisons with numbers: selects those that hold for one number."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

Number = int | float


class NumberTable:
    """The rules whose `value > threshold` holds, or the same with `>=`, `<`, `<=`."""

    __slots__ = ("_bisect", "_is_above", "_numbers", "_thresholds")

    def __init__(self, operator: str, numbers: Mapping[Number, list[int]]) -> None:
        listed = sorted((threshold, rule) for threshold in numbers for rule in numbers[threshold])
        self._thresholds: Sequence[Number] = [threshold for threshold, _ in listed]
        self._numbers = [rule for _, rule in listed]
        self._is_above = operator in (">", ">=")
        #: Whether thresholds that equal the value are selected.
        self._bisect = bisect_left if operator in (">", "<=") else bisect_right

    def selected_by(self, value: Number) -> list[int]:
        """The rules whose comparison holds for this number."""
        place = self._bisect(self._thresholds, value)
        return self._numbers[:place] if self._is_above else self._numbers[place:]
