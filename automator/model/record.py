"""`record`: a fast immutable dataclass. There are hundreds; each event makes dozens of values."""

from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, kw_only: bool = ...) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: Any = None, /, *, kw_only: bool = True) -> Any:
    """Makes a dataclass with slots. No field is ever set again, which the type checker ensures.

    `dataclass(frozen=True)` would ensure it at run time, but makes each instance with one call per
    field: a settlement takes 2.9 µs instead of 0.6. It also compiles five methods per class, which
    takes 0.6 ms instead of 0.15; this decorator compiles only the constructor.
    """

    def made(kind: Any) -> Any:
        kind = dataclass(slots=True, kw_only=kw_only, repr=False, eq=False)(kind)
        _add_methods(kind, fields(kind))
        return kind

    return made if cls is None else made(cls)


def _add_methods(kind: Any, every: tuple[Field[Any], ...]) -> None:
    """Adds equality, a hash and a representation, unless the class defines them itself."""
    compared = _values_of([one.name for one in every if one.compare])
    hashed = _values_of(
        [one.name for one in every if (one.compare if one.hash is None else one.hash)]
    )
    shown = [one.name for one in every if one.repr]

    def equals(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return compared(self) == compared(other)

    def hash_of(self: Any) -> int:
        return hash(hashed(self))

    def represent(self: Any) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{self.__class__.__qualname__}({values})"

    own = vars(kind)
    methods = {"__eq__": equals, "__hash__": hash_of, "__repr__": represent}
    for name, method in methods.items():
        # A class with its own equality has the hash None until it defines one.
        if own.get(name) is None:
            setattr(kind, name, method)


def _values_of(names: list[str]) -> Callable[[Any], Any]:
    """Returns a function that reads these fields of a record, all in one call."""
    return attrgetter(*names) if names else lambda _one: ()
