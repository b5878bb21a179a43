"""Names the mistake in a text that Jinja2 does not take for a template.

Jinja2 says in English what it expected, and names only the line. Frequent mistakes are therefore
looked for in the text itself.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from jinja2 import Environment
from jinja2.exceptions import TemplateSyntaxError

from automator.conditions import Finding
from automator.model import Reason
from automator.reasons.problems import templates

_PAIRS = (("{{", "}}"), ("{%", "%}"), ("{#", "#}"))
#: The number of placeholders that are compiled one by one to find the wrong one.
_MOST = 100
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_BLOCK = re.compile(r"\{%[-+]?\s*(?P<word>if|for|endif|endfor|elif|else)\b.*?%\}", re.DOTALL)
_TAG = re.compile(r"\{%[-+]?\s*(?P<word>\w+)")
_STRANGE = re.compile(r"unexpected char (?P<quote>['\"])(?P<sign>.+)(?P=quote) at (?P<at>\d+)")
_CLOSING = re.compile(r"unexpected '.', expected '(?P<sign>[\])}])'")
_SMART_QUOTES = "“”„‘’‚«»"
_SIGNS: Mapping[str, str] = {"&": "and", "!": "not"}
_OPENINGS: Mapping[str, str] = {")": "(", "]": "[", "}": "{"}
#: Messages of Jinja2, each with our reason.
_SAID: Sequence[tuple[re.Pattern[str], Callable[[], Reason]]] = (
    (re.compile(r"got '='$"), templates.ONE_EQUALS),
    (
        re.compile(r"^expected token 'name', got '\|'"),
        lambda: templates.SIGN_FOR_WORD(sign="||", word="or"),
    ),
    (
        re.compile(r"(?:got|^unexpected) 'end of |^expected name or number"),
        templates.VALUE_OF_TEMPLATE_MISSING,
    ),
    (re.compile(r"^expected token 'end of print statement'"), templates.PLACEHOLDER_GOES_ON),
)


def syntax_finding(environment: Environment, text: str, error: TemplateSyntaxError) -> Finding:
    """The place of a mistake that Jinja2 has found, with what it is."""
    for opening, closing in _PAIRS:
        opened = text.rfind(opening)
        if opened > text.rfind(closing):
            return Finding(opened, 2, templates.TAG_LEFT_OPEN(opening=opening, closing=closing))
    wrong = _unpaired(text)
    if wrong:
        return wrong
    start, part, said = _first_wrong(environment, text, error)
    strange = _STRANGE.search(said)
    if strange:
        return _strange(start, part, strange) if part else _strange(0, text, strange)
    return Finding(start, 2, _reason(text[start:], said))


def _unpaired(text: str) -> Finding | None:
    """The first `{% if %}` that nothing closes, or what closes none."""
    open_ones: list[re.Match[str]] = []
    for found in _BLOCK.finditer(text):
        word = found["word"]
        if word in ("if", "for"):
            open_ones.append(found)
            continue
        begun = open_ones[-1]["word"] if open_ones else ""
        wanted = word.removeprefix("end") if word.startswith("end") else begun or "if"
        if begun != wanted:
            reason = templates.NOTHING_TO_CLOSE(tag=f"{{% {word} %}}", begin=f"{{% {wanted} … %}}")
            return Finding(found.start(), 2, reason)
        if word.startswith("end"):
            open_ones.pop()
    if not open_ones:
        return None
    word = open_ones[-1]["word"]
    reason = templates.TAG_LEFT_OPEN(opening=f"{{% {word} … %}}", closing=f"{{% end{word} %}}")
    return Finding(open_ones[-1].start(), 2, reason)


def _first_wrong(
    environment: Environment, text: str, error: TemplateSyntaxError
) -> tuple[int, str, str]:
    """The first placeholder that is wrong by itself, or the line that Jinja2 names."""
    for found in islice(_PLACEHOLDER.finditer(text), _MOST):
        try:
            environment.parse(found[0])
        except TemplateSyntaxError as alone:
            return found.start(), found[0], alone.message or ""
    lines = text.split("\n")
    before = sum(len(line) + 1 for line in lines[: error.lineno - 1])
    line = lines[error.lineno - 1] if error.lineno <= len(lines) else ""
    return before + max(0, *(line.rfind(opening) for opening, _ in _PAIRS)), "", error.message or ""


def _strange(start: int, part: str, strange: re.Match[str]) -> Finding:
    """A character that cannot stand in a placeholder."""
    sign, at = strange["sign"].removeprefix("\\"), int(strange["at"])
    if sign in _SMART_QUOTES:
        reason = templates.SMART_QUOTE_IN_TEMPLATE(sign=sign)
    elif sign in "'\"":
        reason = templates.QUOTE_OF_TEMPLATE_NOT_CLOSED(sign=sign)
    elif sign in _SIGNS:
        reason = templates.SIGN_FOR_WORD(sign=sign, word=_SIGNS[sign])
    elif part[at:].startswith("$json"):
        reason = templates.SIGN_FOR_WORD(sign="$json", word="event.data")
    else:
        reason = templates.STRANGE_SIGN(sign=sign)
    return Finding(start + min(at, len(part) - 1), 1, reason)


def _reason(rest: str, said: str) -> Reason:
    """The mistake in what `rest` begins with."""
    tag = _TAG.match(rest)
    closing = _CLOSING.search(said)
    if tag and said.startswith("Encountered unknown tag"):
        return templates.UNKNOWN_TAG(tag=tag["word"])
    if closing:
        sign = closing["sign"]
        return templates.BRACKET_OF_TEMPLATE_LEFT_OPEN(opening=_OPENINGS[sign], closing=sign)
    known = (kind for pattern, kind in _SAID if pattern.search(said))
    kind = templates.THREE_BRACES if rest.startswith("{{{") else next(known, None)
    return templates.NOT_A_TEMPLATE(said=said.rstrip(".")) if kind is None else kind()
