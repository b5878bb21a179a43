"""The keys of a file, an action or a connection: tables of what each takes."""

import inspect
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from automator.configuration.secrets import Secret
from automator.configuration.values import Duration, Expected, KeptFor, Rate
from automator.rules.schema.rule_tests import ExpectedData, ExpectedText

_DURATION = get_args(Duration)[1]
_RATE = get_args(Rate)[1]
_KEPT_FOR = get_args(KeptFor)[1]
_EXPECTED = get_args(Expected)[1]
#: The constraints that tell these types from plain numbers → in words.
_WRITTEN = {
    _DURATION: "duration",
    _RATE: "rate",
    _KEPT_FOR: "duration or `never`",
    _EXPECTED: "`every` and a duration, or `never`",
    get_args(ExpectedText)[1]: "text, or a comparison",
    get_args(ExpectedData)[1]: "any data, or a comparison",
}
_WORDS: dict[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    Any: "any data",
    Secret: "secret",
}


def cell(text: str) -> str:
    """A text as one cell of a table."""
    return " ".join(text.replace("|", "\\|").split())


def described(annotation: Any, metadata: list[Any] | None = None) -> str:
    """The allowed values of a type, in words."""
    for mark, words in _WRITTEN.items():
        if metadata and mark in metadata:
            return words
    if hasattr(annotation, "__metadata__"):
        return described(annotation.__origin__, list(annotation.__metadata__))
    if get_origin(annotation) is not None:
        return _described_generic(get_origin(annotation), get_args(annotation))
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return "mapping"
    return _WORDS.get(annotation, "text")


def _described_generic(origin: Any, arguments: tuple[Any, ...]) -> str:
    if origin in (Union, UnionType):
        kinds = [described(item) for item in arguments if item is not NoneType]
        return " or ".join(dict.fromkeys(kinds))
    if origin is Literal:
        return " or ".join(f"`{item}`" for item in arguments)
    if origin is dict:
        return "mapping"
    if arguments[0] is Secret:
        return "secret, or a list of them"
    return f"list of {described(arguments[0])}"


def rows(model: type[BaseModel]) -> Iterator[str]:
    """The lines of the table of a model: its head, and one for each key."""
    yield "| key | what it takes | default | |"
    yield "|---|---|---|---|"
    for name, field in model.model_fields.items():
        kind = described(field.annotation, field.metadata)
        label = field.alias or name
        yield f"| `{label}` | {kind} | {_default(field)} | {cell(field.description or '')} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}, []) or isinstance(value, BaseModel):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if field.metadata and _KEPT_FOR in field.metadata:
        return f"`{value / 86_400:g}d`"
    if field.metadata and _DURATION in field.metadata:
        return f"`{value:g}s`"
    return f"`{value}`"


def table(model: type[BaseModel]) -> str:
    """The table of a model: the values of each key, and what stands without it."""
    return "\n".join(rows(model))
