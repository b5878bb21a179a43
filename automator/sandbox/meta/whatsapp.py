"""Checks WhatsApp messages, which are posted to the same address as Messenger's messages."""

import re
from collections.abc import Mapping
from typing import Any

from automator.model import record
from automator.sandbox.context import as_list, as_mapping, as_text

MAX_TEXT = 4096
MAX_BUTTONS = 3
MAX_TITLE = 20
#: A phone number, or the id of a person who hides their number.
_RECEIVER = re.compile(r"\+?[1-9][0-9]{6,14}|[A-Z]{2}\.[0-9]+")


@record(kw_only=False)
class Message:
    """A WhatsApp message. `refused` is WhatsApp's reason for not sending it; "" if accepted."""

    to: str
    text: str
    refused: str = ""
    #: The name of the template; "" if the message is of another type.
    template: str = ""


#: The status, code and message of each error that only WhatsApp has.
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
    """Whether a request to `/{number}/messages` is for WhatsApp, not for Messenger."""
    return fields.get("messaging_product") == "whatsapp"


def read_message(fields: Mapping[str, Any]) -> Message:
    """Returns the message of a request, and its receiver."""
    to = as_text(fields.get("to") or fields.get("recipient"))
    kind = as_text(fields.get("type", "text"))
    content = as_mapping(fields.get(kind))
    if not to:
        return Message("", "", "(#100) The parameter to is required.")
    if not content:
        return Message(to, "", f"(#100) The parameter {kind} is required.")
    text = _words(kind, content)
    if not _RECEIVER.fullmatch(to):
        return Message(to, text, "(#100) Param to must be a phone number or a person's id.")
    if kind == "text" and not text.strip():
        return Message(to, "", "(#100) The parameter text['body'] is required.")
    if len(text) > MAX_TEXT:
        return Message(to, text, f"(#100) Param text['body'] must be at most {MAX_TEXT} long.")
    refused = _wrong_buttons(content) if kind == "interactive" else ""
    return Message(to, text, refused, text if kind == "template" else "")


def _wrong_buttons(content: Mapping[str, Any]) -> str:
    """Returns why WhatsApp refuses reply buttons or an address button; "" if it accepts them."""
    action = as_mapping(content.get("action"))
    if content.get("type") == "cta_url":
        named = as_mapping(action.get("parameters"))
        titles, is_whole = [named.get("display_text")], bool(named.get("url"))
    elif content.get("type") == "button":
        replies = [
            as_mapping(as_mapping(item).get("reply")) for item in as_list(action.get("buttons"))
        ]
        titles = [reply.get("title") for reply in replies]
        ids = [reply.get("id") for reply in replies]
        is_whole = 0 < len(replies) <= MAX_BUTTONS and len(set(ids)) == len(ids) and all(ids)
    else:
        return ""
    fits = all(0 < len(as_text(title)) <= MAX_TITLE for title in titles)
    return "" if is_whole and fits else "(#131009) Parameter value is not valid"


def _words(kind: str, content: Mapping[str, Any]) -> str:
    body = content.get("body")
    if kind == "interactive":
        body = as_mapping(body).get("text")
    return as_text(content.get("name") if kind == "template" else body)
