"""Parses cron lines of five fields, with each mistake at its place in the line.

The fields mean the same as in cron: 0 and 7 are both Sunday, and when both the day of the month and
the day of the week are given, either is enough.
"""

import re
from dataclasses import dataclass

from automator.conditions import Finding
from automator.files import suggest

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FULL_MONTHS = (
    "january february march april may june july august september october november december"
)
_FULL_DAYS = "sunday monday tuesday wednesday thursday friday saturday"
_SHORTCUTS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_PART = re.compile(r"(?P<first>\*|[^/\-]+)(?:-(?P<last>[^/\-]+))?(?:/(?P<step>.+))?")
_ORDER = "minute hour day-of-month month day-of-week"
_LAST_DAY = "last"
#: The longest each month can be.
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron line. It fires when any of `lines` does, each of which has five fields.

    A field is `*`, or its values with commas: numbers, `last` for the last day of a month, names
    for the days of the week.
    """

    lines: tuple[tuple[str, ...], ...]
    #: Parts that are valid and mean something else than most people expect.
    surprises: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()
    full_names: tuple[str, ...] = ()

    @property
    def range(self) -> str:
        if self.names:
            return f"{self.least}-{self.most} or {self.names[0]}-{self.names[-1]}"
        return f"{self.least}-{self.most}"

    def number(self, word: str) -> int | None:
        """The value of a number or a name."""
        lower = word.lower()
        for names in (self.names, self.full_names):
            if lower in names:
                return names.index(lower) + self.least
        number = int(word) if word.isascii() and word.isdecimal() and len(word) < 5 else -1
        return number if self.least <= number <= self.most else None


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS, tuple(_FULL_MONTHS.split())),
    # 7 is Sunday once more.
    _Field("day of the week", 0, 7, _DAYS, tuple(_FULL_DAYS.split())),
)
#: The size of a field, the unit at whose start it begins again, and the unit for `every`; for
#: steps that do not divide the field.
_AROUND = {"minute": (60, "hour", "m"), "hour": (24, "day", "h")}


class _Wrong(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def parse_cron(text: str) -> Cron | Finding:
    """The cron line, or the first mistake in it."""
    shortcut = text.strip().lower()
    if shortcut.startswith("@"):
        if shortcut not in _SHORTCUTS:
            fix = suggest(shortcut, _SHORTCUTS, "shortcuts")
            return _whole(text, f"there is no shortcut '{shortcut}'", fix)
        text = _SHORTCUTS[shortcut]
    words = list(re.finditer(r"\S+", text))
    if len(words) != len(_FIELDS):
        return _wrong_count(text, len(words))
    surprises: list[Finding] = []
    try:
        values = [
            _values(field, word[0], word.start(), surprises)
            for field, word in zip(_FIELDS, words, strict=True)
        ]
    except _Wrong as wrong:
        return wrong.finding
    impossible = _impossible(values, words)
    if impossible is not None:
        return impossible
    minute, hour, day, month, weekday = (
        _written(field, found) for field, found in zip(_FIELDS, values, strict=True)
    )
    either = not words[2][0].startswith("*") and not words[4][0].startswith("*")
    if either and day != "*" and weekday != "*":
        both = (minute, hour, day, month, "*"), (minute, hour, "*", month, weekday)
        return Cron(both, tuple(surprises))
    return Cron(((minute, hour, day, month, weekday),), tuple(surprises))


def _wrong_count(text: str, count: int) -> Finding:
    is_or_are = "is one field" if count == 1 else f"are {count} fields"
    message = f"a cron line has 5 fields, and these {is_or_are}"
    if count == 6:
        fix = f"cron has no seconds here; the fields are: {_ORDER}. Or write every: 30s."
    else:
        fix = f"write {_ORDER}, as in '0 9 * * mon-fri' for 09:00 from Monday to Friday."
    return _whole(text, message, fix)


def _whole(text: str, message: str, fix: str) -> Finding:
    return Finding(0, max(1, len(text)), message, "wrong-cron", fix)


def _values(field: _Field, word: str, start: int, surprises: list[Finding]) -> frozenset[int | str]:
    """The values that a field allows.

    Raises:
        _Wrong: it cannot be read.
    """
    found: set[int | str] = set()
    offset = start
    for part in word.split(","):
        found |= _part(field, part, offset, surprises)
        offset += len(part) + 1
    return frozenset(found)


def _part(field: _Field, part: str, offset: int, surprises: list[Finding]) -> set[int | str]:
    match = _PART.fullmatch(part)
    if match is None:
        fix = f"write values from {field.range}: '5', '1-5', '1,3,5', '*' for every one, '*/2'."
        raise _Wrong(_finding(offset, part, f"'{part}' is no {field.name}", fix))
    if field.name == "day of the month" and part.lower() in {"l", _LAST_DAY}:
        return {_LAST_DAY}
    first, last, step = match["first"], match["last"], match["step"]
    if first == "*":
        if last is not None:
            raise _Wrong(_finding(offset, part, f"'{part}' is no {field.name}", "write '*' alone."))
        low, high = field.least, 6 if field.names is _DAYS else field.most
    else:
        low = _number(field, first, offset)
        high = low
        if last is not None:
            high = _number(field, last, offset + match.start("last"))
        elif step is not None:
            high = field.most
    stride = 1 if step is None else _step(field, part, step, offset, surprises)
    if field.names is _DAYS:
        # From Saturday to Sunday is a range as people mean it.
        if low > high:
            high += 7
        return {value % 7 for value in range(low, high + 1, stride)}
    if low > high:
        message = f"'{part}' ends before it begins"
        fix = f"write two ranges: '{first}-{field.most},{field.least}-{last}'."
        raise _Wrong(_finding(offset, part, message, fix))
    return set(range(low, high + 1, stride))


def _number(field: _Field, word: str, offset: int) -> int:
    value = field.number(word)
    if value is not None:
        return value
    if word.isdecimal():
        message = f"{word} is no {field.name}: they go from {field.least} to {field.most}"
        fix = f"the fields are: {_ORDER}."
    else:
        message = f"'{word}' is no {field.name}"
        known = field.names or ()
        fix = suggest(word.lower(), known, "names") if known else f"write {field.range}, or '*'."
    raise _Wrong(_finding(offset, word, message, fix))


def _step(field: _Field, part: str, step: str, offset: int, surprises: list[Finding]) -> int:
    place = offset + len(part) - len(step)
    if not (step.isascii() and step.isdecimal()) or len(step) > 4 or int(step) == 0:
        message = f"'/{step}' is no step: it says every how many {field.name}s"
        raise _Wrong(_finding(place, step, message, "write a whole number, as in '*/15'."))
    number = int(step)
    span = field.most - field.least + 1
    if number >= span:
        message = f"a step of {number} is more than all {field.name}s there are"
        fix = (
            f"write one value from {field.range}, or every: {number}m."
            if (field.name == "minute")
            else f"write one value from {field.range}."
        )
        raise _Wrong(_finding(place, step, message, fix))
    around = _AROUND.get(field.name)
    if part.startswith("*") and around and around[0] % number:
        last = (around[0] - 1) // number * number
        message = (
            f"'{part}' begins anew with each {around[1]}: after {last} comes 0,"
            f" {around[0] - last} {field.name}s later"
        )
        fix = f"write every: {number}{around[2]} if the distance shall always be the same."
        surprises.append(_finding(offset, part, message, fix, "uneven-step"))
    return number


def _impossible(values: list[frozenset[int | str]], words: list[re.Match[str]]) -> Finding | None:
    """The mistake of a date that no year has, so that the line would never fire."""
    days, months = values[2], values[3]
    restricted = not words[4][0].startswith("*") and not words[2][0].startswith("*")
    if _LAST_DAY in days or restricted:
        return None
    longest = max(_LONGEST[int(month) - 1] for month in months)
    first = min(int(day) for day in days)
    if first <= longest:
        return None
    named = " and ".join(_MONTHS[int(month) - 1] for month in sorted(months, key=int))
    message = f"there is no day {first} in {named}: this never fires"
    return _finding(words[2].start(), words[2][0], message, "write L for the last day of a month.")


def _written(field: _Field, values: frozenset[int | str]) -> str:
    numbers = sorted(value for value in values if isinstance(value, int))
    all_of_them = 7 if field.names is _DAYS else field.most - field.least + 1
    if len(numbers) == all_of_them:
        return "*"
    shown = [_DAYS[value] if field.names is _DAYS else str(value) for value in numbers]
    return ",".join([*shown, *([_LAST_DAY] if _LAST_DAY in values else [])])


def _finding(offset: int, word: str, message: str, fix: str, code: str = "wrong-cron") -> Finding:
    return Finding(offset, max(1, len(word)), message, code, fix)
