"""WeChat official accounts: messages, follows and menus, in plain mode.

https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from automator.model import ParsedEvent, RejectedDelivery, UnparsableDelivery
from automator.plugins import Provider, VerifiedOptions
from automator.providers.shared.bodies import read_xml
from automator.providers.shared.handshakes import echo, query_once
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_text,
    as_time,
    event_type,
    join_key,
    pick_headers,
)
from automator.signing import TOLERANCE_S, body_digest, equals_any, is_recent, parse_timestamp
from automator.wire import Answer, InboundRequest
from automator.written import Duration

_SEEN_HEADERS = ("content-type", "user-agent")
#: Anything else, and WeChat tells the person that the account is out of order.
_SUCCESS = Answer(200, "success")
_FOLLOWS = {"subscribe": "contact.followed", "unsubscribe": "contact.unfollowed"}
_MEDIA = frozenset({"image", "voice", "video", "shortvideo", "file", "location", "link"})


class WeChatOptions(VerifiedOptions):
    """What a WeChat connection may say."""

    token: SigningSecrets = Field(
        description="The Token of the server configuration; a list while it is changed."
    )
    tolerance: Duration = Field(
        default=float(TOLERANCE_S),
        gt=0,
        le=86_400,
        description="How far the signed time may be from ours, to either side.",
    )


class WeChatProvider(Provider):
    """One official account."""

    name = "wechat"
    options_model = WeChatOptions
    options: WeChatOptions

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Repeats `echostr` of a signed GET, as when the server configuration is saved.

        Raises:
            RejectedDelivery: the signature is wrong, or what is to be repeated is not plain.
        """
        if request.method != "GET" or "echostr" not in request.query:
            return None
        self.verify(request)
        return echo(query_once(request).get("echostr"))

    def verify(self, request: InboundRequest) -> None:
        """Checks `signature` of the query over token, time and nonce; the body is not signed.

        Raises:
            RejectedDelivery: a parameter is missing, doubled or stale, or the signature is wrong.
        """
        values = query_once(request)
        given, timestamp, nonce = (values.get(key) for key in ("signature", "timestamp", "nonce"))
        if not given or not timestamp or not nonce:
            raise RejectedDelivery(
                "the query has no signature, timestamp and nonce",
                fix="Check that no proxy takes the query away.",
                code="missing_signature",
            )
        seconds = parse_timestamp(timestamp)
        tolerance = self.options.tolerance
        if seconds is None or not is_recent(seconds, request.received_at, tolerance):
            raise RejectedDelivery(
                f"the signed time is more than {tolerance:g} s from ours",
                fix="Check the clock of this machine, or raise `tolerance`.",
                code="stale",
            )
        right = [self._signature(item.reveal(), timestamp, nonce) for item in self.options.token]
        if not equals_any(right, given):
            raise RejectedDelivery(
                "the signature in the query does not match",
                fix="Write the same Token here and under Settings → Basic configuration.",
                code="bad_signature",
            )

    @staticmethod
    def _signature(token: str, timestamp: str, nonce: str) -> bytes:
        text = "".join(sorted((token, timestamp, nonce))).encode("utf-8", "surrogatepass")
        return hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one message or event of a delivery.

        Raises:
            UnparsableDelivery: not XML, with a DTD, or encrypted.
        """
        data = as_dict(read_xml(request.body).get("xml"))
        if "Encrypt" in data and "MsgType" not in data:
            raise UnparsableDelivery(
                "the message is encrypted",
                fix="Set the message encryption to plain or compatible mode at WeChat.",
                code="encrypted",
            )
        kind = (as_text(data.get("MsgType")) or "unknown").lower()
        name = (as_text(data.get("Event")) or "unknown").lower() if kind == "event" else ""
        person = as_id(data.get("FromUserName"))
        message_id = as_id(data.get("MsgId"))
        return [
            ParsedEvent(
                type=_type_of(kind, name),
                dedupe_key=_dedupe_key(request, data, message_id, person, name),
                lane=f"{self.connection}:{person}" if person else None,
                actor_id=person,
                is_self=False,
                occurred_at=as_time(data.get("CreateTime")),
                body={
                    "text": as_text(data.get("Content")) or as_text(data.get("Recognition")),
                    "actor": {"id": person, "name": None, "is_self": False},
                    "conversation": {"id": person} if person else None,
                    "message": {"id": message_id} if message_id else None,
                    "button": {"id": as_id(data.get("EventKey"))} if name == "click" else None,
                    "attachments": _attachments(kind, data),
                    "data": data,
                    "headers": pick_headers(request, _SEEN_HEADERS),
                    "query": {},
                },
            )
        ]

    def acknowledge(self, request: InboundRequest) -> Answer | None:  # noqa: ARG002 - it is always the same.
        """The word that WeChat waits for."""
        return _SUCCESS

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:  # noqa: ARG002 - The query is signed.
        """The headers with which WeChat would send `body`; the proof stands in the query."""
        return {"content-type": "text/xml"}

    def sign_query(self, body: bytes, *, now_ms: int, delivery_key: str) -> str:  # noqa: ARG002 - The body is not signed.
        """The signed query with which WeChat would send a message."""
        timestamp, nonce = str(now_ms // 1000), body_digest(delivery_key.encode())[:10]
        signature = self._signature(self.options.token[0].reveal(), timestamp, nonce).decode()
        return f"signature={signature}&timestamp={timestamp}&nonce={nonce}"


def _type_of(kind: str, name: str) -> str:
    if kind == "event":
        if name == "click":
            return "button.clicked"
        return _FOLLOWS.get(name) or event_type("wechat", name)
    if kind == "text" or kind in _MEDIA:
        return "message.received"
    return event_type("wechat", kind)


def _dedupe_key(
    request: InboundRequest,
    data: Mapping[str, Any],
    message_id: str | None,
    person: str | None,
    name: str,
) -> str:
    """The message's id; an event has none, so who did what in which second."""
    if message_id:
        return join_key(message_id)
    second = as_id(data.get("CreateTime"))
    if not person or not second:
        return body_digest(request.body)
    return join_key(person, second, name)


def _attachments(kind: str, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    if kind not in _MEDIA:
        return []
    url = as_text(data.get("PicUrl")) or as_text(data.get("Url"))
    return [{"id": as_id(data.get("MediaId")), "type": kind, "url": url}]
