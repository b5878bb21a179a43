"""Hides secret values in the lines of a YAML file and in messages, so that problems can show them.

It reads the text itself, not parsed data, because a file with a problem often cannot be parsed. If
in doubt, it hides too much.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence

from automator.model import record

HIDDEN = "•"
_KEY = re.compile(r"[\w.@/-]{1,64}")
_OPENING, _CLOSING = "[{", "]}"
_DOTS = re.compile(f"{HIDDEN}+")

#: Takes the key of a value ("" if unknown) and the value. Returns the value with dots for its
#: secret letters; None to hide all of it.
Show = Callable[[str, str], str | None]


def hide_values(lines: Sequence[str], show: Show) -> tuple[list[str], set[str]]:
    """Returns the lines with dots for each secret value, and the texts that were hidden."""
    hider = _Hider(show)
    return [hider.line(line) for line in lines], hider.hidden


class _Hider:
    """Goes through the lines of one file from top to bottom, and hides values."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self.hidden: set[str] = set()
        #: The keys whose values may continue on later lines, as (column, key); the deepest last.
        self._open: list[tuple[int, str]] = []
        #: The open brackets, as (bracket, key whose value begins with it).
        self._brackets: list[tuple[str, str]] = []
        #: The quotation mark of a text that continues on the next line; "" if none does.
        self._quote = ""
        self._key = ""
        self._awaits_value = False

    def line(self, line: str) -> str:
        """Returns one line with its secret values hidden."""
        place, shown = 0, ""
        is_empty = line.lstrip(" \t")[:1] in ("", "#")
        if not self._quote and not self._brackets and not is_empty:
            shown = self._indentation(line)
            place = len(shown)
        while place < len(line):
            piece = self._piece(line, place)
            shown += self._shown(line, place, piece)
            place += len(piece)
        return shown

    def _indentation(self, line: str) -> str:
        """Reads the blanks and dashes at the beginning of a line.

        Their column shows to which of the keys above the line belongs.
        """
        start = re.match(r"[ \t]*(?:-[ \t]+)*", line)
        text = start[0] if start else ""
        column = len(text) - len(text.lstrip()) if "-" in text else len(text) - 1
        # The items of a list may begin in the column of their key.
        while self._open and self._open[-1][0] > column:
            self._open.pop()
        self._key = self._open[-1][1] if self._open else ""
        self._awaits_value = False
        return text

    def _piece(self, line: str, place: int) -> str:
        """Returns the next part of a line: a blank, a sign, a comment, or a text with or without
        quotes.
        """
        letter = line[place]
        if self._quote or letter in "\"'":
            return self._quoted(line, place)
        if letter in " \t" or (self._brackets and letter == ",") or self._is_bracket(letter):
            return letter
        if letter == "#" and (place == 0 or line[place - 1] in " \t"):
            return line[place:]
        if self._ends_key(line, place):
            return letter
        end = place
        while end < len(line) and not self._ends_plain(line, end, place):
            end += 1
        return line[place:end].rstrip() or letter

    def _is_bracket(self, letter: str) -> bool:
        # Outside brackets, a closing bracket is an ordinary character.
        return letter in _OPENING or bool(self._brackets and letter in _CLOSING)

    def _ends_key(self, line: str, place: int) -> bool:
        after = line[place + 1 : place + 2]
        return line[place] == ":" and (after in ("", " ", "\t") or bool(self._brackets))

    def _ends_plain(self, line: str, place: int, start: int) -> bool:
        letter = line[place]
        if letter == "#" and place > start and line[place - 1] in " \t":
            return True
        if self._brackets and (letter in ",[]{}"):
            return True
        return letter == ":" and line[place + 1 : place + 2] in ("", " ", "\t")

    def _quoted(self, line: str, place: int) -> str:
        quote, end = self._quote, place
        if not quote:
            quote, end = line[place], place + 1
        while end < len(line):
            if line[end] == "\\" and quote == '"':
                end += 2
                continue
            if line[end] == quote:
                if quote == "'" and line[end + 1 : end + 2] == "'":
                    end += 2
                    continue
                self._quote = ""
                return line[place : end + 1]
            end += 1
        self._quote = quote
        return line[place:]

    def _shown(self, line: str, place: int, piece: str) -> str:
        if piece in (" ", "\t", ":"):
            return piece
        if piece[0] == "#":
            return self._hide(piece[1:], "#", "") if piece[1:].strip() else piece
        if len(piece) == 1 and (piece in ",[]{}"):
            self._structure(piece)
            return piece
        behind = line[place + len(piece) :].lstrip(" \t")
        name = piece.strip("\"'")
        # Outside brackets a line has one key, and its value comes after the key.
        if not self._awaits_value and behind.startswith(":") and _KEY.fullmatch(name):
            self._begin(name, place)
            return piece
        return self._value(piece)

    def _begin(self, name: str, place: int) -> None:
        self._key, self._awaits_value = name, True
        if not self._brackets:
            self._open.append((place, name))

    def _structure(self, letter: str) -> None:
        if letter in _OPENING:
            self._brackets.append((letter, self._key))
            self._awaits_value = letter == "["
            self._key = self._key if letter == "[" else ""
        elif letter in _CLOSING:
            self._key = self._brackets.pop()[1]
            self._awaits_value = True
        else:
            bracket, key = self._brackets[-1]
            self._awaits_value = bracket == "["
            self._key = key if bracket == "[" else ""

    def _value(self, piece: str) -> str:
        self._awaits_value = True
        quote = piece[0] if piece[0] in "\"'" else ""
        closing = quote if quote and len(piece) > 1 and piece.endswith(quote) else ""
        inner = piece[len(quote) : len(piece) - len(closing)]
        shown = self._show(self._key, inner)
        # A second text after the value belongs to no known key.
        self._key = ""
        if shown is None:
            return self._hide(inner, quote, closing)
        self.hidden |= {inner[found.start() : found.end()] for found in _DOTS.finditer(shown)}
        return f"{quote}{shown}{closing}"

    def _hide(self, text: str, before: str, behind: str) -> str:
        self.hidden.add(text.strip())
        return f"{before}{HIDDEN * len(text)}{behind}"


# --- Secret texts in messages, in a time that does not grow with the number of texts ---

#: The mark that replaces a hidden text, and ends a text that was cut for a message.
CUT = "…"


@record(kw_only=False)
class _Family:
    """The hidden texts that begin with the same letters."""

    #: The texts, sorted.
    texts: tuple[str, ...]
    members: frozenset[str]
    #: The lengths of the texts, the greatest first.
    lengths: tuple[int, ...]


class HiddenTexts:
    """Texts of at least `least` letters that no message may show.

    Shorter texts stay in messages: they could be a part of any word.
    """

    def __init__(self, texts: Iterable[str], least: int) -> None:
        self._least = least
        self._all = frozenset(text for text in texts if len(text) >= least)
        families: dict[str, list[str]] = {}
        for text in sorted(self._all):
            families.setdefault(text[:least], []).append(text)
        self._families = {
            beginning: _Family(
                tuple(members),
                frozenset(members),
                tuple(sorted({len(text) for text in members}, reverse=True)),
            )
            for beginning, members in families.items()
        }

    def __contains__(self, text: str) -> bool:
        return text in self._all

    def taken_from(self, message: str) -> str:
        """Replaces each hidden text in a message, whole or cut short with `…`, by `…`."""
        shown, done = "", 0
        for start, end in self._found(message):
            if start >= done:
                shown += message[done:start] + CUT
            done = max(done, end)
        return shown + message[done:]

    def _found(self, message: str) -> Iterator[tuple[int, int]]:
        """Yields start and end of each hidden part; parts may overlap."""
        for start in range(len(message) - self._least + 1):
            family = self._families.get(message[start : start + self._least])
            end = family and self._end(family, message, start)
            if end:
                yield start, end

    def _end(self, family: _Family, message: str, start: int) -> int:
        """Finds the end of the longest hidden text at `start`, whole or cut with `…`; 0 if none."""
        for length in family.lengths:
            if message[start : start + length] in family.members:
                return start + length
        cut = message.find(CUT, start)
        if not self._least <= cut - start <= family.lengths[0]:
            return 0
        beginning = message[start:cut]
        place = bisect_left(family.texts, beginning)
        is_begun = place < len(family.texts) and family.texts[place].startswith(beginning)
        return cut + len(CUT) if is_begun else 0
