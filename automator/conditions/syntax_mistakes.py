"""Finds frequent mistakes in a wrong expression, and says what to write instead."""

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Final

from jmespath.exceptions import LexerError

from automator.conditions.forms.finding import Finding
from automator.conditions.forms.grammar import tokens
from automator.conditions.other_languages import OF_OTHER_LANGUAGES, escaped
from automator.model import Reason, normalized
from automator.reasons.problems import conditions as problems

# --- Program code in place of an expression ---
#
# `event.text =~ /giá/i`, `any(w in event.text for w in ['giá'])`, `vars.prices[event.text]`, `now
# - contact.last_inbound_at > 24h`, `['giá',]`.


_PATH: Final = r"(?<![\w.])[A-Za-z_]\w*(?:\.\w+)+"
_LIST: Final = r"(?:\[[^\[\]]*\]|[A-Za-z_][\w.]*)"
#: `/giá/i`, alone or after a sign that means `matches`; also `~ 'giá'`.
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
#: `['giá',]`, `['giá'; 'ib']`, `['giá' 'ib']`; `\x00` represents text in quotes.
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
        yield Finding(start, end - start, problems.condition_form_of_code(better=better))
    for found in _SLASHED.finditer(bare):
        start, end = found.span("all")
        reason = problems.condition_pattern_of_slashes(better=_as_pattern(found))
        yield Finding(start, end - start, reason)


def _as_pattern(found: re.Match[str]) -> str:
    return f"'{'(?i)' if 'i' in found['flags'] else ''}{escaped(found['pattern'])}'"


def _any_of(text: str, bare: str) -> Iterator[Finding]:
    for found in _ANY_OF.finditer(bare):
        words = text[found.start("words") : found.end("words")]
        better = f"keywords({found['text']}, {words})"
        yield Finding(found.start(), len(found[0]), problems.condition_form_of_code(better=better))


def _ages(text: str, bare: str) -> Iterator[Finding]:
    for found in _AGE.finditer(text):
        if bare[found.start()] == "\x00":
            continue
        no = "!" if found["sign"] == "<" else ""
        better = f"{no}ago({found['time']}, '{found['age']}')"
        yield Finding(found.start(), len(found[0]), problems.condition_form_of_code(better=better))


def _look_ups(_: str, bare: str) -> Iterator[Finding]:
    for found in _LOOK_UP.finditer(bare):
        by = found["by"] or found["filled"]
        better = f"{{{{ {found['list']}[{by}] }}}}"
        yield Finding(
            found.start(), len(found[0]), problems.condition_look_up(by=by, better=better)
        )


def _types(_: str, bare: str) -> Iterator[Finding]:
    for found in _TYPE_OF.finditer(bare):
        better = f"type({found['path']})"
        yield Finding(found.start(), len(found[0]), problems.condition_form_of_code(better=better))


def _commas(_: str, bare: str) -> Iterator[Finding]:
    for found in _COMMAS.finditer(bare):
        if found["extra"]:
            yield Finding(found.start("extra"), 1, problems.condition_comma_too_many())
        elif found["semicolon"]:
            sign = problems.condition_lookalike_sign(found=";", better=",")
            yield Finding(found.start("semicolon"), 1, sign)
        else:
            yield Finding(found.start("next"), 1, problems.condition_missing_comma())


#: Each takes the text, and the text with everything in quotes blanked out.
OF_CODE: Final[tuple[Callable[[str, str], Iterator[Finding]], ...]] = (
    _slashed, _any_of, _ages, _look_ups, _types, _commas,
)  # fmt: skip


Token = dict[str, Any]
#: Types of tokens that can end a value.
ENDS_VALUE: Final = frozenset(
    {
        "unquoted_identifier",
        "quoted_identifier",
        "literal",
        "rparen",
        "rbracket",
        "rbrace",
        "flatten",
        "current",
        "star",
        "number",
    }
)
_WORDS: Final = {"and": "&&", "or": "||", "not": "!"}
_NUMBER: Final = re.compile(r"-?[0-9.]*")
#: The id of a post is two numbers joined by `_`; our ids are always texts.
_IDENTIFIER: Final = re.compile(r"[0-9]+(?:_[0-9]+)+(?!\w)")
_ID_BEFORE: Final = re.compile(
    r"(?<![\w.])(?:event\.(?:post|comment|parent|actor|message|conversation|page)|contact)\.id\s*[=!]=\s*$"
)
_STRETCH_IN_QUOTES: Final = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`(?:\\.|[^`\\])*`")
_SMART_QUOTES: Final = re.compile(
    "[\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00b4\uff02\uff07](?P<text>[^\u2018-\u201f\u00bb\u00b4\uff02\uff07]*)(?:[\u2018-\u201f\u00bb\u00b4\uff02\uff07]|$)"
)
#: The sign that is meant by each look-alike of other keyboards.
_LOOKALIKES: Final = dict(
    zip("\u00a0\u3000\u202f\u2007：，（）［］｛｝＝＞＜！＆｜", "    :,()[]{}=><!&|", strict=True)
) | {"≠": "!=", "≥": ">=", "≤": "<="}
#: The Latin letter that each of these letters of other alphabets looks like.
_LIKE_OURS: Final = dict(
    zip("\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455", "aeopcyxijs", strict=True)
)
_UNSEEN: Final = frozenset("\u200b\u200c\u200d\u2060\ufeff")
_DURATION: Final = re.compile(r"(?<![\w.])[0-9]+[smhdw](?!\w)")
_DASHED: Final = re.compile(
    r"(?<![\w.])(?P<before>(?:\w+\.)+)(?P<name>[A-Za-z_]\w*(?:-[A-Za-z_]\w*)+)"
)
_LETTERS: Final = re.compile(r"[^\W\d_]\w*(?: +[^\W_]\w*)*")
_PATH_BEFORE: Final = re.compile(r"(?:[A-Za-z_]\w*\.)+$")
_CALCULATES: Final = re.compile(r"(?<=[\w\])`])\s*(?P<sign>[+*/\u2013\u2014-])\s*(?=[\w(`])")
_AMOUNT: Final = re.compile(r"\s*(-?[0-9]{1,3}(?:[.,][0-9]{3})+|-?[0-9]+(?:\.[0-9]+)?)\s*[đd]?\s*")
_OPENS: Final = frozenset({"lparen", "lbracket", "lbrace", "filter"})
_CLOSES: Final = frozenset({"rparen", "rbracket", "rbrace"})
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}


def syntax_mistakes(text: str) -> list[Finding]:
    """The mistakes in a text, in the order of their places; empty if none is recognised."""
    # Texts in quotes have no mistakes; blanks of the same length keep the positions.
    bare = _STRETCH_IN_QUOTES.sub(_blanked, text)
    found: list[Finding] = []
    for finding in chain.from_iterable(find(text, bare) for find in _FINDERS):
        end = finding.offset + finding.length
        if all(end <= one.offset or one.offset + one.length <= finding.offset for one in found):
            found.append(finding)
    return sorted(found) or list(_left_open(bare))


def _blanked(found: re.Match[str]) -> str:
    quote = found[0][0]
    return quote + "\x00" * (len(found[0]) - 2) + quote


def _braces(text: str, bare: str) -> Iterator[Finding]:
    # n8n begins an expression with `=`.
    for found in re.finditer(r"(?:^\s*=\s*)?\{\{(.*?)(?:\}\}|$)", bare):
        inner = text[found.start(1) : found.end(1)].strip()
        yield Finding(found.start(), len(found[0]), problems.condition_braces_around(inner=inner))
    of_javascript = re.fullmatch(r"\s*\$\{([^{}]*)\}\s*", text)
    if of_javascript:
        inner = of_javascript[1].strip()
        yield Finding(0, len(text), problems.condition_braces_around(inner=inner))


def _smart_quotes(text: str, bare: str) -> Iterator[Finding]:
    for found in _SMART_QUOTES.finditer(bare):
        word = text[found.start("text") : found.end("text")]
        reason = problems.condition_smart_quotes(found=found[0][0], text=word)
        yield Finding(found.start(), len(found[0]), reason)


def _lookalikes(_: str, bare: str) -> Iterator[Finding]:
    for at, sign in enumerate(bare):
        code = f"U+{ord(sign):04X}"
        if sign in _UNSEEN:
            yield Finding(at, 1, problems.condition_unseen_sign(code=code))
        elif sign in _LIKE_OURS:
            yield Finding(
                at, 1, problems.condition_letter_like_ours(code=code, better=_LIKE_OURS[sign])
            )
        elif sign in _LOOKALIKES:
            better = _LOOKALIKES[sign]
            if better == " ":
                yield Finding(at, 1, problems.condition_unusual_blank(code=code))
            else:
                yield Finding(at, 1, problems.condition_lookalike_sign(found=sign, better=better))


def _durations(_: str, bare: str) -> Iterator[Finding]:
    for found in _DURATION.finditer(bare):
        yield Finding(found.start(), len(found[0]), problems.condition_bare_duration(text=found[0]))


def _dashed_names(_: str, bare: str) -> Iterator[Finding]:
    for found in _DASHED.finditer(bare):
        name, whole = found["name"], f'{found["before"]}"{found["name"]}"'
        reason = problems.condition_dash_in_name(name=name, better=whole)
        yield Finding(found.start("name"), len(name), reason)


def _bare_texts(_: str, bare: str) -> Iterator[Finding]:
    """Finds words with letters that no name has, such as `[giá, bao nhiêu]`."""
    for found in _LETTERS.finditer(bare):
        whole, start = found[0], found.start()
        usual = normalized("NFKC", whole)
        if whole.isascii():
            continue
        reason = problems.condition_bare_text(text=whole)
        path = _PATH_BEFORE.search(bare, 0, start)
        if usual.isascii():
            reason = problems.condition_lookalike_sign(found=whole, better=usual)
        elif path:
            reason = problems.condition_accent_in_name(name=whole, better=f'{path[0]}"{whole}"')
        yield Finding(start, len(whole), reason)


def _calculations(_: str, bare: str) -> Iterator[Finding]:
    for found in _CALCULATES.finditer(bare):
        yield Finding(found.start("sign"), 1, problems.condition_calculation(sign=found["sign"]))


def _of_tokens(text: str, _: str) -> Iterator[Finding]:
    found = []
    for token in _readable_tokens(text):
        if isinstance(token, Finding):
            yield token
        else:
            found.append(token)
    yield from _words(found)
    yield from _bare_numbers(text, found)


_FINDERS: Final[tuple[Callable[[str, str], Iterator[Finding]], ...]] = (
    *OF_CODE, _braces, *OF_OTHER_LANGUAGES, _smart_quotes, _lookalikes, _durations, _dashed_names,
    _bare_texts, _calculations, _of_tokens,
)  # fmt: skip


def _left_open(bare: str) -> Iterator[Finding]:
    """Finds the innermost bracket that is open where another kind closes, or at the end."""
    opened: list[tuple[str, int]] = []
    for at, sign in enumerate(bare):
        if sign in _PAIRS.values():
            opened.append((sign, at))
        elif sign in _PAIRS:
            if not opened:
                return
            if opened[-1][0] != _PAIRS[sign]:
                break
            opened.pop()
    if opened:
        sign, at = opened[-1]
        closing = next(one for one, opening in _PAIRS.items() if opening == sign)
        yield Finding(at, 1, problems.condition_bracket_left_open(bracket=sign, closing=closing))


def _readable_tokens(text: str) -> Iterator[Token | Finding]:
    """Yields the tokens, and a finding for each single `=`, which is then read as `==`."""
    while True:
        try:
            yield from list(tokens(text))
        except LexerError as error:
            at = error.lexer_position
            if error.lexer_value != "=" or text[at : at + 1] != "=":
                return
            yield Finding(at, 1, _unexpected_equals(text, at))
            text = text[:at] + "<" + text[at + 1 :]
        else:
            return


def _unexpected_equals(text: str, at: int) -> Reason:
    if text[at + 1 : at + 2] == ">":
        return problems.condition_equals_before_greater()
    if text[at - 1 : at] in ("=", "<"):
        return problems.condition_one_equals_too_many()
    return problems.condition_unexpected_equals()


def _words(found: list[Token]) -> Iterator[Finding]:
    """Finds `and`, `or`, `not` in place of an operator."""
    for before, token, after in with_neighbours(found):
        word = token["value"]
        if token["type"] != "unquoted_identifier" or word.lower() not in _WORDS:
            continue
        is_infix = before in ENDS_VALUE
        starts_value = after in ("unquoted_identifier", "quoted_identifier", "literal", "current")
        is_prefix = word.lower() == "not" and (starts_value or after in ("lparen", "not"))
        if before != "dot" and (is_infix or is_prefix):
            reason = problems.condition_word_for_operator(word=word, operator=_WORDS[word.lower()])
            yield Finding(token["start"], len(word), reason)


def _bare_numbers(text: str, found: list[Token]) -> Iterator[Finding]:
    opened: list[str] = []
    for index, token in enumerate(found):
        if token["type"] in _OPENS:
            opened.append(token["type"])
        elif token["type"] in _CLOSES:
            del opened[-1:]
        before = found[index - 1]["type"] if index else ""
        is_fraction = before == "dot" and index > 1 and found[index - 2]["type"] == "number"
        # A number after a colon is a part of a slice, unless braces are around it.
        is_option = before == "colon" and opened[-1:] == ["lbrace"]
        is_index = before in ("lbracket", "colon") and not is_option
        if token["type"] == "number" and not is_index and not is_fraction:
            number = written(_NUMBER, text, token)
            reason = problems.condition_bare_number(number=number)
            identifier = written(_IDENTIFIER, text, token)
            if identifier or _ID_BEFORE.search(text, 0, token["start"]):
                number = identifier or number
                reason = problems.condition_bare_text(text=number)
            yield Finding(token["start"], len(number), reason)


def written(pattern: re.Pattern[str], text: str, token: Token) -> str:
    """The text of a token as the file writes it; the lexer converts some tokens."""
    found = pattern.match(text, token["start"])
    return found[0] if found else ""


def with_neighbours(found: list[Token]) -> Iterator[tuple[str, Token, str]]:
    """Each token with the types of its neighbours; "" if there is none."""
    types = ["", *[token["type"] for token in found], ""]
    return zip(types, found, types[2:], strict=False)


def plain_number(text: str) -> str | None:
    """The number that a text such as `500.000đ` means, in the form of an expression."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    is_grouped = re.fullmatch(r"-?[0-9]{1,3}([.,][0-9]{3})+", found[1]) is not None
    return re.sub("[.,]", "", found[1]) if is_grouped else found[1]
