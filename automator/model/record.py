"""Records: immutable values. There are hundreds of kinds, and each event makes dozens of them."""

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from operator import attrgetter
from typing import Any, ParamSpec, TypeVar, dataclass_transform, overload

T = TypeVar("T")
P = ParamSpec("P")


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, kw_only: bool = ...) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: Any = None, /, *, kw_only: bool = True) -> Any:
    """A dataclass with slots whose fields are never set again: the type checker refuses that.

    `dataclass(frozen=True)` refuses it at run time, and for that makes each instance with a call
    for each of its fields: a settlement takes 2.9 µs instead of 0.6. It also compiles five methods
    for each class, which takes 0.6 ms instead of 0.15; only the constructor is compiled here.
    """

    def made(kind: Any) -> Any:
        kind = dataclass(slots=True, kw_only=kw_only, repr=False, eq=False)(kind)
        _add_methods(kind, fields(kind))
        return kind

    return made if cls is None else made(cls)


def constructor(kind: Callable[P, T]) -> Callable[P, T]:
    """A function that makes a record as its class does, for the large ones that each event makes.

    A class that is called with keywords packs them into a dictionary and unpacks them again, so
    that a record with 15 fields takes 2.6 times as long. A call with more than 15 keywords does the
    same: set rare fields by `replace`.
    """
    names: dict[str, Any] = {"_kind": kind, "_new": object.__new__, "_missing": MISSING}
    parameters, lines = [], ["made = _new(_kind)"]
    for one in fields(kind):  # type: ignore[arg-type]  # A record's class, called by its fields.
        name, value = one.name, one.name
        if one.default_factory is not MISSING:
            names[f"_new_{name}"] = one.default_factory
            value = f"_new_{name}() if {name} is _missing else {name}"
            parameters.append(f"{name}=_missing")
        elif one.default is not MISSING:
            names[f"_default_{name}"] = one.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        lines.append(f"made.{name} = {value}")
    body = "\n    ".join([*lines, "return made"])
    # `dataclass` makes constructors in the same way. The text contains nothing but names of fields.
    exec(f"def make(*, {', '.join(parameters)}):\n    {body}", names)  # noqa: S102
    made: Callable[P, T] = names["make"]
    return made


def _add_methods(kind: Any, every: tuple[Field[Any], ...]) -> None:
    """Adds equality, a hash and a representation, where the class itself has none."""
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
        # A class with an equality of its own has the hash None until somebody gives it one.
        if own.get(name) is None:
            setattr(kind, name, method)


def _values_of(names: list[str]) -> Callable[[Any], Any]:
    """A function that reads these fields of a record at once."""
    return attrgetter(*names) if names else lambda _one: ()
