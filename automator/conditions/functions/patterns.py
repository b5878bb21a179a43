"""The patterns of matches(): compiled within limits, each with the highest cost of a search.

RE2 takes time in proportion to the length of the text and, at worst, to the steps of the pattern. A
counted repetition such as `[^x]{1,900}` is 900 steps, all of which can be active at a character.
"""

import re
from functools import lru_cache
from typing import Any, Final

from automator.conditions.forms.calls import LiteralProblem
from automator.model import Reason
from automator.reasons.problems import functions

#: How many characters a pattern may have.
MAX_PATTERN: Final = 256
#: How many steps a pattern may have; the budget still allows a text of 2,000 characters then.
MAX_STEPS: Final = 1_000
#: How many steps of a search take as long as one element of the budget.
STEPS_PER_ELEMENT: Final = 24
#: Bytes that RE2 may use for one pattern.
_MAX_BYTES: Final = 1 << 18
#: The cost, in elements, of compiling a pattern that is not a literal.
COMPILING: Final = 2_000


class Pattern:
    """A compiled pattern."""

    __slots__ = ("_search", "steps")

    def __init__(self, search: Any, steps: int) -> None:
        self._search = search
        #: How many steps can be active at each character, at worst.
        self.steps = steps

    def is_in(self, text: str) -> bool:
        """Whether a part of the text matches."""
        return self._search(text) is not None

    def cost(self, text: str) -> int:
        """The highest cost of searching the text, in elements."""
        size = len(text) if text.isascii() else 3 * len(text)
        return 1 + size * self.steps // STEPS_PER_ELEMENT


@lru_cache(maxsize=128)
def compile_pattern(pattern: str) -> Pattern:
    """The compiled pattern.

    Raises:
        LiteralProblem: it is too long, it has too many steps, or RE2 cannot read it.
    """
    if len(pattern) > MAX_PATTERN:
        raise LiteralProblem(
            functions.condition_pattern_too_long(count=len(pattern), most=MAX_PATTERN)
        )
    import re2  # noqa: PLC0415 - 2.4 MB, for rules with a pattern.

    try:
        compiled = re2.compile(pattern, _options(re2))
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        detail = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        if "too large" in detail or "repetition size" in detail:
            raise LiteralProblem(
                functions.condition_pattern_too_many_steps(most=MAX_STEPS)
            ) from error
        words = pattern.strip("*")
        if pattern.startswith("*") and not re.search(r"[^\w ]", words):
            raise LiteralProblem(
                functions.condition_pattern_of_stars(text=pattern, better=words)
            ) from error
        raise LiteralProblem(functions.condition_pattern_unreadable(said=detail)) from error
    steps = _steps_of(pattern, compiled, re2)
    if steps > MAX_STEPS:
        raise LiteralProblem(functions.condition_pattern_steps(count=steps, most=MAX_STEPS))
    return Pattern(compiled.search, steps)


def pattern_problem(pattern: str) -> Reason | None:
    """The reason why a pattern cannot be used; None if it can."""
    try:
        compile_pattern(pattern)
    except LiteralProblem as error:
        return error.reason
    return None


def _options(re2: Any, *, is_latin: bool = False) -> Any:
    encodings = re2.Options.Encoding
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_BYTES
    options.never_capture = True
    options.encoding = encodings.LATIN1 if is_latin else encodings.UTF8
    return options


def _steps_of(pattern: str, compiled: Any, re2: Any) -> int:
    """The number of steps of a pattern, with its repetitions written out.

    In RE2's program for UTF-8, a class such as `\\pL` has more than a thousand instructions, of
    which few are ever active. The program for Latin-1 has one step for each character. So the
    pattern is compiled for Latin-1, with other letters replaced.
    """
    latin = "".join(sign if sign < "\u0100" else "a" for sign in pattern).encode("latin-1")
    try:
        return int(re2.compile(latin, _options(re2, is_latin=True))._regexp.ProgramSize())
    except re2.error:
        # For example, a range ends before it begins, because its end was replaced.
        return int(compiled._regexp.ProgramSize())
