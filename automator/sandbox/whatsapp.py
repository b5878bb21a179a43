"""Checks of WhatsApp messages, which come to the same address as Messenger's."""

from collections.abc import Mapping
from typing import Any

from automator.model import record

MAX_TEXT = 4096


@record(kw_only=False)
class Message:
    """A message as somebody asks to send it; `refused` says in WhatsApp's words why not."""

    to: str
    text: str
    refused: str = ""


#: Status, code and sentence of the errors on demand that WhatsApp has of its own.
ERRORS: Mapping[str, tuple[int, int, str]] = {
    "window": (400, 131047, "Re-engagement message"),
    "rate_limit": (429, 130429, "(#130429) Rate limit hit"),
    "pair_limit": (400, 131056, "(#131056) Pair rate limit hit"),
    "gone": (400, 131026, "Message undeliverable"),
    "blocked": (400, 131031, "Business Account locked"),
    "template": (404, 132001, "(#132001) Template name does not exist in the translation"),
    "permission": (403, 10, "(#10) Application does not have permission for this action"),
}


def is_whatsapp(fields: Mapping[str, Any]) -> bool:
    """Whether a request to `/{number}/messages` means WhatsApp."""
    return fields.get("messaging_product") == "whatsapp"


def read_message(fields: Mapping[str, Any]) -> Message:
    """The message of a request, and its receiver."""
    to = fields.get("to") or fields.get("recipient")
    kind = fields.get("type", "text")
    content = fields.get(kind) if isinstance(kind, str) else None
    if not isinstance(to, str) or not to:
        return Message("", "", "(#100) The parameter to is required.")
    if not isinstance(content, Mapping) or not content:
        return Message(to, "", f"(#100) The parameter {kind} is required.")
    text = _words(kind, content)
    if kind == "text" and not text.strip():
        return Message(to, "", "(#100) The parameter text['body'] is required.")
    if len(text) > MAX_TEXT:
        return Message(to, text, f"(#100) Param text['body'] must be at most {MAX_TEXT} long.")
    return Message(to, text)


def _words(kind: str, content: Mapping[str, Any]) -> str:
    body = content.get("body")
    if kind == "interactive" and isinstance(body, Mapping):
        body = body.get("text")
    words = content.get("name") if kind == "template" else body
    return words if isinstance(words, str) else ""
