"""The classes of answers that API calls return; the API's description is made from these types."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from starlette.responses import Response, StreamingResponse

from automator.http.json_body import dump_json
from automator.language import Translator
from automator.server.web.request_context import RequestContext

AnswerT = TypeVar("AnswerT")


class JsonAnswer(Response, Generic[AnswerT]):
    """A JSON answer of the type `AnswerT`; integers keep all their digits.

    Content in bytes is JSON already. The description of the API takes status and type from the
    return type of a call.
    """

    media_type = "application/json"
    #: The status of this kind of answer.
    status = 200

    def __init__(self, content: Any, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(content, self.status, headers)

    def render(self, content: Any) -> bytes:
        return content if isinstance(content, bytes) else dump_json(content)


class Created(JsonAnswer[AnswerT]):
    """The answer of a call that has made something new."""

    status = 201


class Outdated(JsonAnswer[AnswerT]):
    """The answer to a change of something that somebody else has changed meanwhile."""

    status = 412


class NoContent(Response):
    """The answer of a call that has deleted something."""

    status = 204

    def __init__(self) -> None:
        super().__init__(status_code=self.status)


class NotModified(Response):
    """The answer to a client that has the same version already."""

    status = 304

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(status_code=self.status, headers=headers)


class JsonFile(StreamingResponse):
    """A file with a JSON object, which is made while it is sent."""

    status = 200


class MetricsAnswer(Response):
    """The metrics, in the text format of Prometheus or of OpenMetrics."""

    status = 200


class ReportResult(Protocol):
    """The result of a report, which can be written as JSON."""

    def as_json(self) -> Any:
        """The result as plain data."""
        ...


Found = TypeVar("Found", bound=ReportResult)


def report_answer(
    context: RequestContext, found: Found, text_of: Callable[[Found, Translator], str]
) -> JsonAnswer[Any]:
    """The answer with a report: as JSON or, with `as=text`, in words under `text`."""
    if context.query("as") == "text":
        return JsonAnswer({"text": text_of(found, context.translator)})
    return JsonAnswer(found.as_json())
