"""Quick fixes: the changes of a text that mend a problem, where there is one that is plain."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from automator.files import without_curly_quotes
from automator.files.mistakes.yaml_errors import quoted
from automator.model import N_, Problem, Reason
from automator.reasons.problems import inputs, rules, shape, values
from automator.reasons.problems.files import characters, syntax
from automator.rules.assistance.cursor import cursor_at, entries
from automator.rules.assistance.expression_fixes import EXPRESSION_FIXES
from automator.rules.assistance.fix_place import (
    Edit,
    Place,
    QuickFix,
    as_yaml,
    changed,
    placed,
    stays_yaml,
)
from automator.rules.assistance.part_fixes import PART_FIXES, closing, key_elsewhere
from automator.rules.assistance.plain_fixes import PLAIN_FIXES
from automator.rules.assistance.sign_fixes import SIGN_FIXES
from automator.rules.schema.rule_file import RuleSource

#: The values of a reason that are the word that is wrong, in this order.
_WRONG = ("key", "name", "value", "event", "path", "word", "action")
_UNITS = ("s", "m", "h")
#: Values that are offered one by one, at most.
_FEW = 4
_LISTS = frozenset({"actions", "rules"})
#: The codes of problems inside of expressions begin with these words.
_OF_EXPRESSIONS: Final = ("condition_", "meaning_")
_STEPS: Final = (("actions",), ("on_error",))
#: Keys of a rule that are not added beside an unknown key, which may be the same by another name.
_WITHOUT_OTHERS: Final = frozenset({"trigger", "actions"})
_OF_CONDITIONS = frozenset({"conditions", "any", "all"})


def quick_fixes(text: str, problem: Problem) -> tuple[QuickFix, ...]:
    """The changes of `text` that mend the problem; empty where a person has to think."""
    return tuple(fix for fix in _fixes(text, problem) if stays_yaml(text, fix))


def _fixes(text: str, problem: Problem) -> tuple[QuickFix, ...]:
    place = placed(text, problem)
    maker = _MAKERS.get(problem.reason.code)
    if maker is not None:
        fixes = tuple(maker(place))
        is_expression = problem.reason.code.startswith(_OF_EXPRESSIONS)
        return tuple(as_yaml(text, fix) for fix in fixes) if is_expression else fixes
    nearest = _nearest(problem.reason)
    if nearest is not None:
        return tuple(_respelt(place, nearest))
    if problem.reason.code == shape.UNKNOWN_KEY.code:
        return tuple(key_elsewhere(place))
    return tuple(_in_quotes(place)) if "quotes" in place.params else ()


def _nearest(reason: Reason) -> str | None:
    """The name that is most likely meant, wherever in the reason it stands."""
    found = reason.params.get("nearest")
    if isinstance(found, str):
        return found
    inner = (value for value in reason.params.values() if isinstance(value, Reason))
    return next((name for one in inner if (name := _nearest(one)) is not None), None)


def _respelt(place: Place, nearest: str) -> Iterator[QuickFix]:
    params = place.params
    for name in _WRONG:
        wrong = params.get(name)
        if isinstance(wrong, str) and wrong:
            start = place.text.find(wrong, place.start, place.line_end)
            if start < 0 and wrong.endswith(place.underlined):
                # Only the part of a path that is wrong is underlined.
                start = place.text.rfind(wrong, place.line_start, place.end)
            if name == "key" and nearest in cursor_at(place.text, place.end).written:
                return
            if start >= 0 and wrong != nearest:
                yield changed(start, start + len(wrong), nearest)
                return


def _in_quotes(place: Place) -> Iterator[QuickFix]:
    """Quotes around the value of the line; the whole item, where YAML took a part for a key."""
    for entry in reversed(entries(place.line)):
        value = place.line[entry.value :].rstrip()
        start = place.line_start + entry.value
        if start <= place.start:
            if value and value[0] not in "'\"":
                edit = Edit(start, start + len(value), quoted(without_curly_quotes(value)))
                yield QuickFix(N_("Put quotes around it"), (edit,))
            return


def _quotes_around_item(place: Place) -> Iterator[QuickFix]:
    """Quotes around a whole item of a list, which YAML took for a mapping."""
    dash = next((one for one in reversed(entries(place.line)) if one.name is None), None)
    if dash is not None:
        value = place.line[dash.value :].rstrip()
        start = place.line_start + dash.value
        edit = Edit(start, start + len(value), quoted(value))
        yield QuickFix(N_("Put quotes around it"), (edit,))


def _one_of_few(place: Place) -> Iterator[QuickFix]:
    """Each of the values that are known, where they are few."""
    known = place.params["known"]
    if place.underlined and len(known) <= _FEW:
        for value in known:
            yield changed(place.start, place.end, str(value))


def _spelt_out(place: Place) -> Iterator[QuickFix]:
    """`10 minutes` as `10m`, `9h` as `"09:00"`."""
    better, mark = str(place.params["better"]), place.underlined[:1]
    mark = mark if mark in "'\"" else ""
    yield changed(place.start, place.end, f"{mark}{better}{mark}")


def _underlined_in_quotes(place: Place) -> Iterator[QuickFix]:
    if place.underlined and place.underlined[0] not in "'\"[{|>":
        edit = Edit(place.start, place.end, quoted(place.underlined))
        yield QuickFix(N_("Put quotes around it"), (edit,))


def _quotes_around_underlined(place: Place) -> Iterator[QuickFix]:
    edit = Edit(place.start, place.end, quoted(without_curly_quotes(place.underlined)))
    yield QuickFix(N_("Put quotes around it"), (edit,))


def _with_unit(place: Place) -> Iterator[QuickFix]:
    number = place.underlined.strip("'\"")
    for unit in _UNITS if number else ():
        yield changed(place.start, place.end, f"{number}{unit}")


def _key_added(place: Place) -> Iterator[QuickFix]:
    """A key that is missing, on a line of its own; not between brackets."""
    key = str(place.params["key"])
    column = place.start - place.line_start
    here = next((one for one in entries(place.line) if one.column == column), None)
    if here is None or here.name is None or not _begins_item(place):
        return
    cursor = cursor_at(place.text, place.end)
    if key in _WITHOUT_OTHERS and not cursor.written <= RuleSource.model_fields.keys():
        return
    if cursor.path[-2:-1] in _STEPS:
        # An input of the step is missing, and does not stand beside its action.
        return
    usual = f"rule-{place.problem.line}" if key == "id" else ""
    better = f" {place.params.get('better', usual)}"
    behind = "\n" + " " * (column + 2) + "- " if key in _LISTS else better
    insert = f"{key}:{behind}\n{' ' * column}"
    edit = Edit(place.start, place.start, insert)
    yield QuickFix(N_("Add '{key}'"), (edit,), {"key": key})


def _begins_item(place: Place) -> bool:
    """The problem is told of an item of a list, whose first key is underlined."""
    return place.line[: place.start - place.line_start].rstrip().endswith("-")


def _blank_behind_colon(place: Place) -> Iterator[QuickFix]:
    """`id:price`"""
    key = str(place.params["key"])
    found = re.compile(rf"(?<![^\s{{,]){re.escape(key)}:(?=\S)").search(
        place.text, place.line_start, place.line_end
    )
    if found:
        yield changed(found.start(), found.end(), f"{key}: ")


def _blank_behind_dash(place: Place) -> Iterator[QuickFix]:
    """`-reply: Chào`"""
    start = place.line_end - len(place.line.lstrip())
    if place.text[start : start + 1] == "-":
        yield changed(start, start + 1, "- ")


def _plain_dash(place: Place) -> Iterator[QuickFix]:
    """`• reply: Chào`"""
    start = place.line_end - len(place.line.lstrip())
    yield changed(start, start + 1, "-")


def _plain_colon(place: Place) -> Iterator[QuickFix]:
    sign = place.text.find("：", place.line_start, place.line_end)
    if sign >= 0:
        blank = "" if place.text[sign + 1 : sign + 2] in ("", " ", "\n") else " "
        yield changed(sign, sign + 1, f":{blank}")


def _straight_quotes(place: Place) -> Iterator[QuickFix]:
    """`“Chào bạn”`"""
    inside = without_curly_quotes(place.underlined)
    if inside != place.underlined:
        yield changed(place.start, place.end, quoted(inside))


def _in_single_quotes(place: Place) -> Iterator[QuickFix]:
    """A text between double quotes whose backslash means nothing there."""
    for entry in reversed(entries(place.line)):
        value, start = place.line[entry.value :].rstrip(), place.line_start + entry.value
        if start <= place.start:
            if value[:1] == value[-1:] == '"' and '\\"' not in value and len(value) > 1:
                inner = value[1:-1].replace("'", "''")
                yield changed(start, start + len(value), f"'{inner}'")
            return


def _in_brackets(place: Place) -> Iterator[QuickFix]:
    """`any: event.id`, `conditions: event.text`: one condition where a list is wanted."""
    for entry in entries(place.line):
        value = place.line[entry.value :].rstrip()
        start = place.line_start + entry.value
        if (
            entry.name in _OF_CONDITIONS
            and value
            and value[0] not in "[{|>&*!"
            and "#" not in value
        ):
            yield changed(start, start + len(value), f"[{_item(value)}]")


def _as_item(place: Place) -> Iterator[QuickFix]:
    """The one item of a list that has no dash before it."""
    if place.line[: place.start - place.line_start].strip():
        yield from _in_brackets(place)
    elif not _goes_on(place, place.start - place.line_start - 1):
        yield QuickFix(N_("Begin it with '- '"), (Edit(place.start, place.start, "- "),))


def _key_above(place: Place) -> Iterator[QuickFix]:
    """A list without the key above it."""
    if place.text.startswith("-", place.start):
        key = place.params["key"]
        edit = Edit(place.line_start, place.line_start, f"{key}:\n")
        yield QuickFix(N_("Write '{key}:' above it"), (edit,), {"key": key})


def _item(value: str) -> str:
    """A value as an item between brackets, where commas and brackets need quotes."""
    return value if value[0] in "'\"" or not re.search(r"[][{},]", value) else quoted(value)


def _written(place: Place) -> Iterator[QuickFix]:
    """The value in the form that is wanted, with all that it says."""
    written, whole = str(place.params["written"]), place.underlined
    end = place.end
    if place.text[end : place.line_end].strip() == ":":
        # `trigger:` without a value, of which the key is underlined.
        yield changed(end, place.line_end, f": {written}")
        return
    key = next((one for one in reversed(entries(place.line)) if one.name is not None), None)
    if whole == "-" or (key is not None and _goes_on(place, key.column)):
        return
    if whole in ("{", "["):
        # A collection is underlined at its bracket alone.
        end = place.line_start + (closing(place.line, place.start - place.line_start) or 0)
        whole = place.text[place.start : end]
    word = whole.strip("'\"")
    says = set(re.findall(r"\w+", word)) <= set(re.findall(r"\w+", written))
    if word and (says or written in ("true", "false") or re.fullmatch(r"[0-9][\w%.,]*", word)):
        yield changed(place.start, end, written)


def _goes_on(place: Place, column: int) -> bool:
    """Whether the line below stands further right than this column, as part of the same value."""
    below = place.text[place.line_end :].lstrip("\n").partition("\n")[0]
    return below.strip() != "" and len(below) - len(below.lstrip()) > column


_MAKERS: Final[Mapping[str, Callable[[Place], Iterator[QuickFix]]]] = {
    syntax.CONDITION_WITH_COLON.code: _quotes_around_item,
    shape.UNEXPECTED_KIND_FOR_TEXT.code: _underlined_in_quotes,
    shape.MISSING_KEY.code: _key_added,
    shape.MISSING_KEY_DESCRIBED.code: _key_added,
    shape.NAME_MISSING_HERE.code: _key_added,
    syntax.UNKNOWN_ESCAPE.code: _in_single_quotes,
    syntax.TEXT_BETWEEN_BRACKETS.code: _quotes_around_underlined,
    rules.NOT_CONDITIONS.code: _in_brackets,
    shape.UNEXPECTED_KIND.code: _in_brackets,
    shape.LIST_OF_ONE.code: _as_item,
    shape.FILE_BEGINS_OTHERWISE.code: _key_above,
    shape.MAPPING_WITH_KEY.code: _written,
    shape.WRITTEN_OTHERWISE.code: _written,
    shape.UNKNOWN_VALUE.code: _one_of_few,
    values.DURATION_WITHOUT_UNIT.code: _with_unit,
    values.DURATION_SPELT_OUT.code: _spelt_out,
    inputs.CLOCK_TIME_SPELT_OUT.code: _spelt_out,
    syntax.COLON_WITHOUT_BLANK.code: _blank_behind_colon,
    syntax.DASH_WITHOUT_BLANK.code: _blank_behind_dash,
    characters.ODD_DASH.code: _plain_dash,
    characters.WIDE_COLON.code: _plain_colon,
    characters.CURLY_QUOTES.code: _straight_quotes,
    **EXPRESSION_FIXES,
    **PLAIN_FIXES,
    **PART_FIXES,
    **SIGN_FIXES,
}
