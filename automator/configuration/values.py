"""The types of values in files: durations, rates, status ranges, references to secrets."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticKnownError

from automator.configuration.everyday_times import meant_duration
from automator.configuration.secrets import MissingSecretError, Secret, is_reference, resolve_secret
from automator.model import N_, WrongValue
from automator.reasons.problems.shape import shape_neither_text_nor_list
from automator.reasons.problems.values import (
    value_duration_spelt_out,
    value_duration_without_unit,
    value_header_not_text,
    value_not_a_duration,
    value_not_a_network,
    value_not_a_rate,
    value_not_a_status_range,
    value_rate_without_unit,
    value_secret_like_reference,
    value_secret_not_text,
)


@dataclass(eq=False, slots=True)
class InForm:
    """The look of a field in a form, declared in the `Annotated` of the field or of its type.

    The declaration of a type holds for all its fields, and a field can add to it. Pydantic hashes
    the annotations of a type; so two declarations are equal only if they are the same object.
    """

    label: str = ""
    #: The text after the field: the unit of a number.
    unit: str = ""
    #: A sentence below the field; without it, an optional field shows its description.
    hint: str = ""
    #: The widget of `rules/editing` that shows the field; "" means the usual one for its type.
    widget: str = ""
    #: The value that the form writes if the person fills in only other fields of the same part.
    usual: str = ""
    #: When the field is shown at once, and not on demand: "" = with a value, `beside` = also next
    #: to other values of its part, `rarely` = never.
    shown: Literal["", "beside", "always", "rarely"] = ""
    #: The part of the form that has the field: of a rule ("" = the limits), or of a step ("" = its
    #: own inputs).
    section: Literal["", "about", "tests", "if", "approving", "failing"] = ""
    #: The words for each value, which turn a text field into a choice; the key "" is for no value.
    choices: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, info: FieldInfo) -> "InForm":
        """Combines what a field and its type declare."""
        found = [*_within(info.annotation), *info.metadata]
        said = [one for one in found if isinstance(one, cls)]
        pairs = ((one.name, getattr(each, one.name)) for each in said for one in fields(cls))
        return cls(**{name: value for name, value in pairs if value})


def _within(annotation: Any) -> Iterator[Any]:
    """Yields the metadata of a type and of the members of a union, but not of a list's items."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        yield from (*_within(inner), *metadata)
    elif get_origin(annotation) in (Union, UnionType):
        for one in get_args(annotation):
            yield from _within(one)


NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"
DURATION = re.compile(r"^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)$")
_RATE = re.compile(r"([0-9]{1,6})\s*/\s*([smhd])")
_STATUS_RANGE = re.compile(r"([0-9]{3})(?:\s*-\s*([0-9]{3}))?")
_HEADER_REFERENCE = re.compile(r"((?:Bearer|Basic|Token) +)?((?:env|file):.+)", re.IGNORECASE)
#: References as other programs write them: `$NAME`, `${NAME}`, `ENV:NAME`, `env: NAME`.
_LIKE_REFERENCE = re.compile(
    r"\s*(?:\$\{?([A-Z][A-Z0-9_]*)\}?|\$?[Ee][Nn][Vv]\s*[:.]\s*([A-Za-z_][\w-]*))\s*", re.ASCII
)
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def parse_duration(text: str) -> float:
    """Returns the seconds of a duration such as `90s`, `15m`, `2h`, `3d` or `1w`.

    Raises:
        ValueError: the text is not a duration.
    """
    found = DURATION.match(text.strip())
    if not found:
        better = meant_duration(text)
        problem = value_duration_spelt_out(text=text, better=better) if better else None
        raise WrongValue(problem or value_not_a_duration(text=text))
    return float(found[1]) * _UNIT_SECONDS[found[2]]


def written_duration(ms: int) -> str:
    """Writes a duration, exactly, in the largest possible unit up to days: `2h`, or `90m`."""
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(ms, round(_UNIT_SECONDS[unit] * 1000))
        if not rest:
            return f"{count}{unit}"
    return f"{ms}ms"


def parse_rate(text: str) -> float:
    """Returns the times per second of a rate such as `50/s`, `100/m` or `1000/h`.

    Raises:
        ValueError: the text is not a rate.
    """
    found = _RATE.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise WrongValue(value_not_a_rate(text=text))
    return int(found[1]) / _UNIT_SECONDS[found[2]]


def parse_status_range(value: int | str) -> tuple[int, int]:
    """Returns the first and the last HTTP status of `429` or `500-599`.

    Raises:
        ValueError: the value is neither.
    """
    found = _STATUS_RANGE.fullmatch(str(value).strip())
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 100 <= first <= last <= 599:
        raise WrongValue(value_not_a_status_range(value=value))
    return first, last


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise WrongValue(value_not_a_network(text=text)) from error


#: An address, or a network such as 203.0.113.0/24.
NetworkText = Annotated[str, AfterValidator(_network)]


def _to_status_range(value: Any) -> Any:
    is_written = isinstance(value, int | str) and not isinstance(value, bool)
    return parse_status_range(value) if is_written else value


def _to_seconds(value: Any) -> Any:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, bool):
        raise WrongValue(value_not_a_duration(text=str(value).lower()))
    if _is_number(value) and value:
        # A number alone could mean seconds, minutes or hours. Nobody would notice a wrong guess.
        raise WrongValue(value_duration_without_unit(number=value))
    return value


def _no_flag(value: Any) -> Any:
    """Refuses true and false, which pydantic takes for 1 and 0."""
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


def _to_rate(value: Any) -> Any:
    if _is_number(value):
        raise WrongValue(value_rate_without_unit(number=value))
    if isinstance(value, bool):
        raise WrongValue(value_not_a_rate(text=str(value).lower()))
    return parse_rate(value) if isinstance(value, str) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def to_secret(value: Any, info: ValidationInfo) -> Secret:
    """Resolves a reference, unless the validation context says `resolve_secrets: False`."""
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str) or not value:
        raise WrongValue(value_secret_not_text())
    context = info.context or {}
    if is_reference(value) and not context.get("resolve_secrets", True):
        return Secret("", value)
    if not is_reference(value) and (meant := _LIKE_REFERENCE.fullmatch(value)):
        raise WrongValue(value_secret_like_reference(name=(meant[1] or meant[2]).replace("-", "_")))
    try:
        return resolve_secret(value, context.get("environ"))
    except MissingSecretError as error:
        raise WrongValue(error.reason) from error


def _to_secrets(value: Any, info: ValidationInfo) -> tuple[Secret, ...]:
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(to_secret(item, info) for item in items)


def _to_header(value: Any, info: ValidationInfo) -> str | Secret:
    """Returns a text unchanged, or the secret that it references, alone or after a
    word (`Bearer`).
    """
    if not isinstance(value, str):
        # pydantic would not report a TypeError as a problem of the value.
        raise WrongValue(value_header_not_text())
    found = _HEADER_REFERENCE.fullmatch(value.strip())
    if found is None:
        return value
    secret = to_secret(found[2], info)
    return Secret(f"{found[1] or ''}{secret.reveal()}", value) if secret.reveal() else secret


def _to_seconds_or_never(value: Any) -> Any:
    return None if value == "never" else _to_seconds(value)


def _to_expected(value: Any) -> Any:
    if value == "never":
        return Expectation.model_construct(per=math.inf)
    if value is None or isinstance(value, Mapping):
        return value
    if not isinstance(value, str):
        return {"per": _to_seconds(value)}
    seconds = parse_duration(value.strip().removeprefix("every "))
    return Expectation.model_construct(per=seconds) if seconds else {"per": value}


_DURATION_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "string", "pattern": DURATION.pattern}, {"const": 0}]
}
_TEXT_SCHEMA: dict[str, Any] = {"type": "string", "minLength": 1}
#: The JSON Schema of a status or a range of them.
STATUS_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": r"^\s*[1-5][0-9]{2}(\s*-\s*[1-5][0-9]{2})?\s*$"},
    ]
}


def one_or_many(item: dict[str, Any]) -> WithJsonSchema:
    """The JSON Schema of a value that may also be a list of such values."""
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]})


#: A whole number; true and false are refused.
WholeNumber = Annotated[int, BeforeValidator(_no_flag)]
#: A number; true and false are refused.
Number = Annotated[float, BeforeValidator(_no_flag)]
#: A duration in seconds; a file writes it with a unit, except 0.
Duration = Annotated[
    float,
    BeforeValidator(_to_seconds),
    WithJsonSchema(_DURATION_SCHEMA),
    InForm(unit=N_("as in 30s, 15m, 2h or 7d"), widget="duration"),
]
#: Times per second.
Rate = Annotated[
    float,
    BeforeValidator(_to_rate),
    Field(gt=0),
    WithJsonSchema({"type": "string", "pattern": f"^\\s*{_RATE.pattern}\\s*$"}),
    InForm(unit=N_("as in 100/m for a hundred a minute")),
]
#: How long data is kept: a duration in seconds; None (`never` in a file) if it is never deleted.
KeptFor = Annotated[
    Annotated[float, Field(ge=0)] | None,
    BeforeValidator(_to_seconds_or_never),
    WithJsonSchema({"anyOf": [*_DURATION_SCHEMA["anyOf"], {"const": "never"}]}),
]
#: `429` or `500-599`, as (first, last).
StatusRange = Annotated[
    tuple[int, int], BeforeValidator(_to_status_range), WithJsonSchema(STATUS_SCHEMA)
]
#: One secret reference.
SecretOne = Annotated[Secret, BeforeValidator(to_secret), WithJsonSchema(_TEXT_SCHEMA)]
#: The value of a header: a text, or a reference such as `env:NAME` or `Bearer env:NAME`.
HeaderValue = Annotated[
    str | Secret, BeforeValidator(_to_header), WithJsonSchema({"type": "string"})
]
#: One secret reference or several: while a secret is replaced, both the old and the new one work.
SecretList = Annotated[tuple[Secret, ...], BeforeValidator(_to_secrets), one_or_many(_TEXT_SCHEMA)]


class StrictModel(BaseModel):
    """The base of all models of files: unknown keys are errors, and instances do not change.

    A model is built when it is first used: no server uses all kinds of connections and actions.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True
    )


class Expectation(StrictModel):
    """The least number of events that a connection expects within a time."""

    model_config = ConfigDict(title="'expect'")

    at_least: WholeNumber = Field(default=1, ge=1, le=1_000, description="Events, at least.")
    per: Duration = Field(
        gt=0, le=30 * 86_400.0, description=N_("Within any stretch of time this long, as in 6h.")
    )
    during: str = Field(
        default="",
        description="A name of `time_intervals`: only its time counts, so that a night is none.",
    )


#: A file writes `every 2h`, `never` (`per` is then infinite), or a mapping; None if it is not set.
Expected = Annotated[
    Expectation | None,
    BeforeValidator(_to_expected),
    WithJsonSchema({"type": ["string", "object", "null"]}),
]


# --- A text or a list of texts, for keys of rule files that accept both ---


def _to_tuple(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and value and all(isinstance(item, str) and item for item in value):
        return tuple(value)
    raise WrongValue(shape_neither_text_nor_list())


OneOrMany = Annotated[
    tuple[str, ...], BeforeValidator(_to_tuple), one_or_many({"type": "string", "minLength": 1})
]
