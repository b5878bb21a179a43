"""The filters in the address of a list: what programs get wrong is refused, people are told."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from automator.model import UsageError
from automator.server.web.request_context import RequestContext

FilterT = TypeVar("FilterT")
#: Reads words such as `{"state": "dead"}` at a time, or raises a UsageError.
Reader = Callable[[Mapping[str, str], int], FilterT]


def filter_words(context: RequestContext, names: Sequence[str]) -> dict[str, str]:
    """What the address says, by name; what it does not say is empty."""
    return {name: context.query(name) for name in names}


def meant_words(
    context: RequestContext, names: Sequence[str], read: Reader[FilterT]
) -> tuple[dict[str, str], FilterT, UsageError | None]:
    """What the address says without what cannot be meant, and what is wrong with that."""
    words = dict.fromkeys(names, "")
    wanted = read(words, context.now_ms)
    problem: UsageError | None = None
    for name in names:
        more = {**words, name: context.query(name)}
        try:
            wanted = read(more, context.now_ms)
        except UsageError as error:
            problem = problem or error
        else:
            words = more
    return words, wanted, problem
