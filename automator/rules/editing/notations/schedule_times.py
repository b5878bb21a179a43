"""Cron lines as a choice of days in words, and a time of day.

`0 9 * * mon-fri` is Monday to Friday at 09:00. A form shows other cron lines as they are.
"""

import re
from collections.abc import Mapping

from automator.model import N_

#: The choices of days: the last three fields of a cron line, with the words for them.
DAYS: Mapping[str, str] = {
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
    """The days, as a key of `DAYS`, and the time of a cron line; None for other lines."""
    found = _WRITTEN.fullmatch(cron) if isinstance(cron, str) else None
    if found is None:
        return None
    minute, hour, day, month, weekday = found.groups()
    named = _NUMBER.sub(lambda number: _NAMES[int(number[0])], weekday.lower())
    days, time = f"{day.upper()} {month} {named}", f"{int(hour):02}:{int(minute):02}"
    return (days, time) if days in DAYS and _TIME.fullmatch(time) else None


def cron_at(days: str, time: str) -> str:
    """The cron line for days and a time; "" if one of them is not valid."""
    if days not in DAYS or not _TIME.fullmatch(time):
        return ""
    hour, minute = map(int, time.split(":"))
    return f"{minute} {hour} {days}"
