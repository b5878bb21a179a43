"""Sends messages as an Official Account: to people, groups, anonymous chats and phone numbers.

The API is not idempotent: nothing that may have arrived is sent again from here.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

from automator.http.types import Http
from automator.model import ButtonLimits, PermanentError
from automator.model.messaging_policy import TemplateKeys
from automator.plugins import Outgoing, Sent
from automator.plugins.outgoing import check_length
from automator.providers.shared.message_sequence import send_in_sequence
from automator.providers.shared.outcomes import no_recipient, not_possible, nothing_to_say, too_much
from automator.providers.shared.reading import as_dict, as_id, as_text, id_in
from automator.providers.zalo.api import ZaloApi
from automator.reasons.attempts.providers import MESSAGE_SENT, TEMPLATE_SENT
from automator.reasons.attempts.sending import (
    BUTTONS_WITHOUT_TEXT,
    GROUP_TEXT_ALONE,
    NO_SUCH_ATTACHMENT,
    NOT_A_PHONE_NUMBER,
    ZALO_PERSON_NOT_TOLD,
    ZALO_TEMPLATE,
)

QuickReplies = Literal["text", "buttons"]

MAX_TEXT = 2000
#: The layout is the one that resellers document for consultation messages (eSMS); Zalo's own page
#: of it was not read, and neither are the limits verified.
ZALO_BUTTONS = ButtonLimits(most=5, title=100, payload=1000)
_MENTION = re.compile(r"\[@[^\]]*\]?")
_PICTURES = frozenset({"image", "gif"})
ZALO_TEMPLATES = TemplateKeys(
    takes=frozenset({"id", "data", "phone", "mode"}),
    needs=frozenset({"id"}),
    kinds={"id": (str, int), "data": (dict,), "phone": (str, int)},
)


#: The key of a form of a consultation message, as in `template_type: request_user_info`, which asks
#: for name, phone and address. Zalo approves none of these, and they keep to the window.
FORM = "template_type"


async def send_through_zalo(
    outgoing: Outgoing, http: Http, api: ZaloApi, quick_replies: QuickReplies
) -> Sent:
    """Sends `outgoing` through the API."""
    template = outgoing.template
    if template is not None and FORM not in template:
        return await _template(outgoing, template, http, api)
    if template is not None:
        pieces = [{"attachment": {"type": "template", "payload": dict(template)}}]
    else:
        pieces = _pieces(outgoing, quick_replies)
    conversation = as_dict(outgoing.event.get("conversation"))
    kind = as_text(conversation.get("kind"))
    place = as_id(conversation.get("id"))
    if outgoing.to is None and place and kind == "group" and outgoing.kind == "reply":
        return await _to_group(outgoing, http, api, place, pieces)
    if outgoing.to is None and place and kind == "anonymous":
        person = id_in(outgoing.event, "actor")
        recipient = {"anonymous_id": person, "conversation_id": place}
        url = f"{api.api_url}/v2.0/oa/message"
        return await _say(outgoing, http, api, url, recipient, pieces, place)
    person = _person(outgoing)
    url = f"{api.api_url}/v3.0/oa/message/cs"
    return await _say(outgoing, http, api, url, {"user_id": person}, pieces, person)


async def _to_group(
    outgoing: Outgoing, http: Http, api: ZaloApi, group: str, pieces: list[dict[str, Any]]
) -> Sent:
    if any("attachment" in piece for piece in pieces):
        raise too_much(GROUP_TEXT_ALONE())
    # A text that repeats a person's words must not notify others, as `[@id]` does in a group.
    texts = [{"text": _MENTION.sub("", piece["text"])} for piece in pieces]
    url = f"{api.api_url}/v3.0/oa/group/message"
    return await _say(outgoing, http, api, url, {"group_id": group}, texts, group)


async def _say(
    outgoing: Outgoing,
    http: Http,
    api: ZaloApi,
    url: str,
    recipient: Mapping[str, Any],
    pieces: list[dict[str, Any]],
    to: str,
) -> Sent:
    async def send(piece: Mapping[str, Any]) -> str | None:
        data = await api.call(http, url, outgoing, {"recipient": recipient, "message": piece})
        return as_id(data.get("message_id"))

    ids = await send_in_sequence(pieces, send)
    return Sent(summary=MESSAGE_SENT(to=to), output={"message_id": ids[0], "ids": ids})


async def _template(
    outgoing: Outgoing, template: Mapping[str, Any], http: Http, api: ZaloApi
) -> Sent:
    number, data = as_id(template.get("id")), template.get("data", {})
    if number is None or not isinstance(data, dict) or set(template) - ZALO_TEMPLATES.takes:
        raise PermanentError(ZALO_TEMPLATE(), code="bad_template")
    phone = template.get("phone")
    if phone is None:
        person = _person(outgoing)
        body = {"user_id": person, "template_id": number, "template_data": data}
        url, to = f"{api.api_url}/v3.0/oa/message/template", person
    else:
        to = _phone(phone)
        body = {
            "phone": to,
            "template_id": number,
            "template_data": data,
            "tracking_id": outgoing.idempotency_key,
        }
        if template.get("mode"):
            body["mode"] = template["mode"]
        url = f"{api.business_url}/message/template"
    answer = await api.call(http, url, outgoing, body)
    sent = as_id(answer.get("msg_id")) or as_id(answer.get("message_id"))
    return Sent(summary=TEMPLATE_SENT(template=number, to=to), output={"message_id": sent})


def _phone(value: Any) -> str:
    """A phone number as Zalo wants it: digits with the country in front."""
    digits = str(value).replace(" ", "").replace(".", "").replace("-", "").removeprefix("+")
    if not digits.isascii() or not digits.isdigit() or not 8 <= len(digits) <= 15:
        raise PermanentError(NOT_A_PHONE_NUMBER(number=str(value)[:40]), code="bad_phone")
    return f"84{digits[1:]}" if digits.startswith("0") else digits


def phone_in(template: Mapping[str, Any]) -> str | None:
    """The phone number that a template goes to; None where it goes to somebody by an id.

    Raises:
        PermanentError: it is no phone number (code `bad_phone`).
    """
    phone = template.get("phone")
    return None if phone in (None, "") else _phone(phone)


def _person(outgoing: Outgoing) -> str:
    if outgoing.to is not None:
        found = as_id(outgoing.to)
    else:
        conversation = as_dict(outgoing.event.get("conversation"))
        is_with_person = conversation.get("kind") == "person"
        found = as_id(conversation.get("id")) if is_with_person else id_in(outgoing.event, "actor")
    if found is None:
        raise no_recipient(ZALO_PERSON_NOT_TOLD())
    return found


def _pieces(outgoing: Outgoing, quick_replies: QuickReplies) -> list[dict[str, Any]]:
    """The messages to send: pictures first, each on its own, then the text."""
    pieces: list[dict[str, Any]] = [{"attachment": _picture(item)} for item in outgoing.attachments]
    text = outgoing.text
    if outgoing.quick_replies and quick_replies == "text":
        text = "\n".join([text, *(f"• {title}" for title in outgoing.quick_replies)]).strip()
    if outgoing.buttons and quick_replies == "text":
        lines = (f"• {item['text']}{_address(item)}" for item in outgoing.buttons)
        text = "\n".join([text, *lines]).strip()
    check_length(text, MAX_TEXT, "Zalo")
    if text:
        pieces.append({"text": text})
    if not pieces:
        raise nothing_to_say()
    if (outgoing.quick_replies or outgoing.buttons) and quick_replies == "buttons":
        if not text:
            raise PermanentError(BUTTONS_WITHOUT_TEXT(), code="nothing_to_say")
        buttons = [
            {"title": title, "type": "oa.query.show", "payload": title}
            for title in outgoing.quick_replies
        ]
        buttons += [_button(item) for item in outgoing.buttons]
        pieces[-1]["attachment"] = {"type": "template", "payload": {"buttons": buttons}}
    return pieces


def _button(item: Mapping[str, str]) -> dict[str, Any]:
    if "url" in item:
        return {"title": item["text"], "type": "oa.open.url", "payload": {"url": item["url"]}}
    return {"title": item["text"], "type": "oa.query.hide", "payload": item["payload"]}


def _address(item: Mapping[str, str]) -> str:
    """The address of a button that is written as a line of text."""
    return f": {item['url']}" if "url" in item else ""


def _picture(item: Mapping[str, Any]) -> dict[str, Any]:
    kind = item.get("type")
    if kind not in _PICTURES:
        raise not_possible(NO_SUCH_ATTACHMENT(kind=str(kind)))
    element = {"media_type": kind, "url": item.get("url")}
    return {"type": "template", "payload": {"template_type": "media", "elements": [element]}}
