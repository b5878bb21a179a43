"""The provider of Slack apps: options, verification, events and sending.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from pydantic import Field

from automator.configuration.values import SecretOne
from automator.http.signing import equals_any
from automator.http.types import Answer, Http, HttpReply, InboundRequest
from automator.model import (
    N_,
    ParsedEvent,
    PermanentError,
    Reason,
    SkippedStep,
    StepError,
    UnparsableDelivery,
    record,
)
from automator.plugins import (
    FORM_TYPE,
    JSON_TYPES,
    Outgoing,
    OutgoingKind,
    Sent,
    Suspicion,
    VerifiedOptions,
)
from automator.plugins.outgoing import check_length
from automator.providers.shared import step_errors
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.forms import form_fields, is_form
from automator.providers.shared.handshakes import bad_handshake, read_question
from automator.providers.shared.json_requests import send_json
from automator.providers.shared.options import ApiUrl, SigningSecrets
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_list,
    as_milliseconds,
    as_text,
    content_key,
    event_type,
    id_in,
    join_key,
    json_object,
)
from automator.providers.shared.plain_values import plain_in_slack
from automator.providers.shared.signed import HmacScheme, SignedProvider
from automator.reasons import attempts
from automator.reasons.attempts.providers import posted_to
from automator.reasons.deliveries import bad_challenge
from automator.reasons.secrets import slack_secret
from automator.reasons.setup_mistakes import slack_other_app, slack_verification_token

# --- Reading: events, commands and clicks ---

Item = dict[str, Any]

# --- Buttons and menus of messages: in blocks, and in the older attachments ---


def clicked_button(action: Item, message: Item) -> dict[str, Any]:
    """Reads the button that was clicked in a message, or the chosen menu entry."""
    options = as_list(action.get("selected_options"))
    option = as_dict(action.get("selected_option")) or as_dict(next(iter(options), None))
    title = as_dict(action.get("text") or option.get("text")).get("text")
    value = as_text(action.get("value")) or as_text(option.get("value"))
    name = as_id(action.get("action_id")) or as_id(action.get("name"))
    return {
        "id": name,
        "title": as_text(title) or _title_in_attachments(message, name, value) or value,
        "value": value,
    }


def _title_in_attachments(message: Item, name: str | None, value: str | None) -> str | None:
    """Finds the title of a clicked button in an old attachment: only the message has it."""
    attachments = (as_dict(item) for item in as_list(message.get("attachments")))
    buttons = (as_dict(item) for one in attachments for item in as_list(one.get("actions")))
    return next(
        (
            as_text(button.get("text"))
            for button in buttons
            if (button.get("name"), button.get("value")) == (name, value)
        ),
        None,
    )


_TS = re.compile(r"([0-9]{1,11})\.([0-9]{3,6})")
#: Subtypes of messages that people write; all others report something else.
_SPOKEN = frozenset({None, "bot_message", "file_share", "me_message", "thread_broadcast"})
#: Kinds of payloads with clicked buttons: in blocks, and in attachments.
_CLICKS = frozenset({"block_actions", "interactive_message"})


@dataclass(slots=True, kw_only=True)
class Reading:
    """The parts of one event in the form that all providers share."""

    type: str
    parts: dict[str, Any]
    text: str | None = None
    person: str | None = None
    name: str | None = None
    channel: str | None = None
    is_self: bool = False


def _event(
    envelope: Envelope,
    reading: Reading,
    key: str,
    data: Any,
    team: str | None,
    occurred_at: int | None = None,
) -> ParsedEvent:
    channel = reading.channel
    return envelope.event(
        reading.type,
        key,
        data,
        text=reading.text,
        actor=actor_of(reading.person, reading.name, is_self=reading.is_self),
        lane_id=channel,
        occurred_at=occurred_at,
        team=part(team),
        conversation=part(channel, is_direct=(channel or "").startswith("D")),
        **reading.parts,
    )


def read_callback(envelope: Envelope, data: Item) -> ParsedEvent:
    """Reads the event of an Events API body; notices about the app itself have no field `event`."""
    inner = as_dict(data.get("event"))
    team = as_id(data.get("team_id"))
    kind = as_text(inner.get("type")) or as_text(data.get("type")) or "unknown"
    reading = _CALLBACKS.get(kind, _read_other)(data, inner, kind)
    if _is_own_bot(data, reading.person):
        reading.is_self = True
    event_id = as_id(data.get("event_id"))
    key = join_key(event_id) if event_id else content_key(team, kind, value=data)
    time = _ts_ms(inner.get("event_ts")) or as_milliseconds(data.get("event_time"))
    return _event(envelope, reading, key, data, team, time)


def read_command(envelope: Envelope, fields: Mapping[str, str]) -> ParsedEvent:
    """Reads a slash command; the words after it are its text."""
    name = as_id(fields.get("command"))
    reading = Reading(
        type="slack.command" if name else "slack.unknown",
        parts={"command": part(name)},
        text=fields.get("text"),
        person=as_id(fields.get("user_id")),
        name=fields.get("user_name"),
        channel=as_id(fields.get("channel_id")),
    )
    team = as_id(fields.get("team_id"))
    key = _key_of(fields.get("trigger_id"), team, "command", fields)
    return _event(envelope, reading, key, dict(fields), team)


def read_payload(envelope: Envelope, data: Item) -> list[ParsedEvent]:
    """Reads the actions on a message or a view; each clicked button becomes an event."""
    kind = as_text(data.get("type")) or "unknown"
    user = as_dict(data.get("user"))
    where = as_dict(data.get("container"))
    team = as_id(as_dict(data.get("team")).get("id"))
    message = as_dict(data.get("message")) or as_dict(data.get("original_message"))
    ts = as_id(message.get("ts")) or as_id(where.get("message_ts")) or as_id(data.get("message_ts"))
    thread = as_id(message.get("thread_ts")) or as_id(where.get("thread_ts"))
    actions = as_list(data.get("actions")) if kind in _CLICKS else []
    events = []
    for index, item in enumerate(actions or [None]):
        action = as_dict(item)
        button = clicked_button(action, message) if action else None
        reading = Reading(
            type="button.clicked" if action else event_type("slack", kind),
            parts={"message": part(ts), "parent": _parent(thread, ts)},
            text=button["title"] if button else None,
            person=as_id(user.get("id")),
            name=as_text(user.get("username")) or as_text(user.get("name")),
            channel=as_id(as_dict(data.get("channel")).get("id")) or as_id(where.get("channel_id")),
        )
        if button:
            reading.parts["button"] = button
        key = _key_of(data.get("trigger_id"), team, kind, data)
        time = _ts_ms(action.get("action_ts") or data.get("action_ts"))
        key = join_key(key, index) if index else key
        events.append(_event(envelope, reading, key, data, team, time))
    return events


def _read_message(data: Item, inner: Item, kind: str) -> Reading:
    subtype = as_text(inner.get("subtype"))
    if subtype == "message_changed":
        return _read_changed(data, inner, kind)
    if subtype == "message_deleted":
        ts = as_id(inner.get("deleted_ts"))
        reading = _spoken(data, inner, as_dict(inner.get("previous_message")), "message.deleted")
        reading.parts["message"], reading.text = part(ts), None
        return reading
    if subtype not in _SPOKEN:
        return _spoken(data, inner, inner, event_type("slack", kind, subtype))
    reading = _spoken(data, inner, inner, "message.received")
    if _app_of(inner) is not None and _app_of(inner) == as_id(data.get("api_app_id")):
        reading.type = "message.sent"
        reading.parts["message"] = {**(reading.parts["message"] or {}), "sent_by": "us"}
    return reading


def _read_changed(data: Item, inner: Item, kind: str) -> Reading:
    """Reads an edit; if Slack only added a preview of a link, the text is the same."""
    message = as_dict(inner.get("message"))
    before = inner.get("previous_message")
    is_same = isinstance(before, dict) and before.get("text") == message.get("text")
    type_ = event_type("slack", kind, "message_changed") if is_same else "message.edited"
    return _spoken(data, inner, message, type_)


def _read_mention(data: Item, inner: Item, kind: str) -> Reading:  # noqa: ARG001 - as all readers.
    return _spoken(data, inner, inner, "mention.created")


def _spoken(data: Item, inner: Item, message: Item, type_: str) -> Reading:  # noqa: ARG001
    """Reads a person's message. A bot counts as the account itself, so that two bots never answer
    each other for ever.
    """
    ts = as_id(message.get("ts"))
    bot = as_dict(message.get("bot_profile"))
    bot_id = as_id(message.get("bot_id"))
    return Reading(
        type=type_,
        parts={
            "message": part(ts),
            "parent": _parent(as_id(message.get("thread_ts")), ts),
            "attachments": [_file(item) for item in as_list(message.get("files"))],
        },
        text=as_text(message.get("text")),
        person=_user_of(message) or bot_id,
        name=as_text(message.get("username")) or as_text(bot.get("name")),
        channel=as_id(inner.get("channel")),
        is_self=bot_id is not None or message.get("subtype") == "bot_message",
    )


def _read_reaction(data: Item, inner: Item, kind: str) -> Reading:  # noqa: ARG001 - as all readers.
    item = as_dict(inner.get("item"))
    ts = as_id(item.get("ts"))
    return Reading(
        type="reaction.added" if kind == "reaction_added" else "reaction.removed",
        parts={
            "message": part(ts),
            "reaction": {"type": as_text(inner.get("reaction")), "emoji": None},
        },
        person=_user_of(inner),
        channel=as_id(item.get("channel")),
    )


def _read_other(data: Item, inner: Item, kind: str) -> Reading:  # noqa: ARG001 - as all readers.
    channel = inner.get("channel")
    return Reading(
        type=event_type("slack", kind),
        parts={},
        text=as_text(inner.get("text")),
        person=_user_of(inner),
        channel=as_id(as_dict(channel).get("id")) or as_id(channel),
        is_self=as_id(inner.get("bot_id")) is not None,
    )


def _user_of(item: Item) -> str | None:
    """Returns the person's id; some events have a whole object for the person."""
    user = item.get("user")
    return as_id(as_dict(user).get("id")) or as_id(user)


def _app_of(message: Item) -> str | None:
    return as_id(message.get("app_id")) or as_id(as_dict(message.get("bot_profile")).get("app_id"))


def _is_own_bot(data: Item, person: str | None) -> bool:
    """Whether the person is the bot user of this app."""
    return person is not None and any(
        as_dict(item).get("is_bot") is True and as_dict(item).get("user_id") == person
        for item in as_list(data.get("authorizations"))
    )


def _parent(thread: str | None, ts: str | None) -> dict[str, Any] | None:
    """Returns the first message of the thread, unless the message `ts` is the first one."""
    return part(thread) if thread != ts else None


def _file(item: Any) -> dict[str, Any]:
    file = as_dict(item)
    kind = (as_text(file.get("mimetype")) or "").partition("/")[0]
    return {
        "id": as_id(file.get("id")),
        "type": kind if kind in ("image", "video", "audio") else "file",
        "url": as_text(file.get("url_private")),
    }


def _key_of(trigger: Any, team: str | None, kind: str, value: Any) -> str:
    """Returns the dedupe key: the trigger's id, new for each thing that a person does, or a
    digest.
    """
    found = as_id(trigger)
    return join_key(found) if found else content_key(team, kind, value=value)


def _ts_ms(value: Any) -> int | None:
    """Reads a time that Slack writes as `1795500470.000005`, in milliseconds."""
    found = _TS.fullmatch(value) if isinstance(value, str) else None
    return as_milliseconds(int(found[1]) * 1000 + int(found[2][:3])) if found else None


_CALLBACKS: Mapping[str, Callable[[Item, Item, str], Reading]] = {
    "message": _read_message,
    "app_mention": _read_mention,
    "reaction_added": _read_reaction,
    "reaction_removed": _read_reaction,
}


# --- Sending ---

#: Slack cuts off longer texts.
MAX_TEXT = 40_000
MAX_SECTION = 3_000
MAX_BUTTONS = 25
_MAX_TITLE = 75
_MAX_BLOCKS = 50
_RATE_WAIT_S = 30.0
_BROADCAST = re.compile(r"<(?=!)")

_RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_TOKEN_DEAD = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}
)
_NOT_THERE = frozenset({"is_archived", "user_disabled", "user_not_found"})
_DOUBTFUL = frozenset({"fatal_error", "internal_error", "request_timeout"})
_DOWN = frozenset({"service_unavailable", "team_added_to_org"})
#: The reasons for errors that a person can mend.
_MENDABLE: Final = {
    "not_in_channel": attempts.refusals.slack_not_in_channel,
    "channel_not_found": attempts.refusals.slack_no_channel,
    "missing_scope": attempts.refusals.slack_scope,
    "no_permission": attempts.refusals.slack_may_not_write,
    "restricted_action": attempts.refusals.slack_restricted,
    "messages_tab_disabled": attempts.refusals.slack_no_messages_tab,
    "cannot_dm_bot": attempts.refusals.slack_to_bot,
}


@record(kw_only=False)
class SlackAccount:
    """The address of the API, and the account that sends."""

    url: str
    token: str
    connection: str
    broadcasts: bool


def is_direct(outgoing: Outgoing) -> bool:
    """Whether only one person reads the message."""
    if outgoing.kind == "message":
        return not (outgoing.to or "").startswith(("C", "G", "#"))
    return (id_in(outgoing.event, "conversation") or "").startswith("D")


async def send_through_slack(outgoing: Outgoing, http: Http, account: SlackAccount) -> Sent:
    """Posts `outgoing` as one message."""
    channel, thread = _address(outgoing)
    body = _message(outgoing, account.broadcasts)
    body["channel"] = channel
    if thread:
        body["thread_ts"] = thread
    reply = await send_json(
        http,
        f"{account.url}/chat.postMessage",
        body,
        key=outgoing.idempotency_key,
        token=account.token,
        headers={"content-type": "application/json; charset=utf-8"},
    )
    answer = as_dict(reply.json())
    error = as_text(answer.get("error"))
    # An unreadable answer counts as a success: a message that may have arrived is not repeated.
    if not reply.is_success or answer.get("ok") is False:
        raise _error_of(reply, error or "", answer, account.connection)
    ts = as_id(answer.get("ts"))
    posted = as_id(answer.get("channel")) or channel
    return Sent(summary=posted_to(place=posted), output={"id": ts, "channel": posted})


def _address(outgoing: Outgoing) -> tuple[str, str | None]:
    """Returns the channel or the person, and the thread to answer in."""
    if outgoing.kind == "message":
        person = as_id(outgoing.to) or id_in(outgoing.event, "actor")
        if person is None:
            raise step_errors.no_recipient(attempts.sending.event_without_person())
        return person, None
    channel = id_in(outgoing.event, "conversation")
    if channel is None:
        raise step_errors.no_recipient(attempts.sending.event_without_channel())
    thread = id_in(outgoing.event, "parent")
    if thread is None and not channel.startswith("D"):
        thread = id_in(outgoing.event, "message")
    return channel, thread


def _message(outgoing: Outgoing, broadcasts: bool) -> dict[str, Any]:
    """Builds the text, and blocks if it has pictures or buttons."""
    text = outgoing.text if broadcasts else _BROADCAST.sub("&lt;", outgoing.text)
    links = [f"<{item['url']}>" for item in outgoing.attachments if item.get("type") != "image"]
    text = "\n".join(part for part in (text, *links) if part)
    images = [item for item in outgoing.attachments if item.get("type") == "image"]
    if not text and not images:
        raise step_errors.nothing_to_say()
    check_length(text, MAX_TEXT, "Slack")
    step_errors.check_quick_replies(outgoing.quick_replies, MAX_BUTTONS, "Slack")
    body: dict[str, Any] = {"text": text}
    if not images and not outgoing.quick_replies:
        return body
    body["blocks"] = [*_sections(text), *map(_image, images), *_buttons(outgoing.quick_replies)]
    if len(body["blocks"]) > _MAX_BLOCKS:
        raise step_errors.too_much(
            attempts.sending.too_many_blocks(platform="Slack", most=_MAX_BLOCKS)
        )
    return body


def _sections(text: str) -> list[dict[str, Any]]:
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": text[start : start + MAX_SECTION]}}
        for start in range(0, len(text), MAX_SECTION)
    ]


def _image(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "image", "image_url": item.get("url"), "alt_text": "image"}


def _buttons(titles: tuple[str, ...]) -> list[dict[str, Any]]:
    if not titles:
        return []
    buttons = [
        {
            "type": "button",
            "action_id": f"quick_reply_{number}",
            "text": {"type": "plain_text", "text": title[:_MAX_TITLE]},
            "value": title[:2000],
        }
        for number, title in enumerate(titles, 1)
    ]
    return [{"type": "actions", "elements": buttons}]


def _error_of(
    reply: HttpReply, error: str, answer: Mapping[str, Any], connection: str
) -> StepError:
    status, asked = reply.status, step_errors.asked_wait_s(reply.headers)
    told = _told(status, error[:100], as_text(answer.get("needed")) or "")
    if status == 429 or error in _RATE_LIMITED:
        wait_s = _RATE_WAIT_S if asked is None else asked
        return step_errors.rate_limited("Slack", told, wait_s=wait_s, status=status)
    if error in _TOKEN_DEAD or status == 401:
        reason = attempts.refusals.slack_token(connection=connection, told=told)
        return PermanentError(reason, code="token_expired", status=status)
    if error in _NOT_THERE:
        return SkippedStep(attempts.refusals.slack_gone(told=told), code="gone")
    if error in _DOUBTFUL:
        return step_errors.doubtful("Slack", status, told)
    if status >= 500 or error in _DOWN:
        return step_errors.failed_there("Slack", told, reply, repeatable=error in _DOWN)
    kind = _MENDABLE.get(error, attempts.refusals.slack_refused)
    return PermanentError(
        kind(told=told),
        code="permission" if error in _MENDABLE or status == 403 else "provider_refused",
        status=status,
    )


def _told(status: int, error: str, needed: str) -> Reason:
    """Returns Slack's message, and the permission that it asks for."""
    if not error:
        return attempts.platform.platform_status(platform="Slack", status=status)
    if needed:
        return attempts.platform.platform_needs(platform="Slack", said=error, needed=needed[:100])
    return attempts.platform.platform_error(platform="Slack", said=error)


# --- The provider ---

_CHALLENGE = re.compile(r"[\x21-\x7e]{1,512}")
#: The answer to a slash command; Slack would show a text in it to the person.
_NOTHING_TO_SHOW = Answer(200)


class SlackOptions(VerifiedOptions):
    """The options of a Slack connection."""

    signing_secret: SigningSecrets = Field(
        description=N_(
            "The app's signing secret, under Basic Information; a list while it is rotated."
        )
    )
    bot_token: SecretOne | None = Field(
        default=None, description="Needed to answer: the bot token, xoxb-…, with chat:write."
    )
    broadcasts: bool = Field(
        default=False,
        description="Let `<!channel>`, `<!here>` and the like in a text call everybody; else they"
        " are shown as plain text.",
    )
    api_url: ApiUrl = Field(default="https://slack.com/api", description="The Web API.")


class SlackProvider(SignedProvider):
    """One Slack app in a workspace."""

    name = "slack"
    title = "Slack"
    options_model = SlackOptions
    content_types = JSON_TYPES | {FORM_TYPE}
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply", "message"})
    event_names: ClassVar[Mapping[str, str]] = {
        "app_mention": "mention.created",
        "reaction_added": "reaction.added",
        "reaction_removed": "reaction.removed",
    }
    answer_when_sent: ClassVar[Mapping[str, Any]] = {"ok": True, "ts": "0"}
    common_mistakes: ClassVar[tuple[Reason, ...]] = (slack_other_app(),)
    scheme = HmacScheme(
        header="x-slack-signature",
        shown="X-Slack-Signature",
        prefix="v0=",
        signed="v0:{timestamp}:{body}",
        timestamp_header="x-slack-request-timestamp",
        advice=slack_secret(),
    )
    secret_option = "signing_secret"  # noqa: S105 - the name of an option.
    sent_headers: ClassVar[Mapping[str, str]] = {
        "content-type": "application/json",
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    }
    seen_headers = ("x-slack-retry-num", "x-slack-retry-reason")
    options: SlackOptions

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Answers the challenge of `url_verification`, which is signed like a delivery.

        Raises:
            RejectedDelivery: the signature is wrong, or the challenge is no plain text.
        """
        body = {} if is_form(request) else read_question(request, b"url_verification")
        if body.get("type") != "url_verification":
            return None
        self.verify(request)
        challenge = as_text(body.get("challenge")) or ""
        if not _CHALLENGE.fullmatch(challenge):
            raise bad_handshake(bad_challenge(name="challenge", most=512))
        return Answer(200, challenge)

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:
        """Suspects the verification token in place of the secret, if the body has the same text."""
        token = _verification_token(request)
        if not token or not equals_any(self._keys, token):
            return ()
        return [
            Suspicion(
                slack_verification_token(),
            )
        ]

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads an event callback, a slash command, or an action on a button or a view."""
        envelope = Envelope.of(self, request)
        if not is_form(request):
            return [read_callback(envelope, json_object(request))]
        fields = form_fields(request.body)
        payload = fields.get("payload")
        if payload is None:
            return [read_command(envelope, fields)]
        part = payload.encode("utf-8", "surrogatepass")
        return read_payload(envelope, json_object(request, part))

    @property
    def plain_value(self) -> Callable[[str], str]:
        """Makes links and mentions in people's names and words ineffective."""
        return plain_in_slack

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        """Returns an empty answer to a slash command or a button, since people would see a text."""
        return _NOTHING_TO_SHOW if is_form(request) else None

    def is_private(self, outgoing: Outgoing) -> bool:
        """Whether only one person sees the message: a direct message, or the answer to one."""
        return is_direct(outgoing)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Posts a message: a reply in the event's channel and thread, or a message to a person."""
        if outgoing.kind not in self.can_send or outgoing.template is not None:
            return await super().send(outgoing, http)
        token = step_errors.token_of(self.options.bot_token, self.connection, "bot_token")
        account = SlackAccount(
            url=self.options.api_url,
            token=token,
            connection=self.connection,
            broadcasts=self.options.broadcasts,
        )
        return await send_through_slack(outgoing, http, account)


def _verification_token(request: InboundRequest) -> str:
    """Returns the verification token in a body, an older proof of Slack's; "" without one."""
    try:
        fields = form_fields(request.body) if is_form(request) else as_dict(request.json())
        payload = fields.get("payload")
        if isinstance(payload, str):
            fields = as_dict(request.json(payload.encode("utf-8", "surrogatepass")))
    except UnparsableDelivery:
        return ""
    return as_text(fields.get("token")) or ""
