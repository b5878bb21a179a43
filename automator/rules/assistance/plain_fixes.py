"""Quick fixes whose words the reason of the problem has: `better` for what is underlined."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from automator.files import parse_yaml
from automator.files.one_line import inline, scalar_text
from automator.model import N_
from automator.reasons.problems import (
    conditions,
    functions,
    inputs,
    references,
    rules,
    shape,
    templates,
    triggers,
)
from automator.reasons.problems.files import syntax
from automator.reasons.problems.meaning import always_holds, remembering, searched_texts, sending
from automator.rules.assistance.cursor import entries
from automator.rules.assistance.fix_place import Edit, Place, QuickFix, as_written, changed
from automator.rules.assistance.part_fixes import end_of_block, instead_of_item

#: A value within one line: between brackets, in quotes, or up to the next comma.
_VALUE: Final = (
    r"(?P<value>\[[^\]]*\]|'[^']*'|\"[^\"]*\"|[^\s,{}\[\]#'\"][^,{}\[\]#]*?)\s*(?=[,}]|$)"
)


def _for_underlined(place: Place) -> Iterator[QuickFix]:
    """The better value in place of the underlined text."""
    insert = as_written(place, str(place.params["better"]))
    if insert is not None and len(place.underlined) > 0:
        yield changed(place.start, place.end, insert)


def _whole_value(place: Place) -> Iterator[QuickFix]:
    """The same, quotes included, which the value brings along where they are needed."""
    yield changed(place.start, place.end, str(place.params["better"]))


def _removed(place: Place) -> Iterator[QuickFix]:
    """`$.event.text`, and signs that nobody sees"""
    if place.underlined == "$." or (len(place.underlined) == 1 and place.underlined not in ".()"):
        yield changed(place.start, place.end, "")


def _quote_inside(place: Place) -> Iterator[QuickFix]:
    """`'don't'`"""
    insert = as_written(place, f"'{place.params['text']}'")
    if insert is not None:
        yield changed(place.start, place.end, insert)


def _plain_argument(place: Place) -> Iterator[QuickFix]:
    """`ago(event.received_at, '2 ngày')`; quotes of YAML around it are left to the person."""
    wrong, better = str(place.params["value"]), f"'{place.params['better']}'"
    if place.text.count(wrong, place.start, place.line_end) == 1:
        start = place.text.index(wrong, place.start)
        if place.text[start - 1] != "'":
            yield changed(start, start + len(wrong), better)


def _whole_call(place: Place) -> Iterator[QuickFix]:
    """`contains(contact.tags, ['vip', 'new'])`"""
    found = re.compile(r"\w+\([^()]*\)").match(place.text, place.start, place.line_end)
    insert = as_written(place, str(place.params["better"]))
    if found and insert is not None:
        yield changed(found.start(), found.end(), insert)


def _with_zone(place: Place) -> Iterator[QuickFix]:
    """`between(now, '08:00', '21:00')`, `weekday(now)`"""
    found = re.compile(r"\w+\([^()]*\)").match(place.text, place.start, place.line_end)
    insert = as_written(place, f"{place.params['call']}, '{place.params['zone']}')")
    if found and insert is not None:
        yield changed(found.start(), found.end(), insert)


def _comparison(place: Place) -> Iterator[QuickFix]:
    """`event.attachments[*].type == 'image'`"""
    source, literal = str(place.params["source"]), str(place.params["literal"])
    pattern = re.compile(rf"{re.escape(source)}\s*==\s*{re.escape(literal)}")
    insert = as_written(place, str(place.params["better"]))
    for found in pattern.finditer(place.text, place.line_start, place.line_end):
        if found.start() <= place.start < found.end() and insert is not None:
            yield changed(found.start(), found.end(), insert)


def _value_as_key(place: Place) -> Iterator[QuickFix]:
    """`{comment.created}`, and `comment.created:` on a line of its own"""
    found = re.compile(r"[^\s:,{}]+:?").match(place.text, place.start, place.line_end)
    if found:
        yield changed(found.start(), found.end(), str(place.params["better"]))


def _tags(kind: str) -> Callable[[Place], Iterator[QuickFix]]:
    """`remember: {tag: vip}`"""

    def fixes(place: Place) -> Iterator[QuickFix]:
        pattern = re.compile(rf"{re.escape(str(place.params['key']))}:\s+{_VALUE}")
        found = pattern.match(place.text, place.start, place.line_end)
        if found:
            value = found["value"]
            listed = value if value.startswith("[") else f"[{value}]"
            yield changed(found.start(), found.end("value"), f"tags: {{{kind}: {listed}}}")

    return fixes


def _word_for_sign(place: Place) -> Iterator[QuickFix]:
    """`{{ event.text && event.id }}`"""
    sign = str(place.params["sign"])
    found = re.compile(f"(?:{re.escape(sign)})+").match(place.text, place.start, place.line_end)
    if found:
        yield changed(found.start(), found.end(), str(place.params["word"]))


def _item_in_quotes(place: Place) -> Iterator[QuickFix]:
    """`- 'giá' in event.text`"""
    for entry in reversed(entries(place.line)):
        start = place.line_start + entry.value
        value = place.line[entry.value :].rstrip()
        if start <= place.start and "#" not in value:
            yield changed(start, start + len(value), str(place.params["quotes"]))
            return


def _condition(place: Place) -> Iterator[QuickFix]:
    """`- event.text: giá`, and `- field: event.text` with `operator` and `value` below it."""
    better = str(place.params["better"])
    end = place.line_start + len(place.line.rstrip())
    before = place.line[: place.start - place.line_start].strip()
    if before.startswith("- {") and place.text[end - 1] == "}":
        start = place.text.index("{", place.line_start)
        yield changed(start, end, better)
    elif before in ("", "-"):
        yield from instead_of_item(place, [better], is_last=False)


def _conditions(place: Place) -> Iterator[QuickFix]:
    """`conditions: {keywords: [giá]}`, on one line or several."""
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
    """`app: facebook` beside an action, on a line of its own or between braces."""
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


PLAIN_FIXES: Final[Mapping[str, Callable[[Place], Iterator[QuickFix]]]] = {
    conditions.LETTER_LIKE_OURS.code: _for_underlined,
    conditions.LIST_COMPARED.code: _comparison,
    conditions.PATH_OTHERWISE.code: _for_underlined,
    conditions.QUOTE_INSIDE_TEXT.code: _quote_inside,
    conditions.UNEXPECTED_SIGN.code: _removed,
    conditions.UNSEEN_SIGN.code: _removed,
    functions.SPAN_SPELT_OUT.code: _plain_argument,
    functions.TIME_OF_DAY_SPELT_OUT.code: _plain_argument,
    functions.ZONE_MISSING.code: _with_zone,
    always_holds.LIST_ALWAYS_HOLDS.code: _for_underlined,
    searched_texts.LIST_IN_LIST.code: _whole_call,
    always_holds.MISSING_SIDE.code: _for_underlined,
    always_holds.NUMBER_ALWAYS_HOLDS.code: _for_underlined,
    references.WORD_FOR_FLAG.code: _whole_value,
    rules.APP_BESIDE_ACTION.code: _without_app,
    rules.CONDITION_AS_PAIR.code: _condition,
    rules.CONDITION_AS_PARTS.code: _condition,
    rules.CONDITIONS_AS_PAIRS.code: _conditions,
    rules.NAME_OF_ELSEWHERE.code: _for_underlined,
    shape.NAME_OTHERWISE.code: _for_underlined,
    shape.VALUE_AS_KEY.code: _value_as_key,
    sending.BARE_PATH.code: _whole_value,
    sending.OBJECT_IN_TEXT.code: _for_underlined,
    remembering.TAG_AS_VALUE.code: _tags("add"),
    remembering.UNTAGGING_AS_VALUE.code: _tags("remove"),
    syntax.EXPRESSION_BEGINS_WITH_QUOTE.code: _item_in_quotes,
    templates.SIGN_FOR_WORD.code: _word_for_sign,
    triggers.EVENTS_IN_ONE_TEXT.code: _whole_value,
    inputs.NOT_OF_ANSWER.code: _for_underlined,
}
