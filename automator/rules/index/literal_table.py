"""Looks for many texts in one text in a single pass, with an Aho-Corasick automaton.

The cost grows with the text and the number of matches, not with the number of texts looked for.
"""

from collections.abc import Iterator, Mapping

import ahocorasick


class LiteralTable:
    """Texts, none of them empty, with the numbers of the rules that look for each."""

    def __init__(self, numbers: Mapping[str, list[int]]) -> None:
        self._numbers = numbers
        self._automaton = ahocorasick.Automaton(ahocorasick.STORE_ANY)
        for literal, of_literal in numbers.items():
            self._automaton.add_word(literal, of_literal)
        self._automaton.make_automaton()

    def exactly(self, value: str) -> list[int]:
        """The rules that look for this very text."""
        return self._numbers.get(value, [])

    def found_in(self, text: str) -> Iterator[list[int]]:
        """The rules of each text that stands anywhere in `text`; some may come several times."""
        # A new iterator for each text: one that is set to another text corrupts memory when their
        # characters are of different width (pyahocorasick 2.3.1, issue 221).
        for _, of_literal in self._automaton.iter(text):
            yield of_literal
