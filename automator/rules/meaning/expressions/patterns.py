"""Finds patterns of `matches` that say something else than they seem to."""

import re
from collections.abc import Iterator

from automator.conditions.forms.calls import LiteralProblem
from automator.conditions.forms.paths import path_names
from automator.conditions.functions.patterns import compile_pattern
from automator.model import Reason
from automator.reasons.problems import functions
from automator.reasons.problems.meaning.searched_texts import PATTERN_IN_SLASHES, TWO_BACKSLASHES
from automator.rules.meaning.expressions.nodes import nodes_of, written_texts
from automator.rules.meaning.subject import Remark, Subject

#: RE2 takes only letters of ASCII for parts of words.
_BOUND_BESIDE_LETTER = re.compile(
    r"(?<!\\)\\b(?P<after>(?![\x00-\x7f])[^\W\d_])|(?P<before>(?![\x00-\x7f])[^\W\d_])\\b"
)
_OPEN_BRACE = re.compile(r"(?<!\\)\{[0-9]+(?:,[0-9]*)?(?![0-9,}])")
#: Texts that have nothing in common.
_UNLIKE_TEXTS = ("", "\x01", "\u4e00")
_TWO_BACKSLASHES = re.compile(r"\\\\[dDsSwWbB.+*?(]")
_IN_SLASHES = re.compile(r"/(?P<pattern>.+)/(?P<flags>[gimsuy]{0,4})")


def two_backslashes(subject: Subject) -> Iterator[Remark]:
    """`matches(event.text, '\\\\d+')`: a text in single quotes needs no backslash twice."""
    for written, node in nodes_of(subject, "function_expression"):
        pattern = written_texts(node["children"][1])[:1] if len(node["children"]) > 1 else []
        if node["value"] == "matches" and pattern and _TWO_BACKSLASHES.search(pattern[0]):
            better = pattern[0].replace("\\\\", "\\")
            yield written.remark(f"'{pattern[0]}'", TWO_BACKSLASHES(better=better))


def slashed_patterns(subject: Subject) -> Iterator[Remark]:
    """`matches(event.text, '/giá/i')`: the slashes are a part of the pattern."""
    for written, node in nodes_of(subject, "function_expression"):
        pattern = written_texts(node["children"][1])[:1] if len(node["children"]) > 1 else []
        found = _IN_SLASHES.fullmatch(pattern[0]) if pattern else None
        is_of_text = ".".join(path_names(node["children"][0]) or ()) == "event.text"
        if node["value"] == "matches" and found and (found["flags"] or is_of_text):
            better = f"{'(?i)' if 'i' in found['flags'] else ''}{found['pattern']}"
            reason = PATTERN_IN_SLASHES(text=pattern[0], better=better)
            yield written.remark(f"'{pattern[0]}'", reason)


def unfit_patterns(subject: Subject) -> Iterator[Remark]:
    """`\\bđẹp\\b`, `giá|`, `[0-9]{9`: patterns that say something else than they seem to."""
    for written, node in nodes_of(subject, "function_expression"):
        if node["value"] != "matches" or len(node["children"]) < 2:
            continue
        for pattern in written_texts(node["children"][1])[:1]:
            reason = _unfit(pattern)
            if reason is not None:
                yield written.remark(f"'{pattern}'", reason)


def _unfit(pattern: str) -> Reason | None:
    bound = _BOUND_BESIDE_LETTER.search(pattern)
    if bound:
        return functions.BOUND_BESIDE_LETTER(letter=bound["after"] or bound["before"])
    brace = _OPEN_BRACE.search(pattern)
    if brace:
        return functions.BRACE_IN_PATTERN(text=pattern, better=f"{brace[0]}}}")
    try:
        fits = compile_pattern(pattern).is_in
    except LiteralProblem:
        return None
    # A pattern for an empty text, such as ^$, fits none of the others.
    return functions.PATTERN_FITS_ALL(text=pattern) if all(map(fits, _UNLIKE_TEXTS)) else None
