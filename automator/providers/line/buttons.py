"""Buttons of LINE: its buttons template, with a picture or without.

Limits: Messaging API reference, buttons template, URI action and postback action. A tap comes back
as a postback.
"""

from collections.abc import Mapping
from typing import Any

from automator.model import ButtonLimits
from automator.plugins import Outgoing

LINE_BUTTONS = ButtonLimits(most=4, title=20, payload=300, text=160, card_text=60)
_MAX_ALTERNATIVE = 400


def buttons_message(outgoing: Outgoing) -> dict[str, Any]:
    """The message with buttons; its text stands in notifications and where no template is shown."""
    actions = [_action(item) for item in outgoing.buttons]
    template: dict[str, Any] = {"type": "buttons", "text": outgoing.text, "actions": actions}
    if outgoing.card_picture is not None:
        template["thumbnailImageUrl"] = outgoing.card_picture
    return {"type": "template", "altText": outgoing.text[:_MAX_ALTERNATIVE], "template": template}


def _action(item: Mapping[str, str]) -> dict[str, str]:
    if "url" in item:
        return {"type": "uri", "label": item["text"], "uri": item["url"]}
    # The title is shown as if the person had written it.
    shown = item["text"]
    return {"type": "postback", "label": shown, "data": item["payload"], "displayText": shown}
