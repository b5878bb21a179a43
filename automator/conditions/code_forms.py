"""Finds forms of program code in a text that is not an expression, and says what to write.

`event.text =~ /giá/i`, `any(w in event.text for w in ['giá'])`, `vars.prices[event.text]`,
`now - contact.last_inbound_at > 24h`, `['giá',]`.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from automator.conditions.forms.finding import Finding
from automator.conditions.other_languages import escaped
from automator.reasons.problems import conditions as problems

_PATH: Final = r"(?<![\w.])[A-Za-z_]\w*(?:\.\w+)+"
_LIST: Final = r"(?:\[[^\[\]]*\]|[A-Za-z_][\w.]*)"
#: `/giá/i`, alone or behind a sign that stands for `matches`; also `~ 'giá'`.
_PATTERN: Final = r"/(?![\s/*])(?P<pattern>[^/]+)/(?P<flags>[gimsuy]{0,4})(?!\w)"
_SLASHED: Final = re.compile(rf"(?<=[(,=~])\s*(?P<all>{_PATTERN})")
_MATCHED: Final = re.compile(
    rf"(?P<left>{_PATH})\s*(?P<sign>=~|!~|~[=*]?)\s*(?:{_PATTERN}|(?P<text>'[^']*'|\"[^\"]*\"))"
)
#: `any(word in event.text for word in ['giá'])`
_ANY_OF: Final = re.compile(
    rf"any\(\[?\s*(?P<word>\w+)\s+in\s+(?P<text>{_PATH})\s+for\s+(?P=word)\s+in\s+(?P<words>{_LIST})\s*\]?\)"
)
#: `now - contact.last_inbound_at > 24h`
_AGE: Final = re.compile(
    rf"(?<![\w.])now\s*-\s*(?P<time>{_PATH})\s*(?P<sign>[<>])=?\s*['\"]?(?P<age>[0-9]+[smhdw])\b['\"]?"
)
#: `vars.prices[event.text]`: the name in the brackets is the value of another path.
_LOOK_UP: Final = re.compile(
    rf"(?P<list>{_PATH})(?:\[\s*(?P<by>(?:event|contact|vars|steps)\.[\w.]+)\s*\]"
    r"|\.\{\{\s*(?P<filled>(?:event|contact|vars|steps)\.[\w.]+)\s*\}\})"
)
_TYPE_OF: Final = re.compile(rf"(?<![\w.])typeof\s+(?P<path>{_PATH})")
#: `['giá',]`, `['giá'; 'ib']`, `['giá' 'ib']`; `\x00` stands for what is in quotes.
_COMMAS: Final = re.compile(
    r"(?P<extra>,)(?=\s*[\])])|(?<=')\s*(?P<semicolon>;)|(?<=\x00')\s+(?P<next>'\x00)"
)


def _slashed(text: str, bare: str) -> Iterator[Finding]:
    for found in _MATCHED.finditer(bare):
        start, end = found.span()
        whole = text[start:end]
        again = _MATCHED.fullmatch(whole)
        pattern = _as_pattern(again) if again and again["pattern"] else whole
        if again and again["text"]:
            pattern = f"'{again['text'][1:-1]}'"
        no = "!" if found["sign"] == "!~" else ""
        better = f"{no}matches({found['left']}, {pattern})"
        yield Finding(start, end - start, problems.FORM_OF_CODE(better=better))
    for found in _SLASHED.finditer(bare):
        start, end = found.span("all")
        reason = problems.PATTERN_OF_SLASHES(better=_as_pattern(found))
        yield Finding(start, end - start, reason)


def _as_pattern(found: re.Match[str]) -> str:
    return f"'{'(?i)' if 'i' in found['flags'] else ''}{escaped(found['pattern'])}'"


def _any_of(text: str, bare: str) -> Iterator[Finding]:
    for found in _ANY_OF.finditer(bare):
        words = text[found.start("words") : found.end("words")]
        better = f"keywords({found['text']}, {words})"
        yield Finding(found.start(), len(found[0]), problems.FORM_OF_CODE(better=better))


def _ages(text: str, bare: str) -> Iterator[Finding]:
    for found in _AGE.finditer(text):
        if bare[found.start()] == "\x00":
            continue
        no = "!" if found["sign"] == "<" else ""
        better = f"{no}ago({found['time']}, '{found['age']}')"
        yield Finding(found.start(), len(found[0]), problems.FORM_OF_CODE(better=better))


def _look_ups(_: str, bare: str) -> Iterator[Finding]:
    for found in _LOOK_UP.finditer(bare):
        by = found["by"] or found["filled"]
        better = f"{{{{ {found['list']}[{by}] }}}}"
        yield Finding(found.start(), len(found[0]), problems.LOOK_UP(by=by, better=better))


def _types(_: str, bare: str) -> Iterator[Finding]:
    for found in _TYPE_OF.finditer(bare):
        better = f"type({found['path']})"
        yield Finding(found.start(), len(found[0]), problems.FORM_OF_CODE(better=better))


def _commas(_: str, bare: str) -> Iterator[Finding]:
    for found in _COMMAS.finditer(bare):
        if found["extra"]:
            yield Finding(found.start("extra"), 1, problems.COMMA_TOO_MANY())
        elif found["semicolon"]:
            sign = problems.LOOKALIKE_SIGN(found=";", better=",")
            yield Finding(found.start("semicolon"), 1, sign)
        else:
            yield Finding(found.start("next"), 1, problems.MISSING_COMMA())


#: Each gets the text, and the same text with its quotations blanked.
OF_CODE: Final[tuple[Callable[[str, str], Iterator[Finding]], ...]] = (
    _slashed, _any_of, _ages, _look_ups, _types, _commas,
)  # fmt: skip
