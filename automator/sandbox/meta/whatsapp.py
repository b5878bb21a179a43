"""Checks of WhatsApp messages, which come to the same address as Messenger's."""

from collections.abc import Mapping
from typing import Any

from automator.model import record

MAX_TEXT = 4096
MAX_BUTTONS = 3
MAX_TITLE = 20


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
    return Message(to, text, _wrong_buttons(content) if kind == "interactive" else "")


def _wrong_buttons(content: Mapping[str, Any]) -> str:
    """The reason why reply buttons or the button of an address are refused; "" = they are not."""
    action = content.get("action")
    given = action if isinstance(action, Mapping) else {}
    if content.get("type") == "cta_url":
        parameters = given.get("parameters")
        named = parameters if isinstance(parameters, Mapping) else {}
        titles, is_whole = [named.get("display_text")], bool(named.get("url"))
    elif content.get("type") == "button":
        buttons = given.get("buttons")
        replies = [item.get("reply") or {} for item in buttons] if isinstance(buttons, list) else []
        titles = [reply.get("title") for reply in replies]
        ids = [reply.get("id") for reply in replies]
        is_whole = 0 < len(replies) <= MAX_BUTTONS and len(set(ids)) == len(ids) and all(ids)
    else:
        return ""
    fits = all(isinstance(title, str) and 0 < len(title) <= MAX_TITLE for title in titles)
    return "" if is_whole and fits else "(#131009) Parameter value is not valid"


def _words(kind: str, content: Mapping[str, Any]) -> str:
    body = content.get("body")
    if kind == "interactive" and isinstance(body, Mapping):
        body = body.get("text")
    words = content.get("name") if kind == "template" else body
    return words if isinstance(words, str) else ""
