"""Quick fixes whose words the reason of the problem has: `better` for what is underlined."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

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
from automator.rules.assistance.fix_place import Place, QuickFix, as_written, changed

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


def _pair(place: Place) -> Iterator[QuickFix]:
    """`- event.text: giá`, on a line of its own"""
    better, end = str(place.params["better"]), place.line_start + len(place.line.rstrip())
    if place.line[: place.start - place.line_start].strip() == "-" and "#" not in place.line:
        yield changed(place.start, end, better)


def _between_braces(place: Place) -> Iterator[QuickFix]:
    """`- {field: event.text, operator: contains, value: giá}`, `conditions: {keywords: [giá]}`"""
    start = place.text.find("{", place.line_start, place.start + 1)
    end = place.line_start + len(place.line.rstrip())
    before = place.text[place.line_start : start].strip()
    if start >= 0 and place.text[end - 1] == "}" and before in ("-", "conditions:"):
        yield changed(start, end, str(place.params["better"]))


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
    rules.CONDITION_AS_PAIR.code: _pair,
    rules.CONDITION_AS_PARTS.code: _between_braces,
    rules.CONDITIONS_AS_PAIRS.code: _between_braces,
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
