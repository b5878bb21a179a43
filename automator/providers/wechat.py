"""WeChat official accounts: messages, follows and menus, plain or encrypted.

https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar
from xml.sax.saxutils import escape

from pydantic import AfterValidator, Field, model_validator

from automator.configuration.secrets import Secret
from automator.configuration.values import Duration, SecretList
from automator.http.signing import TOLERANCE_S, body_digest, equals_any, parse_timestamp
from automator.http.types import Answer, InboundRequest
from automator.model import (
    N_,
    ParsedEvent,
    Reason,
    RejectedDelivery,
    UnparsableDelivery,
    WrongValue,
)
from automator.plugins import XML_TYPES, ConnectionOptions, Provider, Suspicion, VerifiedOptions
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.handshakes import echo, query_once
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_text,
    as_time,
    event_type,
    join_key,
)
from automator.providers.shared.signed import require_recent
from automator.providers.shared.xml_documents import read_xml
from automator.reasons import bodies, deliveries
from automator.reasons.problems.configuration.connections import (
    option_aes_key_without_app,
    option_not_an_aes_key,
)
from automator.reasons.setup_mistakes import wechat_aes_key, wechat_signs_with_token

#: A longer text is no token, which has up to 32 characters; an EncodingAESKey has 43.
_LONGEST_TOKEN = 32
#: The answer that WeChat expects. After another answer, it tells the person that the account is out
#: of order.
_SUCCESS = Answer(200, "success")


def _are_aes_keys(keys: tuple[Secret, ...]) -> tuple[Secret, ...]:
    for key in keys:
        # A secret that was left unresolved on purpose is empty, and its form cannot be checked.
        if key.reveal() and not KEY.fullmatch(key.reveal()):
            raise WrongValue(option_not_an_aes_key(source=key.source))
    return keys


class WeChatOptions(VerifiedOptions):
    """The options of a WeChat connection."""

    token: SigningSecrets = Field(
        description=N_("The Token of the server configuration; a list while it is changed.")
    )
    encoding_aes_key: Annotated[SecretList, AfterValidator(_are_aes_keys)] = Field(
        default=(),
        description="The EncodingAESKey of the server configuration, for safe and compatible mode;"
        " a list while it is changed. With it, what is not encrypted is refused.",
    )
    app_id: str = Field(
        default="", description="The account's AppID, wx…: needed with encoding_aes_key."
    )
    instant_reply: str | None = Field(
        default=None,
        min_length=1,
        max_length=600,
        description="Answered at once to everything that a person writes or sends.",
    )
    tolerance: Duration = Field(
        default=float(TOLERANCE_S),
        gt=0,
        le=86_400,
        description="How far the signed time may be from ours, to either side.",
    )

    @model_validator(mode="after")
    def _names_the_account(self) -> "WeChatOptions":
        if self.encoding_aes_key and not self.app_id:
            raise WrongValue(option_aes_key_without_app(), at=("encoding_aes_key",))
        return self


class WeChatProvider(Provider):
    """One official account."""

    name = "wechat"
    title = "WeChat"
    customers_write = True
    options_model = WeChatOptions
    content_types = XML_TYPES
    demo_options: ClassVar[Mapping[str, Any]] = {"encoding_aes_key": None}
    common_mistakes: ClassVar[tuple[Reason, ...]] = (wechat_signs_with_token(),)
    options: WeChatOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        keys = [key.reveal() for key in self.options.encoding_aes_key if key.reveal()]
        self._ciphers = [WeChatCipher(key, self.options.app_id) for key in keys]

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Repeats `echostr` of a signed GET, which is plain in every mode.

        Raises:
            RejectedDelivery: the signature is wrong, or `echostr` has unexpected signs.
        """
        if request.method != "GET" or "echostr" not in request.query:
            return None
        self._check(request, "signature")
        return echo(query_once(request).get("echostr"))

    def verify(self, request: InboundRequest) -> None:
        """Checks the signature in the query, over token, time and nonce.

        With encoding_aes_key, it checks `msg_signature`, which also covers the encrypted text.
        Without encoding_aes_key, nothing covers the body.

        Raises:
            RejectedDelivery: a parameter is missing, doubled or stale, the signature is wrong, or
                the body is not encrypted though it should be.
        """
        if self._ciphers:
            self._signed_text(request)
        else:
            self._check(request, "signature")

    def _signed_text(self, request: InboundRequest) -> bytes:
        """Returns the encrypted text that the signature covers."""
        texts = encrypted_texts(request.body)
        if not texts:
            raise RejectedDelivery(deliveries.not_encrypted())
        return self._check(request, "msg_signature", texts)

    def _check(self, request: InboundRequest, name: str, texts: Sequence[bytes] = (b"",)) -> bytes:
        """Returns the first of the texts that was signed with the query's time and nonce."""
        values = query_once(request)
        given, timestamp, nonce = (values.get(key) for key in (name, "timestamp", "nonce"))
        if not given or not timestamp or not nonce:
            raise RejectedDelivery(deliveries.unsigned_query(signature=name))
        require_recent(
            parse_timestamp(timestamp),
            request.received_at,
            self.options.tolerance,
            deliveries.stale_query,
        )
        tokens = [token.reveal() for token in self.options.token]
        for text in texts:
            right = [signature_of(token, timestamp, nonce, text.decode()) for token in tokens]
            if equals_any(right, given):
                return text
        raise RejectedDelivery(deliveries.query_mismatch())

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:  # noqa: ARG002 - it shows in the settings.
        """Suspects the EncodingAESKey in place of the token, if the token is too long for one."""
        if not any(len(token.reveal()) > _LONGEST_TOKEN for token in self.options.token):
            return ()
        return [
            Suspicion(
                wechat_aes_key(),
            )
        ]

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one message or event of a delivery."""
        content = self._content(request)
        document = read_xml(content)
        data = as_dict(document.get("xml"))
        if "Encrypt" in data and "MsgType" not in data:
            raise UnparsableDelivery(bodies.encrypted())
        envelope = Envelope.of(self, request)
        # Rules do not see the query, which has only the signature.
        envelope.shared["query"].clear()
        return [read_message(envelope, data, content)]

    def _content(self, request: InboundRequest) -> bytes:
        """Returns the message as plain XML."""
        if not self._ciphers:
            return request.body
        try:
            text = self._signed_text(request)
        except RejectedDelivery as error:
            # A connection that only observes has accepted the delivery, although it cannot be
            # decrypted.
            raise UnparsableDelivery(error.reason) from error
        reasons = []
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(text)
            except UndecipherableError as error:
                reasons.append(error.reason)
        raise UnparsableDelivery(bodies.undecipherable(because=reasons[0]))

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        """Returns the answer that WeChat expects, or `instant_reply`, encrypted if the message
        was.
        """
        if self.options.instant_reply is None:
            return _SUCCESS
        try:
            data = as_dict(read_xml(self._content(request)).get("xml"))
        except UnparsableDelivery:
            return _SUCCESS
        person, account = as_id(data.get("FromUserName")), as_id(data.get("ToUserName"))
        if not person or not account or not is_message(data):
            return _SUCCESS
        seconds = str(request.received_at // 1000)
        reply = (
            f"<xml><ToUserName>{escape(person)}</ToUserName>"
            f"<FromUserName>{escape(account)}</FromUserName><CreateTime>{seconds}</CreateTime>"
            f"<MsgType>text</MsgType><Content>{escape(self.options.instant_reply)}</Content></xml>"
        )
        if self._ciphers:
            sealed = self._ciphers[0].encrypt(reply.encode(), secrets.token_bytes(RANDOM_BYTES))
            reply = self._sealed_reply(sealed.decode(), seconds, secrets.token_hex(8))
        return Answer(200, reply, "text/xml; charset=utf-8")

    def _sealed_reply(self, text: str, timestamp: str, nonce: str) -> str:
        token = self.options.token[0].reveal()
        signature = signature_of(token, timestamp, nonce, text).decode()
        return (
            f"<xml><Encrypt>{text}</Encrypt><MsgSignature>{signature}</MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{nonce}</Nonce></xml>"
        )

    def encrypted(self, body: bytes) -> bytes:
        """Encrypts `body` as WeChat does in safe mode, if this connection has a key for it."""
        if not self._ciphers:
            return body
        text = self._ciphers[0].encrypt(body, hashlib.sha256(body).digest()[:RANDOM_BYTES])
        return b"<xml><Encrypt>%b</Encrypt></xml>" % text

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:  # noqa: ARG002 - The query is signed.
        """Returns the headers with which WeChat would send `body`; the signature is
        in the query.
        """
        return {"content-type": "text/xml"}

    def sign_query(self, body: bytes, *, now_ms: int, delivery_key: str) -> str:
        """Returns the signed query with which WeChat would send a message."""
        timestamp, nonce = str(now_ms // 1000), body_digest(delivery_key.encode())[:10]
        token = self.options.token[0].reveal()
        signature = signature_of(token, timestamp, nonce).decode()
        query = f"signature={signature}&timestamp={timestamp}&nonce={nonce}"
        texts = encrypted_texts(body)
        if not self._ciphers or not texts:
            return query
        signature = signature_of(token, timestamp, nonce, texts[0].decode()).decode()
        return f"{query}&encrypt_type=aes&msg_signature={signature}"


# --- Encryption: AES-256 in CBC mode, with the length and the account inside ---
#
# https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Message_encryption_and_decryption_instructions.html

#: The form of an EncodingAESKey: base64 of 32 bytes, without the last sign.
KEY = re.compile(r"[A-Za-z0-9+/]{43}")
RANDOM_BYTES = 16
_LENGTH_BYTES = 4
#: WeChat pads to blocks of 32 bytes, twice the block of AES.
_BLOCK = 32
_ENCRYPT = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")
_MAX_FOUND = 8


class UndecipherableError(Exception):
    """A text is not encrypted with this key or for this account; the reason says which."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class WeChatCipher:
    """Encrypts and decrypts with one EncodingAESKey for one account."""

    def __init__(self, encoding_aes_key: str, app_id: str) -> None:
        """Takes the EncodingAESKey as WeChat shows it.

        Raises:
            ValueError: not an EncodingAESKey.
        """
        if not KEY.fullmatch(encoding_aes_key):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - 7 MB, for few connections.

        key = base64.b64decode(f"{encoding_aes_key}=")
        self._cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:16]))
        self._app_id = app_id.encode()

    def decrypt(self, text: bytes) -> bytes:
        """Decrypts the content of a base64 text.

        Raises:
            UndecipherableError: another key, another account, or no encrypted text at all.
        """
        try:
            sealed = base64.b64decode(text, validate=True)
            decryptor = self._cipher.decryptor()
            plain: bytes = decryptor.update(sealed) + decryptor.finalize()
        except (binascii.Error, ValueError) as error:
            raise UndecipherableError(bodies.not_whole_blocks()) from error
        plain = _unpadded(plain)
        start = RANDOM_BYTES + _LENGTH_BYTES
        end = start + int.from_bytes(plain[RANDOM_BYTES:start], "big")
        if len(plain) < start or end > len(plain):
            raise UndecipherableError(bodies.encrypted_with_other_key())
        if not hmac.compare_digest(plain[end:], self._app_id):
            raise UndecipherableError(bodies.encrypted_for_other_account())
        return plain[start:end]

    def encrypt(self, content: bytes, random: bytes) -> bytes:
        """Encrypts `content` as base64; 16 `random` bytes make equal contents differ."""
        length = len(content).to_bytes(_LENGTH_BYTES, "big")
        plain = random + length + content + self._app_id
        count = _BLOCK - len(plain) % _BLOCK
        encryptor = self._cipher.encryptor()
        sealed = encryptor.update(plain + bytes([count]) * count) + encryptor.finalize()
        return base64.b64encode(sealed)


def _unpadded(plain: bytes) -> bytes:
    count = plain[-1] if plain else 0
    if not 0 < count <= _BLOCK or plain[-count:] != bytes([count]) * count:
        raise UndecipherableError(bodies.encrypted_with_other_key())
    return plain[:-count]


def encrypted_texts(body: bytes) -> list[bytes]:
    """Finds the texts of the elements `Encrypt` in a body.

    A message in compatible mode may quote such an element, so the signature decides which counts.
    """
    return _ENCRYPT.findall(body)[:_MAX_FOUND]


def signature_of(*parts: str) -> bytes:
    """Returns the SHA-1 of the sorted parts in hex: token, time, nonce, and the encrypted text."""
    text = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()


# --- Events: messages, follows, taps on the menu, and the others by their names ---


_FOLLOWS = {"subscribe": "contact.followed", "unsubscribe": "contact.unfollowed"}
_MEDIA = frozenset({"image", "voice", "video", "shortvideo", "file", "location", "link"})


def read_message(envelope: Envelope, data: Mapping[str, Any], content: bytes) -> ParsedEvent:
    """Reads the event of one document; its dedupe key comes from `content` if it has no id."""
    kind, name = kind_of(data)
    person = as_id(data.get("FromUserName"))
    message_id = as_id(data.get("MsgId"))
    return envelope.event(
        _type_of(kind, name),
        _dedupe_key(content, data, message_id, person, name),
        data,
        text=as_text(data.get("Content")) or as_text(data.get("Recognition")),
        actor=actor_of(person),
        lane_id=person,
        occurred_at=as_time(data.get("CreateTime")),
        conversation=part(person),
        message=part(message_id),
        button={"id": as_id(data.get("EventKey"))} if name == "click" else None,
        attachments=_attachments(kind, data),
    )


def kind_of(data: Mapping[str, Any]) -> tuple[str, str]:
    """Returns the kind of a message, and the name of an event, in small letters."""
    kind = (as_text(data.get("MsgType")) or "unknown").lower()
    name = (as_text(data.get("Event")) or "unknown").lower() if kind == "event" else ""
    return kind, name


def is_message(data: Mapping[str, Any]) -> bool:
    """Whether a person has written or sent something."""
    kind, _ = kind_of(data)
    return kind == "text" or kind in _MEDIA


def _type_of(kind: str, name: str) -> str:
    if kind == "event":
        if name == "click":
            return "button.clicked"
        return _FOLLOWS.get(name) or event_type("wechat", name)
    if kind == "text" or kind in _MEDIA:
        return "message.received"
    return event_type("wechat", kind)


def _dedupe_key(
    content: bytes,
    data: Mapping[str, Any],
    message_id: str | None,
    person: str | None,
    name: str,
) -> str:
    """Makes the key from the message's id, or else from the event's name, person and second."""
    if message_id:
        return join_key(message_id)
    second = as_id(data.get("CreateTime"))
    if not person or not second:
        return body_digest(content)
    return join_key(person, second, name)


def _attachments(kind: str, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    if kind not in _MEDIA:
        return []
    url = as_text(data.get("PicUrl")) or as_text(data.get("Url"))
    return [{"id": as_id(data.get("MediaId")), "type": kind, "url": url}]
