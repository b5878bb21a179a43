"""Buttons of Messenger and Instagram: a text with buttons, or a card with a picture as well.

Limits: `messenger-platform/reference/templates/button`, `.../generic`, and
`.../reference/buttons/{url,postback}`; on Instagram
`instagram-api-with-instagram-login/messaging-api/{button-template,generic-template}`. A tap comes
back as a postback.
"""

from collections.abc import Mapping
from typing import Any

from automator.model import ButtonLimits
from automator.plugins import Outgoing
from automator.plugins.outgoing import check_length

#: How many characters the title of a card may have, and the smaller text below it.
CARD_LINE = 80
META_BUTTONS = ButtonLimits(most=3, title=20, payload=1000, text=640, card_text=2 * CARD_LINE)


def buttons_attachment(outgoing: Outgoing, platform: str) -> dict[str, Any]:
    """Builds the attachment for a text with buttons, or for a card."""
    buttons = [graph_button(item) for item in outgoing.buttons]
    picture = outgoing.card_picture
    if picture is None:
        payload = {"template_type": "button", "text": outgoing.text, "buttons": buttons}
    else:
        title, subtitle = _card_lines(outgoing.text)
        for line in (title, subtitle):
            check_length(line, CARD_LINE, platform)
        element = {"title": title, "image_url": picture, "buttons": buttons}
        if subtitle:
            element["subtitle"] = subtitle
        payload = {"template_type": "generic", "elements": [element]}
    return {"type": "template", "payload": payload}


def graph_button(item: Mapping[str, str]) -> dict[str, str]:
    """Writes a button or a menu item for the Graph API."""
    if "url" in item:
        return {"type": "web_url", "title": item["text"], "url": item["url"]}
    return {"type": "postback", "title": item["text"], "payload": item["payload"]}


def _card_lines(text: str) -> tuple[str, str]:
    """Returns the title and the smaller text of a card; the title is the first line, or as many
    words as fit.
    """
    first, _, rest = text.strip().partition("\n")
    if len(first) > CARD_LINE and not rest:
        at = first.rfind(" ", 0, CARD_LINE + 1)
        first, rest = (first[:at], first[at + 1 :]) if at > 0 else (first, "")
    return first.strip(), rest.strip()
