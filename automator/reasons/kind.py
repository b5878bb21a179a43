"""Kinds of reasons: the code, the English sentence, and what a person can do about it."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Generic, ParamSpec, TypeVar

from automator.model import Reason, record

P = ParamSpec("P")
K = TypeVar("K", bound="ReasonKind[...]")
#: A moment in milliseconds, and the zone whose clock shows it.
Moment = Sequence[int | str | None]
_KINDS: dict[str, "ReasonKind[...]"] = {}


@record(kw_only=False)
class ReasonKind(Generic[P]):
    """One kind of reason. Calling it with the values of its sentence makes a reason."""

    code: str
    #: The English sentence, with `{name}` for a value. `{name:time}` is a moment in milliseconds,
    #: `{name:moment}` one with the zone whose clock shows it, `{name:duration}` a length of time in
    #: milliseconds, `{name:span}` the same in whole words, `{name:id}` the id of an event or a run,
    #: `{name:runs}` a list of such ids, `{name:list}` a list, `{name:alternatives}` a list of which
    #: one is meant, `{name:all}` one of which all are, `{name:number}` a number with its thousands
    #: apart, `{name:text}` a text of the catalogue, such as the description of a key, and
    #: `{name:within}` the same in the middle of a sentence, `{name:author}` who has done something.
    #: `{name:capital}` begins a sentence, `{name:advice}` is what can be done about a reason.
    text: str
    #: The advice: what a person can do about it; "" where nothing is to be done.
    advice: str = ""
    #: Of a problem of a file: the code that is shown with it, which several kinds can have.
    problem_code: str = ""

    def __call__(self, *_: P.args, **params: P.kwargs) -> Reason:
        return Reason(self.code, params)


def reason(
    text: str, advice: str = "", *, code: str = ""
) -> Callable[[Callable[P, None]], ReasonKind[P]]:
    """Declares a kind of reason as a function without a body: its name is the code, and its
    parameters are the values of the sentence. `text` and `advice` are marked with `N_`.

    A parameter with a default value is for programs alone, such as a quick fix. `code` is for codes
    that cannot be a name, or that say too little where the reason is made.
    """
    return lambda function: declared(ReasonKind(code or function.__name__, text, advice))


def problem(
    problem_code: str, text: str, advice: str = ""
) -> Callable[[Callable[P, None]], ReasonKind[P]]:
    """Declares a kind of problem of a file in the same way; `advice` says how to mend it."""
    return lambda function: declared(ReasonKind(function.__name__, text, advice, problem_code))


def problem_code(reason: Reason) -> str:
    """The code that is shown with a problem of a file."""
    kind = _KINDS.get(reason.code)
    return kind.problem_code if kind is not None and kind.problem_code else reason.code


def declared(kind: K) -> K:
    """The kind itself, which is then found by its code."""
    if kind.code in _KINDS:
        raise ValueError(f"the reason {kind.code} is declared twice")
    _KINDS[kind.code] = kind
    return kind


def kinds() -> Mapping[str, ReasonKind[...]]:
    """All kinds by their codes, in the order of their declaration."""
    return MappingProxyType(_KINDS)
