"""Quick fixes: changes of a text that mend a problem, if the right change is certain."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Final

from automator.conditions.other_languages import INFIX
from automator.configuration.everyday_times import meant_duration
from automator.configuration.time_intervals import DEFAULT_ZONE
from automator.files import Position, as_name, parse_yaml, without_curly_quotes
from automator.files.one_line import inline, scalar_text
from automator.files.yaml_mistakes import quoted, without_odd_beginnings
from automator.model import N_, Problem, Reason
from automator.reasons.problems import (
    addresses,
    conditions,
    functions,
    inputs,
    phrases,
    rules,
    shape,
    templates,
    triggers,
    values,
)
from automator.reasons.problems.files import characters, syntax
from automator.rules.editing.edits import with_new_spellings
from automator.rules.meaning.table import MISTAKES
from automator.rules.mending.cursor_context import Entry, cursor_at, entries
from automator.rules.mending.fixes import (
    Edit,
    Fixes,
    Place,
    QuickFix,
    as_written,
    as_yaml,
    by,
    changed,
    for_underlined,
    instead,
    placed,
    stays_yaml,
)
from automator.rules.schema.foreign_conditions import meant_condition
from automator.rules.schema.rule_file import STEP_KEYS, RuleSource

_OPENING: Final = {"(": ")", "[": "]", "{": "}"}
_QUOTES: Final = "'\"`"
_LISTS_OF_STEPS: Final = frozenset({"actions", "on_error"})
_RULE_KEYS: Final = frozenset(RuleSource.model_fields)


# --- Calls ---


def _call_part(place: Place) -> Iterator[QuickFix]:
    """Mends `event.text.lower()` and `regex(event.text, 'giá')`, calls of other languages."""
    found = _call_around(place.line, place.start - place.line_start)
    insert = as_written(place, str(place.params["better"]))
    if found is None or insert is None:
        return
    start, end = (place.line_start + one for one in found)
    yield changed(start, end, insert)


def _call_around(line: str, at: int) -> tuple[int, int] | None:
    """Start and end of the call whose name is at `at`, with a value and a dot before the name."""
    name = re.compile(r"\w+\(").match(line, at)
    end = closing(line, name.end() - 1) if name else None
    if end is None:
        return None
    if line[at - 1] != ".":
        # The fix would lose a value before `|`.
        is_piped = re.search(r"(?<!\|)\|\s*$", line[:at])
        return None if is_piped else (at, end)
    return _operand(line, at), end


def closing(line: str, at: int) -> int | None:
    """The index after the bracket that closes the bracket at `at`; None if it is not closed."""
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
    """The index at which the value before the dot at `end` begins."""
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
    """Turns `- {type: reply, text: Chào}`, on one or several lines, into `- reply: Chào`."""
    better = str(place.params.get("better") or f"moderate: {place.params.get('do')}")
    yield from instead_of_item(place, [better], is_last=False)


def _rest_of_list(place: Place) -> Iterator[QuickFix]:
    """Turns `- wait: 10m` and the steps after it into a follow-up."""
    better = str(place.params["better"])
    if "…" not in better:
        yield from instead_of_item(place, [better], is_last=True)


def _branches(place: Place) -> Iterator[QuickFix]:
    """Turns `if: …`, `then: […]`, `else: […]` into steps with an `if` of their own."""
    better, steps = str(place.params["better"]), list[str]()
    while better:
        end = closing(better, 2)
        steps.append(better[2:end])
        better = better[end:].lstrip() if end else ""
    if all(isinstance(parse_yaml("", step).data, dict) for step in steps):
        yield from instead_of_item(place, steps, is_last=False)


def instead_of_item(place: Place, steps: list[str], *, is_last: bool) -> Iterator[QuickFix]:
    """Puts steps in place of an item; with `is_last`, also in place of all items after it."""
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
    """Start and end of the list item with a key at `at`, from its dash to its last line; None for
    an item between brackets.
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
    """The end of a block: of the last line that is indented more than `column`, or begins there
    with the sign `goes_on` or with a comment.
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
    """Adds missing dashes: before one item, before each of several steps, or before named rules."""
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
    """Makes each key at the column an item, or all of them together one item."""
    lines = block.split("\n")
    for number, line in enumerate(lines):
        is_key = line[column : column + 1].strip() != ""
        begins = number == 0 or (are_items and is_key)
        if line.strip():
            lines[number] = f"{line[:column]}{'- ' if begins else '  '}{line[column:]}"
    return "\n".join(lines)


def _named_items(block: str, column: int) -> str | None:
    """Turns `price:` above the keys of a rule into `- id: price`."""
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
    """Makes a lone rule the first item of `rules`."""
    if re.search(r"^(?:vars:|---|\.\.\.|\t)", place.text, re.MULTILINE):
        return
    edits = [
        Edit(place.line_start + line.start(), place.line_start + line.start(), "    ")
        for line in re.finditer(r"^(?=.*\S)", place.text[place.line_start :], re.MULTILINE)
    ]
    edits[0] = Edit(place.line_start, place.line_start, "rules:\n  - ")
    yield QuickFix(N_("Write '{key}:' above it"), tuple(edits), {"key": "rules"})


def key_elsewhere(place: Place) -> Iterator[QuickFix]:
    """Moves a misplaced key of a rule to its right place: `cooldown: 1d`, `keywords: [giá]`."""
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
        # The items of a list may begin in the column of their key.
        end = end_of_block(place.text, start, entry.column, "-")
        if "#" not in place.text[start:end]:
            yield changed(start, end, better)


def _limit(place: Place, entry: Entry) -> str | None:
    period = meant_duration(place.line[entry.value :].strip(" '\""))
    return f"limits: {{once: {{key: event.actor.id, period: {period}}}}}" if period else None


def _condition_part(place: Place, entry: Entry) -> str | None:
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
    """The key with its value, if the value is on the same line."""
    data = parse_yaml("", place.line[entry.column :]).data
    is_there = isinstance(data, dict) and len(data) == 1 and None not in data.values()
    return data if is_there else None


_ELSEWHERE: Final[Mapping[str, Callable[[Place, Entry], str | None]]] = {
    shape.rule_condition_elsewhere.code: _condition_part,
    shape.rule_limit_elsewhere.code: _limit,
    shape.rule_step_elsewhere.code: _first_step,
    shape.rule_trigger_elsewhere.code: _trigger,
    phrases.word_written_as.code: _as_advised,
}

# --- Invisible signs, in all lines at once: tabs, odd blanks, characters without width ---

#: How many spaces are tried in place of a tab, in this order.
_TAB_WIDTHS: Final = (2, 4, 8)


def _spaces(place: Place) -> Iterator[QuickFix]:
    """Replaces the tabs before all lines by spaces, in the first width that makes it valid YAML."""
    tabs = list(re.finditer(r"^[ ]*\t[ \t]*", place.text, re.MULTILINE))
    for width in _TAB_WIDTHS:
        edits = tuple(
            Edit(tab.start(), tab.end(), tab[0].replace("\t", " " * width)) for tab in tabs
        )
        if width == _TAB_WIDTHS[-1] or not _is_misread(_edited(place.text, edits)):
            yield QuickFix(N_("Use spaces"), edits)
            return


def _is_misread(text: str) -> bool:
    """Whether the replaced tabs have put lines under a wrong key."""
    parsed = parse_yaml("", text)
    return parsed.data is None or bool(parsed.problems)


def _edited(text: str, edits: Sequence[Edit]) -> str:
    for edit in reversed(edits):
        text = text[: edit.start] + edit.insert + text[edit.end :]
    return text


def _plain_beginnings(place: Place) -> Iterator[QuickFix]:
    """Puts spaces before all lines that begin with odd blanks."""
    edits = tuple(Edit(*found) for found in without_odd_beginnings(place.text))
    if edits:
        yield QuickFix(N_("Use spaces"), edits)
    elif "character" in place.params:
        yield from _plain_blanks(place)


def _removed_sign(place: Place) -> Iterator[QuickFix]:
    yield QuickFix(N_("Remove it"), (Edit(place.start, place.start + 1, ""),))


def _removed_everywhere(place: Place) -> Iterator[QuickFix]:
    """Removes the character from all lines."""
    edits = tuple(Edit(at, at + 1, "") for at in _places_of(place, _named_sign(place)))
    yield QuickFix(N_("Remove it"), edits)


def _spaces_in_texts(place: Place) -> Iterator[QuickFix]:
    """Replaces every tab within a line by a space."""
    edits = tuple(
        Edit(at, at + 1, " ")
        for at in _places_of(place, "\t")
        if place.text[place.text.rfind("\n", 0, at) + 1 : at].strip()
    )
    yield QuickFix(N_("Use spaces"), edits)


def _named_sign(place: Place) -> str:
    return chr(int(str(place.params["character"]).removeprefix("U+"), 16))


def _places_of(place: Place, sign: str) -> Iterator[int]:
    return (found.start() for found in re.finditer(re.escape(sign), place.text))


def _plain_blanks(place: Place) -> Iterator[QuickFix]:
    """Replaces odd blanks by spaces, at the beginning of the line and within it."""
    odd = _named_sign(place)
    found = [at for at, sign in enumerate(place.line, place.line_start) if sign == odd]
    if found:
        yield QuickFix(N_("Use spaces"), tuple(Edit(at, at + 1, " ") for at in found))


# --- Fixes that use the words in the reason ---


def _removed(place: Place) -> Iterator[QuickFix]:
    """Removes the needless part of `$.event.text`, and invisible signs."""
    if place.underlined == "$." or (len(place.underlined) == 1 and place.underlined not in ".()"):
        yield changed(place.start, place.end, "")


def _quote_inside(place: Place) -> Iterator[QuickFix]:
    """Mends `'don't'`, a quotation mark inside a text."""
    insert = as_written(place, f"'{place.params['text']}'")
    if insert is not None:
        yield changed(place.start, place.end, insert)


def _plain_argument(place: Place) -> Iterator[QuickFix]:
    """Mends `ago(event.received_at, '2 ngày')`, unless the whole expression is in quotes."""
    wrong, better = str(place.params["value"]), f"'{place.params['better']}'"
    if place.text.count(wrong, place.start, place.line_end) == 1:
        start = place.text.index(wrong, place.start)
        if place.text[start - 1] != "'":
            yield changed(start, start + len(wrong), better)


def _with_zone(place: Place) -> Iterator[QuickFix]:
    """Adds the time zone to `between(now, '08:00', '21:00')` and `weekday(now)`."""
    found = re.compile(r"\w+\([^()]*\)").match(place.text, place.start, place.line_end)
    insert = as_written(place, f"{place.params['call']}, '{place.params['zone']}')")
    if found and insert is not None:
        yield changed(found.start(), found.end(), insert)


def _comparison(place: Place) -> Iterator[QuickFix]:
    """Mends `event.attachments[*].type == 'image'`, a comparison of a list."""
    source, literal = str(place.params["source"]), str(place.params["literal"])
    pattern = re.compile(rf"{re.escape(source)}\s*==\s*{re.escape(literal)}")
    insert = as_written(place, str(place.params["better"]))
    for found in pattern.finditer(place.text, place.line_start, place.line_end):
        if found.start() <= place.start < found.end() and insert is not None:
            yield changed(found.start(), found.end(), insert)


def _value_as_key(place: Place) -> Iterator[QuickFix]:
    """Mends `{comment.created}`, and `comment.created:` on a line of its own."""
    found = re.compile(r"[^\s:,{}]+:?").match(place.text, place.start, place.line_end)
    if found:
        yield changed(found.start(), found.end(), str(place.params["better"]))


def _word_for_sign(place: Place) -> Iterator[QuickFix]:
    """Mends `{{ event.text && event.id }}`, a sign where templates have a word."""
    sign = str(place.params["sign"])
    found = re.compile(f"(?:{re.escape(sign)})+").match(place.text, place.start, place.line_end)
    if found:
        yield changed(found.start(), found.end(), str(place.params["word"]))


def _item_in_quotes(place: Place) -> Iterator[QuickFix]:
    """Mends `- 'giá' in event.text`, an item that begins with a quotation mark."""
    for entry in reversed(entries(place.line)):
        start = place.line_start + entry.value
        value = place.line[entry.value :].rstrip()
        if start <= place.start and "#" not in value:
            yield changed(start, start + len(value), str(place.params["quotes"]))
            return


def _condition(place: Place) -> Iterator[QuickFix]:
    """Mends `- event.text: giá`, and `- field: event.text` with `operator` and `value` below it."""
    better = str(place.params["better"])
    end = place.line_start + len(place.line.rstrip())
    before = place.line[: place.start - place.line_start].strip()
    if before.startswith("- {") and place.text[end - 1] == "}":
        start = place.text.index("{", place.line_start)
        yield changed(start, end, better)
    elif before in ("", "-"):
        yield from instead_of_item(place, [better], is_last=False)


def _conditions(place: Place) -> Iterator[QuickFix]:
    """Mends `conditions: {keywords: [giá]}`, on one line or several."""
    better, before = str(place.params["better"]), place.line[: place.start - place.line_start]
    if before.strip():
        end = place.line_start + len(place.line.rstrip())
        opening = place.text.find("{", place.line_start, place.start + 1)
        is_whole = place.text[place.line_start : opening].strip() == "conditions:"
        if opening >= 0 and is_whole and place.text[end - 1] == "}":
            yield changed(opening, end, better)
        return
    end = end_of_block(place.text, place.start, len(before) - 1, "")
    items = parse_yaml("", better).data
    if isinstance(items, list) and "#" not in place.text[place.start : end]:
        written = (scalar_text(one) if isinstance(one, str) else inline(one) for one in items)
        yield changed(place.start, end, f"\n{before}".join(f"- {one}" for one in written))


def _without_app(place: Place) -> Iterator[QuickFix]:
    """Removes `app: facebook` beside an action, on a line of its own or between braces."""
    at = place.start - place.line_start
    value = r":[ \t]*[^\s,{}\[\]#|>&][^,{}\[\]#\n]*"
    first = rf"{re.escape(str(place.params['key']))}{value}"
    before, end = place.line[:at], place.text.find("\n", place.start)
    if not before.strip():
        form, start = rf"[ \t]*{first}\n", place.line_start
    elif before.strip() == "-":
        form, start = rf"{first}\n {{{at}}}(?=[^\s-])", place.start
    elif before.rstrip().endswith(","):
        form, start = rf",\s*{first}", place.line_start + before.rindex(",")
    else:
        form, start = rf"{first},\s*", place.start
    found = re.compile(form).match(place.text, start) if end >= 0 else None
    if found:
        yield QuickFix(N_("Remove it"), (Edit(start, found.end(), ""),))


# --- Expressions, texts and addresses ---


def _blank(place: Place) -> Iterator[QuickFix]:
    if len(place.underlined) == 1:
        yield changed(place.start, place.end, " ")


def _plain_sign(place: Place) -> Iterator[QuickFix]:
    if place.underlined == place.params["found"]:
        better = str(place.params["better"])
        yield changed(place.start, place.end, "==" if better == "=" else better)


def _wholly(better: str) -> Fixes:
    """Makes the fix that replaces the underlined part by `better`, with the reason's values."""
    return lambda place: instead(place, place.underlined, better.format(**place.params))


def _single_quotes(place: Place) -> Iterator[QuickFix]:
    text = str(place.params["text"])
    if place.underlined[1:-1] == text and "'" not in text:
        yield from instead(place, place.underlined, f"'{text}'")


def _call(place: Place) -> Iterator[QuickFix]:
    """Turns `event.text in ['giá', 'ib']` into a call of the function for it."""
    for found in INFIX.finditer(place.line):
        begins = place.line_start + found.start("not" if found["not"] else "word")
        insert = as_written(place, str(place.params["better"]))
        start, end = place.line_start + found.start(), place.line_start + found.end()
        if begins == place.start and insert is not None and "''" not in found[0]:
            yield changed(start, end, insert)


def _piped(place: Place) -> Iterator[QuickFix]:
    """Turns `event.text.upper()` and `upper(event.text)` into `event.text | upper`."""
    call, better = str(place.params["call"]), str(place.params["better"])
    if not better.startswith("…"):
        yield from instead(place, call, better)
        return
    name = better.rpartition(" ")[2]
    for found in re.finditer(rf"(?<=[\w\])])\.{re.escape(name)}\(\s*\)", place.line):
        if found.start() <= place.start - place.line_start <= found.end():
            start = place.line_start + found.start()
            yield changed(start, place.line_start + found.end(), f" | {name}")


def _quoted_name(place: Place) -> Iterator[QuickFix]:
    """Quotes the word in `event.text == gia` or `[gia, ib]`, unless a similar name exists."""
    suggestion = place.params["suggestion"]
    insert = as_written(place, f"'{place.underlined}'")
    is_near = isinstance(suggestion, Reason) and "nearest" in suggestion.params
    if place.underlined == place.params["name"] and insert is not None and not is_near:
        yield changed(place.start, place.end, insert)


def _sign(insert: str, length: int) -> Fixes:
    """Makes the fix that replaces the first `length` underlined characters by `insert`."""

    def change(place: Place) -> Iterator[QuickFix]:
        yield changed(place.start, place.start + length, insert)

    return change


def _operator(place: Place) -> Iterator[QuickFix]:
    word = str(place.params["word"])
    if place.text.startswith(word, place.start):
        operator = str(place.params["operator"])
        yield changed(place.start, place.start + len(word), operator)


def _literal(place: Place) -> Iterator[QuickFix]:
    """Turns a value in double quotes or backticks into the text that is meant."""
    text = f"'{place.params['text']}'"
    quote = cursor_at(place.text, place.start).word[:1]
    if quote == "'":
        text = text.replace("'", "''")
    if quote != '"' and "\\" not in place.underlined and len(place.underlined) > 1:
        yield changed(place.start, place.end, text)


def _backticks(place: Place) -> Iterator[QuickFix]:
    if place.underlined:
        yield changed(place.start, place.end, f"`{place.underlined}`")


#: The values of a reason that may hold the wrong word, in the order in which they are tried.
_WRONG = ("key", "name", "value", "event", "path", "word", "action")
_UNITS = ("s", "m", "h")
#: How many values are offered one by one.
_FEW = 4
_LISTS = frozenset({"actions", "rules"})
#: The beginnings of the codes of problems in expressions.
_OF_EXPRESSIONS: Final = ("condition_", "meaning_")
_STEPS: Final = (("actions",), ("on_error",))
#: Keys that no fix adds beside an unknown key, which may be a misspelling of one of them.
_WITHOUT_OTHERS: Final = frozenset({"trigger", "actions"})
_OF_CONDITIONS = frozenset({"conditions", "any", "all"})


def quick_fixes(text: str, problem: Problem) -> tuple[QuickFix, ...]:
    """The possible changes of `text` that mend the problem; empty if only a person can decide."""
    return tuple(fix for fix in _fixes(text, problem) if stays_yaml(text, fix))


def _fixes(text: str, problem: Problem) -> tuple[QuickFix, ...]:
    place = placed(text, problem)
    mistake = MISTAKES.get(problem.reason.code)
    maker = mistake.fix if mistake else _MAKERS.get(problem.reason.code)
    if maker is not None:
        fixes = tuple(maker(place))
        is_expression = problem.reason.code.startswith(_OF_EXPRESSIONS)
        return tuple(as_yaml(text, fix) for fix in fixes) if is_expression else fixes
    nearest = _nearest(problem.reason)
    if nearest is not None:
        return tuple(_respelt(place, nearest))
    if problem.reason.code == shape.shape_unknown_key.code:
        return tuple(key_elsewhere(place))
    return tuple(_in_quotes(place)) if "quotes" in place.params else ()


def _nearest(reason: Reason) -> str | None:
    """The name that is most likely meant, from the reason or from a reason inside it."""
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
                # Only a part of the path is wrong.
                start = place.text.rfind(wrong, place.line_start, place.end)
            if name == "key" and nearest in cursor_at(place.text, place.end).written:
                return
            if start >= 0 and wrong != nearest:
                yield changed(start, start + len(wrong), nearest)
                return


def _in_quotes(place: Place) -> Iterator[QuickFix]:
    """Puts quotes around the value of the line, or around the whole item if YAML took a part of it
    for a key.
    """
    for entry in reversed(entries(place.line)):
        value = place.line[entry.value :].rstrip()
        start = place.line_start + entry.value
        if start <= place.start:
            if value and value[0] not in "'\"":
                edit = Edit(start, start + len(value), quoted(without_curly_quotes(value)))
                yield QuickFix(N_("Put quotes around it"), (edit,))
            return


def _quotes_around_item(place: Place) -> Iterator[QuickFix]:
    """Puts quotes around a whole item of a list, which YAML took for a mapping."""
    dash = next((one for one in reversed(entries(place.line)) if one.name is None), None)
    if dash is not None:
        value = place.line[dash.value :].rstrip()
        start = place.line_start + dash.value
        edit = Edit(start, start + len(value), quoted(value))
        yield QuickFix(N_("Put quotes around it"), (edit,))


def _one_of_few(place: Place) -> Iterator[QuickFix]:
    """Offers each of the known values, if they are few."""
    known = place.params["known"]
    if place.underlined and len(known) <= _FEW:
        for value in known:
            yield changed(place.start, place.end, str(value))


def _spelt_out(place: Place) -> Iterator[QuickFix]:
    """Turns `10 minutes` into `10m`, and `9h` into `"09:00"`."""
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
    """Adds a missing key on a line of its own; not between brackets."""
    key = str(place.params["key"])
    column = place.start - place.line_start
    here = next((one for one in entries(place.line) if one.column == column), None)
    if here is None or here.name is None or not _begins_item(place):
        return
    cursor = cursor_at(place.text, place.end)
    if key in _WITHOUT_OTHERS and not cursor.written <= RuleSource.model_fields.keys():
        return
    if cursor.path[-2:-1] in _STEPS:
        # The missing key is an input, which does not belong beside the action.
        return
    usual = f"rule-{place.problem.line}" if key == "id" else ""
    better = f" {place.params.get('better', usual)}"
    behind = "\n" + " " * (column + 2) + "- " if key in _LISTS else better
    insert = f"{key}:{behind}\n{' ' * column}"
    edit = Edit(place.start, place.start, insert)
    yield QuickFix(N_("Add '{key}'"), (edit,), {"key": key})


def _begins_item(place: Place) -> bool:
    """Whether the underlined key is the first one of a list item, so that the item is meant."""
    return place.line[: place.start - place.line_start].rstrip().endswith("-")


def _blank_behind_colon(place: Place) -> Iterator[QuickFix]:
    """Adds the space in `id:price`."""
    key = str(place.params["key"])
    found = re.compile(rf"(?<![^\s{{,]){re.escape(key)}:(?=\S)").search(
        place.text, place.line_start, place.line_end
    )
    if found:
        yield changed(found.start(), found.end(), f"{key}: ")


def _blank_behind_dash(place: Place) -> Iterator[QuickFix]:
    """Adds the space in `-reply: Chào`."""
    start = place.line_end - len(place.line.lstrip())
    if place.text[start : start + 1] == "-":
        yield changed(start, start + 1, "- ")


def _plain_dash(place: Place) -> Iterator[QuickFix]:
    """Replaces the sign in `• reply: Chào` by a dash."""
    start = place.line_end - len(place.line.lstrip())
    yield changed(start, start + 1, "-")


def _plain_colon(place: Place) -> Iterator[QuickFix]:
    sign = place.text.find("：", place.line_start, place.line_end)
    if sign >= 0:
        blank = "" if place.text[sign + 1 : sign + 2] in ("", " ", "\n") else " "
        yield changed(sign, sign + 1, f":{blank}")


def _straight_quotes(place: Place) -> Iterator[QuickFix]:
    """Replaces the curly quotes in `“Chào bạn”`."""
    inside = without_curly_quotes(place.underlined)
    if inside != place.underlined:
        yield changed(place.start, place.end, quoted(inside))


def _in_single_quotes(place: Place) -> Iterator[QuickFix]:
    """Puts single quotes around a text whose backslash means nothing in double quotes."""
    for entry in reversed(entries(place.line)):
        value, start = place.line[entry.value :].rstrip(), place.line_start + entry.value
        if start <= place.start:
            if value[:1] == value[-1:] == '"' and '\\"' not in value and len(value) > 1:
                inner = value[1:-1].replace("'", "''")
                yield changed(start, start + len(value), f"'{inner}'")
            return


def _in_brackets(place: Place) -> Iterator[QuickFix]:
    """Makes a list of a single condition: `any: event.id`, `conditions: event.text`."""
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
    """Adds the dash before the single item of a list."""
    if place.line[: place.start - place.line_start].strip():
        yield from _in_brackets(place)
    elif not _goes_on(place, place.start - place.line_start - 1):
        yield QuickFix(N_("Begin it with '- '"), (Edit(place.start, place.start, "- "),))


def _key_above(place: Place) -> Iterator[QuickFix]:
    """Adds the key above a list that has none."""
    if place.text.startswith("-", place.start):
        key = place.params["key"]
        edit = Edit(place.line_start, place.line_start, f"{key}:\n")
        yield QuickFix(N_("Write '{key}:' above it"), (edit,), {"key": key})


def _item(value: str) -> str:
    """A value as an item between brackets, in quotes if it has commas or brackets."""
    return value if value[0] in "'\"" or not re.search(r"[][{},]", value) else quoted(value)


def _written(place: Place) -> Iterator[QuickFix]:
    """Puts the rewritten value in place of the whole old value."""
    written, whole = str(place.params["written"]), place.underlined
    end = place.end
    if place.text[end : place.line_end].strip() == ":":
        # For `trigger:` without a value, the key is underlined.
        yield changed(end, place.line_end, f": {written}")
        return
    key = next((one for one in reversed(entries(place.line)) if one.name is not None), None)
    if whole == "-" or (key is not None and _goes_on(place, key.column)):
        return
    if whole in ("{", "["):
        # For a collection, only its bracket is underlined.
        end = place.line_start + (closing(place.line, place.start - place.line_start) or 0)
        whole = place.text[place.start : end]
    word = whole.strip("'\"")
    says = set(re.findall(r"\w+", word)) <= set(re.findall(r"\w+", written))
    if word and (says or written in ("true", "false") or re.fullmatch(r"[0-9][\w%.,]*", word)):
        yield changed(place.start, end, written)


def _goes_on(place: Place, column: int) -> bool:
    """Whether the next line is indented more than this column, and so belongs to the same value."""
    below = place.text[place.line_end :].lstrip("\n").partition("\n")[0]
    return below.strip() != "" and len(below) - len(below.lstrip()) > column


def _new_spelling(place: Place) -> Iterator[QuickFix]:
    """Rewrites an old spelling, which may change more than its line."""
    problem, text = place.problem, place.text
    after = with_new_spellings(text, Position(problem.line, problem.column, problem.length))
    if after != text:
        start = _alike(text, after)
        same = _alike(text[start:][::-1], after[start:][::-1])
        edit = Edit(start, len(text) - same, after[start : len(after) - same])
        better = place.params.get("better")
        label = N_("Change to {text}") if better else N_("Remove it")
        yield QuickFix(label, (edit,), {"text": better} if better else {})


def _alike(one: str, other: str) -> int:
    """The number of characters that two texts have in common at their beginnings."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in pairs)


_MAKERS: Final[Mapping[str, Fixes]] = {
    shape.shape_old_spelling.code: _new_spelling,
    shape.shape_spelling_needless.code: _new_spelling,
    syntax.syntax_condition_with_colon.code: _quotes_around_item,
    shape.shape_unexpected_kind_for_text.code: _underlined_in_quotes,
    shape.shape_missing_key.code: _key_added,
    shape.shape_missing_key_described.code: _key_added,
    shape.shape_name_missing_here.code: _key_added,
    syntax.syntax_unknown_escape.code: _in_single_quotes,
    syntax.syntax_text_between_brackets.code: _quotes_around_underlined,
    rules.rule_not_conditions.code: _in_brackets,
    shape.shape_unexpected_kind.code: _in_brackets,
    shape.shape_list_of_one.code: _as_item,
    shape.shape_file_begins_otherwise.code: _key_above,
    shape.shape_mapping_with_key.code: _written,
    shape.shape_written_otherwise.code: _written,
    shape.shape_unknown_value.code: _one_of_few,
    values.value_duration_without_unit.code: _with_unit,
    values.value_duration_spelt_out.code: _spelt_out,
    inputs.value_clock_time_spelt_out.code: _spelt_out,
    syntax.syntax_colon_without_blank.code: _blank_behind_colon,
    syntax.syntax_dash_without_blank.code: _blank_behind_dash,
    characters.syntax_odd_dash.code: _plain_dash,
    characters.syntax_wide_colon.code: _plain_colon,
    characters.syntax_curly_quotes.code: _straight_quotes,
    functions.condition_arguments_otherwise.code: _call_part,
    functions.condition_function_called_otherwise.code: _call_part,
    inputs.rule_action_moderates.code: _whole_item,
    inputs.rule_step_later.code: _whole_item,
    inputs.rule_step_otherwise.code: _whole_item,
    inputs.rule_step_with_inputs.code: _whole_item,
    inputs.rule_steps_later.code: _rest_of_list,
    inputs.rule_steps_of_branches.code: _branches,
    shape.shape_list_needs_dashes.code: _dashes,
    shape.rule_alone.code: _below_rules,
    characters.syntax_tab_in_indentation.code: _spaces,
    characters.syntax_tabs_in_indentation.code: _spaces,
    characters.syntax_tab_in_text.code: _spaces_in_texts,
    characters.syntax_tabs_in_text.code: _spaces_in_texts,
    characters.syntax_bidi_character.code: _removed_sign,
    characters.syntax_bidi_characters.code: _removed_everywhere,
    characters.syntax_control_character.code: _removed_sign,
    characters.syntax_control_characters.code: _removed_everywhere,
    characters.syntax_invisible_in_name.code: _removed_sign,
    characters.syntax_odd_blank.code: _plain_beginnings,
    characters.syntax_unseen_in_indentation.code: _plain_beginnings,
    characters.syntax_odd_indentations.code: _plain_beginnings,
    conditions.condition_letter_like_ours.code: for_underlined,
    conditions.condition_list_compared.code: _comparison,
    conditions.condition_path_otherwise.code: for_underlined,
    conditions.condition_quote_inside_text.code: _quote_inside,
    conditions.condition_unexpected_sign.code: _removed,
    conditions.condition_unseen_sign.code: _removed,
    functions.condition_span_spelt_out.code: _plain_argument,
    functions.condition_time_of_day_spelt_out.code: _plain_argument,
    functions.condition_zone_missing.code: _with_zone,
    rules.rule_app_beside_action.code: _without_app,
    rules.rule_condition_as_pair.code: _condition,
    rules.rule_condition_as_parts.code: _condition,
    rules.rule_conditions_as_pairs.code: _conditions,
    rules.rule_name_of_elsewhere.code: for_underlined,
    shape.shape_name_otherwise.code: for_underlined,
    shape.shape_value_as_key.code: _value_as_key,
    syntax.syntax_expression_begins_with_quote.code: _item_in_quotes,
    templates.template_sign_for_word.code: _word_for_sign,
    inputs.value_not_of_answer.code: for_underlined,
    rules.rule_name_or_text.code: _quoted_name,
    templates.template_filter_called.code: _piped,
    functions.condition_pattern_of_stars.code: by("'{text}'", "'{better}'"),
    triggers.trigger_cron_otherwise.code: by("{text}", "{better}"),
    values.value_days_otherwise.code: by("{text}", "{better}"),
    values.value_times_otherwise.code: by("{text}", "{better}"),
    conditions.condition_word_between.code: _call,
    addresses.sending_address_without_scheme.code: by("{written}", "{better}"),
    conditions.condition_form_of_code.code: _wholly("{better}"),
    conditions.condition_pattern_of_slashes.code: _wholly("{better}"),
    conditions.condition_accent_in_name.code: by("{name}", '"{name}"'),
    conditions.condition_comma_too_many.code: _sign("", 1),
    conditions.condition_missing_comma.code: _sign(", ", 0),
    conditions.condition_braces_around.code: _wholly("{inner}"),
    conditions.condition_negation_ends_early.code: by("!{whole}", "!({whole})"),
    conditions.condition_smart_quotes.code: _single_quotes,
    conditions.condition_lookalike_sign.code: _plain_sign,
    conditions.condition_unusual_blank.code: _blank,
    conditions.condition_dash_in_name.code: by("{name}", '"{name}"'),
    conditions.condition_bare_duration.code: by("{text}", "'{text}'"),
    conditions.condition_bare_text.code: by("{text}", "'{text}'"),
    conditions.condition_number_in_groups.code: _wholly("`{number}`"),
    conditions.condition_unexpected_equals.code: _sign("==", 1),
    conditions.condition_one_equals_too_many.code: _sign("", 1),
    conditions.condition_equals_before_greater.code: _sign(">=", 2),
    conditions.condition_word_for_operator.code: _operator,
    conditions.condition_bare_number.code: _backticks,
    conditions.condition_bare_word.code: _backticks,
    conditions.condition_text_in_double_quotes.code: _literal,
    conditions.condition_text_in_backticks.code: _literal,
}
