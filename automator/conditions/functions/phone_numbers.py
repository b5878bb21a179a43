"""phones(): finds the phone numbers in a text, as people write them.

A Vietnamese number comes with or without its country code, in groups or digit by digit. After the
0, mobile numbers have nine digits and landlines ten. The letter O among digits is read as a 0. A
number of another country begins with a plus. Digits of a price, or of a code such as
`GHN0901234567`, are no phone number.
"""

import re
from typing import Final

from automator.conditions.texts.fold import plain

#: The characters that are allowed between the digits of a number.
_GAP: Final = r"[ .()\u00b7\u2010-\u2015\u2022\u2212-]{0,3}"
_LOCAL: Final = rf"(?:[35789](?:{_GAP}[0-9]){{8}}|2(?:{_GAP}[0-9]){{9}})"
#: Each repetition is bounded, and no character matches in two ways, so a search takes linear time.
_VIETNAM: Final = (
    rf"(?<![0-9])(?:(?:\+{_GAP}|0{_GAP}0{_GAP})?8{_GAP}4{_GAP}(?:0{_GAP})?|0{_GAP})"
    rf"({_LOCAL})(?![0-9])"
)
#: At most 15 digits, by the ITU's E.164. A person's number has at least eight.
_ABROAD: Final = rf"(?<![0-9])\+{_GAP}(?!8{_GAP}4)[1-9](?:{_GAP}[0-9]){{7,14}}(?![0-9])"
_NUMBER: Final = re.compile(f"{_VIETNAM}|{_ABROAD}")
#: A quick first search, because most texts contain nothing like a phone number.
_MANY_DIGITS: Final = re.compile(rf"[0-9oO](?:{_GAP}[0-9oO]){{7}}")
#: Digits with the letter O for a zero, as in `O901234567`.
_WITH_LETTER_O: Final = re.compile(r"(?<![^\W_])(?=[oO]*[0-9])[0-9oO]{2,14}(?![^\W_])")
#: `84.350.000.000` and `+10.000.000` are amounts.
_AMOUNT: Final = re.compile(r"\+?(?:84|[0-9]{1,3})(?:\.[0-9]{3}){2,}")
_UNIT_BEHIND: Final = re.compile(
    r"(?P<gap> )?(?:%|₫|\$|€|(?:(?P<word>[đdkg])|vnd|vnđ|tr|đồng|dong|usd|kg|ml|cm)(?!\w))",
    re.IGNORECASE,
)
#: Words that may be written directly before or after a number.
_ADJOINING: Final = frozenset(
    ("sdt", "sđt", "dt", "đt", "tel", "phone", "zalo", "viber", "hotline", "call", "gọi", "goi",
     "alo", "lh", "ib", "số", "so")
)  # fmt: skip
_WORD_BEFORE: Final = re.compile(r"[^\W\d_]+$")
#: The ends of links after which a phone number may follow.
_LINK_BEFORE: Final = ("zalo.me/", "wa.me/", "phone=", "tel=")


def find_phones(text: str, most: int) -> list[str]:
    """The first phone numbers in a text, each once, in the form `+84901234567`."""
    text = plain(text)
    if not _MANY_DIGITS.search(text):
        return []
    text = _WITH_LETTER_O.sub(lambda typed: re.sub("[oO]", "0", typed[0]), text)
    found: dict[str, None] = {}
    last = -1
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if _stands_alone(text, start, last) and not _goes_on(text, start, end):
            last = end
            local = match[1]
            # In `+44 (0)20 …`, the 0 is not dialled from abroad.
            digits = _digits(match[0].replace("(0)", "") if local is None else local)
            found.setdefault(f"+{digits}" if local is None else f"+84{digits}")
            if len(found) == most:
                break
    return list(found)


def _digits(written: str) -> str:
    return "".join(filter(str.isdigit, written))


def _stands_alone(text: str, start: int, last: int) -> bool:
    """Whether the text before a number allows that it is a phone number, and no part of something
    else; `last` is the end of the previous number.
    """
    if start > 0 and text[start - 1] == "(":
        start -= 1
    if start == 0 or last in (start, start - 1):
        return True
    before = text[start - 1]
    if before.isalpha():
        return _word_before(text, start) in _ADJOINING
    if before in "_#@&=%/$?":
        return text[max(0, start - 10) : start].lower().endswith(_LINK_BEFORE)
    if before in ".,-" and start > 1:
        if text[start - 2].isdigit():
            return False
        # `DH-0901234567` is a code, but `Lan-0901234567` is a person's number.
        word = _word_before(text, start - 1)
        return before != "-" or word.lower() in _ADJOINING or not word.isupper()
    return True


def _word_before(text: str, end: int) -> str:
    word = _WORD_BEFORE.search(text[max(0, end - 12) : end])
    if word is None:
        return ""
    return word[0] if text[end : end + 1] in (".", ",", "-") else word[0].lower()


def _has_unit(text: str, start: int, end: int) -> bool:
    unit = _UNIT_BEHIND.match(text, end)
    # `0901 234 567 k có zalo` has no thousands: this k means "không", and amounts never begin with
    # 0.
    return unit is not None and not (unit["gap"] and unit["word"] and text[start] in "0+(")


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether the text after a number shows that it is an amount, or a part of something else."""
    if _AMOUNT.fullmatch(text, start, end) or _has_unit(text, start, end):
        return True
    behind = text[end : end + 1]
    if behind in (".", ",", "-") and text[end + 1 : end + 2].isdigit():
        return _NUMBER.match(text, end + 1) is None
    # `0901234567nhé` was typed in a hurry, `0901234567VN` is a code.
    return behind in ("_", "@", "=", "#") if not behind.isalpha() else behind.isupper()
