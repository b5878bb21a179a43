"""Quick fixes, the place of a problem in its text, and mistakes that are declared with a fix."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any, Final

from automator.files import parse_yaml
from automator.files.yaml_mistakes import quoted
from automator.model import N_, Problem, record
from automator.reasons.kind import P, ReasonKind, declared
from automator.rules.mending.cursor_context import cursor_at, entries

#: Signs that make quotes necessary around a text of YAML.
_NEEDS_QUOTES: Final = re.compile(r"^[!&*%@`]|: | #|:$")
#: How long a line may be that is parsed on its own.
_LONGEST_LINE: Final = 1_000
_ENDS_ITEM: Final = re.compile(r"[,{}\[\]]")


@record(kw_only=False)
class Edit:
    """A replacement of the text from `start` to `end`, in characters, by `insert`."""

    start: int
    end: int
    insert: str


@record(kw_only=False)
class QuickFix:
    """A way to mend a problem. `label` is a translatable text, into which `values` are filled."""

    label: str
    edits: tuple[Edit, ...]
    values: Mapping[str, Any] = field(default_factory=dict)


@record(kw_only=False)
class Place:
    """A problem in its text."""

    text: str
    problem: Problem
    #: The offsets of the line, and of its underlined part.
    line_start: int
    line_end: int
    start: int
    end: int

    @property
    def line(self) -> str:
        return self.text[self.line_start : self.line_end]

    @property
    def underlined(self) -> str:
        return self.text[self.start : self.end]

    @property
    def params(self) -> Mapping[str, Any]:
        return self.problem.reason.params


Fixes = Callable[[Place], Iterator[QuickFix]]


@record(kw_only=False)
class Mistake(ReasonKind[P]):
    """A kind of problem that is declared with a bad example, a good example, and a fix.

    An example has the keys of a rule that matter (and before them `vars` of its file), or all rules
    of a file. Its connections are the demo's. A test reads every example, and the reference shows
    it.
    """

    bad: str = ""
    #: "" = the bad example, with its fix applied.
    good: str = ""
    fix: Fixes | None = None


def mistake(
    problem_code: str,
    text: str,
    advice: str,
    *,
    bad: str,
    good: str = "",
    fix: Fixes | None = None,
) -> Callable[[Callable[P, None]], Mistake[P]]:
    """Declares a mistake in the meaning of a rule, as `problem` does, with examples and a fix."""
    return lambda function: declared(
        Mistake(function.__name__, text, advice, problem_code, bad, good, fix)
    )


def placed(text: str, problem: Problem) -> Place:
    """The place of a problem."""
    start = 0
    for _ in range(problem.line - 1):
        start = text.find("\n", start) + 1
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    first = min(start + problem.column - 1, end)
    return Place(text, problem, start, end, first, min(first + problem.length, end))


def changed(start: int, end: int, insert: str) -> QuickFix:
    """The fix that replaces this part by another text."""
    shown = insert.strip()
    return QuickFix(N_("Change to {text}"), (Edit(start, end, insert),), {"text": shown})


def as_yaml(text: str, fix: QuickFix) -> QuickFix:
    """The fix, with quotes added around the value of the line, or around its value between
    brackets, if YAML needs them then.
    """
    (edit, *others) = fix.edits
    start = text.rfind("\n", 0, edit.start) + 1
    line = text[start:].partition("\n")[0].rstrip()
    value = start + next((one.value for one in reversed(entries(line))), 0)
    end = start + len(line)
    in_brackets = text[value : value + 1] in ("[", "{") and len(line) <= _LONGEST_LINE
    if in_brackets and (behind := re.compile(r"\s*[,\]}]").search(text, edit.end, end)):
        value, end = cursor_at(text, edit.start).start, behind.start()
    is_inside = value <= edit.start <= edit.end <= end and "\n" not in edit.insert
    if others or not is_inside or len(line) > _LONGEST_LINE:
        return fix
    before, after = text[value:end], text[value : edit.start] + edit.insert + text[edit.end : end]
    needs_quotes = _NEEDS_QUOTES.search(after) or (in_brackets and _ENDS_ITEM.search(after))
    if before[:1] in "'\"{[|>" or after[:1] in "'\"{[" or not needs_quotes:
        return fix
    return QuickFix(fix.label, (Edit(value, end, quoted(after)),), fix.values)


def stays_yaml(text: str, fix: QuickFix) -> bool:
    """Whether the fix leaves the line readable, if YAML can read it on its own."""
    first = fix.edits[0]
    start, end = text.rfind("\n", 0, first.start) + 1, text.find("\n", first.end)
    before = text[start:] if end < 0 else text[start:end]
    is_one_line = len(fix.edits) == 1 and "\n" not in first.insert + before
    if not is_one_line or len(before) > _LONGEST_LINE:
        return True
    at = first.start - start
    after = before[:at] + first.insert + before[at + first.end - first.start :]
    return parse_yaml("", after).data is not None or parse_yaml("", before).data is None


def as_written(place: Place, insert: str) -> str | None:
    """A text as written inside the quotes at the place; None if these cannot contain it."""
    quote = cursor_at(place.text, place.start).word[:1]
    if quote == "'":
        return insert.replace("'", "''")
    return None if quote == '"' and ('"' in insert or "\\" in insert) else insert


def for_underlined(place: Place) -> Iterator[QuickFix]:
    """Replaces the underlined text by the reason's better value."""
    insert = as_written(place, str(place.params["better"]))
    if insert is not None and len(place.underlined) > 0:
        yield changed(place.start, place.end, insert)


def whole_value(place: Place) -> Iterator[QuickFix]:
    """Replaces the underlined text and its quotes by the better value, which brings its quotes."""
    yield changed(place.start, place.end, str(place.params["better"]))


def instead(place: Place, wrong: str, better: str) -> Iterator[QuickFix]:
    """Replaces a text that occurs only once in the line from the problem on."""
    written, insert = as_written(place, wrong), as_written(place, better)
    if written is None or insert is None:
        return
    start = place.text.find(written, place.start, place.line_end)
    if start >= 0 and place.text.count(written, place.line_start, place.line_end) == 1:
        yield changed(start, start + len(written), insert)


def by(wrong: str, better: str) -> Fixes:
    """Makes the fix that replaces `wrong` by `better`, with the values of the reason filled in."""

    def fixes(place: Place) -> Iterator[QuickFix]:
        return instead(place, wrong.format(**place.params), better.format(**place.params))

    return fixes
