"""What automator.yaml may say, and the few environment variables that the server reads."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from automator.model import SettingsError
from automator.secrets import Secret, resolve_secret

NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"
_DURATION = re.compile(r"^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)$")
_STATUS_RANGE = re.compile(r"([0-9]{3})(?:\s*-\s*([0-9]{3}))?")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def parse_duration(text: str) -> float:
    """Seconds in a duration such as `90s`, `15m`, `2h`, `3d` or `1w`.

    Raises:
        ValueError: the text is not a duration.
    """
    found = _DURATION.match(text.strip())
    if not found:
        raise ValueError(f"'{text}' is not a duration; write 90s, 15m, 2h, 3d or 1w")
    return float(found[1]) * _UNIT_SECONDS[found[2]]


def parse_status_range(value: int | str) -> tuple[int, int]:
    """The first and the last HTTP status of `429` or `500-599`.

    Raises:
        ValueError: the value is neither.
    """
    found = _STATUS_RANGE.fullmatch(str(value).strip())
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 100 <= first <= last <= 599:
        raise ValueError(f"'{value}' is not a status; write 429, or 500-599")
    return first, last


def _to_status_range(value: Any) -> Any:
    is_written = isinstance(value, int | str) and not isinstance(value, bool)
    return parse_status_range(value) if is_written else value


def format_duration(seconds: float) -> str:
    """A duration as files write it, in its two largest units: `20h`, `1d 2h`, `90s` as `1m 30s`."""
    rest = round(seconds)
    parts: list[str] = []
    for unit in ("w", "d", "h", "m", "s"):
        count, rest = divmod(rest, round(_UNIT_SECONDS[unit]))
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"


def _to_seconds(value: Any) -> Any:
    return parse_duration(value) if isinstance(value, str) else value


def _to_secret(value: Any, info: ValidationInfo) -> Secret:
    """Resolves a reference, unless the validation context says `resolve_secrets: False`."""
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str) or not value:
        raise ValueError("a secret is a text such as env:NAME or file:PATH")
    context = info.context or {}
    if not context.get("resolve_secrets", True):
        return Secret("", value)
    try:
        return resolve_secret(value, context.get("environ"))
    except SettingsError as error:
        raise ValueError(str(error)) from error


def _to_secrets(value: Any, info: ValidationInfo) -> tuple[Secret, ...]:
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(_to_secret(item, info) for item in items)


Duration = Annotated[float, BeforeValidator(_to_seconds)]
#: `429` or `500-599`, as (first, last).
StatusRange = Annotated[tuple[int, int], BeforeValidator(_to_status_range)]
#: One secret reference.
SecretOne = Annotated[Secret, BeforeValidator(_to_secret)]
#: One reference or a list of them: while a secret is rotated, any may match.
SecretList = Annotated[tuple[Secret, ...], BeforeValidator(_to_secrets)]


class StrictModel(BaseModel):
    """The base of everything that a file may say: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_RANGE = re.compile(r"(-?\w+)(?:\s*[-:]\s*(-?\w+))?")
_TIMES = re.compile(r"([0-2]?\d):([0-5]\d)\s*-\s*([0-2]?\d):([0-5]\d)")
#: First and last, both within.
Range = tuple[int, int]


def _parse_range(text: str, number: Callable[[str], int | None], what: str) -> Range:
    found = _RANGE.fullmatch(text.strip().lower())
    first = number(found[1]) if found else None
    last = number(found[2] or found[1]) if found else None
    if first is None or last is None:
        raise ValueError(f"'{text}' is not {what}")
    if first > last and not first > 0 > last:
        raise ValueError(f"'{text}' ends before it begins; write two: up to the end, and from 1 on")
    return first, last


def _named(names: tuple[str, ...], first: int) -> Callable[[str], int | None]:
    """The number of a name, of which three letters are enough."""

    def number(word: str) -> int | None:
        if first == 1 and word.isdecimal() and 1 <= int(word) <= len(names):
            return int(word)
        return names.index(word[:3]) + first if word[:3] in names else None

    return number


def _whole(least: int, most: int) -> Callable[[str], int | None]:
    def number(word: str) -> int | None:
        is_number = word.removeprefix("-").isdecimal()
        value = int(word) if is_number else 0
        return value if is_number and value != 0 and least <= value <= most else None

    return number


def parse_days(text: str) -> Range:
    """`mon-fri` as (0, 4).

    Raises:
        ValueError: these are no days of the week.
    """
    return _parse_range(text, _named(_DAYS, 0), "a day or a range of days, as in mon-fri")


def parse_months(text: str) -> Range:
    """`jan-mar`, or `1-3`, as (1, 3).

    Raises:
        ValueError: these are no months.
    """
    return _parse_range(text, _named(_MONTHS, 1), "a month or a range of months, as in jan-mar")


def parse_days_of_month(text: str) -> Range:
    """`1-7` as (1, 7); days counted from the end of the month are negative, -1 is the last.

    Raises:
        ValueError: these are no days of a month.
    """
    first, last = _parse_range(text, _whole(-31, 31), "a day of the month, as in 1-7 or -7:-1")
    if first < 0 < last:
        raise ValueError(f"'{text}' counts from the end first; write the range from 1 on")
    return first, last


def parse_years(text: str) -> Range:
    """`2026-2027` as (2026, 2027).

    Raises:
        ValueError: these are no years.
    """
    return _parse_range(text, _whole(1970, 9999), "a year or a range of years, as in 2026-2027")


def parse_times(text: str) -> Range:
    """`08:00-21:00` as minutes of the day; the second one does not belong to it any more.

    Raises:
        ValueError: these are no times, or the range goes over midnight.
    """
    found = _TIMES.fullmatch(text.strip())
    first, last = (
        (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4]))
        if found
        else (-1, -1)
    )
    if not 0 <= first <= 1440 or not 0 <= last <= 1440:
        raise ValueError(f"'{text}' is not a range of times; write 08:00-21:00")
    if first >= last:
        raise ValueError(
            f"'{text}' goes over midnight; write two: {text.strip().split('-')[0].strip()}-24:00 "
            "and 00:00 to the end"
        )
    return first, last


def _to_texts(value: Any) -> Any:
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(str(item) if isinstance(item, int) else item for item in items)


def _each(parse: Callable[[str], Range]) -> AfterValidator:
    def check(texts: tuple[str, ...]) -> tuple[str, ...]:
        for text in texts:
            parse(text)
        return texts

    return AfterValidator(check)


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"there is no time zone '{name}'; write a name such as Asia/Ho_Chi_Minh"
        ) from error
    return name


_Texts = Annotated[tuple[str, ...], BeforeValidator(_to_texts)]


class TimeInterval(StrictModel):
    """Times that come again; what is left out does not matter."""

    model_config = ConfigDict(title="a time interval")

    days: Annotated[_Texts, _each(parse_days)] = Field(
        default=(), description="Days of the week, as in `mon-sat`."
    )
    times: Annotated[_Texts, _each(parse_times)] = Field(
        default=(), description='Times of the day, as in `"08:00-21:00"`; the end is outside.'
    )
    months: Annotated[_Texts, _each(parse_months)] = Field(
        default=(), description="Months, as in `jan-mar`."
    )
    days_of_month: Annotated[_Texts, _each(parse_days_of_month)] = Field(
        default=(), description='Days of the month, as in `1-7`; `"-1"` is the last one.'
    )
    years: Annotated[_Texts, _each(parse_years)] = Field(
        default=(), description="Years, as in `2026-2027`."
    )
    timezone: Annotated[str, AfterValidator(_check_zone)] = Field(
        default="UTC", description="Whose clock counts, as in `Asia/Ho_Chi_Minh`."
    )


class Target(StrictModel):
    """A named place that `forward` sends to."""

    url: str = Field(description="Where to send: scheme, host and port are fixed here.")
    secret: SecretOne | None = Field(
        default=None, description="Signs what is sent, as Standard Webhooks prescribes."
    )
    headers: dict[str, str] = Field(default_factory=dict, description="Sent with every request.")
    timeout: Duration = Field(default=15.0, gt=0, le=120, description="For the whole request.")


class Egress(StrictModel):
    """Which private addresses may be reached; none unless listed."""

    allow: tuple[str, ...] = Field(
        default=(), description='`host:port` or `address:port`, as in "10.0.0.5:8443".'
    )


class Settings(StrictModel):
    """The whole of automator.yaml. Every key is optional."""

    connections: dict[Annotated[str, Field(pattern=NAME_PATTERN)], dict[str, Any]] = Field(
        default_factory=dict,
        description="Configured senders by name; the keys of each are its provider's.",
    )
    targets: dict[Annotated[str, Field(pattern=NAME_PATTERN)], Target] = Field(
        default_factory=dict, description="Places that `forward` can name."
    )
    egress: Egress = Field(default_factory=Egress, description="The address guard.")
    time_intervals: dict[Annotated[str, Field(pattern=NAME_PATTERN)], TimeInterval] = Field(
        default_factory=dict, description="Times that rules can name as `active`."
    )
    vars: dict[str, Any] = Field(
        default_factory=dict, description="Values that every rule sees as `vars`."
    )
    public_url: str = Field(
        default="", description="The address under which the outside reaches this server."
    )
    max_body: int = Field(
        default=1_048_576, ge=1024, le=26_214_400, description="Bytes of a request's body, at most."
    )
    lease: Duration = Field(
        default=30.0,
        ge=1,
        le=600,
        description="How long a node may be silent before others take over its work; only where"
        " several share a PostgreSQL database.",
    )
    workers: int = Field(default=64, ge=1, le=1000, description="Runs that are done side by side.")


class Environment(StrictModel):
    """The environment variables with meaning to the server itself."""

    data: Path = Path("data")
    #: It may hold a password.
    database: str = Field(default="", repr=False)

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> "Environment":
        """Reads AUTOMATOR_DATA (a folder) and AUTOMATOR_DATABASE (a SQLAlchemy address)."""
        environ = os.environ if environ is None else environ
        return cls(
            data=Path(environ.get("AUTOMATOR_DATA", "data")),
            database=environ.get("AUTOMATOR_DATABASE", ""),
        )
