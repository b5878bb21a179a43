"""Compares words that may have one or two typing mistakes."""

from collections.abc import Sequence

#: By the number of typos: how many letters a word needs so that they are forgiven.
_LETTERS_FOR = (0, 4, 7)


def allowed_typos(word: str, typos: int) -> int:
    """The number of typos to forgive in a word, at most `typos`: fewer in a short word, where a
    typo easily makes another word.
    """
    while typos and len(word) < _LETTERS_FOR[typos]:
        typos -= 1
    return typos


def within_typos(wanted: Sequence[str], words: Sequence[str], typos: int) -> bool:
    """Whether the wanted words follow each other in `words`, each with at most this many typos."""
    if not wanted:
        return False
    allowed = [allowed_typos(word, typos) for word in wanted]
    width = len(wanted)
    return any(
        all(is_close(words[start + index], wanted[index], allowed[index]) for index in range(width))
        for start in range(len(words) - width + 1)
    )


def is_close(one: str, other: str, typos: int) -> bool:
    """Whether at most this many letters are missing, added, changed or swapped with a neighbour."""
    if one == other:
        return True
    if not typos or abs(len(one) - len(other)) > typos:
        return False
    # One typo makes at most two letters occur in only one of the two words.
    if len(set(one) ^ set(other)) > 2 * typos:
        return False
    size, far = len(other), typos + 1
    before: list[int] = []
    row = [min(j, far) for j in range(size + 1)]
    for i, letter in enumerate(one, 1):
        # Cells far from the diagonal need more than the allowed typos.
        first, last = max(1, i - typos), min(size, i + typos)
        earlier, before, row = before, row, [far] * (size + 1)
        row[0] = min(i, far)
        for j in range(first, last + 1):
            candidate = other[j - 1]
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != candidate))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == candidate:
                cost = min(cost, earlier[j - 2] + 1)
            row[j] = cost
        if min(row[first - 1 : last + 1]) > typos:
            return False
    return row[-1] <= typos
