"""Kinds of reasons: the code, the English sentence, and what a person can do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from automator.model import Reason

_KINDS: dict[str, "ReasonKind"] = {}


@dataclass(frozen=True, slots=True)
class ReasonKind:
    """One kind of reason. Calling it with the values of its sentence makes a reason."""

    code: str
    #: The English sentence, with `{name}` for a value. `{name:time}` is a moment in milliseconds,
    #: `{name:moment}` one with the zone whose clock shows it, `{name:duration}` a length of time in
    #: milliseconds, `{name:id}` the id of an event or a run, `{name:runs}` a list of such ids,
    #: `{name:list}` a list, `{name:alternatives}` a list of which one is meant, `{name:number}` a
    #: large number.
    text: str
    #: What a person can do about it; "" where nothing is to be done.
    advice: str = ""

    def __call__(self, **params: Any) -> Reason:
        return Reason(self.code, params)


def reason_kind(code: str, text: str, advice: str = "") -> ReasonKind:
    """Declares a kind of reason. `text` and `advice` are marked with `N_`."""
    if code in _KINDS:
        raise ValueError(f"the reason {code} is declared twice")
    _KINDS[code] = kind = ReasonKind(code, text, advice)
    return kind


def kinds() -> Mapping[str, ReasonKind]:
    """All kinds by their codes, in the order of their declaration."""
    return MappingProxyType(_KINDS)
