"""Notations that a form uses for values of a rule file: a line, several lines, or a choice in
words.

Each is written and read back here; None means a value that the notation cannot express.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from zoneinfo import ZoneInfo

from automator.configuration.time_intervals import DAYS, Range, parse_days, parse_times
from automator.files import parse_yaml
from automator.files.one_line import key_text, scalar_text
from automator.files.scalars import read_plain
from automator.model import N_, UsageError, record

# --- Buttons and files as lines: `Label | https://…` or `Label | payload`, `video | https://…` ---

_BAR = " | "


def shown_buttons(buttons: Any) -> str | None:
    """The lines for the buttons in a file; None if lines cannot express them."""
    items = [] if buttons is None else buttons
    if not isinstance(items, list):
        return None
    lines = [_line(item) for item in items]
    shown = "\n".join(line for line in lines if line is not None)
    return shown if read_buttons(shown) == items else None


def read_buttons(lines: str) -> list[dict[str, str]]:
    """The buttons for the lines of a form."""
    return [_button(line.strip()) for line in lines.splitlines() if line.strip()]


def shown_files(files: Any) -> str | None:
    """The lines for the attachments in a file; None if lines cannot express them."""
    items = [] if files is None else files
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        return None
    kinds = [f"{item['type']}{_BAR}" if "type" in item else "" for item in items]
    shown = "\n".join(f"{kind}{item.get('url')}" for kind, item in zip(kinds, items, strict=True))
    return shown if read_files(shown) == items else None


def read_files(lines: str) -> list[dict[str, str]]:
    """The attachments for the lines of a form."""
    parts = [line.strip().rpartition(_BAR) for line in lines.splitlines() if line.strip()]
    return [{"type": kind, "url": url} if bar else {"url": url} for kind, bar, url in parts]


def _line(item: Any) -> str | None:
    if not isinstance(item, Mapping):
        return None
    rest = item.get("url") or item.get("payload")
    return f"{item.get('text')}{_BAR}{rest}" if rest else str(item.get("text"))


def _button(line: str) -> dict[str, str]:
    text, bar, rest = line.rpartition(_BAR)
    if not bar:
        return {"text": line}
    name = "url" if rest.startswith(("https://", "http://")) else "payload"
    return {"text": text.strip(), name: rest.strip()}


# --- Names with values as rows, each written as the line `name: value` ---


def shown_rows(values: Any) -> str | None:
    """The lines for names with values; None if rows cannot express them."""
    given = {} if values is None else values
    if not isinstance(given, Mapping) or any(
        isinstance(value, Mapping | list) or name != " ".join(name.split())
        for name, value in given.items()
    ):
        return None
    lines = _row_lines(given)
    # Such as a name that is too long for one line.
    return lines if (parse_yaml("", lines).data or {}) == given else None


def _row_lines(given: Mapping[str, Any]) -> str:
    return "\n".join(f"{key_text(name)}: {scalar_text(value)}" for name, value in given.items())


def cell_of(value: Any) -> str:
    """A value as its row shows it: in quotes only if it would else be read as another one."""
    text = value if isinstance(value, str) else "" if value is None else scalar_text(value)
    return text if _in_cell(text) == value else scalar_text(value, style='"')


def _in_cell(text: str) -> Any:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    parsed = parse_yaml("", text).data if text[:1] in ("'", '"') else None
    plain = parsed if isinstance(parsed, str) else read_plain(text)
    # 0.0000001 cannot be written as a number again.
    return text if isinstance(plain, float) and repr(plain) != text else plain


def picked_rows(given: Mapping[str, str], name: str) -> str | None:
    """The lines for the rows of the field `name`, or its text; None if it was not sent, or is no
    names with values.

    Raises:
        UsageError: two rows have the same name, of which one would be lost.
    """
    if name in given:
        return shown_rows(parse_yaml("", given[name]).data)
    found, number = dict[str, Any](), 1
    while f"{name}.name{number}" in given:
        key, cell = (given.get(f"{name}.{part}{number}", "") for part in ("name", "value"))
        if key.strip() or cell.strip():
            key = " ".join(key.split())
            if key in found:
                raise UsageError(
                    N_("two rows have the name '{name}'"), fix=N_("Change one name."), name=key
                )
            found[key] = _in_cell(cell)
        number += 1
    return _row_lines(found) if number > 1 else None


# --- The wait of a follow-up, `20h` or `20s - 90s`, and its times, `mon-sat 08:00-21:00` ---
#
# The times may be names of time intervals. A form has boxes and clocks for days and times, which
# make such a line.

#: The times for follow-ups that a form or the gallery makes, so that nobody is written to at night.
DAYTIME = "08:00-21:00"
_SEPARATOR = re.compile(r"[,\s]+")
#: At most one blank on each side: a pattern for many blanks would take time by their square.
_DASH = re.compile(r" ?[-–] ?")
_SPAN = re.compile(r"\s*(\S+)\s+[-–]\s+(\S+)\s*")


def shown_wait(after: Any) -> str | None:
    """The line; None if a line cannot express what the file says."""
    if after is None or isinstance(after, str):
        return after or ""
    span = after.get("between") if isinstance(after, Mapping) else None
    if not isinstance(span, list) or len(span) != 2:
        return None
    line = f"{span[0]} - {span[1]}"
    return line if read_wait(line) == after else None


def read_wait(line: str) -> Any:
    """The wait for a line."""
    found = _SPAN.fullmatch(line)
    return {"between": [found[1], found[2]]} if found else line


def shown_active(active: Any) -> str | None:
    """The line; None if a line cannot express what the file says."""
    if active is None or isinstance(active, str):
        return active or ""
    if isinstance(active, list):
        parts = active
    elif isinstance(active, Mapping) and active.keys() <= {"days", "times"}:
        parts = [part for key in ("days", "times") for part in _listed(active.get(key))]
    else:
        return None
    if not all(isinstance(part, str) for part in parts):
        return None
    line = " ".join(parts)
    return line if _alike(read_active(line)) == _alike(active) else None


def read_active(line: str) -> Any:
    """The `active` for a line: an interval if the line has only days and times, else names."""
    parts = [part for part in _SEPARATOR.split(_DASH.sub("-", " ".join(line.split()))) if part]
    times = [part for part in parts if _is_read_by(parse_times, part)]
    days = [part for part in parts if _is_read_by(parse_days, part)]
    if parts and len(times) + len(days) == len(parts):
        found = {"days": _short(days), "times": _short(times)}
        return {key: value for key, value in found.items() if value}
    return _short(parts) if parts else ""


@record(kw_only=False)
class Hours:
    """The days on which something may act, and the times on each; none of either means all."""

    days: frozenset[str] = frozenset()
    spans: tuple[tuple[str, str], ...] = ()


def hours_in(active: Any) -> Hours | None:
    """The days and times that boxes and clocks can show; None for anything else."""
    if active is None:
        return Hours()
    found = read_active(shown_active(active) or "") if isinstance(active, Mapping) else None
    if not isinstance(found, Mapping):
        return None
    days = [parse_days(part) for part in _listed(found.get("days"))]
    times = [parse_times(part) for part in _listed(found.get("times"))]
    return Hours(
        frozenset(day for first, last in days for day in DAYS[first : last + 1]),
        tuple((_clock(first), _clock(last)) for first, last in times),
    )


def _clock(minutes: int) -> str:
    """A time as a browser has it: midnight at the end of a day is 00:00."""
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def picked_line(given: Mapping[str, str], name: str, before: str) -> str | None:
    """The line for the boxes and clocks of the field `name`, or its text; None if it was not sent.

    A clock without the other one reaches to that end of the day. Of a name and times the one counts
    that is not the value `before`.
    """
    if f"{name}.from1" not in given:
        return given.get(name)
    days = "".join(day if given.get(f"{name}.{day}") else " " for day in DAYS)
    parts = [f"{run[:3]}-{run[-3:]}" if len(run) > 3 else run for run in days.split()]
    number = 1
    while f"{name}.from{number}" in given:
        first, last = given[f"{name}.from{number}"], given.get(f"{name}.until{number}", "")
        if first or last:
            parts.append(f"{first or '00:00'}-{'24:00' if last in ('', '00:00') else last}")
        number += 1
    named = given.get(f"{name}.named", "")
    return named if named and (named != before or not parts) else " ".join(parts)


def _is_read_by(parse: Callable[[str], Range], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _short(parts: list[str]) -> Any:
    return parts[0] if len(parts) == 1 else parts


def _alike(active: Any) -> Any:
    """A normal form of `active`, in which a text equals a list of only this text."""
    if isinstance(active, Mapping):
        return {key: _listed(value) for key, value in active.items()}
    return _listed(active)


# --- Cron lines as a choice of days in words, and a time of day ---
#
# `0 9 * * mon-fri` is Monday to Friday at 09:00. A form shows other cron lines as they are.

#: The choices of days: the last three fields of a cron line, with the words for them.
CRON_DAYS: Mapping[str, str] = {
    "* * *": N_("every day"),
    "* * mon-fri": N_("Monday to Friday"),
    "* * mon-sat": N_("Monday to Saturday"),
    "* * sat,sun": N_("Saturday and Sunday"),
    "* * mon,wed,fri": N_("Monday, Wednesday and Friday"),
    "* * tue,thu,sat": N_("Tuesday, Thursday and Saturday"),
    "* * mon": N_("every Monday"),
    "* * tue": N_("every Tuesday"),
    "* * wed": N_("every Wednesday"),
    "* * thu": N_("every Thursday"),
    "* * fri": N_("every Friday"),
    "* * sat": N_("every Saturday"),
    "* * sun": N_("every Sunday"),
    "1 * *": N_("the first of each month"),
    "15 * *": N_("the 15th of each month"),
    "1,15 * *": N_("the first and the 15th of each month"),
    "L * *": N_("the last day of each month"),
}
_WRITTEN = re.compile(r"\s*([0-9]{1,2})\s+([0-9]{1,2})\s+(\S+)\s+(\S+)\s+(\S+)\s*")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NUMBER = re.compile(r"[0-7]")


def usual_times(cron: object) -> tuple[str, str] | None:
    """The days, as a key of `CRON_DAYS`, and the time of a cron line; None for other lines."""
    found = _WRITTEN.fullmatch(cron) if isinstance(cron, str) else None
    if found is None:
        return None
    minute, hour, day, month, weekday = found.groups()
    named = _NUMBER.sub(lambda number: _NAMES[int(number[0])], weekday.lower())
    days, time = f"{day.upper()} {month} {named}", f"{int(hour):02}:{int(minute):02}"
    return (days, time) if days in CRON_DAYS and _TIME.fullmatch(time) else None


def cron_at(days: str, time: str) -> str:
    """The cron line for days and a time; "" if one of them is not valid."""
    if days not in CRON_DAYS or not _TIME.fullmatch(time):
        return ""
    hour, minute = map(int, time.split(":"))
    return f"{minute} {hour} {days}"


#: The day from which the eve of a fire is looked for: the one with which tests usually begin.
_FIRST = date(2026, 11, 24)


def eve_of(days: str, time: str, zone: str) -> str | None:
    """A minute before a cron line fires for the first time, as the clock of a test; None if there
    is no such day or zone.
    """
    with suppress(KeyError, ValueError, OSError):
        day, _, weekday = days.split()
        fire = datetime.combine(_FIRST, clock_time.fromisoformat(time), ZoneInfo(zone))
        for at in (fire + timedelta(number) for number in range(31)):
            in_month = {"*", str(at.day), *(["L"] if (at + timedelta(1)).day == 1 else [])}
            in_week = weekday == "*" or any(
                first <= at.weekday() <= last for first, last in map(parse_days, weekday.split(","))
            )
            if in_week and not in_month.isdisjoint(day.split(",")):
                return (at - timedelta(minutes=1)).isoformat(timespec="minutes")
    return None
