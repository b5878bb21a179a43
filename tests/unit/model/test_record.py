"""Records behave as frozen dataclasses do, but that only the type checker refuses assignments."""

import copy
import pickle
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from automator.model import record


@record
class Plain:
    """Compared, hashed and shown by all fields."""

    name: str
    size: int = 0


@record(kw_only=False)
class Chosen:
    """Some fields are left out of some of the three."""

    key: str
    secret: str = field(default="", repr=False)
    note: str = field(default="", compare=False)
    values: list[int] = field(default_factory=list, hash=False)


@dataclass(frozen=True, slots=True)
class Frozen:
    """The same fields as a dataclass of the standard library."""

    key: str
    secret: str = field(default="", repr=False)
    note: str = field(default="", compare=False)
    values: list[int] = field(default_factory=list, hash=False)


@record(kw_only=False)
class Own:
    """Has methods of its own."""

    name: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own) and other.name.lower() == self.name.lower()

    def __hash__(self) -> int:
        return hash(self.name.lower())

    def __repr__(self) -> str:
        return f"<{self.name}>"


@record
class Empty:
    """Without a field."""


@pytest.mark.parametrize("fields", [("a",), ("a", "s", "n", [1]), ("b", "", "", [2])])
def test_a_record_is_shown_and_hashed_as_a_frozen_dataclass_is(fields: tuple[Any, ...]) -> None:
    ours, theirs = Chosen(*fields), Frozen(*fields)

    assert repr(ours) == repr(theirs).replace("Frozen", "Chosen")
    assert hash(ours) == hash(theirs)


def test_records_are_equal_by_the_fields_that_are_compared() -> None:
    assert Chosen("a", note="x") == Chosen("a", note="y")
    assert Chosen("a", "x") != Chosen("a", "y")
    assert Plain(name="a") != Chosen("a")
    assert Plain(name="a") != "a"
    assert Empty() == Empty()
    assert hash(Empty()) == hash(Empty())
    assert repr(Empty()) == "Empty()"


def test_methods_of_the_class_stay_its_own() -> None:
    assert Own("A") == Own("a")
    assert hash(Own("A")) == hash(Own("a"))
    assert repr(Own("A")) == "<A>"


def test_a_record_is_copied_pickled_and_replaced() -> None:
    one = Plain(name="a", size=1)

    assert copy.deepcopy(one) == one
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - made here
    assert replace(one, size=2) == Plain(name="a", size=2)


def test_a_record_has_no_field_that_it_does_not_declare() -> None:
    with pytest.raises(AttributeError):
        Plain(name="a").other = 1  # type: ignore[attr-defined] # that is the claim
