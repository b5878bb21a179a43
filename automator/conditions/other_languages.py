"""Finds forms of other programming languages in a wrong expression, and says what to write instead.

Examples: `event['text']`, `event.text in ['a']`, `'it''s'`, and words or signs for operators.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Final

from automator.conditions.forms.finding import Finding
from automator.configuration.time_intervals import DEFAULT_ZONE
from automator.reasons.problems import conditions as problems
from automator.reasons.problems.functions import condition_zone_missing

#: One side of an operator: a path, a call, a text, or a list.
_SIDE: Final = r"(?:[\w.]+\([^()]*\)|'[^']*'|\"[^\"]*\"|\[[^\[\]]*\]|[\w.]+)"
#: `event.text in ['a']`: a word between two sides in place of a function.
INFIX: Final = re.compile(
    rf"(?<![\w.])(?P<left>{_SIDE})\s+(?P<not>not\s+)?(?P<word>in|i?like|contains|includes|has|matches"
    rf"|starts_?with|ends_?with|ch[ứu]a|c[óo])\s+(?P<right>{_SIDE}|\([^()]*\)|/\S+/i?(?=\s|$))",
    re.IGNORECASE,
)
#: The function for a word that other languages write between two values.
_FUNCTIONS: Final = {"matches": "matches", "startswith": "starts_with", "endswith": "ends_with"}
_SIGNS: Final = re.compile(
    r"(?<![\w.])is\s+not(?!\w)|(?<![\w.])is(?!\w)|<>|(?<=\s)&(?=\s)|\?\?|\?\.(?=\w)|[!=]==|\$json\b"
    r"|(?<=[\w)\]'`] )(?:eq|ne|gte?|ge|lte?|le)(?= [\w('`])",
    re.IGNORECASE,
)
#: `'it''s'`, `'don't'`: a quote inside a text.
_QUOTE_INSIDE: Final = re.compile(
    r"(?<![\w'\\])'(?P<text>[^'\\]*[^'\\\s](?:''|'(?!(?:and|or|in)\b)(?=[^\W\d_]))[^'\\&|=<>]*)'"
    r"(?=\s*(?:$|[)\],&|]))",
    re.IGNORECASE,
)
#: `event['text']`: a name in brackets.
_NAME_IN_BRACKETS: Final = re.compile(
    r"(?P<before>(?<![\w.$])(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)\[\s*(?P<quote>['\"])(?P<name>[^'\"]+)(?P=quote)\s*\]"
)
#: `items.0.name`: an element named by its number after a dot.
_NUMBER_BEHIND_DOT: Final = re.compile(
    r"(?P<before>(?<![\w.])(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)\.(?P<number>[0-9]+)(?![\w])"
)
#: `keywords(…, mode='exact')`
_NAMED_ARGUMENT: Final = re.compile(
    r",\s*(?P<all>(?P<name>[a-z]\w*)\s*=\s*(?P<value>'[^']*'|`[^`]*`))"
)
#: `between(now, 8, 21)`
_HOURS_AS_NUMBERS: Final = re.compile(
    r"(?<![\w.])between\(\s*(?P<time>[\w.]+)\s*,\s*(?P<first>[01]?[0-9]|2[0-3])\s*,"
    r"\s*(?P<last>[01]?[0-9]|2[0-3])\s*(?:,\s*(?P<zone>'[^']*')\s*)?\)"
)
#: Vietnamese words for operators: between two values, or before one.
_VIETNAMESE: Final = re.compile(
    r"(?<=[\w)\]'`])\s+(?P<between>và|hoặc|hay|bằng|khác)\s+(?=[\w(\['`!])"
    r"|(?<![\w.])(?P<before>không(?:\s+phải)?)\s+(?=[a-z_]+[(.])",
    re.IGNORECASE,
)
_OPERATORS: Final = {
    "??": "||",
    "?.": ".",
    "eq": "==",
    "ne": "!=",
    "gt": ">",
    **dict.fromkeys(("gte", "ge"), ">="),
    "lt": "<",
    **dict.fromkeys(("lte", "le"), "<="),
    "is": "==",
    "<>": "!=",
    "!==": "!=",
    "===": "==",
    "$json": "event.data",
    "&": "&&",
    "và": "&&",
    "hoặc": "||",
    "hay": "||",
    "bằng": "==",
    "khác": "!=",
}


def _quotes_inside(text: str, _: str) -> Iterator[Finding]:
    """Finds `'it''s'`, `'don't'`."""
    for found in _QUOTE_INSIDE.finditer(text):
        inner = escaped(found["text"].replace("''", "'"))
        yield Finding(
            found.start(), len(found[0]), problems.condition_quote_inside_text(text=inner)
        )


def _names_in_brackets(text: str, bare: str) -> Iterator[Finding]:
    """Finds `event['text']`, `items.0.name`."""
    for found in _NAME_IN_BRACKETS.finditer(text):
        # The blanked text shows whether the match itself is inside quotes.
        if bare[found.start()] != "\x00":
            name = found["name"]
            is_plain = re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) is not None
            better = (
                f"{found['before']}.{name if is_plain else json.dumps(name, ensure_ascii=False)}"
            )
            yield Finding(
                found.start(), len(found[0]), problems.condition_path_otherwise(better=better)
            )
    for found in _NUMBER_BEHIND_DOT.finditer(bare):
        better = f"{found['before']}[{found['number']}]"
        yield Finding(
            found.start(), len(found[0]), problems.condition_path_otherwise(better=better)
        )


def _named_arguments(text: str, bare: str) -> Iterator[Finding]:
    """Finds `keywords(…, mode='exact')`: options are an object."""
    for found in _NAMED_ARGUMENT.finditer(bare):
        value = text[found.start("value") : found.end("value")]
        better = f"{{{found['name']}: {value}}}"
        start, end = found.span("all")
        reason = problems.condition_word_between(word=f"{found['name']}=", better=better)
        yield Finding(start, end - start, reason)


def _hours_as_numbers(text: str, bare: str) -> Iterator[Finding]:
    """Finds `between(now, 8, 21)`."""
    for found in _HOURS_AS_NUMBERS.finditer(bare):
        first, last = (f"'{int(found[end]):02d}:00'" for end in ("first", "last"))
        call = f"between({found['time']}, {first}, {last}"
        reason = condition_zone_missing(name="between", call=call, zone=DEFAULT_ZONE)
        if found["zone"]:
            zone = text[found.start("zone") : found.end("zone")]
            reason = problems.condition_form_of_code(better=f"{call}, {zone})")
        yield Finding(found.start(), len(found[0]), reason)


def _roots(_: str, bare: str) -> Iterator[Finding]:
    """Finds `$.event.text`, `$event.text`."""
    for found in re.finditer(r"\$\.?(?!json\b)(?=[a-z])", bare):
        yield Finding(
            found.start(), len(found[0]), problems.condition_unexpected_sign(found=found[0])
        )


def _infixes(text: str, bare: str) -> Iterator[Finding]:
    """Finds `event.text in ['a']`, `event.text like '%a%'`."""
    for found in INFIX.finditer(bare):
        left, right = (
            _in_single_quotes(text[found.start(side) : found.end(side)])
            for side in ("left", "right")
        )
        word = found["word"]
        better = f"{'!' if found['not'] else ''}{_called(word.lower(), left, right)}"
        start = found.start("not") if found["not"] else found.start("word")
        reason = problems.condition_word_between(
            word=text[start : found.end("word")], better=better
        )
        # Text between slashes is no expression.
        end = found.end("right" if found["right"][0] == "/" else "word")
        yield Finding(start, end - start, reason)


def _in_single_quotes(side: str) -> str:
    """The side of an operator, rewritten: `"a"` is a text in most languages and gets single quotes,
    `('a', 'b')` is a list.
    """
    if side[0] == "/":
        # A pattern between slashes, as in JavaScript.
        pattern, _, options = side[1:].rpartition("/")
        side = f"'{'(?i)' * bool(options)}{escaped(pattern.replace(chr(92) + '/', '/'))}'"
    if side[0] == "(":
        side = f"[{side[1:-1].strip().rstrip(',')}]"
    return re.sub(r'"([^"]*)"', lambda found: f"'{escaped(found[1])}'", side)


def _called(word: str, left: str, right: str) -> str:
    if word == "in":
        # `contains` finds a text in a text, `one_of` a value among several.
        is_part = left[0] == "'" and right[0] not in "'["
        return f"contains({right}, {left})" if is_part else f"one_of({left}, {right})"
    function = _FUNCTIONS.get(word.replace("_", ""), "contains")
    if word.endswith("like") and right.count("%") == 1:
        function = "ends_with" if right.startswith("'%") else "starts_with"
    if function != "matches":
        right = right.replace("%", "")
    return f"{function}({left}, {right})"


def _signs(_: str, bare: str) -> Iterator[Finding]:
    for found in _SIGNS.finditer(bare):
        word = found[0]
        operator = _OPERATORS.get(word.lower(), "!=")
        reason = problems.condition_word_for_operator(word=word, operator=operator)
        yield Finding(found.start(), len(word), reason)


def _vietnamese(_: str, bare: str) -> Iterator[Finding]:
    """Finds `keywords(…) và event.parent == null`."""
    for found in _VIETNAMESE.finditer(bare):
        part = "between" if found["between"] else "before"
        word = found[part]
        operator = _OPERATORS.get(word.lower(), "!")
        reason = problems.condition_word_for_operator(word=word, operator=operator)
        yield Finding(found.start(part), len(word), reason)


def escaped(text: str) -> str:
    """A text as written between single quotes."""
    return text.replace("'", "\\'")


#: Each takes the text, and the text with everything in quotes blanked out.
OF_OTHER_LANGUAGES: Final[tuple[Callable[[str, str], Iterator[Finding]], ...]] = (
    _quotes_inside, _names_in_brackets, _named_arguments, _hours_as_numbers, _roots, _infixes,
    _signs, _vietnamese,
)  # fmt: skip


# --- The path or value that people mean by a top-level name that does not exist ---

_OF_EVENT: Final = (
    "text type provider actor comment post message conversation parent attachments data headers"
    " query received_at occurred_at"
)
_OF_CONTACT: Final = (
    "state tags opted_out blocked first_seen last_inbound_at window_opened_at human_reply_at"
)
#: The names that ManyChat and other programs have for a person's name.
_NAMES: Final = (
    "first_name last_name full_name user_name username user_first_name customer_name sender_name"
    " ten ten_khach ten_khach_hang"
)
_VALUES: Final = {
    "true": "`true`",
    "True": "`true`",
    "TRUE": "`true`",
    "false": "`false`",
    "False": "`false`",
    "FALSE": "`false`",
    **dict.fromkeys(("None", "none", "NULL", "Null", "nil", "undefined"), "`null`"),
}
_MEANT: Final = {
    **{name: f"event.{name}" for name in _OF_EVENT.split()},
    **{name: f"contact.{name}" for name in _OF_CONTACT.split()},
    **dict.fromkeys(_NAMES.split(), "event.actor.name"),
    **dict.fromkeys(("user_id", "sender_id", "customer_id", "psid"), "event.actor.id"),
    **dict.fromkeys(("user", "customer", "sender", "khach", "khach_hang"), "event.actor"),
    **dict.fromkeys(("payload", "body", "json", "github"), "event.data"),
    "trigger": "event",
    **{f"{of}_id": f"event.{of}.id" for of in ("post", "comment", "parent", "message")},
}


def meant_path(name: str) -> str | None:
    """The path that a name means: `event.text` for `text`; None if unknown."""
    return _MEANT.get(name)


def meant_in_expression(name: str) -> str | None:
    """The path that a name means, or the value in backticks: `` `null` `` for `None`; or None."""
    return _MEANT.get(name) or _VALUES.get(name)
