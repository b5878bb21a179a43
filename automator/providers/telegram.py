"""The provider of Telegram bots: options, profile, verification, updates and sending.

Telegram does not sign bodies: a secret token in a header proves the sender.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import orjson
from pydantic import AfterValidator, Field, model_validator

from automator.configuration.secrets import Secret
from automator.configuration.values import SecretOne, StrictModel
from automator.http.types import Answer, Http, HttpReply, InboundRequest
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
    WrongValue,
    record,
    text_length,
)
from automator.plugins import (
    AccountProfile,
    ChatAddress,
    ConnectionOptions,
    Outgoing,
    OutgoingKind,
    Press,
    Sent,
    Suspicion,
    VerifiedOptions,
)
from automator.plugins.outgoing import check_length
from automator.plugins.profiles import part_and_language
from automator.providers.shared import step_errors
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.json_requests import send_json
from automator.providers.shared.message_sequence import send_in_sequence
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
from automator.providers.shared.profile_languages import (
    IN_LANGUAGES,
    at_most,
    check_defaults,
    languages_in,
    parts_in,
    path_of,
    written_of,
)
from automator.providers.shared.signed import SecretHeader, SignedProvider
from automator.reasons.attempts import platform, sending
from automator.reasons.attempts.providers import message_sent
from automator.reasons.deliveries import bad_token
from automator.reasons.problems.configuration import connections
from automator.reasons.secrets import telegram_secret
from automator.reasons.setup_mistakes import telegram_replaced_token, telegram_without_token

# --- Reading: updates and their files ---

Item = dict[str, Any]
#: The fields of a message with a person's content. A message with none of them reports something
#: else, such as a new member.
_SAID = ("text", "caption", "contact", "location", "venue", "poll", "dice", "story")
_ENVELOPE = frozenset(
    {
        "message_id",
        "message_thread_id",
        "is_topic_message",
        "from",
        "sender_chat",
        "sender_business_bot",
        "sender_boost_count",
        "business_connection_id",
        "chat",
        "date",
        "edit_date",
        "reply_to_message",
        "via_bot",
        "has_protected_content",
        "is_automatic_forward",
        "author_signature",
    }
)
_DELETED = "deleted_business_messages"
#: The statuses of a person who has left the chat or blocked the bot.
_LEFT = frozenset({"kicked", "left"})


@dataclass(slots=True, kw_only=True)
class Reading:
    """The parts of one update in the form that all providers share."""

    type: str
    parts: dict[str, Any]
    text: str | None = None
    actor: Item
    chat: Item
    time: Any = None
    #: Whether the owner of a business account, or a bot for them, has written to the chat's person.
    is_of_owner: bool = False
    #: Distinguishes the events of one update, such as several deleted messages.
    part: str | None = None


def read_update(envelope: Envelope, update: Item, bot_id: str | None) -> list[ParsedEvent]:
    """Reads the events of an update: one, or several if several messages were deleted.

    `bot_id` is the id of the connection's own bot, if it is known.
    """
    kind = next((name for name in update if name != "update_id"), "unknown")
    content = as_dict(update.get(kind))
    readings = _read_deletions(content) if kind == _DELETED else []
    found = []
    for reading in readings or [_KINDS.get(kind, _read_other)(kind, content)]:
        if reading.type == "message.sent":
            bot = as_id(as_dict(content.get("sender_business_bot")).get("id"))
            reading.parts["message"] |= {"sent_by": _sent_by(bot, bot_id)}
        found.append(_event(envelope, kind, update, content, reading))
    return found


def _sent_by(bot: str | None, our_bot: str | None) -> str:
    """Returns who wrote a message of a business account: this server, another bot, or the owner."""
    if bot is None:
        return "human"
    return "us" if bot == our_bot else "app"


def _event(
    envelope: Envelope, kind: str, update: Item, content: Item, reading: Reading
) -> ParsedEvent:
    number = as_id(update.get("update_id"))
    parts = () if reading.part is None else (reading.part,)
    chat = as_id(reading.chat.get("id"))
    person = as_id(reading.actor.get("id"))
    is_self = reading.is_of_owner or reading.actor.get("is_bot") is True
    business = content.get("business_connection_id") or as_dict(content.get("message")).get(
        "business_connection_id"
    )
    lead: Item = {"business": part(as_id(business))} if as_id(business) else {}
    return envelope.event(
        reading.type,
        join_key(number, *parts) if number else content_key(kind, *parts, value=update),
        update,
        text=reading.text,
        actor=actor_of(person, _name_of(reading.actor), is_self=is_self),
        lane_id=chat or person,
        occurred_at=as_milliseconds(reading.time),
        conversation=_conversation(chat, reading.chat, content),
        **lead,
        **reading.parts,
    )


def _read_message(kind: str, message: Item) -> Reading:
    is_post = kind.endswith("channel_post")
    is_edit = kind.startswith("edited_")
    chat = as_dict(message.get("chat"))
    # A chat with a person has the person's id. So an author with another id is the owner.
    sender = as_id(as_dict(message.get("from")).get("id"))
    is_of_owner = kind.endswith("business_message") and sender != as_id(chat.get("id"))
    attachments = attachments_of(message)
    if not attachments and not any(name in message for name in _SAID):
        told = next((name for name in message if name not in _ENVELOPE), None)
        type_ = event_type("telegram", told or kind)
    elif is_post:
        type_ = "post.edited" if is_edit else "post.created"
    elif is_edit:
        type_ = "message.edited"
    else:
        type_ = "message.sent" if is_of_owner else "message.received"
    text = as_text(message.get("text")) or as_text(message.get("caption"))
    number = as_id(message.get("message_id"))
    command = _command(message, text)
    parts: dict[str, Any] = {
        "message": {"id": number} if number or type_ == "message.sent" else None,
        "parent": _message_of(message.get("reply_to_message")),
        "attachments": attachments,
        "command": command,
        **_referral(command),
    }
    if is_post:
        parts["post"] = {"id": f"{as_id(chat.get('id'))}_{number}", "message": text}
    return Reading(
        type=type_,
        parts=parts,
        text=text,
        # If an anonymous admin or a channel writes, `sender_chat` is the author, and `from` is a
        # placeholder.
        actor=as_dict(message.get("sender_chat") or message.get("from")),
        chat=chat,
        time=message.get("edit_date") or message.get("date"),
        is_of_owner=is_of_owner,
    )


def _read_deletions(deletion: Item) -> list[Reading]:
    """Reads each message that was deleted in a business account; Telegram does not
    say who did it.
    """
    numbers = [known for item in as_list(deletion.get("message_ids")) if (known := as_id(item))]
    return [
        Reading(
            type="message.deleted",
            parts={"message": {"id": number}},
            actor={},
            chat=as_dict(deletion.get("chat")),
            part=number,
        )
        for number in dict.fromkeys(numbers)
    ]


def _read_tap(kind: str, query: Item) -> Reading:  # noqa: ARG001 - as all readers.
    """Reads a tap on a button under a message; the button's title is in that message."""
    message = as_dict(query.get("message"))
    data = as_text(query.get("data"))
    rows = as_list(as_dict(message.get("reply_markup")).get("inline_keyboard"))
    buttons = (as_dict(button) for row in rows for button in as_list(row))
    title = next(
        (as_text(button.get("text")) for button in buttons if button.get("callback_data") == data),
        None,
    )
    return Reading(
        type="button.clicked",
        parts={"button": {"id": data, "title": title}, "message": _message_of(message)},
        text=title or data,
        actor=as_dict(query.get("from")),
        chat=as_dict(message.get("chat")),
    )


def _read_reaction(kind: str, reaction: Item) -> Reading:  # noqa: ARG001 - as all readers.
    before = as_list(reaction.get("old_reaction"))
    now = as_list(reaction.get("new_reaction"))
    added = [item for item in now if item not in before]
    removed = [item for item in before if item not in now]
    changed = as_dict(next(iter(added or removed), None))
    return Reading(
        type="reaction.added" if added else "reaction.removed",
        parts={
            "message": _message_of(reaction),
            "reaction": {
                "type": as_text(changed.get("type")),
                "emoji": as_text(changed.get("emoji")),
            },
        },
        actor=as_dict(reaction.get("user") or reaction.get("actor_chat")),
        chat=as_dict(reaction.get("chat")),
        time=reaction.get("date"),
    )


def _read_standing(kind: str, change: Item) -> Reading:
    """Reads that a person has started or blocked the bot; for groups, the event has Telegram's own
    name.
    """
    chat = as_dict(change.get("chat"))
    reading = _read_other(kind, change)
    if chat.get("type") == "private":
        status = as_text(as_dict(change.get("new_chat_member")).get("status"))
        reading.type = "contact.unfollowed" if status in _LEFT else "contact.followed"
    return reading


def _read_other(kind: str, content: Item) -> Reading:
    message = as_dict(content.get("message"))
    return Reading(
        type=event_type("telegram", kind),
        parts={},
        text=as_text(content.get("query")) or as_text(content.get("text")),
        # If there is a `voter_chat`, `user` is a placeholder.
        actor=as_dict(content.get("voter_chat") or content.get("from") or content.get("user")),
        chat=as_dict(content.get("chat") or content.get("user_chat") or message.get("chat")),
        time=content.get("date"),
    )


def _conversation(chat: str | None, about: Item, content: Item) -> dict[str, Any] | None:
    topic = content.get("message_thread_id") if content.get("is_topic_message") is True else None
    return part(chat, kind=as_text(about.get("type")), topic=as_id(topic))


def _message_of(value: Any) -> dict[str, Any] | None:
    return part(as_id(as_dict(value).get("message_id")))


def _name_of(actor: Item) -> str | None:
    names = (as_text(actor.get("first_name")), as_text(actor.get("last_name")))
    written = " ".join(name for name in names if name)
    return written or as_text(actor.get("title")) or as_text(actor.get("username"))


def _command(message: Item, text: str | None) -> dict[str, Any] | None:
    """Reads the `/command` that a message begins with, without the bot's name."""
    first = as_dict(next(iter(as_list(message.get("entities"))), None))
    if not text or first.get("type") != "bot_command" or first.get("offset") != 0:
        return None
    words = text.split(maxsplit=1)
    return {"id": words[0].partition("@")[0], "text": words[1] if len(words) > 1 else ""}


def _referral(command: Item | None) -> Item:
    """Reads the `ref` of the link by which the person came; the link makes the app send `/start
    REF`.
    """
    if command is None or command["id"] != "/start" or not command["text"]:
        return {}
    return {"referral": {"ref": command["text"]}}


_KINDS: Mapping[str, Callable[[str, Item], Reading]] = {
    "message": _read_message,
    "edited_message": _read_message,
    "channel_post": _read_message,
    "edited_channel_post": _read_message,
    "business_message": _read_message,
    "edited_business_message": _read_message,
    "callback_query": _read_tap,
    "message_reaction": _read_reaction,
    "my_chat_member": _read_standing,
}


# --- Files of a message, by the ids that the Bot API accepts ---


_FILES: Mapping[str, str] = {
    "animation": "video",
    "document": "file",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "video_note": "video",
    "sticker": "sticker",
}


def attachments_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Reads the picture and the files of a message; none has an address."""
    found = []
    sizes = as_list(message.get("photo"))
    if sizes:
        # The list has the same picture in several sizes, the largest last.
        found.append({"id": as_id(as_dict(sizes[-1]).get("file_id")), "type": "image", "url": None})
    for name, kind in _FILES.items():
        file = message.get(name)
        # For older bots, an animation is also in `document`.
        if isinstance(file, dict) and not (name == "document" and "animation" in message):
            found.append({"id": as_id(file.get("file_id")), "type": kind, "url": None})
    return found


# --- Sending ---

MAX_TEXT = 4096
MAX_CAPTION = 1024
_MAX_BUTTON_DATA = 64
#: A keyboard has 100 buttons. Telegram names no limit for a button's text, and shows about 64.
TELEGRAM_BUTTONS = ButtonLimits(most=100, title=64, payload=_MAX_BUTTON_DATA, payload_unit="bytes")
_RATE_WAIT_S = 30.0
#: For each kind of attachment, the API's method and its field for the file's address.
_FILE_METHODS: Mapping[str, tuple[str, str]] = {
    "image": ("sendPhoto", "photo"),
    "video": ("sendVideo", "video"),
    "audio": ("sendAudio", "audio"),
}
_ANY_FILE = ("sendDocument", "document")
#: The beginnings of Telegram's messages about unreachable people, in lower case.
_UNREACHABLE = ("blocked", "kicked", "deactivated", "can't initiate", "not a member", "was deleted")
#: The beginning of Telegram's message about a chat that does not exist or is without the bot.
_NOT_FOUND = "chat not found"

#: A method and its fields.
Piece = tuple[str, dict[str, Any]]


@record(kw_only=False)
class BotAccount:
    """The address of the API, which contains the token."""

    url: str
    connection: str
    quick_replies: str


def is_direct(outgoing: Outgoing) -> bool:
    """Whether only one person reads the message: ids of groups begin with `-`, names with `@`."""
    if outgoing.kind == "message":
        return not (_receiver(outgoing) or "").startswith(("-", "@"))
    return _conversation_of(outgoing).get("kind") == "private"


async def send_through_bot(outgoing: Outgoing, http: Http, account: BotAccount) -> Sent:
    """Sends `outgoing`: one message, or several if a text does not fit under a picture."""
    address = _address(outgoing)
    # If a group has become a supergroup, its new id, for all further pieces.
    moved: dict[str, Any] = {}

    async def send_one(piece: Piece) -> str | None:
        method, fields = piece
        url, key = f"{account.url}/{method}", outgoing.idempotency_key
        wanted = {**address, **fields, **moved}
        reply = await send_json(http, url, wanted, key=key)
        new_id = _moved_to(reply)
        if new_id is not None:
            moved["chat_id"] = new_id
            reply = await send_json(http, url, {**wanted, **moved}, key=key)
        if not reply.is_success:
            raise error_of(reply, account.connection, repeatable=False)
        return as_id(as_dict(as_dict(reply.json()).get("result")).get("message_id"))

    ids = await send_in_sequence(_pieces(outgoing, account.quick_replies), send_one)
    chat = str(moved.get("chat_id", address["chat_id"]))
    output = {"message_id": ids[0], "ids": ids, "chat_id": chat}
    return Sent(summary=message_sent(to=chat), output=output)


def _conversation_of(outgoing: Outgoing) -> dict[str, Any]:
    return as_dict(outgoing.event.get("conversation"))


def _receiver(outgoing: Outgoing) -> str | None:
    """Returns the receiver of a `message`: the receiver that the step names, or the event's person.

    In a business account, it is the other person of the chat, even if the owner has written.
    """
    part = "conversation" if id_in(outgoing.event, "business") else "actor"
    return as_id(outgoing.to) or id_in(outgoing.event, part)


def _address(outgoing: Outgoing) -> dict[str, Any]:
    """Returns the address of a reply: chat, topic, in a group the answered message, and reader."""
    chat = _conversation_of(outgoing)
    chat_id = as_id(chat.get("id"))
    business = id_in(outgoing.event, "business")
    if outgoing.kind == "message":
        person = _receiver(outgoing)
        if person is None:
            raise step_errors.no_recipient(sending.event_without_person())
        for_owner = {"business_connection_id": business} if business and person == chat_id else {}
        return {"chat_id": person, **for_owner}
    if chat_id is None:
        raise step_errors.no_recipient(sending.event_without_chat())
    address: dict[str, Any] = {"chat_id": chat_id}
    if business:
        address["business_connection_id"] = business
    topic = as_id(chat.get("topic"))
    if topic and topic.isdigit():
        address["message_thread_id"] = int(topic)
    answered = id_in(outgoing.event, "message")
    # A tap is on a message of the bot itself, which need not be quoted.
    is_tap = outgoing.event.get("button") is not None
    if answered and answered.isdigit() and chat.get("kind") != "private" and not is_tap:
        address["reply_parameters"] = {
            "message_id": int(answered),
            "allow_sending_without_reply": True,
        }
    return address


def _pieces(outgoing: Outgoing, quick_replies: str) -> list[Piece]:
    """Builds the messages: one if the text fits under the only attachment, otherwise
    the text last.
    """
    text = outgoing.text
    check_length(text, MAX_TEXT, "Telegram", "utf16")
    pieces = [_attachment(item) for item in outgoing.attachments]
    if text and len(pieces) == 1 and text_length(text, "utf16") <= MAX_CAPTION:
        pieces[0][1]["caption"] = text
    elif text:
        pieces.append(("sendMessage", {"text": text}))
    if not pieces:
        raise step_errors.nothing_to_say()
    if outgoing.quick_replies:
        pieces[-1][1]["reply_markup"] = _markup(outgoing.quick_replies, quick_replies)
    if outgoing.buttons:
        rows = [[_button(item)] for item in outgoing.buttons]
        pieces[-1][1]["reply_markup"] = {"inline_keyboard": rows}
    return pieces


def _attachment(item: Mapping[str, Any]) -> Piece:
    method, name = _FILE_METHODS.get(str(item.get("type")), _ANY_FILE)
    return method, {name: item.get("url")}


def _markup(titles: tuple[str, ...], kind: str) -> dict[str, Any]:
    if kind == "keyboard":
        rows = [[{"text": title}] for title in titles]
        return {"keyboard": rows, "one_time_keyboard": True, "resize_keyboard": True}
    too_long = [title for title in titles if len(title.encode()) > _MAX_BUTTON_DATA]
    if too_long:
        raise step_errors.too_much(
            sending.quick_reply_too_long(title=too_long[0][:40], most=_MAX_BUTTON_DATA)
        )
    rows = [[{"text": title, "callback_data": title}] for title in titles]
    return {"inline_keyboard": rows}


def _button(item: Mapping[str, str]) -> dict[str, str]:
    if "url" in item:
        return {"text": item["text"], "url": item["url"]}
    return {"text": item["text"], "callback_data": item["payload"]}


def _moved_to(reply: HttpReply) -> Any:
    """Returns the new id of a group that became a supergroup; nothing was sent to the old one."""
    if reply.status != 400:
        return None
    parameters = as_dict(as_dict(reply.json()).get("parameters"))
    return parameters.get("migrate_to_chat_id")


def error_of(reply: HttpReply, connection: str, *, repeatable: bool) -> StepError:
    """Returns the step error for an answer that is not a success.

    `repeatable` means that a repeated request has no second effect.
    """
    answer = as_dict(reply.json())
    said = (as_text(answer.get("description")) or "")[: step_errors.MAX_SAID]
    status = reply.status
    told = step_errors.answered("Telegram", status, said)
    if status == 429:
        asked = as_dict(answer.get("parameters")).get("retry_after")
        wait_s = step_errors.asked_wait_s(reply.headers) or _RATE_WAIT_S
        if asked.__class__ is int and asked >= 0:
            wait_s = float(asked)
        return step_errors.rate_limited("Telegram", told, wait_s=wait_s, status=status)
    if status >= 500:
        return step_errors.failed_there("Telegram", told, reply, repeatable=repeatable)
    if (status == 403 and any(word in said.lower() for word in _UNREACHABLE)) or (
        status == 400 and _NOT_FOUND in said.lower()
    ):
        return SkippedStep(platform.not_writable(told=told), code="gone")
    return _lasting(status, said, told, connection)


def _lasting(status: int, said: str, told: Reason, connection: str) -> PermanentError:
    if status in (401, 404):
        reason = platform.token_expired(connection=connection, told=told)
    elif status == 403 or "not enough rights" in said.lower():
        return PermanentError(platform.bot_rights(told=told), code="permission", status=status)
    else:
        reason = platform.provider_refused(told=told)
    return PermanentError(reason, status=status)


# --- The provider ---

#: Limits of `BotCommand`, `setMyCommands` and `setMyDescription`.
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MOST_COMMANDS, _DESCRIPTION, _GREETING = 100, 256, 512
_LANGUAGE = re.compile(r"[a-z]{2}")
_PARTS = ("greeting", "menu")


def _known_command(written: str) -> str:
    command = written.removeprefix("/")
    if not _COMMAND.fullmatch(command):
        raise WrongValue(connections.option_not_a_command(written=written))
    return command


def _language(written: str) -> str:
    if not _LANGUAGE.fullmatch(written):
        raise WrongValue(connections.option_not_a_locale(written=written, example="en"))
    return written


class CommandItem(StrictModel):
    """One command in the menu of a bot."""

    text: str = Field(
        description=N_("The label, in up to 256 letters."), min_length=1, max_length=_DESCRIPTION
    )
    payload: Annotated[str, AfterValidator(_known_command)] = Field(
        description=N_(
            "The command, as in `gia`: it comes in as the message `/gia`, with `event.command.id`."
        ),
    )


class TelegramParts(StrictModel):
    """The parts that Telegram shows to people who write to a bot, in one language."""

    greeting: str | None = Field(
        default=None,
        description=N_("The text in a chat that is still empty, in up to 512 letters."),
        min_length=1,
        max_length=_GREETING,
    )
    menu: Annotated[
        tuple[CommandItem, ...] | None,
        at_most(_MOST_COMMANDS),
        Field(
            description=N_(
                "The menu of commands: up to 100, each with `text` and the command as `payload`;"
                " `[]` takes it away."
            ),
            json_schema_extra={"maxItems": _MOST_COMMANDS},
        ),
    ] = None


class TelegramProfileOptions(TelegramParts):
    """The parts that Telegram shows to people who write to a bot."""

    locales: Annotated[
        dict[Annotated[str, AfterValidator(_language)], TelegramParts], *IN_LANGUAGES
    ] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _speaks_to_everybody(self) -> "TelegramProfileOptions":
        check_defaults(self, self.locales)
        return self


class TelegramProfile(AccountProfile):
    """The profile of a token's bot."""

    def __init__(self, options: TelegramProfileOptions | None, account: BotAccount) -> None:
        self.wanted = parts_in(written_of(options), _PARTS)
        self._account = account

    async def read(self, http: Http, also: Collection[str] = ()) -> Mapping[str, Any]:
        """Reads the parts of the options and of `also` that Telegram has.

        Raises:
            StepError: Telegram refuses or fails.
        """
        names = dict.fromkeys([*self.wanted, *also])
        found = {name: await self._read(http, name) for name in names}
        return {name: value for name, value in found.items() if value}

    async def write(self, http: Http, parts: Mapping[str, Any], removed: Sequence[str]) -> None:
        """Sets some parts, and removes others.

        Raises:
            StepError: Telegram refuses or does not answer.
        """
        for name, value in {**parts, **dict.fromkeys(removed)}.items():
            part, language = part_and_language(name)
            if part == "greeting":
                await self._call(http, "setMyDescription", language, description=value or "")
            elif value:
                commands = [
                    {"command": item["payload"], "description": item["text"]} for item in value
                ]
                await self._call(http, "setMyCommands", language, commands=commands)
            else:
                await self._call(http, "deleteMyCommands", language)

    async def _read(self, http: Http, name: str) -> Any:
        part, language = part_and_language(name)
        if part == "greeting":
            found = await self._call(http, "getMyDescription", language)
            return as_dict(found).get("description")
        items = map(as_dict, as_list(await self._call(http, "getMyCommands", language)))
        return [{"text": one.get("description"), "payload": one.get("command")} for one in items]

    async def _call(self, http: Http, method: str, language: str, **fields: Any) -> Any:
        """Calls a method and returns its `result`."""
        wanted = {**fields, **({"language_code": language} if language else {})}
        url = f"{self._account.url}/{method}"
        reply = await send_json(http, url, wanted, repeatable_at="Telegram")
        if not reply.is_success:
            raise error_of(reply, self._account.connection, repeatable=True)
        answer = as_dict(reply.json())
        if answer.get("ok") is not True:
            is_question = method.startswith("get")
            raise (step_errors.unreadable_look_up if is_question else step_errors.unreadable)(
                "Telegram"
            )
        return answer.get("result")


def presses_of(options: TelegramProfileOptions | None) -> Sequence[Press]:
    """Returns the commands of a menu, in all languages."""
    return [
        Press((*path_of(language, "menu"), number), item["text"], f"/{item['payload']}", "command")
        for language, parts in languages_in(written_of(options))
        for number, item in enumerate(parts.get("menu", ()))
    ]


_SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header.
#: How many bytes of a refused request are searched for signs of an update.
_LOOKED_AT = 4096
_BOT_TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{20,100}")


def _is_bot_token(secret: Secret) -> Secret:
    text = secret.reveal()
    # A secret that was left unresolved on purpose is empty. The token becomes part of an address.
    if text and not _BOT_TOKEN.fullmatch(text):
        raise WrongValue(connections.option_not_a_bot_token(source=secret.source))
    return secret


class TelegramOptions(VerifiedOptions):
    """The options of a Telegram connection."""

    secret_token: SigningSecrets = Field(
        description=N_(
            "A text of your own, given to setWebhook as secret_token: letters, digits, _"
            " and -; a list while it is rotated."
        )
    )
    bot_token: Annotated[SecretOne, AfterValidator(_is_bot_token)] | None = Field(
        default=None, description=N_("Needed to answer: the bot's token, from BotFather.")
    )
    bot_username: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z][A-Za-z0-9_]{3,31}$",
        description=N_(
            "The bot's user name, without @: for the link that opens a conversation with it."
        ),
    )
    quick_replies: Literal["keyboard", "buttons"] = Field(
        default="keyboard",
        description=N_(
            "`keyboard` offers them as texts to send; `buttons` puts them under the"
            " message, and a tap is a `button.clicked`."
        ),
    )
    profile: TelegramProfileOptions | None = Field(
        default=None,
        description=N_(
            "The `greeting` in an empty chat and the `menu` of commands, also by language. It is"
            " set when it changes."
        ),
    )
    api_url: ApiUrl = Field(
        default="https://api.telegram.org", description="The Bot API, or a server of your own."
    )


class TelegramProvider(SignedProvider):
    """One Telegram bot."""

    name = "telegram"
    title = "Telegram"
    customers_write = True
    options_model = TelegramOptions
    demo_options: ClassVar[Mapping[str, Any]] = {"bot_token": "123456789:bot-token-of-the-demo"}
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply", "message"})
    answer_when_sent: ClassVar[Mapping[str, Any]] = {"ok": True, "result": {"message_id": 0}}
    #: The id of a chat is a number, of a group a negative one; public chats also have names.
    receivers: ClassVar[re.Pattern[str]] = re.compile(r"-?[1-9][0-9]*|@\w+", re.ASCII)
    event_names: ClassVar[Mapping[str, str]] = {
        "callback_query": "button.clicked",
        "channel_post": "post.created",
        "edited_message": "message.edited",
        "message_reaction": "reaction.added",
    }
    policy = MessagingPolicy(
        platform="Telegram",
        unit="utf16",
        message_length=MAX_TEXT,
        comment_length=MAX_TEXT,
        buttons=TELEGRAM_BUTTONS,
    )
    common_mistakes: ClassVar[tuple[Reason, ...]] = (telegram_replaced_token(),)
    scheme = SecretHeader(
        header=_SECRET,
        wrong=bad_token(
            header="X-Telegram-Bot-Api-Secret-Token",
            option="secret_token",
            advice=telegram_secret(),
        ),
    )
    secret_option = "secret_token"  # noqa: S105 - the name of an option.
    options: TelegramOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        token = self.options.bot_token
        # A bot token begins with the id of the bot.
        self._bot_id = token.reveal().partition(":")[0] if token else None

    @property
    def chat_address(self) -> ChatAddress | None:
        """Returns the bot's address at t.me, if its user name is known."""
        name = self.options.bot_username
        return ChatAddress(f"https://t.me/{name}", "?start=", 64, "_-") if name else None

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:
        """Suspects that setWebhook was called without the secret: Telegram then sends no header."""
        if request.headers.get(_SECRET) or not _is_update(request):
            return ()
        return [
            Suspicion(
                telegram_without_token(),
            )
        ]

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the update of a delivery."""
        envelope = Envelope.of(self, request)
        return read_update(envelope, json_object(request), self._bot_id)

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        """Returns a call of answerCallbackQuery, which ends the waiting sign on a tapped button."""
        if b'"callback_query"' not in request.body:
            return None
        try:
            update = as_dict(request.json())
        except UnparsableDelivery:
            return None
        query = as_id(as_dict(update.get("callback_query")).get("id"))
        if query is None:
            return None
        order = {"method": "answerCallbackQuery", "callback_query_id": query}
        return Answer(200, orjson.dumps(order).decode(), "application/json")

    def resembles(self, request: InboundRequest) -> bool:
        """Also accepts any update, because without a secret_token Telegram sends no header."""
        return super().resembles(request) or _is_update(request)

    def is_private(self, outgoing: Outgoing) -> bool:
        """Whether only one person sees the message; False in groups and channels."""
        return is_direct(outgoing)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Sends a text, and pictures or files by their addresses."""
        if outgoing.kind not in self.can_send or outgoing.template is not None:
            return await super().send(outgoing, http)
        return await send_through_bot(outgoing, http, self._account())

    @property
    def profile(self) -> AccountProfile | None:
        """Returns the greeting and the menu of the bot; None without its token."""
        if self.options.bot_token is None:
            return None
        return TelegramProfile(self.options.profile, self._account())

    @property
    def presses(self) -> Sequence[Press]:
        """Returns the commands of the menu that the settings describe."""
        return presses_of(self.options.profile)

    def _account(self) -> BotAccount:
        token = step_errors.token_of(self.options.bot_token, self.connection, "bot_token")
        return BotAccount(
            url=f"{self.options.api_url}/bot{token}",
            connection=self.connection,
            quick_replies=self.options.quick_replies,
        )


def _is_update(request: InboundRequest) -> bool:
    """Whether the body looks like an update."""
    return b'"update_id"' in request.body[:_LOOKED_AT]
