"""WhatsApp's Cloud API: entries of business accounts, with messages and their statuses."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
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
from automator.providers.meta.account import GraphAccount
from automator.providers.meta.entry import AccountEntry
from automator.providers.meta.graph import call_graph
from automator.providers.meta.templates import APPROVED, approved_template
from automator.providers.meta.webhook import MetaProvider, MetaWebhookOptions
from automator.providers.shared.message_sequence import send_in_sequence
from automator.providers.shared.options import ApiUrl
from automator.providers.shared.outcomes import (
    check_quick_replies,
    no_recipient,
    nothing_to_say,
    rate_limited,
)
from automator.providers.shared.reading import as_dict, as_id, as_list, as_text, id_in
from automator.providers.whatsapp.changes import read_change, read_other_number
from automator.reasons import ReasonKind
from automator.reasons.attempts.platform import (
    ECOSYSTEM_LIMIT,
    PLATFORM_SAYS,
    TAKES_NO_SUCH_MESSAGES,
    TEMPLATE_REFUSED,
    WA_LIMITED,
    WA_LOCKED,
    WA_NO_SUCH_KIND,
    WA_NUMBER_UNKNOWN,
    WA_TEST_NUMBER,
    WA_UNDELIVERABLE,
    WROTE_A_DAY_AGO_TEMPLATE,
)
from automator.reasons.attempts.providers import MESSAGE_SENT
from automator.reasons.attempts.sending import EVENT_WITHOUT_NUMBER, NO_SENDER

# --- Sending through WhatsApp's Cloud API, which is not idempotent ---


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

    ids = await send_in_sequence(_pieces(outgoing), send)
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


# --- Errors that only WhatsApp has, beside the errors of the Graph API ---


_OUTSIDE_WINDOW = 131047
#: Meta holds the message back, or the person takes no marketing.
_LEFT_OUT: Mapping[int, tuple[str, ReasonKind]] = {
    130472: ("ecosystem_limit", ECOSYSTEM_LIMIT),
    131049: ("ecosystem_limit", ECOSYSTEM_LIMIT),
    131050: ("gone", TAKES_NO_SUCH_MESSAGES),
}
#: Seconds after which it may be tried again.
_WAITS: Mapping[int, float] = {131056: 6.0, 130429: 30.0}
_TEMPLATE = range(132000, 132070)
#: Code of the error, and the reason.
_LASTING: Mapping[int, tuple[str, ReasonKind]] = {
    131026: ("undeliverable", WA_UNDELIVERABLE),
    131030: ("undeliverable", WA_TEST_NUMBER),
    131031: ("page_blocked", WA_LOCKED),
    131048: ("page_blocked", WA_LIMITED),
    131051: ("not_possible", WA_NO_SUCH_KIND),
    131062: ("not_possible", WA_NUMBER_UNKNOWN),
}


def whatsapp_error(reply: HttpReply) -> StepError | None:
    """The step error for an answer that only WhatsApp gives; None for all others."""
    error = as_dict(as_dict(reply.json()).get("error"))
    code = error.get("code")
    if code.__class__ is not int:
        return None
    details = as_text(as_dict(error.get("error_data")).get("details"))
    said = details or as_text(error.get("message")) or ""
    told = PLATFORM_SAYS(platform="WhatsApp", said=said[:300], number=str(code))
    return _skipped(code, told) or _other(code, told, reply.status)


def _skipped(code: int, told: Reason) -> SkippedStep | None:
    if code == _OUTSIDE_WINDOW:
        return SkippedStep(WROTE_A_DAY_AGO_TEMPLATE(), code="outside_window")
    if code in _LEFT_OUT:
        kind, reason = _LEFT_OUT[code]
        return SkippedStep(reason(told=told), code=kind)
    return None


def _other(code: int, told: Reason, status: int) -> StepError | None:
    if code in _WAITS:
        return rate_limited("WhatsApp", told, wait_s=_WAITS[code], status=status)
    if code in _TEMPLATE:
        return PermanentError(
            TEMPLATE_REFUSED(told=told),
            code="bad_template",
            status=status,
        )
    if code in _LASTING:
        kind, reason = _LASTING[code]
        return PermanentError(reason(told=told), code=kind, status=status)
    return None


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


class WhatsAppProvider(MetaProvider):
    """One app with its WhatsApp business accounts."""

    name = "whatsapp"
    title = "WhatsApp"
    webhook_object = "whatsapp_business_account"
    options_model = WhatsAppOptions
    sample_accounts: ClassVar[Mapping[str, str]] = {"phone_number_id": "106540352242922"}
    largest_body = 3_145_728
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply", "message"})
    answer_when_sent: ClassVar[Mapping[str, Any]] = {"messages": [{"id": "0"}]}
    receivers = RECEIVERS
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
        """The number's address at wa.me, where the settings name it."""
        number = self.options.phone_number
        address = f"https://wa.me/{number}"
        return ChatAddress(address, before_text=f"{address}?text=") if number else None

    def read_entry(self, entry: AccountEntry, raw: Any) -> Sequence[ParsedEvent]:
        """The messages and the statuses of one business account."""
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
        """Whether only the receiver sees it: true of all but messages in a group."""
        return not is_in_group(outgoing)

    def receiver_id(self, to: str) -> str | None:
        """A telephone number without `+`, as events have it, or the id of a person or a group."""
        found = super().receiver_id(to)
        return None if found is None else found.removeprefix("+")

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Sends a message, or answers one."""
        if outgoing.kind not in self.can_send:
            return await super().send(outgoing, http)
        account = self.account("WhatsApp", "access_token", "whatsapp_business_messaging")
        return await send_through_whatsapp(outgoing, http, account, self.options.phone_number_id)
