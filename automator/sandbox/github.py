"""The part of the GitHub API that comments on an issue, and lists the comments."""

import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from automator.clock import iso_time
from automator.sandbox.context import (
    Answer,
    SandboxContext,
    as_text,
    bearer_token,
    read_fields,
    retry_header,
)
from automator.sandbox.faults import Fault

_MARKER = re.compile(r"<!-- \w+:(.*?) -->")
_FIRST_COMMENT = 3_500_000_000
MAX_TEXT = 65_536
_RATE_WAIT_S = 60
#: The status and the message of each fault.
ERRORS: Mapping[str, tuple[int, str]] = {
    "rate_limit": (403, "You have exceeded a secondary rate limit"),
    "token_expired": (401, "Bad credentials"),
    "transient": (503, "Service Unavailable"),
    "in_doubt": (502, "Server Error"),
    "permission": (403, "Resource not accessible by personal access token"),
    "gone": (410, "This issue was deleted"),
}


class GitHub:
    """The endpoint of one sandbox."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context

    async def comment(self, request: Request) -> Response:
        """POST /repos/{owner}/{repository}/issues/{number}/comments."""
        fields = await read_fields(request)
        text = as_text(fields.get("body"))
        fault = self._context.faults.take(request.url.path)
        answer = self._decide(fault, bearer_token(request), text)
        found = _MARKER.search(text)
        to, key = _issue(request), found and found[1]
        return await self._context.recorded(
            request, answer, fault, "github_comment", to, text, fields, idempotency_key=key or ""
        )

    async def comments(self, request: Request) -> Response:
        """GET /repos/{owner}/{repository}/issues/{number}/comments: all comments on one page."""
        if not self._context.knows(bearer_token(request)):
            return Answer(401, {"message": "Bad credentials"}).response()
        to, records = _issue(request), self._context.recorder.records("github_comment")
        made = [one.answer for one in records if one.to == to and "id" in one.answer]
        return Answer(200, made).response()

    def _decide(self, fault: Fault, token: str, text: str) -> Answer:
        if fault.error:
            status, message = ERRORS.get(fault.error, (500, fault.error))
            headers = retry_header(fault, _RATE_WAIT_S)
            return Answer(fault.status or status, {"message": message}, headers)
        if not self._context.knows(token):
            return Answer(401, {"message": "Bad credentials"})
        if not text.strip() or len(text) > MAX_TEXT:
            said = f"Body is too long (maximum is {MAX_TEXT} characters)"
            problem = {"resource": "IssueComment", "code": "unprocessable", "field": "data"}
            errors = [{**problem, "message": said if text.strip() else "Body cannot be blank"}]
            return Answer(422, {"message": "Validation Failed", "errors": errors})
        number = _FIRST_COMMENT + self._context.recorder.last_id
        created_at = iso_time(self._context.recorder.clock.now_ms())
        return Answer(fault.status or 201, {"id": number, "body": text, "created_at": created_at})


def _issue(request: Request) -> str:
    where = request.path_params
    return f"{where['owner']}/{where['repository']}#{where['number']}"
