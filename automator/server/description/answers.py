"""The answers of a call, as the type says that its function returns."""

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from automator.model import record
from automator.server import answers
from automator.server.shared.responses import JsonAnswer, JsonFile, MetricsAnswer

_JSON = ("application/json",)
_METRICS = ("text/plain", "application/openmetrics-text")


@record
class Answer:
    """A kind of answer: its status, the shape of its JSON, and its media types."""

    status: int
    #: None where it has no JSON.
    shape: Any = None
    media_types: tuple[str, ...] = ()


def function_of(endpoint: Callable[..., Any]) -> Any:
    """The function that answers a call, without the values that its route gives it."""
    return function_of(endpoint.func) if isinstance(endpoint, partial) else endpoint


def answers_of(endpoint: Callable[..., Any]) -> tuple[Answer, ...]:
    """The answers of a call that are no errors.

    The shapes are imported here: the server itself needs them for no answer.
    """
    hints = get_type_hints(function_of(endpoint), localns=_shapes())
    return tuple(_answer(kind) for kind in _parts(hints["return"]))


def _shapes() -> dict[str, Any]:
    modules = (
        import_module(f"{answers.__name__}.{found.name}")
        for found in iter_modules(answers.__path__)
    )
    return {name: value for module in modules for name, value in vars(module).items()}


def _parts(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _parts(part)
    else:
        yield annotation


def _answer(kind: Any) -> Answer:
    answer = get_origin(kind) or kind
    if issubclass(answer, JsonAnswer):
        (shape,) = get_args(kind)
        return Answer(status=answer.status, shape=shape, media_types=_JSON)
    if answer is JsonFile:
        return Answer(status=answer.status, shape=dict[str, Any], media_types=_JSON)
    media_types = _METRICS if answer is MetricsAnswer else ()
    return Answer(status=answer.status, media_types=media_types)
