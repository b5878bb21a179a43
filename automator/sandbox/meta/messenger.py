"""Checks messages of Messenger and Instagram by the limits in Meta's reference.

The limits of templates come from `messenger-platform/reference/templates`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from automator.model import text_length
from automator.model.text_helpers import TextUnit
from automator.sandbox.context import as_list, as_mapping, as_text

MAX_COMMENT = 8000
MAX_QUICK_REPLIES = 13
#: The longest text of a message, and its unit.
MAX_TEXT: Mapping[str, tuple[int, TextUnit]] = {
    "facebook": (2000, "characters"),
    "instagram": (1000, "bytes"),
}
_TYPES = frozenset({"RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"})
MAX_BUTTONS = 3
MAX_ELEMENTS = 10
_MAX_TITLE = 20
_MAX_NAME = 512
_MAX_PAYLOAD = 1000
_MAX_BUTTON_TEXT = 640
_MAX_CARD_TEXT = 80
_MAX_BUTTON_PARTS = {"title": _MAX_TITLE, "payload": _MAX_PAYLOAD}


def refusal(fields: Mapping[str, Any], product: str = "facebook") -> str:
    """Returns why Meta would refuse a message, in Meta's words; "" if Meta would accept it."""
    return next(_refusals(fields, product), "")


def _refusals(fields: Mapping[str, Any], product: str) -> Iterator[str]:
    kind, message = fields.get("messaging_type", "RESPONSE"), as_mapping(fields.get("message"))
    if kind not in _TYPES:
        yield f"Param messaging_type must be one of {', '.join(sorted(_TYPES))}"
    if kind == "MESSAGE_TAG" and fields.get("tag") != "HUMAN_AGENT":
        yield "Param tag must be HUMAN_AGENT"
    most, unit = MAX_TEXT[product]
    if text_length(as_text(message.get("text")), unit) > most:
        yield f"Length of text must be at most {most} {unit}"
    attachment = as_mapping(message.get("attachment"))
    if attachment and message.get("text"):
        yield "Cannot have both text and attachment in one message"
    if "template" in message:
        yield from _utility(message)
    for number, reply in enumerate(as_list(message.get("quick_replies"))):
        if number == MAX_QUICK_REPLIES:
            yield f"Too many quick replies: at most {MAX_QUICK_REPLIES} are allowed"
        if as_mapping(reply).get("content_type") == "text":
            yield from _parts(as_mapping(reply), "quick_replies", _MAX_BUTTON_PARTS)
    if attachment.get("type") == "template":
        yield from _template(as_mapping(attachment.get("payload")))


def _utility(message: Mapping[str, Any]) -> Iterator[str]:
    """Yields the refusal of a utility message that has no template, or has other content too."""
    template = as_mapping(message["template"])
    if message.get("text") or message.get("attachment"):
        yield "Cannot have a template beside a text or an attachment in one message"
    yield from _parts(template, "template", {"name": _MAX_NAME})
    yield from _parts(as_mapping(template.get("language")), "template[language]", {"code": 16})
    if not isinstance(template.get("components", []), list):
        yield "Param template[components] must be an array"


def _template(payload: Mapping[str, Any]) -> Iterator[str]:
    kind = payload.get("template_type")
    if kind == "button":
        yield from _parts(payload, "payload", {"text": _MAX_BUTTON_TEXT})
        yield from _buttons(payload.get("buttons"), least=1)
    elif kind == "generic":
        elements = as_list(payload.get("elements"))
        if not 0 < len(elements) <= MAX_ELEMENTS:
            yield f"A generic template has 1 to {MAX_ELEMENTS} elements"
            return
        for element in map(as_mapping, elements):
            yield from _parts(element, "elements", {"title": _MAX_CARD_TEXT})
            if len(as_text(element.get("subtitle"))) > _MAX_CARD_TEXT:
                yield f"Length of elements[subtitle] must be at most {_MAX_CARD_TEXT}"
            yield from _buttons(element.get("buttons"), least=0)


def _buttons(buttons: Any, *, least: int) -> Iterator[str]:
    given = as_list(buttons)
    if not least <= len(given) <= MAX_BUTTONS:
        yield f"A template has {least} to {MAX_BUTTONS} buttons"
    for button in map(as_mapping, given):
        kind = button.get("type")
        if kind == "postback":
            yield from _parts(button, "buttons", _MAX_BUTTON_PARTS)
        elif kind in ("web_url", "phone_number"):
            yield from _parts(button, "buttons", {"title": _MAX_TITLE})
            if kind == "web_url" and "://" not in as_text(button.get("url")):
                yield "Param buttons[url] must be a URL"
        else:
            yield "Param buttons[type] must be one of web_url, postback, phone_number"


def _parts(holder: Mapping[str, Any], name: str, most: Mapping[str, int]) -> Iterator[str]:
    """Yields a refusal for each part that is missing or too long."""
    for part, length in most.items():
        said = as_text(holder.get(part))
        if not said:
            yield f"The parameter {name}[{part}] is required"
        elif len(said) > length:
            yield f"Length of {name}[{part}] must be at most {length}"
