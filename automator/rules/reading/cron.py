"""Parses cron lines of five fields, with each mistake at its place in the line.

The fields have the meaning of Unix cron: 0 and 7 are both Sunday, and if a line gives a day of the
month and a day of the week, one of the two is enough.
"""

import re

from automator.conditions import Finding
from automator.configuration.everyday_times import (
    VIETNAMESE_DAYS,
    meant_time_of_day,
    weekdays_in_english,
)
from automator.files import suggest
from automator.model import Reason, record, whole_number
from automator.reasons import ReasonKind
from automator.reasons.problems import triggers
from automator.reasons.problems.phrases import word_names, word_shortcuts

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
_LAST_DAY = "last"
#: `every day at 9am`, `hằng ngày lúc 9h`
_EVERY_DAY = re.compile(
    r"(?:every\s*day|daily|h[ằà]ng ngày|mỗi ngày)\s*(?:at|lúc|vào)?\s*|(?:at|lúc)\s+", re.IGNORECASE
)
#: A longer line is not searched for other notations, which would take time by its square.
_MOST_WRITTEN = 200
#: How many days each month can have.
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@record(kw_only=False)
class Cron:
    """A parsed cron line. It fires when any of `lines` fires; each of these has five fields.

    A field is `*`, or a list of values with commas: numbers, names for days of the week, and `last`
    for the last day of a month.
    """

    lines: tuple[tuple[str, ...], ...]
    #: Findings about valid parts that do not mean what most people expect.
    warnings: tuple[Finding, ...] = ()


@record(kw_only=False)
class _Field:
    name: ReasonKind[[]]
    least: int
    most: int
    names: tuple[str, ...] = ()
    full_names: tuple[str, ...] = ()

    @property
    def range(self) -> Reason:
        least, most, names = self.least, self.most, self.names
        if names:
            return triggers.trigger_values_or_names(
                first=names[0], last=names[-1], least=least, most=most
            )
        return triggers.trigger_values_from(least=least, most=most)

    def number(self, word: str) -> int | None:
        """The value of a number or a name."""
        lower = word.lower()
        for names in (self.names, self.full_names):
            if lower in names:
                return names.index(lower) + self.least
        number = whole_number(word)
        return number if number is not None and self.least <= number <= self.most else None


_FIELDS = (
    _Field(triggers.trigger_field_minute, 0, 59),
    _Field(triggers.trigger_field_hour, 0, 23),
    _Field(triggers.trigger_field_day, 1, 31),
    _Field(triggers.trigger_field_month, 1, 12, _MONTHS, tuple(_FULL_MONTHS.split())),
    # 7 means Sunday, like 0.
    _Field(triggers.trigger_field_weekday, 0, 7, _DAYS, tuple(_FULL_DAYS.split())),
)
#: For warnings about steps that do not divide a field: the field's size, the unit with which it
#: starts again, and the unit for `every`.
_AROUND = {
    triggers.trigger_field_minute: (60, triggers.trigger_field_hour, "m"),
    triggers.trigger_field_hour: (24, triggers.trigger_unit_day, "h"),
}


class _Wrong(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding.reason))
        self.finding = finding


def parse_cron(text: str) -> Cron | Finding:
    """The cron line, or the first mistake in it."""
    shortcut = text.strip().lower()
    if shortcut.startswith("@"):
        if shortcut not in _SHORTCUTS:
            suggestion = suggest(shortcut, _SHORTCUTS, word_shortcuts)
            return _whole(
                text, triggers.trigger_cron_shortcut(word=shortcut, suggestion=suggestion)
            )
        text = _SHORTCUTS[shortcut]
    words = list(re.finditer(r"\S+", text))
    if len(words) != len(_FIELDS) or _EVERY_DAY.match(text):
        return _whole(text, _wrong_count(text, len(words)))
    warnings: list[Finding] = []
    try:
        values = [
            _values(field, word[0], word.start(), warnings)
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
    if words[0][0] == "*" and minute == "*" and hour != "*":
        warnings.append(_finding(words[0].start(), words[0][0], triggers.trigger_every_minute()))
    either = not words[2][0].startswith("*") and not words[4][0].startswith("*")
    if either and day != "*" and weekday != "*":
        reason = triggers.trigger_either_day()
        warnings.append(_finding(words[2].start(), words[2][0], reason))
        both = (minute, hour, day, month, "*"), (minute, hour, "*", month, weekday)
        return Cron(both, tuple(warnings))
    return Cron(((minute, hour, day, month, weekday),), tuple(warnings))


def _written_otherwise(text: str) -> str | None:
    """The cron line for other notations: a time of day, blanks in a list, or a field of seconds."""
    if len(text) > _MOST_WRITTEN:
        return None
    said = _EVERY_DAY.sub("", text.strip())
    # `24h` may mean midnight, or once a day.
    time = None if said.startswith("24") else meant_time_of_day(said)
    if time and " " not in time:
        hour, minute = time.split(":")
        return f"{int(minute)} {int(hour)} * * *"
    words = re.sub(r"\s*,\s*", ",", weekdays_in_english(text.strip())).split()
    if len(words) == len(_FIELDS) + 1 and words[0] in ("0", "00"):
        words = ["*" if word == "?" else word for word in words[1:]]
    better = " ".join(words)
    return better if len(words) == len(_FIELDS) and isinstance(parse_cron(better), Cron) else None


def _wrong_count(text: str, count: int) -> Reason:
    better = _written_otherwise(text)
    if better is not None:
        return triggers.trigger_cron_otherwise(text=text, better=better)
    if count == 1:
        return triggers.trigger_cron_one_field()
    return (
        triggers.trigger_cron_seconds() if count == 6 else triggers.trigger_cron_fields(count=count)
    )


def _whole(text: str, reason: Reason) -> Finding:
    return Finding(0, max(1, len(text)), reason)


def _values(field: _Field, word: str, start: int, warnings: list[Finding]) -> frozenset[int | str]:
    """The values that a field allows.

    Raises:
        _Wrong: it cannot be read.
    """
    found: set[int | str] = set()
    offset = start
    for part in word.split(","):
        found |= _part(field, part, offset, warnings)
        offset += len(part) + 1
    return frozenset(found)


def _part(field: _Field, part: str, offset: int, warnings: list[Finding]) -> set[int | str]:
    match = _PART.fullmatch(part)
    if match is None:
        reason = triggers.trigger_cron_part(part=part, name=field.name(), values=field.range)
        raise _Wrong(_finding(offset, part, reason))
    if field.name is triggers.trigger_field_day and part.lower() in {"l", _LAST_DAY}:
        return {_LAST_DAY}
    first, last, step = match["first"], match["last"], match["step"]
    if first == "*":
        if last is not None:
            reason = triggers.trigger_cron_star_range(part=part, name=field.name())
            raise _Wrong(_finding(offset, part, reason))
        low, high = field.least, 6 if field.names is _DAYS else field.most
    else:
        low = _number(field, first, offset)
        high = low
        if last is not None:
            high = _number(field, last, offset + match.start("last"))
        elif step is not None:
            high = field.most
    stride = 1 if step is None else _step(field, part, step, offset, warnings)
    if field.names is _DAYS:
        # `sat-sun` is a valid range, although Sunday is 0.
        if low > high:
            high += 7
        return {value % 7 for value in range(low, high + 1, stride)}
    if last is not None and low > high:
        reason = triggers.trigger_cron_range(
            part=part, first=first, most=field.most, least=field.least, last=last
        )
        raise _Wrong(_finding(offset, part, reason))
    return set(range(low, high + 1, stride))


def _number(field: _Field, word: str, offset: int) -> int:
    value = field.number(word)
    if value is not None:
        return value
    name = field.name()
    if word.isdecimal():
        least, most = field.least, field.most
        reason = triggers.trigger_cron_number(word=word, name=name, least=least, most=most)
        if field.name is triggers.trigger_field_hour and word == "24":
            reason = triggers.trigger_cron_number(
                word=word, name=name, least=least, most=most, nearest="0"
            )
    elif word == "?":
        reason = triggers.trigger_cron_question_mark(word=word, nearest="*")
    elif field.names:
        meant = VIETNAMESE_DAYS.get(word.lower(), word) if field.names is _DAYS else word
        suggestion = suggest(meant.lower(), field.names, word_names)
        reason = triggers.trigger_cron_name(word=word, name=name, suggestion=suggestion)
    else:
        reason = triggers.trigger_cron_word(word=word, name=name, values=field.range)
    raise _Wrong(_finding(offset, word, reason))


def _step(field: _Field, part: str, step: str, offset: int, warnings: list[Finding]) -> int:
    place = offset + len(part) - len(step)
    number = whole_number(step)
    if not number:
        raise _Wrong(
            _finding(place, step, triggers.trigger_cron_step(step=step, name=field.name()))
        )
    span = field.most - field.least + 1
    if number >= span:
        is_minute = field.name is triggers.trigger_field_minute
        kind = (
            triggers.trigger_cron_large_step_of_minutes
            if is_minute
            else triggers.trigger_cron_large_step
        )
        reason = kind(step=number, name=field.name(), values=field.range)
        raise _Wrong(_finding(place, step, reason))
    around = _AROUND.get(field.name)
    if part.startswith("*") and around and around[0] % number:
        last = (around[0] - 1) // number * number
        reason = triggers.trigger_uneven_step(
            part=part,
            around=around[1](),
            last=last,
            gap=around[0] - last,
            name=field.name(),
            every=f"{number}{around[2]}",
        )
        warnings.append(_finding(offset, part, reason))
    return number


def _impossible(values: list[frozenset[int | str]], words: list[re.Match[str]]) -> Finding | None:
    """The finding about a date that exists in no year, for which the line would never fire."""
    days, months = values[2], values[3]
    restricted = not words[4][0].startswith("*") and not words[2][0].startswith("*")
    if _LAST_DAY in days or restricted:
        return None
    longest = max(_LONGEST[int(month) - 1] for month in months)
    first = min(int(day) for day in days)
    if first <= longest:
        return None
    named = [_MONTHS[int(month) - 1] for month in sorted(months, key=int)]
    reason = triggers.trigger_no_such_date(day=first, months=named)
    return _finding(words[2].start(), words[2][0], reason)


def _written(field: _Field, values: frozenset[int | str]) -> str:
    numbers = sorted(value for value in values if isinstance(value, int))
    all_of_them = 7 if field.names is _DAYS else field.most - field.least + 1
    if len(numbers) == all_of_them:
        return "*"
    shown = [_DAYS[value] if field.names is _DAYS else str(value) for value in numbers]
    return ",".join([*shown, *([_LAST_DAY] if _LAST_DAY in values else [])])


def _finding(offset: int, word: str, reason: Reason) -> Finding:
    return Finding(offset, max(1, len(word)), reason)
