"""The JSON that many answers contain: ids, times, reasons, errors, problems, pages of lists."""

from collections.abc import Iterable
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

from automator.model import Severity
from automator.model.ids import ID_PATTERN

#: An id in the form of `format_id`.
Id = Annotated[str, Field(pattern=ID_PATTERN, examples=["01mfb3w2hr000"])]
#: A time in the form of `iso_time`, in UTC.
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Count = Annotated[int, Field(ge=0)]


def one_of(words: Iterable[str]) -> Any:
    """Annotates a text that is one of these words, for the description of the API."""
    return Field(json_schema_extra={"enum": [*words]})


#: The kinds of problems.
SeverityWord = Annotated[str, one_of(Severity)]

ItemT = TypeVar("ItemT")


class ReasonJson(TypedDict):
    """A reason: its code, and the values of its sentence."""

    code: str
    params: dict[str, Any]


class SaidReasonJson(ReasonJson):
    """A reason with its sentence in the language of the request."""

    text: str


class AdvisedReasonJson(SaidReasonJson):
    """A reason with its sentence, and what to do about it."""

    fix: str


class CountedReasonJson(TypedDict):
    """A reason, and how often it occurred."""

    reason: ReasonJson
    count: Count


class ErrorJson(TypedDict):
    """An error: its code and values, and the mistake and its fix in the language of the request."""

    error: str
    params: dict[str, Any]
    message: str
    fix: str


class ProblemJson(TypedDict):
    """A problem of a rule file, and its place."""

    file: str
    line: Count
    column: Count
    length: Count
    severity: SeverityWord
    code: str
    reason: ReasonJson
    message: str
    fix: str
    source: str


class RefusedRulesJson(ErrorJson):
    """The error about rules with problems, and all these problems."""

    problems: list[ProblemJson]


class TextJson(TypedDict):
    """A report in words, as `as=text` asks for it."""

    text: str


class ItemsJson(TypedDict, Generic[ItemT]):
    """A whole list."""

    items: list[ItemT]


class PageJson(ItemsJson[ItemT], Generic[ItemT]):
    """A page of a list; `next` is the cursor of the next page, or null on the last page."""

    next: str | None


class FoundPageJson(PageJson[ItemT], Generic[ItemT]):
    """A page of a filtered list; `looked_until` is the last examined row of an unfinished search.

    It is null if the search is complete.
    """

    looked_until: Id | None
