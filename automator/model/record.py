"""Records: immutable values, of which every event makes dozens."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, kw_only: bool = ...) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: Any = None, /, *, kw_only: bool = True) -> Any:
    """A dataclass with slots whose fields nobody sets again; the type checker refuses it.

    `dataclass(frozen=True)` refuses it at run time, and for that makes each instance with a call
    for each of its fields: a settlement takes 2.9 µs instead of 0.6.
    """

    def made(kind: Any) -> Any:
        return dataclass(slots=True, kw_only=kw_only, unsafe_hash=True)(kind)

    return made if cls is None else made(cls)
