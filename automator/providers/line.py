"""LINE Official Accounts: webhook events, and messages as replies or pushes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from pydantic import Field

from automator.configuration.values import Duration, SecretOne
from automator.http.types import Http, HttpReply, InboundRequest
from automator.model import (
    N_,
    ButtonLimits,
    MessagingPolicy,
    ParsedEvent,
    PermanentError,
    Reason,
    SkippedStep,
    StepError,
    UnparsableDelivery,
    record,
)
from automator.plugins import (
    ChatAddress,
    Outgoing,
    OutgoingKind,
    Sent,
    Suspicion,
    VerifiedOptions,
)
from automator.plugins.outgoing import check_length
from automator.providers.shared import step_errors
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.json_requests import send_json
from automator.providers.shared.options import ApiUrl, SigningSecrets
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_list,
    as_milliseconds,
    as_text,
    as_time,
    content_key,
    event_type,
    id_in,
    join_key,
)
from automator.providers.shared.signed import HmacScheme, SignedProvider
from automator.reasons import attempts, setup_mistakes
from automator.reasons.bodies import no_list
from automator.reasons.secrets import line_secret

Item = dict[str, Any]
LINE_BUTTONS = ButtonLimits(most=4, title=20, payload=300, text=160, card_text=60)
MAX_MESSAGES = 5
MAX_TEXT = 5000
MAX_QUICK_REPLIES = 13
MAX_QUICK_REPLY_TITLE = 20
_MAX_QUICK_TEXT = 300
_MAX_ALTERNATIVE = 400
_RATE_WAIT_S = 10.0
_ACCEPTED_BEFORE = 409
#: A longer text is no channel secret, which has 32 characters; an access token has over a hundred.
_LONGEST_SECRET = 64
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TYPES: Mapping[str, str] = {
    "message": "message.received",
    "messageEdited": "message.edited",
    "unsend": "message.deleted",
    "postback": "button.clicked",
    "follow": "contact.followed",
    "unfollow": "contact.unfollowed",
}
_WITH_MESSAGE = frozenset({"message", "messageEdited"})
_FILES = frozenset({"image", "video", "audio", "file", "sticker"})


class LineOptions(VerifiedOptions):
    """The options of a LINE connection."""

    channel_secret: SigningSecrets = Field(
        description=N_("The `Channel secret` of Basic settings; a list while it is rotated.")
    )
    channel_access_token: SecretOne | None = Field(
        default=None, description=N_("Needed to answer: the access token, under Messaging API.")
    )
    basic_id: str | None = Field(
        default=None,
        pattern=r"^@[A-Za-z0-9._-]{1,30}$",
        description=N_(
            "The account's `Bot basic ID`, as in @123abcde: for the link that opens a conversation."
        ),
    )
    reply_within: Duration = Field(
        default=50.0,
        ge=0,
        le=600,
        description=N_(
            "How long a reply token is used, which LINE takes for about a minute. Later,"
            " and after it was used, a reply is a push, which counts for the month."
        ),
    )
    api_url: ApiUrl = Field(default="https://api.line.me", description="The Messaging API.")


class LineProvider(SignedProvider):
    """One LINE Official Account."""

    name = "line"
    title = "LINE"
    customers_write = True
    options_model = LineOptions
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply", "message"})
    answer_when_sent: ClassVar[Mapping[str, Any]] = {"sentMessages": [{"id": "0"}]}
    receivers: ClassVar[re.Pattern[str]] = re.compile("[UCR][0-9a-f]{32}")
    event_names: ClassVar[Mapping[str, str]] = {
        event_type(_CAPITAL.sub("_", kind)): shared for kind, shared in _TYPES.items()
    }
    policy = MessagingPolicy(
        platform="LINE",
        unit="utf16",
        message_length=MAX_TEXT,
        comment_length=MAX_TEXT,
        quick_replies=MAX_QUICK_REPLIES,
        quick_reply_title=MAX_QUICK_REPLY_TITLE,
        buttons=LINE_BUTTONS,
    )
    common_mistakes: ClassVar[tuple[Reason, ...]] = (
        setup_mistakes.line_signs_with_secret(),
        setup_mistakes.line_login_channel(),
    )
    scheme = HmacScheme(
        header="x-line-signature",
        shown="x-line-signature",
        encoding="base64",
        advice=line_secret(),
    )
    secret_option = "channel_secret"  # noqa: S105 - the name of an option.
    sent_headers: ClassVar[Mapping[str, str]] = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "LineBotWebhook/2.0",
    }
    options: LineOptions

    @property
    def chat_address(self) -> ChatAddress | None:
        """Returns the account's address at line.me, if its id is known."""
        if self.options.basic_id is None:
            return None
        account = quote(self.options.basic_id, safe="")
        return ChatAddress(
            f"https://line.me/R/ti/p/{account}",
            before_text=f"https://line.me/R/oaMessage/{account}/?",
        )

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:  # noqa: ARG002 - it shows in the settings.
        """Suspects an access token in place of the secret, if the secret is too long for one."""
        if not any(len(key) > _LONGEST_SECRET for key in self._keys):
            return ()
        return [
            Suspicion(
                setup_mistakes.line_access_token(),
            )
        ]

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads all events; the button Verify of LINE's console sends a delivery without events."""
        body = request.json()
        items = body.get("events") if isinstance(body, dict) else None
        if not isinstance(items, list):
            raise UnparsableDelivery(no_list(name="events"))
        envelope = Envelope.of(self, request)
        bot = part(as_id(body.get("destination")))
        envelope = replace(envelope, shared={"bot": bot, **envelope.shared})
        return [read_event(envelope, item) for item in items]

    def is_private(self, outgoing: Outgoing) -> bool:
        """Whether only one person sees the message; False in groups and rooms."""
        return is_direct(outgoing)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Sends a reply if the event's reply token still works, else a push."""
        if outgoing.kind not in self.can_send:
            return await super().send(outgoing, http)
        token = step_errors.token_of(
            self.options.channel_access_token, self.connection, "channel_access_token"
        )
        account = LineAccount(
            url=f"{self.options.api_url}/v2/bot/message",
            token=token,
            connection=self.connection,
            reply_within_ms=round(self.options.reply_within * 1000),
        )
        return await send_through_line(outgoing, http, account)


# --- Events: messages, taps, followers, and the rest by their names ---


def read_event(envelope: Envelope, value: Any) -> ParsedEvent:
    """Reads the event of one item.

    An item in standby belongs to a conversation that another module of the account handles. It
    counts as the account's own, so that no rule answers it.
    """
    item = as_dict(value)
    kind = as_text(item.get("type")) or "unknown"
    source = as_dict(item.get("source"))
    person = as_id(source.get("userId"))
    place = as_id(source.get("groupId")) or as_id(source.get("roomId")) or person
    is_standby = item.get("mode") == "standby"
    text, parts = _said(kind, item)
    event_id = as_id(item.get("webhookEventId"))
    return envelope.event(
        _TYPES.get(kind) or event_type("line", _CAPITAL.sub("_", kind)),
        join_key(event_id) if event_id else content_key("line", kind, value=value),
        value,
        text=text,
        actor=actor_of(person, is_self=is_standby),
        lane_id=place,
        occurred_at=as_milliseconds(item.get("timestamp")),
        conversation=part(place, kind=as_text(source.get("type"))),
        **parts,
        standby=is_standby,
        redelivery=as_dict(item.get("deliveryContext")).get("isRedelivery") is True,
    )


def _said(kind: str, item: Item) -> tuple[str | None, dict[str, Any]]:
    """Reads the text, and the parts of the event's body."""
    if kind == "unsend":
        gone = as_id(as_dict(item.get("unsend")).get("messageId"))
        return None, {"message": part(gone)}
    if kind == "postback":
        data = as_text(as_dict(item.get("postback")).get("data"))
        return data, {"button": {"id": data, "title": None}}
    message = as_dict(item.get("message"))
    if kind not in _WITH_MESSAGE or not message:
        return None, {}
    number, quoted = as_id(message.get("id")), as_id(message.get("quotedMessageId"))
    return as_text(message.get("text")), {
        "message": part(number),
        "parent": part(quoted),
        "attachments": _attachments(message, number),
    }


def _attachments(message: Item, number: str | None) -> list[dict[str, Any]]:
    """Reads the file of a message, which LINE hands out by the message's id."""
    kind = as_text(message.get("type"))
    if kind not in _FILES:
        return []
    given = as_dict(message.get("contentProvider")).get("originalContentUrl")
    is_sticker = kind == "sticker"
    file = as_id(message.get("stickerId")) if is_sticker else number
    return [{"id": file, "type": kind, "url": as_text(given)}]


# --- Sending through LINE's Messaging API ---
#
# A reply costs nothing, but its token works only once and for about a minute. A push counts towards
# the monthly quota. LINE recognises a repeated push by its retry key, so a push may be repeated. A
# reply has no such key: if its token is used up, an earlier attempt has arrived.


@record(kw_only=False)
class LineAccount:
    """The address of the API, and the account that sends."""

    url: str
    token: str
    connection: str
    reply_within_ms: int


async def send_through_line(outgoing: Outgoing, http: Http, account: LineAccount) -> Sent:
    """Sends `outgoing` in one request: a reply while its token works, otherwise a push.

    Raises:
        StepError: another module leads the conversation, or LINE did not accept the message.
    """
    if outgoing.event.get("standby") is True:
        raise SkippedStep(attempts.sending.other_module_leads(), code="standby")
    messages = _messages(outgoing)
    to = _receiver(outgoing)
    token = _reply_token(outgoing, account)
    if token is not None:
        fields = {"replyToken": token, "messages": messages}
        key = outgoing.idempotency_key
        reply = await send_json(http, f"{account.url}/reply", fields, key=key, token=account.token)
        if reply.is_success:
            return _sent(attempts.providers.replied_to(to=to), to, reply)
        if not _is_used_up(reply):
            raise _error_of(reply, account.connection, repeatable=False)
        if outgoing.outcome_unknown:
            raise SkippedStep(attempts.sending.reply_token_used_up(), code="in_doubt")
    return await _push(outgoing, http, account, to, messages)


def is_direct(outgoing: Outgoing) -> bool:
    """Whether only one person reads the message; ids of people begin with `U`."""
    if outgoing.kind == "message":
        return not (outgoing.to or "U").startswith(("C", "R"))
    return as_dict(outgoing.event.get("conversation")).get("kind") == "user"


async def _push(
    outgoing: Outgoing, http: Http, account: LineAccount, to: str, messages: list[Any]
) -> Sent:
    event = as_id(outgoing.event.get("id"))
    name = f"{account.connection}:{event}:{outgoing.idempotency_key}:{to}"
    retry_key = {"x-line-retry-key": str(uuid5(NAMESPACE_URL, name))}
    url, fields = f"{account.url}/push", {"to": to, "messages": messages}
    reply = await send_json(
        http,
        url,
        fields,
        key=name,
        token=account.token,
        headers=retry_key,
        # LINE does not send a message with the same key twice.
        repeatable_at="LINE",
    )
    if reply.status == _ACCEPTED_BEFORE:
        return _sent(attempts.providers.accepted_before(platform="LINE", to=to), to, reply)
    if reply.is_success:
        return _sent(attempts.providers.pushed_to(to=to), to, reply)
    raise _error_of(reply, account.connection, repeatable=True)


def _sent(did: Reason, to: str, reply: HttpReply) -> Sent:
    items = as_list(as_dict(reply.json()).get("sentMessages"))
    ids = [as_id(as_dict(item).get("id")) for item in items]
    output = {"message_id": ids[0] if ids else None, "ids": ids, "to": to}
    return Sent(summary=did, output=output)


def _receiver(outgoing: Outgoing) -> str:
    if outgoing.kind == "message":
        to = as_id(outgoing.to) or id_in(outgoing.event, "actor")
    else:
        to = id_in(outgoing.event, "conversation")
    if to is None:
        raise step_errors.no_recipient(attempts.sending.person_not_told(platform="LINE"))
    return to


def _reply_token(outgoing: Outgoing, account: LineAccount) -> str | None:
    """Returns the event's reply token if it may still work; else None."""
    token = as_id(as_dict(outgoing.event.get("data")).get("replyToken"))
    times = (outgoing.event.get("occurred_at"), outgoing.event.get("received_at"))
    came = next((time for time in map(as_time, times) if time is not None), None)
    if outgoing.kind != "reply" or token is None or came is None:
        return None
    return token if outgoing.now_ms - came <= account.reply_within_ms else None


def _is_used_up(reply: HttpReply) -> bool:
    said = as_text(as_dict(reply.json()).get("message")) or ""
    return reply.status == 400 and "reply token" in said.lower()


def _messages(outgoing: Outgoing) -> list[dict[str, Any]]:
    """Builds up to five messages: pictures, then the text with the addresses of other files."""
    if outgoing.template is not None:
        return [dict(outgoing.template)]
    attachments = outgoing.attachments if outgoing.card_picture is None else ()
    images = [item["url"] for item in attachments if item.get("type") == "image"]
    links = [str(item["url"]) for item in attachments if item.get("type") != "image"]
    if outgoing.buttons and links:
        raise step_errors.not_possible(attempts.sending.no_files_with_buttons(platform="LINE"))
    text = "\n".join(part for part in (outgoing.text, *links) if part)
    check_length(text, MAX_TEXT, "LINE", "utf16")
    messages: list[dict[str, Any]] = [
        {"type": "image", "originalContentUrl": url, "previewImageUrl": url} for url in images
    ]
    if outgoing.buttons:
        messages.append(buttons_message(outgoing))
    elif text:
        messages.append({"type": "text", "text": text})
    if not messages:
        raise step_errors.nothing_to_say()
    if len(messages) > MAX_MESSAGES:
        raise step_errors.too_much(
            attempts.sending.too_many_messages(platform="LINE", most=MAX_MESSAGES)
        )
    if outgoing.quick_replies:
        messages[-1]["quickReply"] = {"items": _quick_replies(outgoing.quick_replies)}
    return messages


def _quick_replies(titles: tuple[str, ...]) -> list[dict[str, Any]]:
    step_errors.check_quick_replies(titles, MAX_QUICK_REPLIES, "LINE")
    return [
        {
            "type": "action",
            "action": {
                "type": "message",
                "label": title[:MAX_QUICK_REPLY_TITLE],
                "text": title[:_MAX_QUICK_TEXT],
            },
        }
        for title in titles
    ]


def _error_of(reply: HttpReply, connection: str, *, repeatable: bool) -> StepError:
    answer = as_dict(reply.json())
    details = [as_dict(item) for item in as_list(answer.get("details"))]
    more = "; ".join(f"{item.get('property')}: {item.get('message')}" for item in details)
    said = f"{as_text(answer.get('message')) or ''} {f'({more})' if more else ''}".strip()[
        : step_errors.MAX_SAID
    ]
    status = reply.status
    told = step_errors.answered("LINE", status, said)
    if status == 429 and "monthly" not in said.lower():
        wait_s = step_errors.asked_wait_s(reply.headers) or _RATE_WAIT_S
        return step_errors.rate_limited("LINE", told, wait_s=wait_s, status=status)
    if status >= 500:
        return step_errors.failed_there("LINE", told, reply, repeatable=repeatable)
    if status == 404:
        return SkippedStep(attempts.refusals.line_gone(told=told), code="gone")
    return _lasting(status, told, connection)


def _lasting(status: int, told: Reason, connection: str) -> PermanentError:
    if status == 401:
        reason, code = (
            attempts.refusals.line_token(connection=connection, told=told),
            "token_expired",
        )
    elif status == 403:
        reason, code = attempts.refusals.line_plan(connection=connection, told=told), "permission"
    elif status == 429:
        reason, code = attempts.refusals.line_quota(connection=connection, told=told), "quota"
    else:
        reason, code = attempts.refusals.line_refused(told=told), "provider_refused"
    return PermanentError(reason, code=code, status=status)


# --- Buttons: LINE's buttons template, with a picture or without ---
#
# Limits: Messaging API reference, buttons template, URI action and postback action. LINE reports a
# tap as a postback.


def buttons_message(outgoing: Outgoing) -> dict[str, Any]:
    """Builds the message with buttons, and a text for devices that cannot show buttons."""
    actions = [_action(item) for item in outgoing.buttons]
    template: dict[str, Any] = {"type": "buttons", "text": outgoing.text, "actions": actions}
    if outgoing.card_picture is not None:
        template["thumbnailImageUrl"] = outgoing.card_picture
    return {"type": "template", "altText": outgoing.text[:_MAX_ALTERNATIVE], "template": template}


def _action(item: Mapping[str, str]) -> dict[str, str]:
    if "url" in item:
        return {"type": "uri", "label": item["text"], "uri": item["url"]}
    # LINE shows the title as if the person had written it.
    shown = item["text"]
    return {"type": "postback", "label": shown, "data": item["payload"], "displayText": shown}
