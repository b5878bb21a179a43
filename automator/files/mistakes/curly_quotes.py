"""Typographic quotation marks around a value: YAML takes them for a part of the text.

Word processors put them in place of the straight ones, so that what is pasted from there is sent
with them.
"""

import re
from collections.abc import Iterator
from typing import Final

from automator.files.positions import Parsed, Path
from automator.model import Reason
from automator.reasons.problems.files.characters import CURLY_QUOTES

_MARKS: Final = "“”„‟‘’‚‛«»"
_CURLY: Final = re.compile(f"[{_MARKS}]")
#: A whole text between marks, of which the last one may have stayed straight.
_WHOLE: Final = re.compile(rf"[{_MARKS}](?P<inside>[^{_MARKS}]*)[{_MARKS}\"']", re.DOTALL)
#: The first part of a text that YAML has cut, as at the comma of `[“a, b”]`.
_BEGUN: Final = re.compile(rf"[“„‟‘‚‛«][^{_MARKS}\"']*", re.DOTALL)


def curly_quotes(parsed: Parsed) -> Iterator[tuple[Path, Reason]]:
    """The values between typographic quotation marks alone, each with the reason to report."""
    if not any(map(_CURLY.search, parsed.lines)):
        return
    for path in parsed.positions.paths():
        value = parsed.at(path)
        if isinstance(value, str) and (_WHOLE.fullmatch(value) or _BEGUN.fullmatch(value)):
            place = parsed.positions.value(path)
            # Between straight ones, or in a block, they are meant.
            if parsed.lines[place.line - 1][place.column - 1 :].startswith(value[0]):
                yield path, CURLY_QUOTES(sign=value[0])


def without_curly_quotes(text: str) -> str:
    """The text that stands between typographic marks; the text itself where it does not."""
    whole = _WHOLE.fullmatch(text)
    return whole["inside"] if whole else text
