"""A model with an address like OpenAI's, which only copies lines of the texts that it is given.

It answers with the line that has the most words of the question, and refuses if there is none.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from automator.conditions import fold
from automator.conditions.texts.words import words_of
from automator.http.json_body import dump_json, parse_json
from automator.model import UnparsableDelivery
from automator.sandbox.context import (
    Answer,
    SandboxContext,
    as_list,
    as_mapping,
    as_text,
    read_fields,
    retry_header,
)
from automator.sandbox.faults import Fault

ERRORS: Mapping[str, int] = {
    "rate_limit": 429,
    "token_expired": 401,
    "permission": 403,
    "transient": 503,
}
#: How many words of the question a line needs; words of one or two letters do not count.
_LEAST_WORDS = 2
_SHORTEST_WORD = 3


class Model:
    """The endpoint of one sandbox."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context

    async def complete(self, request: Request) -> Response:
        """POST /model/v1/chat/completions."""
        fields = await read_fields(request)
        fault = self._context.faults.take(request.url.path)
        said = [as_text(as_mapping(one).get("content")) for one in as_list(fields.get("messages"))]
        question = _question(said[-1]) if said else ""
        answer = _decide(fault, said[0] if said else "", question)
        name = as_text(fields.get("model"))
        return await self._context.recorded(request, answer, fault, "model", name, question, fields)


def _question(content: str) -> str:
    try:
        return as_text(as_mapping(parse_json(content.encode())).get("question"))
    except UnparsableDelivery:
        return ""


def _decide(fault: Fault, texts: str, question: str) -> Answer:
    if fault.error:
        status = fault.status or ERRORS.get(fault.error, 500)
        return Answer(status, {"error": {"message": fault.error}}, retry_header(fault))
    content = dump_json(_said(texts, question)).decode()
    message = {"role": "assistant", "content": content}
    return Answer(fault.status or 200, {"choices": [{"index": 0, "message": message}]})


def _said(texts: str, question: str) -> Mapping[str, Any]:
    """The answer: of the lines behind the first heading, the one with the most asked words."""
    lines = [line for line in texts.partition("\n# ")[2].splitlines()[1:] if line[:1] != "#"]
    asked = _words(question)
    best = max(lines, key=lambda line: len(asked & _words(line)), default="")
    if len(asked & _words(best)) < _LEAST_WORDS:
        return {"refused": "no text is about this question"}
    return {"answer": best.strip()}


def _words(text: str) -> set[str]:
    return {word for word in words_of(fold(text)) if len(word) >= _SHORTEST_WORD}
