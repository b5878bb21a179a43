"""Sends messages and moderates comments on Facebook and on Instagram through the Graph API.

The API does not recognise a repeated message, so nothing that may have arrived is sent again. A
repeated moderation has no second effect.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from automator.http.types import Http
from automator.model import DAY_MS, SkippedStep, record
from automator.plugins import Outgoing, OutgoingKind, Sent
from automator.plugins.outgoing import time_of
from automator.providers.meta.buttons import buttons_attachment
from automator.providers.meta.echo import metadata_of
from automator.providers.meta.graph import GraphAccount, call_graph
from automator.providers.meta.templates import NAME, UTILITY, approved_template
from automator.providers.shared import step_errors
from automator.providers.shared.message_sequence import send_in_sequence
from automator.providers.shared.payloads import as_id, id_in
from automator.reasons.attempts import providers, sending

#: The fields that mark a message as typed by a colleague.
_HUMAN_AGENT = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
MAX_QUICK_REPLIES = 13
MAX_QUICK_REPLY_TITLE = 20
_KINDS = frozenset({"image", "audio", "video", "file"})
MODERATIONS: frozenset[OutgoingKind] = frozenset({"like", "hide", "unhide", "delete"})
_DONE: Final = {
    "like": providers.comment_liked,
    "hide": providers.comment_hidden,
    "unhide": providers.comment_shown,
    "delete": providers.comment_deleted,
}


@record(kw_only=False)
class Surface:
    """The differences between Facebook and Instagram in sending messages."""

    #: The API's path for answers under a comment: `comments` or `replies`.
    reply_edge: str
    #: The sending account, an id or `me`, if the event does not name it.
    sender: str | None
    #: The `messaging_type` that Messenger needs with each message; None if none is sent.
    messaging_type: str | None
    #: Makes the text of a public reply, with the mention of the event's person.
    public_text: Callable[[Outgoing], str]
    #: Whether a message carries its key as `metadata`, so that its echo is recognised.
    is_tagged: bool = True
    #: Whether the platform has utility messages: templates with a name that Meta has approved.
    has_utility: bool = False
    #: Whether a public reply may carry a picture.
    replies_carry_attachments: bool = True


async def send_through_graph(
    outgoing: Outgoing, http: Http, account: GraphAccount, surface: Surface
) -> Sent:
    """Sends `outgoing` through the API."""
    comment = id_in(outgoing.event, "comment")
    if outgoing.kind == "private_reply":
        return await _private_reply(outgoing, http, account, surface, comment)
    if outgoing.kind == "reply" and comment:
        return await _public_reply(outgoing, http, account, surface, comment)
    return await _message(outgoing, http, account, surface)


def is_utility(template: Mapping[str, Any]) -> bool:
    """Whether Meta has approved a template, which otherwise is only a form of a message."""
    return NAME in template


async def _public_reply(
    outgoing: Outgoing, http: Http, account: GraphAccount, surface: Surface, comment: str
) -> Sent:
    if outgoing.quick_replies or outgoing.buttons or len(outgoing.attachments) > 1:
        raise step_errors.too_much(sending.public_reply_too_large())
    if outgoing.attachments and not surface.replies_carry_attachments:
        raise step_errors.too_much(sending.public_reply_text_alone(platform=account.product))
    text = surface.public_text(outgoing)
    body: dict[str, Any] = {"message": text} if text else {}
    for attachment in outgoing.attachments:
        body["attachment_url"] = attachment.get("url")
    path = f"{quote(comment, safe='')}/{surface.reply_edge}"
    answer = await call_graph(http, account, path, body, key=outgoing.idempotency_key)
    created = as_id(answer.get("id"))
    return Sent(summary=providers.comment_answered(comment=comment), output={"id": created})


async def _private_reply(
    outgoing: Outgoing, http: Http, account: GraphAccount, surface: Surface, comment: str | None
) -> Sent:
    if comment is None:
        raise step_errors.not_possible(sending.no_comment_for_reply())
    pieces = _pieces(outgoing, account, surface)
    if len(pieces) > 1:
        raise step_errors.too_much(sending.private_reply_too_large(platform=account.product))
    body = {"recipient": {"comment_id": comment}, "message": pieces[0]}
    path, key = _messages_path(outgoing, surface), outgoing.idempotency_key
    answer = await call_graph(http, account, path, body, key=key)
    if not answer:
        return Sent(summary=providers.private_reply_was_sent(comment=comment))
    person = as_id(answer.get("recipient_id"))
    return Sent(
        summary=providers.private_reply_sent(comment=comment),
        output={"message_id": as_id(answer.get("message_id")), "recipient_id": person},
        alias=person,
    )


async def _message(outgoing: Outgoing, http: Http, account: GraphAccount, surface: Surface) -> Sent:
    to = (
        as_id(outgoing.to)
        or id_in(outgoing.event, "conversation")
        or id_in(outgoing.event, "actor")
    )
    if to is None:
        raise step_errors.no_recipient(sending.meta_person_not_told(platform=account.product))

    async def send(piece: Mapping[str, Any]) -> str | None:
        body: dict[str, Any] = {"recipient": {"id": to}, "message": piece}
        if surface.messaging_type:
            body["messaging_type"] = surface.messaging_type
            if outgoing.template is not None and is_utility(outgoing.template):
                body["messaging_type"] = UTILITY
        if _is_late_by_hand(outgoing):
            body |= _HUMAN_AGENT
        path = _messages_path(outgoing, surface)
        answer = await call_graph(http, account, path, body, key=outgoing.idempotency_key)
        return as_id(answer.get("message_id"))

    ids = await send_in_sequence(_pieces(outgoing, account, surface), send)
    return Sent(summary=providers.message_sent(to=to), output={"message_id": ids[0], "ids": ids})


def _is_late_by_hand(outgoing: Outgoing) -> bool:
    """Whether a colleague answers after the time in which rules may answer; `policy_by_hand` allows
    it.
    """
    wrote_at = time_of(outgoing.contact, "window_opened_at")
    return outgoing.by_hand and wrote_at is not None and outgoing.now_ms - wrote_at > DAY_MS


def _pieces(outgoing: Outgoing, account: GraphAccount, surface: Surface) -> list[dict[str, Any]]:
    """Builds the messages to send: each carries either a text or an attachment."""
    step_errors.check_quick_replies(outgoing.quick_replies, MAX_QUICK_REPLIES, account.product)
    is_card = outgoing.card_picture is not None
    pieces: list[dict[str, Any]] = [
        {"attachment": _attachment(item)} for item in outgoing.attachments if not is_card
    ]
    if outgoing.template is not None and is_utility(outgoing.template):
        if not surface.has_utility:
            raise step_errors.not_possible(sending.no_utility_messages(platform=account.product))
        pieces.append({"template": approved_template(outgoing.template)})
    elif outgoing.template is not None:
        template = {"type": "template", "payload": dict(outgoing.template)}
        pieces.append({"attachment": template})
    if outgoing.buttons:
        pieces.append({"attachment": buttons_attachment(outgoing, account.product)})
    elif outgoing.text:
        pieces.append({"text": outgoing.text})
    if not pieces:
        raise step_errors.nothing_to_say()
    if surface.is_tagged:
        for number, piece in enumerate(pieces, 1):
            piece["metadata"] = metadata_of(outgoing.idempotency_key, number, len(pieces))
    if outgoing.quick_replies:
        pieces[-1]["quick_replies"] = [
            {"content_type": "text", "title": title[:MAX_QUICK_REPLY_TITLE], "payload": title}
            for title in outgoing.quick_replies
        ]
    return pieces


def _attachment(item: Mapping[str, Any]) -> dict[str, Any]:
    kind = item.get("type")
    return {
        "type": kind if kind in _KINDS else "file",
        "payload": {"url": item.get("url")},
    }


def _messages_path(outgoing: Outgoing, surface: Surface) -> str:
    page = surface.sender or id_in(outgoing.event, "page") or "me"
    return f"{quote(page, safe='')}/messages"


async def moderate_through_graph(
    outgoing: Outgoing, http: Http, account: GraphAccount, *, hide_field: str = "is_hidden"
) -> Sent:
    """Moderates the event's comment; `hide_field` is the name of the API's field for hiding."""
    comment = id_in(outgoing.event, "comment")
    if comment is None:
        raise step_errors.not_possible(sending.no_comment_to_moderate(action=outgoing.kind))
    path, key = quote(comment, safe=""), outgoing.idempotency_key
    try:
        if outgoing.kind == "delete":
            await call_graph(http, account, path, key=key, method="DELETE")
        elif outgoing.kind == "like":
            await call_graph(http, account, f"{path}/likes", key=key, repeatable=True)
        else:
            hidden = {hide_field: outgoing.kind == "hide"}
            await call_graph(http, account, path, hidden, key=key, repeatable=True)
    except SkippedStep as gone:
        if outgoing.kind != "delete" or gone.code != "gone":
            raise
        return Sent(summary=providers.comment_was_gone(comment=comment))
    return Sent(summary=_DONE[outgoing.kind](comment=comment), output={"id": comment})
