"""Many texts looked for in one text at once.

Each text that is looked for is kept by its first characters, its head, and its length; one pass
over the text looks every stretch of a head's length up. The cost grows with the text and with what
is found, and not with how many texts are looked for.
"""

from collections.abc import Iterator

_HEAD = 4


class LiteralTable:
    """Texts with the numbers of the rules that look for each."""

    def __init__(self) -> None:
        self._numbers: dict[str, list[int]] = {}
        #: Length of a head → head → lengths of the texts that begin with it.
        self._heads: dict[int, dict[str, set[int]]] = {}
        #: First characters of all of them: most texts have none of '#', '@' and the like.
        self._firsts: set[str] = set()

    def add(self, literal: str, number: int) -> None:
        """Looks for a text that is not empty on behalf of a rule."""
        self._numbers.setdefault(literal, []).append(number)
        self._firsts.add(literal[0])
        size = min(len(literal), _HEAD)
        heads = self._heads.setdefault(size, {})
        heads.setdefault(literal[:size], set()).add(len(literal))

    def exactly(self, value: str) -> list[int]:
        """The rules that look for this very text."""
        return self._numbers.get(value, [])

    def found_in(self, text: str) -> Iterator[list[int]]:
        """The rules of each text that stands anywhere in `text`; some may come several times."""
        if self._firsts.isdisjoint(text):
            return
        numbers = self._numbers
        for size, heads in self._heads.items():
            stretches = [text[start : start + size] for start in range(len(text) - size + 1)]
            if heads.keys().isdisjoint(stretches):
                continue
            for start, stretch in enumerate(stretches):
                lengths = heads.get(stretch)
                if lengths is None:
                    continue
                for length in lengths:
                    of_literal = numbers.get(text[start : start + length])
                    if of_literal is not None:
                        yield of_literal
