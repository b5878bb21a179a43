"""WhatsApp's Cloud API: messages of business accounts, and the statuses of messages."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final
from urllib.parse import quote

from pydantic import Field

from automator.configuration.values import SecretOne
from automator.http.types import Http, HttpReply
from automator.model import (
    DAY_MS,
    N_,
    ButtonLimits,
    MessagingPolicy,
    ParsedEvent,
    PermanentError,
    Reason,
    SkippedStep,
    StepError,
)
from automator.plugins import ChatAddress, Outgoing, OutgoingKind, Sent
from automator.providers.meta.entry import AccountEntry
from automator.providers.meta.graph import GraphAccount, call_graph
from automator.providers.meta.templates import APPROVED, approved_template
from automator.providers.meta.webhook import MetaProvider, MetaWebhookOptions, Permissions
from automator.providers.shared import step_errors
from automator.providers.shared.envelope import actor_of, part
from automator.providers.shared.message_sequence import send_in_sequence
from automator.providers.shared.options import ApiUrl
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_list,
    as_milliseconds,
    as_text,
    content_key,
    id_in,
    join_key,
)
from automator.reasons.attempts import platform
from automator.reasons.attempts.providers import message_sent
from automator.reasons.attempts.sending import event_without_number, no_sender

Value = dict[str, Any]
MAX_BUTTONS = 3
#: Interactive reply buttons, and the interactive message with one address (`cta_url`).
WHATSAPP_BUTTONS = ButtonLimits(
    most=MAX_BUTTONS, title=20, payload=256, text=1024, card_text=1024, link_stands_alone=True
)
MAX_QUICK_REPLY_TITLE = 20
_MEDIA = {"image": "image", "video": "video", "audio": "audio"}
#: A business-scoped user id, as in `VN.1349…`: the country, `ENT` if several businesses share the
#: id, then letters and digits.
_USER = r"[A-Z]{2}\.(?:ENT\.)?\w+"
_USER_ID = re.compile(_USER)
#: The beginning of groups' ids: `capi_group:` in base64.
_GROUP_ID = "Y2FwaV9ncm91cD"
#: A receiver: a telephone number of E.164, with or without `+`, a user id, or the id of a group.
RECEIVERS = re.compile(rf"\+?[1-9][0-9]{{6,14}}|{_USER}|{_GROUP_ID}.*", re.DOTALL)
#: The field for a change of a person's user id, which happens with a new number.
_NEW_USER_IDS = "user_id_update"
_PREFERENCES = "user_preferences"
_MEDIA_OF_MESSAGES = frozenset({"image", "audio", "video", "document", "sticker"})
_RECEIVED = frozenset({"message.received", "button.clicked"})
_STATUSES = {
    "delivered": "message.delivered",
    "read": "message.read",
    "failed": "message.failed",
}
#: The statuses that the person causes by reading or playing a message.
_OF_THE_PERSON = frozenset({"read", "played"})
_OUTSIDE_WINDOW = 131047
#: The reasons for errors after which a step is skipped: Meta holds the message back, or the person
#: refuses marketing.
_LEFT_OUT: Final = {
    130472: ("ecosystem_limit", platform.ecosystem_limit),
    131049: ("ecosystem_limit", platform.ecosystem_limit),
    131050: ("gone", platform.takes_no_such_messages),
}
#: The seconds to wait before another attempt, by error code.
_WAITS: Mapping[int, float] = {131056: 6.0, 130429: 30.0}
_TEMPLATE = range(132000, 132070)
#: The code and the reason of each lasting error.
_LASTING: Final = {
    131026: ("undeliverable", platform.wa_undeliverable),
    131030: ("undeliverable", platform.wa_test_number),
    131031: ("page_blocked", platform.wa_locked),
    131048: ("page_blocked", platform.wa_limited),
    131051: ("not_possible", platform.wa_no_such_kind),
    131062: ("not_possible", platform.wa_number_unknown),
}


class WhatsAppOptions(MetaWebhookOptions):
    """The options of a WhatsApp connection."""

    access_token: SecretOne | None = Field(
        default=None, description=N_("Needed to answer: a system user's token for the account.")
    )
    phone_number_id: str | None = Field(
        default=None,
        description=N_(
            "The id of the sending number, for messages that are not answers; with it, "
            "messages through other numbers become `whatsapp.other_number`."
        ),
    )
    phone_number: str | None = Field(
        default=None,
        pattern=r"^[1-9][0-9]{6,14}$",
        description=N_(
            "The sending number with its country code and without +, as in 84901234567: for the "
            "link that opens a conversation."
        ),
    )
    appsecret_proof: bool = Field(
        default=True, description=N_("Prove each call with the first app_secret.")
    )
    graph_url: ApiUrl = Field(
        default="https://graph.facebook.com/v26.0",
        description="The Graph API with its version.",
    )


PERMISSIONS: Permissions = {
    "whatsapp_business_messaging": [("message.received", "reply", "message", "ask")]
}


class WhatsAppProvider(MetaProvider):
    """One app with its WhatsApp business accounts."""

    name = "whatsapp"
    title = "WhatsApp"
    customers_write = True
    webhook_object = "whatsapp_business_account"
    options_model = WhatsAppOptions
    sample_accounts: ClassVar[Mapping[str, str]] = {"phone_number_id": "106540352242922"}
    largest_body = 3_145_728
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply", "message"})
    answer_when_sent: ClassVar[Mapping[str, Any]] = {"messages": [{"id": "0"}]}
    receivers = RECEIVERS
    permissions = PERMISSIONS
    policy = MessagingPolicy(
        platform="WhatsApp",
        message_ms=DAY_MS,
        templates_anytime=True,
        template_keys=APPROVED,
        quick_replies=MAX_BUTTONS,
        quick_reply_title=MAX_QUICK_REPLY_TITLE,
        message_length=4096,
        buttons=WHATSAPP_BUTTONS,
    )
    options: WhatsAppOptions

    @property
    def chat_address(self) -> ChatAddress | None:
        """Returns the number's address at wa.me, if the settings name the number."""
        number = self.options.phone_number
        address = f"https://wa.me/{number}"
        return ChatAddress(address, before_text=f"{address}?text=") if number else None

    def read_entry(self, entry: AccountEntry, raw: Any) -> Sequence[ParsedEvent]:
        """Reads the messages and the statuses of one business account."""
        changes = as_list(as_dict(raw).get("changes")) or [raw]
        return [event for item in changes for event in self._read(entry, item)]

    def _read(self, entry: AccountEntry, item: Any) -> Sequence[ParsedEvent]:
        ours = self.options.phone_number_id
        value = as_dict(as_dict(item).get("value"))
        number = as_id(as_dict(value.get("metadata")).get("phone_number_id"))
        if ours is None or number is None or number == ours:
            return read_change(entry, item)
        return [read_other_number(entry, item)]

    def is_private(self, outgoing: Outgoing) -> bool:
        """Whether only the receiver sees the message; False in a group."""
        return not is_in_group(outgoing)

    def receiver_id(self, to: str) -> str | None:
        """Returns a telephone number without `+`, as events write it, or the id of a person or a
        group.
        """
        found = super().receiver_id(to)
        return None if found is None else found.removeprefix("+")

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Sends a message, or answers one."""
        if outgoing.kind not in self.can_send:
            return await super().send(outgoing, http)
        account = self.account("WhatsApp", "access_token", "whatsapp_business_messaging")
        return await send_through_whatsapp(outgoing, http, account, self.options.phone_number_id)


# --- Changes of a business account: the events of each field of a webhook ---


def read_change(entry: AccountEntry, item: Any) -> list[ParsedEvent]:
    """Reads the events of one change; an unknown field becomes `whatsapp.<field>`."""
    change = as_dict(item)
    field = as_text(change.get("field")) or "unknown"
    value = change.get("value")
    reader = _FIELDS.get(field)
    events = list(reader(entry, value)) if reader and isinstance(value, dict) else []
    if events:
        return events
    data = item if value is None else value
    # Entries of WhatsApp have no time, so two entries with the same content count as one event.
    key = content_key(entry.account_id, field, entry.time, value=data)
    return [entry.event(entry.type(field), key, data, phone_of(as_dict(value)))]


def read_other_number(entry: AccountEntry, item: Any) -> ParsedEvent:
    """Makes the event of a change for another number of the account; its content stays unread."""
    key = content_key(entry.account_id, "other", value=item)
    phone = phone_of(as_dict(as_dict(item).get("value")))
    return entry.event(entry.type("other_number"), key, item, phone)


def _read_messages(entry: AccountEntry, value: Value) -> Iterator[ParsedEvent]:
    names = names_of(value)
    for item in as_list(value.get("messages")):
        if isinstance(item, dict):
            yield read_message(entry, value, item, names)
    for item in as_list(value.get("statuses")):
        if isinstance(item, dict):
            yield read_status(entry, value, item)
    for item in as_list(value.get("errors")):
        key = content_key(entry.account_id, "error", value=item)
        yield entry.event(entry.type("error"), key, item, phone_of(value))


def _read_echoes(entry: AccountEntry, value: Value) -> Iterator[ParsedEvent]:
    for item in as_list(value.get("message_echoes")):
        if isinstance(item, dict):
            yield read_echo(entry, value, item)


def _read_new_user_ids(entry: AccountEntry, value: Value) -> Iterator[ParsedEvent]:
    """Links the old and the new id of a person. As the person has not written, nobody
    may write to them for another day because of it.
    """
    phone = phone_of(value)
    for item in as_list(value.get(_NEW_USER_IDS)):
        change = as_dict(item)
        user = as_dict(change.get("user_id"))
        yield entry.event(
            entry.type(_NEW_USER_IDS),
            content_key(phone["phone"]["id"], _NEW_USER_IDS, value=item),
            item,
            phone,
            text=as_text(change.get("detail")),
            occurred_at=as_milliseconds(change.get("timestamp")),
            same_person=same_person(user.get("previous"), user.get("current"), change.get("wa_id")),
        )


def _read_preferences(entry: AccountEntry, value: Value) -> Iterator[ParsedEvent]:
    """Reads that a person stops marketing messages, or wants them again."""
    phone, names = phone_of(value), names_of(value)
    number_id = phone["phone"]["id"]
    for item in as_list(value.get(_PREFERENCES)):
        wish = as_dict(item)
        number, user = as_id(wish.get("wa_id")), as_id(wish.get("user_id"))
        person = number or user
        name = names.get(number or "") or names.get(user or "")
        parts = {
            "preference": {
                "category": as_text(wish.get("category")),
                "value": as_text(wish.get("value")),
            },
            "conversation": conversation_of(None, person),
            **phone,
        }
        yield entry.event(
            entry.type(_PREFERENCES),
            content_key(number_id, _PREFERENCES, value=item),
            item,
            parts,
            text=as_text(wish.get("detail")),
            actor=actor_of(person, name),
            lane_id=person and f"{number_id}:{person}",
            occurred_at=as_milliseconds(wish.get("timestamp")),
            same_person=same_person(number, user),
        )


_FIELDS: Mapping[str, Callable[[AccountEntry, Value], Iterator[ParsedEvent]]] = {
    "messages": _read_messages,
    "smb_message_echoes": _read_echoes,
    _NEW_USER_IDS: _read_new_user_ids,
    _PREFERENCES: _read_preferences,
}


# --- Messages: from people, and from the owner of a number in the Business app ---


@dataclass(slots=True, kw_only=True)
class _Reading:
    """The parts of one kind of message in the form that all providers share."""

    type: str
    text: str | None = None
    #: The kind of the message; for an edit, the kind of its new content.
    kind: str
    #: The id of the message that this one edits or deletes; None if it does neither.
    about: str | None = None
    parts: dict[str, Any] = field(default_factory=dict)


def read_message(
    entry: AccountEntry, value: Value, item: Value, names: Mapping[str, str]
) -> ParsedEvent:
    """Reads a person's message, in the conversation with the person or in a group."""
    # If the person hides the number, the message has only a business-scoped user id.
    number, user = as_id(item.get("from")), as_id(item.get("from_user_id"))
    person = number or user
    reading = _read_kind(entry, item)
    return _event(
        entry,
        value,
        item,
        reading,
        conversation=conversation_of(as_id(item.get("group_id")), person),
        actor=actor_of(person, names.get(number or "") or names.get(user or "")),
        same_person=_ids_of_person(number, user, item),
    )


def read_echo(entry: AccountEntry, value: Value, item: Value) -> ParsedEvent:
    """Reads the owner's message, written by hand in the Business app or on a linked device.

    Automatic messages of the app, such as a greeting, look the same.
    """
    receiver = as_id(item.get("to")) or as_id(item.get("to_user_id"))
    reading = _read_kind(entry, item)
    is_message = reading.type in _RECEIVED
    if is_message:
        reading.type = "message.sent"
    event = _event(
        entry,
        value,
        item,
        reading,
        conversation=conversation_of(as_id(item.get("group_id")), receiver),
        actor=actor_of(as_id(item.get("from")), is_self=True),
    )
    if is_message:
        event.body["message"]["sent_by"] = "human"
    return event


def _event(
    entry: AccountEntry,
    value: Value,
    item: Value,
    reading: _Reading,
    *,
    conversation: Mapping[str, Any] | None,
    actor: Mapping[str, Any],
    same_person: tuple[str, ...] = (),
) -> ParsedEvent:
    phone = phone_of(value)
    number_id = phone["phone"]["id"]
    return entry.event(
        reading.type,
        _key(number_id, item, reading),
        item,
        {
            "message": {"id": reading.about or as_id(item.get("id")), "kind": reading.kind},
            "parent": part(as_id(as_dict(item.get("context")).get("id"))),
            "conversation": conversation,
            "attachments": [],
            **reading.parts,
            **phone,
        },
        text=reading.text,
        actor=actor,
        lane_id=f"{number_id}:{conversation['id']}" if conversation else None,
        occurred_at=as_milliseconds(item.get("timestamp")),
        same_person=same_person,
    )


def _key(number_id: str | None, item: Value, reading: _Reading) -> str:
    message = as_id(item.get("id"))
    if message is None:
        return content_key(number_id, item.get("from"), "message", value=item)
    if reading.about is None:
        return join_key(number_id, message)
    # Meta does not document whether every edit or deletion has its own id.
    return join_key(number_id, message, reading.type, reading.about, item.get("timestamp"))


def _ids_of_person(number: str | None, user: str | None, item: Value) -> tuple[str, ...]:
    """Finds the number and the user id of a person, and their new values in a system message."""
    system = as_dict(item.get("system"))
    if system.get("type") != "user_changed_user_id":
        return same_person(number, user)
    return same_person(number, user, system.get("previous_user_id"), system.get("user_id"))


def _read_kind(entry: AccountEntry, item: Value) -> _Reading:
    kind = as_text(item.get("type")) or "unknown"
    inner = as_dict(item.get(kind))
    if kind == "revoke":
        about = as_id(inner.get("original_message_id"))
        return _Reading(type="message.deleted", kind=kind, about=about)
    if kind == "edit":
        return _read_edit(entry, inner)
    return _read_said(entry, kind, inner)


def _read_edit(entry: AccountEntry, edit: Value) -> _Reading:
    """Reads an edit, with the new text or the medium and its new caption."""
    message = as_dict(edit.get("message"))
    kind = as_text(message.get("type")) or "unknown"
    reading = _read_said(entry, kind, as_dict(message.get(kind)))
    reading.type, reading.about = "message.edited", as_id(edit.get("original_message_id"))
    return reading


def _read_said(entry: AccountEntry, kind: str, inner: Value) -> _Reading:
    """Reads the content of a message or a tap, by the kind of message."""
    reading = _Reading(type="message.received", kind=kind)
    if kind == "text":
        reading.text = as_text(inner.get("body"))
    elif kind in _MEDIA_OF_MESSAGES:
        reading.text = as_text(inner.get("caption"))
        reading.parts["attachments"] = [_attachment(kind, inner)]
    elif kind == "button":
        _tapped(reading, inner.get("payload"), inner.get("text"))
    elif kind == "interactive":
        choice = inner.get("button_reply") or inner.get("list_reply")
        if isinstance(choice, dict):
            _tapped(reading, choice.get("id"), choice.get("title"))
        else:
            # Rules find the fields of a form's answer as a JSON text in `event.data`.
            reading.text = as_text(as_dict(inner.get("nfm_reply")).get("body"))
    elif kind == "reaction":
        emoji = as_text(inner.get("emoji")) or None
        reading.type = "reaction.added" if emoji else "reaction.removed"
        reading.parts["reaction"] = {"type": None, "emoji": emoji}
        reading.parts["parent"] = part(as_id(inner.get("message_id")))
    elif kind == "system":
        reading.type, reading.text = entry.type("system"), as_text(inner.get("body"))
    return reading


def _tapped(reading: _Reading, button: Any, title: Any) -> None:
    reading.type, reading.text = "button.clicked", as_text(title)
    reading.parts["button"] = {"id": as_text(button), "title": as_text(title)}


def _attachment(kind: str, media: Value) -> dict[str, Any]:
    return {
        "id": as_id(media.get("id")),
        "type": "file" if kind == "document" else kind,
        "name": as_text(media.get("filename")),
        "mime_type": as_text(media.get("mime_type")),
    }


# --- The status of a message of the business: sent, delivered, read or failed ---


def read_status(entry: AccountEntry, value: Value, item: Value) -> ParsedEvent:
    """Reads the event of one status; in a group, there are statuses for each participant."""
    status = as_text(item.get("status")) or "unknown"
    message = as_id(item.get("id"))
    person = as_id(item.get("recipient_id")) or as_id(item.get("recipient_user_id"))
    group = None
    if item.get("recipient_type") == "group":
        group, person = person, _participant(item)
    conversation = conversation_of(group, person)
    phone = phone_of(value)
    number_id = phone["phone"]["id"]
    parts: dict[str, Any] = {"message": {"id": message}, "conversation": conversation, **phone}
    if status == "failed":
        parts["error"] = _error(item)
    reader = person if status in _OF_THE_PERSON else None
    of_participant = (person,) if group and person else ()
    return entry.event(
        _STATUSES.get(status) or entry.type("status", status),
        join_key(number_id, message, status, *of_participant)
        if message
        else content_key(number_id, "status", value=item),
        item,
        parts,
        actor=actor_of(reader),
        lane_id=f"{number_id}:{conversation['id']}" if conversation else None,
        occurred_at=as_milliseconds(item.get("timestamp")),
    )


def _participant(item: Value) -> str | None:
    """Returns the participant of a group: a number, or a user id if the number is hidden."""
    return as_id(item.get("recipient_participant_id")) or as_id(
        item.get("recipient_participant_user_id")
    )


def _error(item: Value) -> dict[str, Any]:
    """Reads the reason of a failure: the code as text, and WhatsApp's words."""
    first = next((one for one in as_list(item.get("errors")) if isinstance(one, dict)), {})
    details = as_text(as_dict(first.get("error_data")).get("details"))
    return {"code": as_id(first.get("code")), "text": details or as_text(first.get("title"))}


# --- Parts that all events share: the conversation, the phone number, the ids of a person ---


def phone_of(value: Value) -> dict[str, Any]:
    """Reads the number of the business; answers are sent through its id."""
    metadata = as_dict(value.get("metadata"))
    return {
        "phone": {
            "id": as_id(metadata.get("phone_number_id")),
            "number": as_id(metadata.get("display_phone_number")),
        }
    }


def conversation_of(group: str | None, person: str | None) -> dict[str, Any] | None:
    """Returns the group, or else the conversation with the person."""
    return part(group, kind="group") or part(person, kind="person")


def names_of(value: Value) -> dict[str, str]:
    """Reads the names of the people of a delivery, by each of their ids."""
    names: dict[str, str] = {}
    for contact in as_list(value.get("contacts")):
        name = as_text(as_dict(as_dict(contact).get("profile")).get("name"))
        for key in ("wa_id", "user_id"):
            person = as_id(as_dict(contact).get(key))
            if person and name:
                names[person] = name
    return names


def same_person(*values: Any) -> tuple[str, ...]:
    """Returns the ids among the values, each once; empty if there is only one, which links
    nothing.
    """
    found = tuple(dict.fromkeys(known for value in values if (known := as_id(value))))
    return found if len(found) > 1 else ()


# --- Sending through WhatsApp's Cloud API, which does not recognise a repeated request ---


def is_in_group(outgoing: Outgoing) -> bool:
    """Whether the message goes to a group: a reply there, or a message to the id of a group."""
    if outgoing.kind == "reply":
        return as_dict(outgoing.event.get("conversation")).get("kind") == "group"
    return (outgoing.to or "").startswith(_GROUP_ID)


async def send_through_whatsapp(
    outgoing: Outgoing, http: Http, account: GraphAccount, phone: str | None
) -> Sent:
    """Sends each part of `outgoing`; `phone` is the sending number's id if the event has none.

    Raises:
        StepError: there is no sending number or no receiver, or WhatsApp refused a part.
    """
    number = id_in(outgoing.event, "phone") or phone
    if number is None:
        raise PermanentError(no_sender())
    to = _receiver(outgoing)
    address = _address(outgoing, to)
    path, key = f"{quote(number, safe='')}/messages", outgoing.idempotency_key

    async def send(piece: Mapping[str, Any]) -> str | None:
        body = {"messaging_product": "whatsapp", **address, **piece}
        answer = await call_graph(http, account, path, body, key=key, read_error=whatsapp_error)
        sent = as_list(answer.get("messages"))
        return as_id(as_dict(sent[0]).get("id")) if sent else None

    ids = await send_in_sequence(_pieces(outgoing), send)
    return Sent(summary=message_sent(to=to), output={"message_id": ids[-1], "ids": ids})


def _receiver(outgoing: Outgoing) -> str:
    """Returns the receiver: from the step, else the conversation of a reply, else the person.

    If the owner has written, the actor is the business itself, which cannot get messages.
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
        raise step_errors.no_recipient(event_without_number())
    return to


def _address(outgoing: Outgoing, to: str) -> dict[str, str]:
    if is_in_group(outgoing):
        return {"recipient_type": "group", "to": to}
    return {"recipient": to} if _USER_ID.fullmatch(to) else {"to": to.lstrip("+")}


def _pieces(outgoing: Outgoing) -> list[dict[str, Any]]:
    """Builds the messages to send in order; the last one quotes the message that it answers."""
    step_errors.check_quick_replies(outgoing.quick_replies, MAX_BUTTONS, "WhatsApp")
    is_card = outgoing.card_picture is not None
    pieces = [_media(item) for item in outgoing.attachments if not is_card]
    if outgoing.template is not None:
        pieces.append({"type": "template", "template": approved_template(outgoing.template)})
    if outgoing.buttons:
        pieces.append(_with_buttons(outgoing))
    elif outgoing.text:
        pieces.append(_text(outgoing.text, outgoing.quick_replies))
    if not pieces:
        raise step_errors.nothing_to_say()
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
    """Builds a text with buttons, and a card's picture above it."""
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


# --- Errors that only WhatsApp has, besides the errors of the Graph API ---


def whatsapp_error(reply: HttpReply) -> StepError | None:
    """Returns the step error for an answer that only WhatsApp gives; None for all others."""
    error = as_dict(as_dict(reply.json()).get("error"))
    code = error.get("code")
    if code.__class__ is not int:
        return None
    details = as_text(as_dict(error.get("error_data")).get("details"))
    said = details or as_text(error.get("message")) or ""
    told = platform.platform_says(platform="WhatsApp", said=said[:300], number=str(code))
    return _skipped(code, told) or _other(code, told, reply.status)


def _skipped(code: int, told: Reason) -> SkippedStep | None:
    if code == _OUTSIDE_WINDOW:
        return SkippedStep(platform.wrote_a_day_ago_template(), code="outside_window")
    if code in _LEFT_OUT:
        kind, reason = _LEFT_OUT[code]
        return SkippedStep(reason(told=told), code=kind)
    return None


def _other(code: int, told: Reason, status: int) -> StepError | None:
    if code in _WAITS:
        return step_errors.rate_limited("WhatsApp", told, wait_s=_WAITS[code], status=status)
    if code in _TEMPLATE:
        return PermanentError(
            platform.template_refused(told=told),
            code="bad_template",
            status=status,
        )
    if code in _LASTING:
        kind, reason = _LASTING[code]
        return PermanentError(reason(told=told), code=kind, status=status)
    return None
