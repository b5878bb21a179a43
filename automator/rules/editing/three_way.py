"""Merges two independent changes of a text, line by line."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from automator.model import record

#: How many pairs of lines may be compared.
_MOST_COMPARED = 1_000_000


@record(kw_only=False)
class _Stretch:
    """Lines that all three texts have: where they begin in each, and how many they are."""

    base: int
    mine: int
    theirs: int
    length: int


def merged(base: str, mine: str, theirs: str) -> str | None:
    """The text with both changes; None if they change the same lines in different ways.

    Also None for long texts that differ everywhere, since comparing them would take too long.
    """
    if mine in (base, theirs):
        return theirs
    if theirs == base:
        return mine
    texts = [text.splitlines(keepends=True) for text in (base, mine, theirs)]
    if len(texts[0]) * max(len(texts[1]), len(texts[2])) > _MOST_COMPARED:
        return None
    lines: list[str] = []
    at = _Stretch(0, 0, 0, 0)
    for same in _in_common(*texts):
        between = _decided(
            texts[0][at.base : same.base],
            texts[1][at.mine : same.mine],
            texts[2][at.theirs : same.theirs],
        )
        if between is None:
            return None
        lines += between + texts[0][same.base : same.base + same.length]
        length = same.length
        at = _Stretch(same.base + length, same.mine + length, same.theirs + length, 0)
    return "".join(lines)


def _decided(base: list[str], mine: list[str], theirs: list[str]) -> list[str] | None:
    """The merged lines between two common stretches; None if both changes touch them."""
    if mine == base:
        return theirs
    return mine if theirs in (base, mine) else None


def _in_common(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[_Stretch]:
    """The stretches that all three texts share, in order; the last one is empty, at the ends."""
    ours = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    others = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    first = second = 0
    while first < len(ours) and second < len(others):
        one, other = ours[first], others[second]
        start, end = max(one.a, other.a), min(one.a + one.size, other.a + other.size)
        if start < end:
            yield _Stretch(start, one.b + start - one.a, other.b + start - other.a, end - start)
        if one.a + one.size < other.a + other.size:
            first += 1
        else:
            second += 1
    yield _Stretch(len(base), len(mine), len(theirs), 0)
