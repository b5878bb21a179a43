"""Kinds of reasons: each has a code, an English sentence, and advice for a person."""

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
    #: `{name:moment}` a moment with the zone whose clock shows it, `{name:duration}` a length of
    #: time in milliseconds, `{name:span}` a length of time in whole words, `{name:id}` the id of an
    #: event or a run, `{name:runs}` a list of such ids, `{name:list}` a list,
    #: `{name:alternatives}` a list joined by “or”, `{name:all}` a list joined by “and”,
    #: `{name:number}` a number with separated thousands, `{name:text}` a text of the catalogue,
    #: such as the description of a key, `{name:within}` such a text in the middle of a sentence,
    #: `{name:author}` the person who has done something. `{name:capital}` begins a sentence,
    #: `{name:advice}` is the advice of a reason.
    text: str
    #: The advice: what a person can do about it; "" if nothing has to be done.
    advice: str = ""
    #: The code that is shown with a problem of a file, which several kinds can share; else "".
    problem_code: str = ""

    def __call__(self, *_: P.args, **params: P.kwargs) -> Reason:
        return Reason(self.code, params)


def reason(
    text: str, advice: str = "", *, code: str = ""
) -> Callable[[Callable[P, None]], ReasonKind[P]]:
    """Declares a kind of reason as a function without a body. The function's name is the code, and
    its parameters are the values of the sentence. `text` and `advice` are marked with `N_`.

    A parameter with a default value is only for programs, such as a quick fix. `code` replaces the
    function's name if the code cannot be a name, or would be an unclear name.
    """
    return lambda function: declared(ReasonKind(code or function.__name__, text, advice))


def problem(
    problem_code: str, text: str, advice: str = ""
) -> Callable[[Callable[P, None]], ReasonKind[P]]:
    """Declares a kind of problem of a file, as `reason` does; `advice` says how to mend it."""
    return lambda function: declared(ReasonKind(function.__name__, text, advice, problem_code))


def problem_code(reason: Reason) -> str:
    """The code that is shown with a problem of a file."""
    kind = _KINDS.get(reason.code)
    return kind.problem_code if kind is not None and kind.problem_code else reason.code


def declared(kind: K) -> K:
    """Registers a kind, so that it is found by its code, and returns it."""
    if kind.code in _KINDS:
        raise ValueError(f"the reason {kind.code} is declared twice")
    _KINDS[kind.code] = kind
    return kind


def kinds() -> Mapping[str, ReasonKind[...]]:
    """All kinds by their codes, in the order of their declaration."""
    return MappingProxyType(_KINDS)
