"""The part of LINE's Messaging API that replies and pushes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from automator.model import N_, text_length
from automator.sandbox.context import (
    Answer,
    SandboxContext,
    as_list,
    as_mapping,
    as_text,
    bearer_token,
    read_fields,
    retry_header,
)
from automator.sandbox.faults import Fault
from automator.sandbox.recorder import Remembered

MAX_MESSAGES = 5
MAX_TEXT = 5000
MAX_QUICK_REPLIES = 13
#: Limits of a buttons template: its actions, its text without and with a picture, and each action.
MAX_ACTIONS = 4
MAX_TEMPLATE_TEXT = 160
MAX_CARD_TEXT = 60
MAX_LABEL = 20
MAX_POSTBACK = 300
ERRORS: Mapping[str, tuple[int, str]] = {
    "rate_limit": (429, "The API rate limit has been exceeded. Try again later."),
    "quota": (429, "You have reached your monthly limit."),
    "token_expired": (401, "Authentication failed. Confirm that the access token is valid."),
    "transient": (500, "Internal server error"),
    "permission": (403, "Access to this API is not available for your account"),
    "gone": (404, N_("Not found")),
    "reply_token": (400, "Invalid reply token"),
}


class Line:
    """LINE's endpoints in one sandbox. A reply token or a retry key works once."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._seen: Remembered[bool] = Remembered()

    async def say(self, request: Request) -> Response:
        """POST /line/v2/bot/message/reply and /push."""
        what = request.path_params["what"]
        fields = await read_fields(request)
        fault = self._context.faults.take(request.url.path)
        once = as_text(fields.get("replyToken")) or request.headers.get("x-line-retry-key", "")
        answer = self._decide(fault, what, bearer_token(request), fields, once)
        if answer.status == 200 and once:
            self._seen.put(once, True)
        to = as_text(fields.get("to") or fields.get("replyToken"))
        text = _first_text(fields.get("messages"))
        return await self._context.recorded(request, answer, fault, "message", to, text, fields)

    def _decide(
        self, fault: Fault, what: str, token: str, fields: Mapping[str, Any], once: str
    ) -> Answer:
        if fault.error:
            status, message = ERRORS.get(fault.error, (400, fault.error))
            return Answer(fault.status or status, {"message": message}, retry_header(fault))
        messages = fields.get("messages")
        error: tuple[int, str] | None = None
        if not self._context.knows(token):
            error = ERRORS["token_expired"]
        elif not isinstance(messages, list) or not 0 < len(messages) <= MAX_MESSAGES:
            error = (400, "The request body has 1 error(s)")
        elif any(_is_wrong_text(one) or _is_wrong_template(one) for one in messages):
            error = (400, "A message (messages[0]) in the request body is invalid")
        elif what == "push" and not self._context.has("line", as_text(fields.get("to"))):
            error = (400, "The property, 'to', in the request body is invalid")
        elif what == "push" and once and not _is_uuid(once):
            error = (400, "The retry key is invalid")
        elif what == "reply" and not once:
            error = ERRORS["reply_token"]
        elif once in self._seen:
            accepted = (409, "The retry key is already accepted")
            error = ERRORS["reply_token"] if what == "reply" else accepted
        if error:
            return Answer(error[0], {"message": error[1]})
        first = self._context.recorder.last_id * MAX_MESSAGES
        sent = [{"id": str(10**17 + first + index)} for index in range(len(fields["messages"]))]
        return Answer(fault.status or 200, {"sentMessages": sent})


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_wrong_text(message: Any) -> bool:
    """Whether a message has a text that is too long, or too many quick replies."""
    text = as_text(as_mapping(message).get("text"))
    replies = as_mapping(as_mapping(message).get("quickReply")).get("items")
    return text_length(text, "utf16") > MAX_TEXT or len(as_list(replies)) > MAX_QUICK_REPLIES


def _is_wrong_template(message: Any) -> bool:
    """Whether a buttons template breaks a limit of LINE's reference."""
    template = as_mapping(as_mapping(message).get("template"))
    if template.get("type") != "buttons":
        return False
    actions, text = template.get("actions"), as_text(template.get("text"))
    most = MAX_CARD_TEXT if template.get("thumbnailImageUrl") else MAX_TEMPLATE_TEXT
    return (
        not as_text(as_mapping(message).get("altText"))
        or not 0 < len(text) <= most
        or not isinstance(actions, list)
        or not 0 < len(actions) <= MAX_ACTIONS
        or any(map(_is_wrong_action, map(as_mapping, actions)))
    )


def _is_wrong_action(action: Mapping[str, Any]) -> bool:
    label, data = as_text(action.get("label")), as_text(action.get("data"))
    is_postback = action.get("type") == "postback"
    is_given = 0 < len(data) <= MAX_POSTBACK if is_postback else bool(action.get("uri"))
    return not 0 < len(label) <= MAX_LABEL or not is_given


def _first_text(messages: Any) -> str:
    texts = (
        as_text(item.get("text") or as_mapping(item.get("template")).get("text"))
        for item in map(as_mapping, as_list(messages))
    )
    return next(filter(None, texts), "")
