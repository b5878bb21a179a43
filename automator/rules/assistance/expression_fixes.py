"""Quick fixes of expressions, and of texts and addresses that are well written and not meant so."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from automator.conditions.other_languages import INFIX
from automator.model import Reason
from automator.reasons.problems import (
    addresses,
    conditions,
    functions,
    rules,
    templates,
    triggers,
    values,
)
from automator.reasons.problems.meaning import comparisons, searched_texts, sending
from automator.rules.assistance.cursor import cursor_at
from automator.rules.assistance.fix_place import Place, QuickFix, as_written, changed

Fixes = Callable[[Place], Iterator[QuickFix]]


def _instead(place: Place, wrong: str, better: str) -> Iterator[QuickFix]:
    """Replaces a text that occurs once in the line, behind the place of the problem."""
    written, insert = as_written(place, wrong), as_written(place, better)
    if written is None or insert is None:
        return
    start = place.text.find(written, place.start, place.line_end)
    if start >= 0 and place.text.count(written, place.line_start, place.line_end) == 1:
        yield changed(start, start + len(written), insert)


def _by(wrong: str, better: str) -> Fixes:
    """The same, with the values of the reason filled in."""

    def fixes(place: Place) -> Iterator[QuickFix]:
        return _instead(place, wrong.format(**place.params), better.format(**place.params))

    return fixes


def _words(place: Place) -> Iterator[QuickFix]:
    """`'giá, bao nhiêu'`, alone or as the only item of a list."""
    better = str(place.params["better"])
    if place.text[: place.start].rstrip().endswith("["):
        better = better[1:-1]
    yield from _instead(place, f"'{place.params['text']}'", better)


def _flag(place: Place) -> Iterator[QuickFix]:
    """`contact.opted_out == 'true'`"""
    for value in ("true", "false"):
        yield from _instead(place, f"'{value}'", f"`{value}`")


def _one_value(place: Place) -> Iterator[QuickFix]:
    """`event.actor == '2001'`; of other objects nobody knows which value is meant."""
    name, example = str(place.params["name"]), str(place.params["example"])
    if example in (f"{name}.id", f"{name}.name"):
        yield from _instead(place, name, example)


def _swapped(place: Place) -> Iterator[QuickFix]:
    """`keywords(['giá'], event.text)`"""
    function, path = str(place.params["function"]), str(place.params["path"])
    pattern = re.compile(rf"{function}\(\s*(.+?)\s*,\s*{re.escape(path)}(?=\s*[,)])")
    found = pattern.match(place.text, place.start, place.line_end)
    if found:
        yield changed(found.start(), found.end(), f"{function}({path}, {found[1]}")


def _without_braces(place: Place) -> Iterator[QuickFix]:
    """`event.text == '{{ vars.shop }}'`"""
    path = str(place.params["path"])
    if re.fullmatch(rf"'\s*\{{\{{\s*{re.escape(path)}\s*\}}\}}\s*'", place.underlined):
        yield changed(place.start, place.end, path)


def _two_braces(place: Place) -> Iterator[QuickFix]:
    """`{event.actor.name}`"""
    path = str(place.params["path"])
    if path in place.underlined:
        yield changed(place.start, place.end, f"{{{{ {path} }}}}")


def _inner(place: Place) -> Iterator[QuickFix]:
    """`{{ event.text == 'giá' }}` where an expression is wanted."""
    yield from _instead(place, place.underlined, str(place.params["inner"]))


def _whole(place: Place) -> Iterator[QuickFix]:
    """`event.text =~ /giá/`, `/giá/`"""
    yield from _instead(place, place.underlined, str(place.params["better"]))


def _blank(place: Place) -> Iterator[QuickFix]:
    if len(place.underlined) == 1:
        yield changed(place.start, place.end, " ")


def _plain_sign(place: Place) -> Iterator[QuickFix]:
    if place.underlined == place.params["found"]:
        better = str(place.params["better"])
        yield changed(place.start, place.end, "==" if better == "=" else better)


def _ungrouped(place: Place) -> Iterator[QuickFix]:
    """`500,000`"""
    yield from _instead(place, place.underlined, f"`{place.params['number']}`")


def _straight_quotes(place: Place) -> Iterator[QuickFix]:
    text = str(place.params["text"])
    if place.underlined[1:-1] == text and "'" not in text:
        yield from _instead(place, place.underlined, f"'{text}'")


def _call(place: Place) -> Iterator[QuickFix]:
    """`event.text in ['giá', 'ib']` as a call of the function for it."""
    for found in INFIX.finditer(place.line):
        begins = place.line_start + found.start("not" if found["not"] else "word")
        insert = as_written(place, str(place.params["better"]))
        start, end = place.line_start + found.start(), place.line_start + found.end()
        if begins == place.start and insert is not None and "''" not in found[0]:
            yield changed(start, end, insert)


def _any_of(place: Place) -> Iterator[QuickFix]:
    """`contains(event.text, ['giá', 'bn'])` as a search for words."""
    better = str(place.params["better"])
    yield from _instead(place, better.replace("keywords(", "contains(", 1), better)


def _piped(place: Place) -> Iterator[QuickFix]:
    """`event.text.upper()` and `upper(event.text)` as `event.text | upper`."""
    call, better = str(place.params["call"]), str(place.params["better"])
    if not better.startswith("…"):
        yield from _instead(place, call, better)
        return
    name = better.rpartition(" ")[2]
    for found in re.finditer(rf"(?<=[\w\])])\.{re.escape(name)}\(\s*\)", place.line):
        if found.start() <= place.start - place.line_start <= found.end():
            start = place.line_start + found.start()
            yield changed(start, place.line_start + found.end(), f" | {name}")


def _quoted_name(place: Place) -> Iterator[QuickFix]:
    """`event.text == gia`, `[gia, ib]`; not where another name is near."""
    suggestion = place.params["suggestion"]
    insert = as_written(place, f"'{place.underlined}'")
    is_near = isinstance(suggestion, Reason) and "nearest" in suggestion.params
    if place.underlined == place.params["name"] and insert is not None and not is_near:
        yield changed(place.start, place.end, insert)


def _placeholder(place: Place) -> Iterator[QuickFix]:
    """`%name%`"""
    if place.underlined == place.params["written"]:
        yield changed(place.start, place.end, f"{{{{ {place.params['path']} }}}}")


def _sign(insert: str, length: int) -> Fixes:
    """Replaces this number of underlined characters by another sign."""

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


EXPRESSION_FIXES: Final[Mapping[str, Fixes]] = {
    comparisons.OUTER_BLANK.code: _by("'{text}'", "'{better}'"),
    comparisons.TAG_AS_FIELD.code: _by("{path}", "{better}"),
    comparisons.NUMBER_IN_QUOTES.code: _by("'{text}'", "`{number}`"),
    comparisons.NUMBER_GROUPED.code: _by("`{written}`", "`{digits}`"),
    comparisons.NOT_A_TEXT.code: _by("`{written}`", "'{written}'"),
    comparisons.NOT_A_FLAG.code: _flag,
    comparisons.NOT_A_LIST.code: _by("{name} == '{text}'", "contains({name}, '{text}')"),
    comparisons.ONE_VALUE_NEEDED.code: _one_value,
    searched_texts.NEVER_LEFT.code: _by("'{text}'", "'{better}'"),
    searched_texts.ARGUMENTS_SWAPPED.code: _swapped,
    searched_texts.WORDS_JOINED.code: _words,
    comparisons.TEMPLATE_IN_EXPRESSION.code: _without_braces,
    searched_texts.WILDCARD_COMPARED.code: _by("{name} == '{text}'", "{better}"),
    searched_texts.LIST_IN_TEXT.code: _any_of,
    rules.NAME_OR_TEXT.code: _quoted_name,
    sending.WORD_WITHOUT_QUOTES.code: _by("{text}", "\"'{text}'\""),
    templates.FILTER_CALLED.code: _piped,
    searched_texts.TEXT_FOR_LIST.code: _by("'{text}'", "{better}"),
    functions.PATTERN_OF_STARS.code: _by("'{text}'", "'{better}'"),
    searched_texts.PATTERN_IN_SLASHES.code: _by("'{text}'", "'{better}'"),
    triggers.CRON_OTHERWISE.code: _by("{text}", "{better}"),
    values.DAYS_OTHERWISE.code: _by("{text}", "{better}"),
    values.TIMES_OTHERWISE.code: _by("{text}", "{better}"),
    conditions.WORD_BETWEEN.code: _call,
    sending.OTHER_PLACEHOLDER.code: _placeholder,
    sending.SINGLE_BRACES.code: _two_braces,
    addresses.ADDRESS_WITHOUT_SCHEME.code: _by("{written}", "{better}"),
    conditions.FORM_OF_CODE.code: _whole,
    conditions.PATTERN_OF_SLASHES.code: _whole,
    conditions.ACCENT_IN_NAME.code: _by("{name}", '"{name}"'),
    conditions.COMMA_TOO_MANY.code: _sign("", 1),
    conditions.MISSING_COMMA.code: _sign(", ", 0),
    conditions.BRACES_AROUND.code: _inner,
    conditions.NEGATION_ENDS_EARLY.code: _by("!{whole}", "!({whole})"),
    conditions.SMART_QUOTES.code: _straight_quotes,
    conditions.LOOKALIKE_SIGN.code: _plain_sign,
    conditions.UNUSUAL_BLANK.code: _blank,
    conditions.DASH_IN_NAME.code: _by("{name}", '"{name}"'),
    conditions.BARE_DURATION.code: _by("{text}", "'{text}'"),
    conditions.BARE_TEXT.code: _by("{text}", "'{text}'"),
    conditions.NUMBER_IN_GROUPS.code: _ungrouped,
    conditions.UNEXPECTED_EQUALS.code: _sign("==", 1),
    conditions.ONE_EQUALS_TOO_MANY.code: _sign("", 1),
    conditions.EQUALS_BEFORE_GREATER.code: _sign(">=", 2),
    conditions.WORD_FOR_OPERATOR.code: _operator,
    conditions.BARE_NUMBER.code: _backticks,
    conditions.BARE_WORD.code: _backticks,
    conditions.TEXT_IN_DOUBLE_QUOTES.code: _literal,
    conditions.TEXT_IN_BACKTICKS.code: _literal,
}
