"""arm(): divides people into groups that stay the same, to compare two ways of answering them.

The template filter `arm` uses the same code.
"""

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any, Final

from automator.conditions.forms.calls import (
    TEXT,
    Argument,
    BadArgument,
    Function,
    LiteralProblem,
    mismatch,
)
from automator.conditions.forms.values import show
from automator.conditions.forms.writer import Truth
from automator.reasons.conditions import too_long_to_read
from automator.reasons.problems import functions

_MOST_ARMS: Final = 20
_LONGEST_NAME: Final = 64
#: A share in quotes, which needs no backticks in a condition.
_SHARE: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")
_LARGEST_SHARE: Final = 10**15
_LONGEST_KEY: Final = 1024
#: The number of values that a digest can have.
_PLACES: Final = 2**64
#: The name of each arm, and where its share ends on the scale from 0 to 1.
Arms = tuple[tuple[str, float], ...]


class NoArmsError(ValueError):
    """A value that names no arms."""


def read_arms(value: Any) -> Arms:
    """Reads the arms of `['a', 'b']`, with equal shares, or of `{a: '70', b: '30'}`.

    Shares may be numbers too.

    Raises:
        NoArmsError: the value names no arms.
    """
    if isinstance(value, Mapping):
        shares = {str(name): _share(share) for name, share in value.items()}
    elif isinstance(value, list | tuple) and all(type(name) is str for name in value):
        shares = dict.fromkeys(value, 1.0)
        if len(shares) < len(value):
            raise NoArmsError
    else:
        raise NoArmsError
    if not 1 <= len(shares) <= _MOST_ARMS:
        raise NoArmsError
    whole = math.fsum(shares.values())
    if not whole:
        raise NoArmsError
    ends = (part / whole for part in accumulate(shares.values()))
    return tuple(zip(shares, ends, strict=True))


def arm_of(key: str, name: str, arms: Arms) -> str:
    """The arm of a person: always the same, on every node and for every caller.

    Splits with other names divide people differently.
    """
    named = f"{name}\0{key}".encode("utf-8", "surrogatepass")
    place = int.from_bytes(hashlib.blake2b(named, digest_size=8).digest()) / _PLACES
    return next((arm for arm, end in arms if place < end), arms[-1][0])


def key_of(value: Any) -> str | None:
    """The person's id as a text; None if the value is no id."""
    if isinstance(value, str) and value:
        return value
    return str(value) if type(value) is int else None


def _share(value: Any) -> float:
    if isinstance(value, str) and _SHARE.fullmatch(value):
        value = float(value)
    if type(value) not in (int, float) or not 0 <= value <= _LARGEST_SHARE:
        raise NoArmsError
    return float(value)


def _arm(args: tuple[Argument, ...]) -> Callable[..., str | None]:
    _, name, arms = args
    is_name = isinstance(name.literal, str) and 0 < len(name.literal) <= _LONGEST_NAME
    if not name.is_literal or not is_name:
        raise LiteralProblem(functions.function_split_not_a_name())
    if not arms.is_literal:
        raise LiteralProblem(functions.function_arms_not_written())
    try:
        known = read_arms(arms.literal)
    except NoArmsError as error:
        raise LiteralProblem(
            functions.function_not_arms(value=show(arms.literal), most=_MOST_ARMS)
        ) from error

    def call(key: Any, _name: Any, _arms: Any) -> str | None:
        if key is None:
            return None
        named = key_of(key)
        if named is None:
            raise mismatch("arm", key, TEXT)
        if len(named) > _LONGEST_KEY:
            raise BadArgument("arm", key, too_long_to_read(value=show(key)))
        return arm_of(named, name.literal, known)

    return call


ARM_FUNCTIONS: Final[tuple[Function, ...]] = (
    Function(
        "arm(person, 'name', arms)",
        "The arm of a person in the split of this name, always the same one; the arms are"
        " ['a', 'b'], or with their shares {a: '70', b: '30'}.",
        prepare=_arm,
        truth=Truth.PLAIN,
    ),
)
