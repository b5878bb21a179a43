"""Finds what an answer states and the shop's texts do not: numbers, prices, dates and links.

A model writes fluent texts, whose values may be wrong. So each value of its answer has to occur in
the texts as it is written there. A value is a number with its unit and everything that is joined to
it, a number in words with its unit, a day of the week, a link, or an address. Values are compared
as wholes: a text that has 0901 234 567 says nothing about 0901 234, 567, or 234 567.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

from automator.model import normalized


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Words of numbers that also make another number an amount, as in 5 triệu.
_MULTIPLES: Final = _listed(
    """trăm nghìn ngàn triệu tỷ tỉ chục tram nghin ngan trieu chuc
    hundred thousand million billion hundreds thousands millions"""
)
_NUMBER_WORDS: Final = _MULTIPLES | _listed(
    """muoi một hai ba bốn tư năm lăm nhăm sáu bảy bẩy tám chín mười mươi mốt rưỡi linh lẻ nửa vài
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety half dozen"""
)
_MONTHS: Final = _listed(
    """jan feb mar apr jun jul aug sep oct nov dec january february march april may june july august
    september october november december tháng"""
)
#: Words that make a number an amount, a span or a date; a number may follow them, too.
_UNITS: Final = _MONTHS.union(
    _MULTIPLES,
    _listed(
        """k tr củ lít xị đồng đ dong vnd vnđ usd eur đô dollar dollars euro euros cent cents xu
        phần percent giây phút giờ h ngày đêm tuần năm quý second seconds minute minutes hour hours
        am pm day days night nights week weeks month months year years g gram kg ký cân ml l lit m
        mm cm km inch cái chiếc đôi bộ gói hộp thùng lần piece pieces pair pairs"""
    ),
)
#: Words that belong to the number behind them.
_BEFORE: Final = _MONTHS | _listed("usd vnd eur thứ thu")
_DAYS: Final = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\bchủ nhật\b|\bchu nhat\b", re.IGNORECASE
)
_DOTS: Final = "[.\N{FULLWIDTH FULL STOP}\N{ONE DOT LEADER}\N{SMALL FULL STOP}]"
#: A part by which a word is a link, with or without its scheme, or an address.
_LINK: Final = re.compile(rf"://|@|\w{_DOTS}[^\W\d_]|[a-z0-9][\u3002\uff61][a-z0-9]", re.IGNORECASE)
_SPELT_LINK: Final = re.compile(
    r"\b(?:dot|chấm|cham)\b[\])]? ?(?:com|vn|net|org|info|shop|me|io|ly|xyz)\b",
    re.IGNORECASE,
)
_EDGES: Final = "\"'`“”‘’«»()[]{}<>.,;:!?…*_~"
#: What joins two numbers to one value, as in 8:00-21:00, 12/11, 0901 234 567 and 2 x 3.
_JOINT: Final = re.compile(r" ?[-./:,x×+*~'’] ?| ", re.IGNORECASE)
_ENDS_LIST: Final = frozenset((", ", ". ", ": "))
#: Markup that a platform may take away.
_TAGS: Final = re.compile(r"</?\w[^<>]*>")
_DASHES: Final = re.compile(r"[\u2010-\u2015\u2212]")
#: Signs that are numbers to a reader, and not to Unicode.
_PICTURES: Final = frozenset("🔟💯")
_ZERO_WIDTH_JOINER: Final = "\N{ZERO WIDTH JOINER}"


class _Piece(NamedTuple):
    """A stretch of a line without spaces or punctuation."""

    start: int
    end: int
    word: str
    is_number: bool

    @property
    def is_number_word(self) -> bool:
        return self.word in _NUMBER_WORDS

    @property
    def is_unit(self) -> bool:
        return self.word in _UNITS


def first_foreign(answer: str, texts: str) -> str | None:
    """The first value of an answer that does not occur in the texts; None if all of them do."""
    known = {value.casefold() for value in values_in(texts)}
    return next((value for value in values_in(answer) if value.casefold() not in known), None)


def hidden_in(answer: str) -> str | None:
    """The first character that a reader cannot see, by its code; None if there is none.

    Such a character can split a number, and turn the letters around it.
    """
    for at, sign in enumerate(answer):
        if unicodedata.category(sign) not in ("Cf", "Cc", "Co", "Cs", "Cn") or sign in "\n\t":
            continue
        around = answer[at - 1 : at] + answer[at + 1 : at + 2]
        # It also joins pictures, as those of a family.
        if sign != _ZERO_WIDTH_JOINER or any(map(_is_of_word, around)):
            return f"U+{ord(sign):04X}"
    return None


def values_in(text: str) -> Iterator[str]:
    """Yields every value of a text, in one spelling of dashes and spaces."""
    text = _DASHES.sub("-", normalized("NFC", text))
    for written in dict.fromkeys((*text.splitlines(), *_TAGS.sub("", text).splitlines())):
        line = " ".join(written.split())
        yield from (word.strip(_EDGES) for word in line.split() if _LINK.search(word))
        for found in _SPELT_LINK.finditer(line):
            yield line[line.rfind(" ", 0, max(0, found.start() - 1)) + 1 : found.end()]
        yield from (found[0] for found in _DAYS.finditer(line))
        yield from _amounts(line)


def _amounts(line: str) -> Iterator[str]:
    """Yields the numbers of a line, each with everything that is joined to it."""
    pieces = list(_pieces(line))
    first = 0
    while first < len(pieces):
        last = first
        while last + 1 < len(pieces) and _joins(line, pieces[last], pieces[last + 1]):
            last += 1
        chain = pieces[first : last + 1]
        if _states(chain):
            yield _with_signs(line, chain[0].start, chain[-1].end)
        first = last + 1


def _states(chain: list[_Piece]) -> bool:
    """Whether these pieces state a value: a number, two number words, or one with a unit."""
    if any(piece.is_number for piece in chain):
        return True
    return len(chain) > 1 and any(piece.is_number_word for piece in chain)


def _joins(line: str, one: _Piece, other: _Piece) -> bool:
    """Whether two neighbouring pieces belong to the same value."""
    between = line[one.end : other.start]
    if one.is_number and other.is_number:
        if " " not in between:
            # A platform may take away what is between them, as the signs of markup.
            return True
        ends_plainly = one.word[-1].isnumeric() and other.word[0].isnumeric()
        is_joint = bool(_JOINT.fullmatch(between)) and between not in _ENDS_LIST
        return is_joint and (between != " " or ends_plainly)
    if between not in (" ", "", "-"):
        return False
    is_counted = one.is_number or one.is_number_word or one.is_unit
    is_more = other.is_number or other.is_number_word or other.is_unit
    if one.word in _BEFORE:
        return other.is_number or other.is_number_word
    return is_counted and is_more and not (one.is_unit and not one.is_number_word and other.is_unit)


def _pieces(line: str) -> Iterator[_Piece]:
    start: int | None = None
    for at in range(len(line) + 1):
        if at < len(line) and _is_of_word(line[at]):
            start = at if start is None else start
        elif start is not None:
            word = line[start:at]
            yield _Piece(start, at, word.casefold(), any(map(_is_number, word)))
            start = None


def _is_of_word(sign: str) -> bool:
    return sign.isalnum() or unicodedata.category(sign)[0] == "M" or sign in _PICTURES


def _is_number(sign: str) -> bool:
    return sign.isnumeric() or sign in _PICTURES


def _with_signs(line: str, start: int, end: int) -> str:
    """The value with the signs beside it: of a currency, a country's prefix, or percent."""
    while start and _is_sign(line[start - 1]):
        start -= 1
    for at in (end, end + 1):
        if at < len(line) and _is_sign(line[at]) and line[end:at] in ("", " "):
            end = at + 1
            break
    return re.sub(r" ?([-./:,x×+*~]) ?", r"\1", line[start:end])


def _is_sign(sign: str) -> bool:
    return sign in "+#%‰" or unicodedata.category(sign) == "Sc"
