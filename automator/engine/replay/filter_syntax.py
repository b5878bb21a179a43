"""Reads filters of the log as people write them: `state=dead rule=price-question since=2d`.

The log page, the API, `automator log` and replays all use it, so a word means the same everywhere.
"""

import shlex
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, tzinfo
from typing import Any

from automator.clock import iso_time, moment_ms
from automator.configuration.values import parse_duration
from automator.files.spelling import did_you_mean
from automator.model import N_, UsageError, format_id, record
from automator.model.ids import copied_id
from automator.model.log_filters import (
    BY_WORD,
    FILTERS,
    DeliveryFilter,
    EventFilter,
    Filter,
    Kind,
    Listed,
    RunFilter,
    set_in,
    words_of,
)
from automator.reasons import kinds

#: The milliseconds that an id has room for end here.
_END_OF_IDS_MS = 1 << 42
ONE_OF = N_("One of: {known}.")
_TIME_FIX = N_(
    "Write how long ago, as in 2d or 90m, or a time, as in 2026-11-24 or 2026-11-24T08:00Z."
)


def run_filter(fields: Mapping[str, str], now_ms: int, zone: tzinfo = UTC) -> RunFilter:
    """Makes the filter over runs from words and values. Empty values are ignored.

    A time that names no zone is in `zone`. The filter leaves out waits for an absence that ended
    without a run, unless it names their state, rule, reason, event or id.

    Raises:
        UsageError: a word is unknown, or its value is wrong.
    """
    read = _read(fields, Listed.RUNS, _Now(now_ms, zone))
    shows_ended = any(one.shows_ended_waits and one.field_name in read for one in FILTERS)
    return RunFilter(**read, ended_waits=shows_ended)


def event_filter(fields: Mapping[str, str], now_ms: int, zone: tzinfo = UTC) -> EventFilter:
    """Makes the filter over events from words and values; see `run_filter`.

    Raises:
        UsageError: a word is unknown, or its value is wrong.
    """
    return EventFilter(**_read(fields, Listed.EVENTS, _Now(now_ms, zone)))


def delivery_filter(fields: Mapping[str, str], now_ms: int, zone: tzinfo = UTC) -> DeliveryFilter:
    """Makes the filter over deliveries from words and values; see `run_filter`.

    Raises:
        UsageError: a word is unknown, or its value is wrong.
    """
    return DeliveryFilter(**_read(fields, Listed.DELIVERIES, _Now(now_ms, zone)))


def run_words(wanted: RunFilter) -> dict[str, str]:
    """Writes a filter over runs as words and values, with fixed times."""
    return _written(wanted, Listed.RUNS)


def event_words(wanted: EventFilter) -> dict[str, str]:
    """Writes a filter over events as words and values, with fixed times."""
    return _written(wanted, Listed.EVENTS)


def _read(fields: Mapping[str, str], listed: Listed, now: "_Now") -> dict[str, Any]:
    found: dict[str, Any] = {}
    known = words_of(listed)
    for word, text in fields.items():
        if word not in known:
            raise UsageError(
                N_("there is no filter '{word}' here"),
                fix=ONE_OF,
                word=word,
                known=", ".join(known),
            )
        value = text.strip()
        if value:
            one = BY_WORD[word]
            found[one.field_name] = _READERS[one.kind](one, value, now)
    since, until = found.get("since_ms"), found.get("until_ms")
    if since is not None and until is not None and since >= until:
        raise UsageError(N_("since is not before until"), fix=N_("Exchange them."))
    return found


def _text(_filter: Filter, text: str, _now: "_Now") -> str:
    return text


def _type(_filter: Filter, text: str, _now: "_Now") -> str:
    # All stored types are in lower case, however senders write them.
    return text.lower()


def _reason(_filter: Filter, text: str, _now: "_Now") -> str:
    code = text.lower()
    if code not in kinds():
        nearest = did_you_mean(code, kinds())
        fix = N_("`automator help reasons` and /help/reference/reasons.html list all codes.")
        if nearest:
            fix = N_(
                "Did you mean '{nearest}'? `automator help reasons` and"
                " /help/reference/reasons.html list all codes."
            )
        raise UsageError(N_("there is no reason '{text}'"), fix=fix, text=text, nearest=nearest)
    return code


def _choice(of: Filter, text: str, _now: "_Now") -> Any:
    choice = text.strip().lower()
    if choice not in of.choices:
        raise UsageError(of.no_such, fix=ONE_OF, text=choice, known=", ".join(of.choices))
    return of.choices[choice]


def _choices(of: Filter, text: str, now: "_Now") -> tuple[Any, ...]:
    return tuple(dict.fromkeys(_choice(of, one, now) for one in text.split(",")))


def _time(of: Filter, text: str, now: "_Now") -> int:
    """Reads a time, or a duration such as `2d`, which is counted back from now; in milliseconds."""
    try:
        at: int | None = round(now.ms - parse_duration(text) * 1000)
    except ValueError:
        at = moment_ms(text, now.zone)
    if at is None:
        wrong = N_("{word} is no time: '{text}'")
        raise UsageError(wrong, fix=_TIME_FIX, word=of.word, text=text)
    if not 0 <= at < _END_OF_IDS_MS:
        raise UsageError(
            N_("{word} is too far away: '{text}'"), fix=_TIME_FIX, word=of.word, text=text
        )
    return at


def _id(of: Filter, text: str, _now: "_Now") -> int:
    number = copied_id(text)
    if number is None:
        raise UsageError(
            of.no_such, fix=N_("It has 13 letters and digits; copy it from the log."), text=text
        )
    return number


def _ids(of: Filter, text: str, now: "_Now") -> tuple[int, ...]:
    return tuple(dict.fromkeys(_id(of, one, now) for one in text.split(",")))


@record(kw_only=False)
class _Now:
    """The moment from which `2d` is counted back, and the zone of times that name none."""

    ms: int
    zone: tzinfo


_READERS: Mapping[Kind, Callable[[Filter, str, _Now], Any]] = {
    Kind.TEXT: _text,
    Kind.TYPE: _type,
    Kind.REASON: _reason,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.TIME: _time,
    Kind.ID: _id,
    Kind.IDS: _ids,
}


def _written(wanted: RunFilter | EventFilter, listed: Listed) -> dict[str, str]:
    return {one.word: _as_text(one, value) for one, value in set_in(wanted, listed)}


def _as_text(of: Filter, value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(_as_text(of, item) for item in value)
    if of.choices:
        return next(word for word, choice in of.choices.items() if choice == value)
    if of.kind is Kind.TIME:
        return iso_time(value)
    return format_id(value) if of.kind in (Kind.ID, Kind.IDS) else str(value)


def split_words(texts: Iterable[str]) -> dict[str, str]:
    """Splits texts such as `state=dead since=2d` into words and values; quotes keep blanks.

    Raises:
        UsageError: a part is not `word=value`, or a word has no value or two values.
    """
    fields: dict[str, str] = {}
    for text in texts:
        for word in _words_of(text):
            name, equals, value = word.partition("=")
            if not equals or not name:
                raise UsageError(
                    N_("'{word}' is no filter"),
                    fix=N_("Write name=value, as in state=dead."),
                    word=word,
                )
            require_value(name, value)
            if fields.setdefault(name, value) != value:
                raise UsageError(
                    N_("{name} is there twice"), fix=N_("Keep one of them."), name=name
                )
    return fields


def require_value(name: str, value: str) -> None:
    """Refuses a filter without a value, as a script with an unset variable makes it.

    Such a filter would select everything.

    Raises:
        UsageError: the value is empty.
    """
    if value.strip():
        return
    choices = BY_WORD[name].choices if name in BY_WORD else ()
    fix = ONE_OF if choices else N_("Write one, or leave the filter out.")
    raise UsageError(N_("{name} has no value"), fix=fix, name=name, known=", ".join(choices))


def _words_of(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError:
        # The quotes do not match, as with the apostrophe in `text=it's`.
        return [text]
    # The shell may have removed quotes: then `text=bao nhieu` is one filter.
    return words if all("=" in word for word in words) else [text]
