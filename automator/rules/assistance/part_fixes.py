"""Quick fixes that write a whole part of a file anew: a call, a step, a list, or a rule."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from automator.configuration.spelt_out import meant_duration
from automator.configuration.time_intervals import DEFAULT_ZONE
from automator.files import as_name, parse_yaml
from automator.files.one_line import inline
from automator.model import N_, Reason
from automator.reasons.problems import functions, inputs, shape, words
from automator.rules.assistance.cursor import Entry, cursor_at, entries
from automator.rules.assistance.fix_place import Edit, Place, QuickFix, as_written, changed
from automator.rules.schema.other_conditions import meant_condition
from automator.rules.schema.rule_file import STEP_KEYS, RuleSource

_OPENING: Final = {"(": ")", "[": "]", "{": "}"}
_QUOTES: Final = "'\"`"
_LISTS_OF_STEPS: Final = frozenset({"actions", "on_error"})
_RULE_KEYS: Final = frozenset(RuleSource.model_fields)


# --- Calls ---


def _call(place: Place) -> Iterator[QuickFix]:
    """`event.text.lower()` and `regex(event.text, 'giá')`, with the value before the dot."""
    found = _call_around(place.line, place.start - place.line_start)
    insert = as_written(place, str(place.params["better"]))
    if found is None or insert is None:
        return
    start, end = (place.line_start + one for one in found)
    yield changed(start, end, insert)


def _call_around(line: str, at: int) -> tuple[int, int] | None:
    """The call whose name stands there, from the value before its dot to its bracket."""
    name = re.compile(r"\w+\(").match(line, at)
    end = closing(line, name.end() - 1) if name else None
    if end is None:
        return None
    if line[at - 1] != ".":
        # A value before `|` would be lost.
        is_piped = re.search(r"(?<!\|)\|\s*$", line[:at])
        return None if is_piped else (at, end)
    return _operand(line, at), end


def closing(line: str, at: int) -> int | None:
    """The index behind the bracket that closes the one there; None where none does."""
    open_ones: list[str] = []
    while at < len(line):
        sign = line[at]
        if sign in _QUOTES:
            at = line.find(sign, at + 1)
            if at < 0:
                return None
        elif sign in _OPENING:
            open_ones.append(_OPENING[sign])
        elif open_ones and sign == open_ones[-1]:
            open_ones.pop()
            if not open_ones:
                return at + 1
        at += 1
    return None


def _operand(line: str, end: int) -> int:
    """The index at which the value begins that ends with the dot before `end`."""
    at = start = entries(line)[-1].value if entries(line) else 0
    before, outer = "", list[int]()
    while at < end:
        sign = line[at]
        is_first = before not in (".", "_") and not before.isalnum() and before not in ")]"
        if sign in _QUOTES and (ending := line.find(sign, at + 1, end)) > 0:
            start, at = (start if before == "." else at), ending
        elif sign in _OPENING:
            start = at if is_first or not before else start
            outer.append(start)
        elif sign in ")]}":
            start = outer.pop() if outer else at
        elif (sign.isalnum() or sign == "_") and (is_first or line[at - 1] == " "):
            start = start if before == "." else at
        before = line[at] if not line[at].isspace() else before
        at += 1
    return start


# --- Steps ---


def _whole_item(place: Place) -> Iterator[QuickFix]:
    """`- {type: reply, text: Chào}`, in one line or several, as the step that it means."""
    better = str(place.params.get("better") or f"moderate: {place.params.get('do')}")
    yield from instead_of_item(place, [better], is_last=False)


def _rest_of_list(place: Place) -> Iterator[QuickFix]:
    """`- wait: 10m` and the steps behind it, as a follow-up."""
    better = str(place.params["better"])
    if "…" not in better:
        yield from instead_of_item(place, [better], is_last=True)


def _branches(place: Place) -> Iterator[QuickFix]:
    """`if: …`, `then: […]`, `else: […]` as steps with an `if` of their own."""
    better, steps = str(place.params["better"]), list[str]()
    while better:
        end = closing(better, 2)
        steps.append(better[2:end])
        better = better[end:].lstrip() if end else ""
    if all(isinstance(parse_yaml("", step).data, dict) for step in steps):
        yield from instead_of_item(place, steps, is_last=False)


def instead_of_item(place: Place, steps: list[str], *, is_last: bool) -> Iterator[QuickFix]:
    """These steps in place of an item, and of those behind it where they are part of it."""
    item = _item_around(place.text, place.line_start, place.start)
    if item is None:
        return
    start, end = item
    dash = start - (place.text.rfind("\n", 0, start) + 1)
    if is_last:
        end = end_of_block(place.text, end, dash, "-")
    if "#" not in place.text[start:end]:
        yield changed(start, end, f"\n{' ' * dash}".join(f"- {step}" for step in steps))


def _item_around(text: str, line_start: int, at: int) -> tuple[int, int] | None:
    """The item of a list that has a key at this place, from its dash to its last line; None for an
    item between the brackets of a list.
    """
    column, before = at - line_start, text[line_start:at]
    begins = re.compile(rf"\s*- +(?<=^.{{{column}}})")
    if before.strip():
        if not re.fullmatch(r"\s*- +(?:\{[^\[\]]*)?", before):
            return None
    else:
        while not begins.match(before):
            if line_start == 0:
                return None
            line_end, line_start = line_start - 1, text.rfind("\n", 0, line_start - 1) + 1
            before = text[line_start:line_end]
            if before.strip() and len(before) - len(before.lstrip()) < column - 4:
                return None
    dash = len(before) - len(before.lstrip())
    return line_start + dash, end_of_block(text, at, dash, "")


def end_of_block(text: str, at: int, column: int, goes_on: str) -> int:
    """The end of the last line that stands further right than `column`, or there with this sign or
    a comment.
    """
    end = at
    for line in re.finditer(r".*(?:\n|\Z)", text[at:]):
        written = line[0].strip()
        indent = len(line[0]) - len(line[0].lstrip(" "))
        is_item = goes_on != "" and written[:1] in (goes_on, "#")
        is_inside = indent > column or (indent == column and is_item)
        if line.start() > 0 and written and not is_inside:
            break
        if written:
            end = at + line.start() + len(line[0].rstrip())
    return end


# --- Lists ---


def _dashes(place: Place) -> Iterator[QuickFix]:
    """The keys of one item, of several steps, or of rules by their names, with their dashes."""
    column = place.start - place.line_start
    above = entries(_line_above(place))
    end = closing(place.line, column) if place.line[:column].strip() == "conditions:" else None
    if end is not None:
        yield changed(place.start, place.line_start + end, f"[{place.line[column:end]}]")
    if place.line[:column].strip() or not above or place.text[place.start : place.start + 1] == "{":
        return
    block = place.text[place.line_start : end_of_block(place.text, place.start, column - 1, "")]
    if "\t" in block or "#" in block:
        return
    keys = [key for line in block.split("\n") for key in entries(line)[:1] if key.column == column]
    parent, names = above[-1].name, {key.name for key in keys}
    by_name = parent == "rules" and not names & _RULE_KEYS
    are_items = parent in _LISTS_OF_STEPS and not names & STEP_KEYS
    better = _named_items(block, column) if by_name else _items(block, column, are_items=are_items)
    if better is not None:
        edit = Edit(place.line_start, place.line_start + len(block), better)
        yield QuickFix(N_("Begin each item with '- '"), (edit,))


def _line_above(place: Place) -> str:
    above = place.text[: place.line_start].rstrip()
    return above[above.rfind("\n") + 1 :]


def _items(block: str, column: int, *, are_items: bool) -> str:
    """Each key of the column as an item, or all of them as one."""
    lines = block.split("\n")
    for number, line in enumerate(lines):
        is_key = line[column : column + 1].strip() != ""
        begins = number == 0 or (are_items and is_key)
        if line.strip():
            lines[number] = f"{line[:column]}{'- ' if begins else '  '}{line[column:]}"
    return "\n".join(lines)


def _named_items(block: str, column: int) -> str | None:
    """`price:` above the keys of a rule as `- id: price`."""
    lines = block.split("\n")
    is_below_name = False
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent == column:
            name = as_name(line.strip().removesuffix(":"))
            if not line.rstrip().endswith(":") or not name:
                return None
            lines[number] = f"{' ' * column}- id: {name}"
        elif line.strip() and (indent < column + 2 or (is_below_name and indent > column + 2)):
            return None
        is_below_name = indent == column
    return "\n".join(lines)


# --- Rules ---


def _below_rules(place: Place) -> Iterator[QuickFix]:
    """A rule alone, as the first item of `rules`."""
    if re.search(r"^(?:vars:|---|\.\.\.|\t)", place.text, re.MULTILINE):
        return
    edits = [
        Edit(place.line_start + line.start(), place.line_start + line.start(), "    ")
        for line in re.finditer(r"^(?=.*\S)", place.text[place.line_start :], re.MULTILINE)
    ]
    edits[0] = Edit(place.line_start, place.line_start, "rules:\n  - ")
    yield QuickFix(N_("Write '{key}:' above it"), tuple(edits), {"key": "rules"})


def key_elsewhere(place: Place) -> Iterator[QuickFix]:
    """A key of a rule whose value stands elsewhere: `cooldown: 1d`, `keywords: [giá]`."""
    suggestion = place.params["suggestion"]
    if place.params["key"] == "version" and place.start == place.line_start:
        yield QuickFix(N_("Remove it"), (Edit(place.line_start, place.line_end + 1, ""),))
        return
    if not isinstance(suggestion, Reason):
        return
    make = _ELSEWHERE.get(suggestion.code)
    entry = next((one for one in entries(place.line) if one.name == place.params["key"]), None)
    cursor = cursor_at(place.text, place.end)
    if make is None or entry is None or cursor.path[:-1] != ("rules",) or "#" in place.line:
        return
    better = make(place, entry)
    if better is not None and better.partition(":")[0] not in cursor.written:
        start = place.line_start + entry.column
        # The items of a list may stand below it.
        end = end_of_block(place.text, start, entry.column, "-")
        if "#" not in place.text[start:end]:
            yield changed(start, end, better)


def _limit(place: Place, entry: Entry) -> str | None:
    period = meant_duration(place.line[entry.value :].strip(" '\""))
    return f"limits: {{once: {{key: event.actor.id, period: {period}}}}}" if period else None


def _condition(place: Place, entry: Entry) -> str | None:
    data = _value(place, entry)
    better = meant_condition(data, DEFAULT_ZONE) if data else None
    return f"conditions: {inline([better])}" if better else None


def _first_step(place: Place, entry: Entry) -> str | None:
    data = _value(place, entry)
    return f"actions: {inline([data])}" if data else None


def _trigger(place: Place, entry: Entry) -> str | None:
    data = _value(place, entry)
    return f"trigger: {inline(data)}" if data else None


def _as_advised(place: Place, _: Entry) -> str | None:
    return str(place.params["suggestion"].params["written"])


def _value(place: Place, entry: Entry) -> dict[str, object] | None:
    """The key with its value, where that stands on the line."""
    data = parse_yaml("", place.line[entry.column :]).data
    is_there = isinstance(data, dict) and len(data) == 1 and None not in data.values()
    return data if is_there else None


_ELSEWHERE: Final[Mapping[str, Callable[[Place, Entry], str | None]]] = {
    shape.CONDITION_ELSEWHERE.code: _condition,
    shape.LIMIT_ELSEWHERE.code: _limit,
    shape.STEP_ELSEWHERE.code: _first_step,
    shape.TRIGGER_ELSEWHERE.code: _trigger,
    words.WRITTEN_AS.code: _as_advised,
}

PART_FIXES: Final[Mapping[str, Callable[[Place], Iterator[QuickFix]]]] = {
    functions.ARGUMENTS_OTHERWISE.code: _call,
    functions.FUNCTION_CALLED_OTHERWISE.code: _call,
    inputs.ACTION_MODERATES.code: _whole_item,
    inputs.STEP_LATER.code: _whole_item,
    inputs.STEP_OTHERWISE.code: _whole_item,
    inputs.STEP_WITH_INPUTS.code: _whole_item,
    inputs.STEPS_LATER.code: _rest_of_list,
    inputs.STEPS_OF_BRANCHES.code: _branches,
    shape.LIST_NEEDS_DASHES.code: _dashes,
    shape.RULE_ALONE.code: _below_rules,
}
