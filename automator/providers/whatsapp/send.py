"""Sends messages through WhatsApp's Cloud API, which is not idempotent."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from automator.http.types import Http
from automator.model import ButtonLimits, PermanentError
from automator.plugins import Outgoing, Sent
from automator.providers.meta.account import GraphAccount
from automator.providers.meta.graph import call_graph
from automator.providers.meta.templates import approved_template
from automator.providers.shared.outcomes import check_quick_replies, no_recipient, nothing_to_say
from automator.providers.shared.pieces import send_pieces
from automator.providers.shared.reading import as_dict, as_id, as_list, id_in
from automator.providers.whatsapp.errors import whatsapp_error
from automator.reasons.attempts.providers import MESSAGE_SENT
from automator.reasons.attempts.sending import EVENT_WITHOUT_NUMBER, NO_SENDER

MAX_BUTTONS = 3
#: Interactive reply buttons, and the interactive message with one address (`cta_url`).
WHATSAPP_BUTTONS = ButtonLimits(
    most=MAX_BUTTONS, title=20, payload=256, text=1024, card_text=1024, link_stands_alone=True
)
MAX_QUICK_REPLY_TITLE = 20
_MEDIA = {"image": "image", "video": "video", "audio": "audio"}
#: A business-scoped user id, as in `VN.1349…`: the country, `ENT` where several businesses share
#: it, then letters and digits.
_USER = r"[A-Z]{2}\.(?:ENT\.)?\w+"
_USER_ID = re.compile(_USER)
#: How the ids of groups begin: `capi_group:` in base64.
_GROUP_ID = "Y2FwaV9ncm91cD"


#: A telephone number of E.164, with or without the sign of its beginning, or one of these ids.
RECEIVERS = re.compile(rf"\+?[1-9][0-9]{{6,14}}|{_USER}|{_GROUP_ID}.*", re.DOTALL)


def is_in_group(outgoing: Outgoing) -> bool:
    """Whether everybody in a group reads it: a reply there, or a message to its id."""
    if outgoing.kind == "reply":
        return as_dict(outgoing.event.get("conversation")).get("kind") == "group"
    return (outgoing.to or "").startswith(_GROUP_ID)


async def send_through_whatsapp(
    outgoing: Outgoing, http: Http, account: GraphAccount, phone: str | None
) -> Sent:
    """Sends each part of `outgoing`; `phone` is the sending number's id if the event has none.

    Raises:
        StepError: there is no sending number or no receiver, or WhatsApp did not take a part.
    """
    number = id_in(outgoing.event, "phone") or phone
    if number is None:
        raise PermanentError(NO_SENDER())
    to = _receiver(outgoing)
    address = _address(outgoing, to)
    path, key = f"{quote(number, safe='')}/messages", outgoing.idempotency_key

    async def send(piece: Mapping[str, Any]) -> str | None:
        body = {"messaging_product": "whatsapp", **address, **piece}
        answer = await call_graph(http, account, path, body, key=key, read_error=whatsapp_error)
        sent = as_list(answer.get("messages"))
        return as_id(as_dict(sent[0]).get("id")) if sent else None

    ids = await send_pieces(_pieces(outgoing), send)
    return Sent(summary=MESSAGE_SENT(to=to), output={"message_id": ids[-1], "ids": ids})


def _receiver(outgoing: Outgoing) -> str:
    """The receiver: the one that the step names; else the conversation for a reply, or the person.

    The actor of the owner's own messages is the business itself, which is never written to.
    """
    conversation = as_dict(outgoing.event.get("conversation"))
    actor = as_dict(outgoing.event.get("actor"))
    of_group = conversation.get("kind") == "group"
    chosen = (
        outgoing.to,
        conversation.get("id") if outgoing.kind == "reply" else None,
        None if actor.get("is_self") is True else actor.get("id"),
        None if of_group else conversation.get("id"),
    )
    to = next((known for value in chosen if (known := as_id(value))), None)
    if to is None:
        raise no_recipient(EVENT_WITHOUT_NUMBER())
    return to


def _address(outgoing: Outgoing, to: str) -> dict[str, str]:
    if is_in_group(outgoing):
        return {"recipient_type": "group", "to": to}
    return {"recipient": to} if _USER_ID.fullmatch(to) else {"to": to.lstrip("+")}


def _pieces(outgoing: Outgoing) -> list[dict[str, Any]]:
    """The messages to send, one after the other; the last one quotes what it answers."""
    check_quick_replies(outgoing.quick_replies, MAX_BUTTONS, "WhatsApp")
    is_card = outgoing.card_picture is not None
    pieces = [_media(item) for item in outgoing.attachments if not is_card]
    if outgoing.template is not None:
        pieces.append({"type": "template", "template": approved_template(outgoing.template)})
    if outgoing.buttons:
        pieces.append(_with_buttons(outgoing))
    elif outgoing.text:
        pieces.append(_text(outgoing.text, outgoing.quick_replies))
    if not pieces:
        raise nothing_to_say()
    answered = id_in(outgoing.event, "message") if outgoing.kind == "reply" else None
    if answered:
        pieces[-1]["context"] = {"message_id": answered}
    return pieces


def _text(text: str, quick_replies: tuple[str, ...]) -> dict[str, Any]:
    if not quick_replies:
        return {"type": "text", "text": {"body": text}}
    buttons = [
        {"type": "reply", "reply": {"id": title, "title": title[:MAX_QUICK_REPLY_TITLE]}}
        for title in quick_replies
    ]
    interactive = {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}}
    return {"type": "interactive", "interactive": interactive}


def _with_buttons(outgoing: Outgoing) -> dict[str, Any]:
    """A text with buttons, and with the picture of a card above it."""
    first = outgoing.buttons[0]
    if "url" in first:
        parameters = {"display_text": first["text"], "url": first["url"]}
        kind = "cta_url"
        action: dict[str, Any] = {"name": "cta_url", "parameters": parameters}
    else:
        replies = [{"id": one["payload"], "title": one["text"]} for one in outgoing.buttons]
        kind, action = "button", {"buttons": [{"type": "reply", "reply": one} for one in replies]}
    interactive = {"type": kind, "body": {"text": outgoing.text}, "action": action}
    if outgoing.card_picture is not None:
        interactive["header"] = {"type": "image", "image": {"link": outgoing.card_picture}}
    return {"type": "interactive", "interactive": interactive}


def _media(item: Mapping[str, Any]) -> dict[str, Any]:
    kind = _MEDIA.get(str(item.get("type")), "document")
    return {"type": kind, kind: {"link": item.get("url")}}
