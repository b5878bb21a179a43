"""WebSub: feeds that a hub pushes, such as YouTube's channels.

https://www.w3.org/TR/websub/ and https://developers.google.com/youtube/v3/guides/push_notifications
"""

from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from automator.http.signing import Algorithm, body_digest, encoded_hmac, hmac_matches
from automator.http.types import Answer, InboundRequest
from automator.model import N_, ParsedEvent, RejectedDelivery
from automator.plugins import XML_TYPES, VerifiedOptions
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.handshakes import bad_handshake, echo, query_once
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.payloads import as_dict, as_id, as_list, as_text, as_time, join_key
from automator.providers.shared.signed import SignedProvider
from automator.providers.shared.xml_documents import read_xml
from automator.reasons import deliveries
from automator.reasons.secrets import websub_secret

MAX_ENTRIES = 1000
_SIGNATURE = "x-hub-signature"
_MAX_MAIL_TIME = 60
#: How many characters of a text from a hub or a stranger are shown in a reason.
_MOST_OF_A_REASON = 200
_ALGORITHMS: Mapping[str, Algorithm] = {"sha1": "sha1", "sha256": "sha256", "sha512": "sha512"}


class WebSubOptions(VerifiedOptions):
    """The options of a WebSub connection."""

    secret: SigningSecrets = Field(
        description=N_(
            "The text given as `hub.secret` when subscribing; a list while it is changed."
        )
    )
    topics: tuple[str, ...] = Field(
        min_length=1,
        description=N_(
            "The addresses of the feeds that were subscribed to, exactly as `hub.topic`."
        ),
    )
    on_invalid: Literal[401, 200] = Field(
        default=200,
        description="The answer to a request that fails verification. WebSub wants 200: the"
        " content is left out all the same.",
    )


class WebSubProvider(SignedProvider):
    """Feeds of one hub that share a secret."""

    name = "websub"
    title = N_("YouTube and WebSub")
    options_model = WebSubOptions
    content_types = XML_TYPES
    demo_options: ClassVar[Mapping[str, Any]] = {
        "topics": ["https://www.youtube.com/xml/feeds/videos.xml?channel_id=UCsample"]
    }
    seen_headers = ("link",)
    options: WebSubOptions

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Confirms a subscription to a feed of `topics`, and the end of any other one.

        Raises:
            RejectedDelivery: this server did not ask for the subscription, or the hub refuses it.
        """
        if request.method != "GET" or "hub." not in request.query:
            return None
        values = query_once(request)
        mode, topic = values.get("hub.mode"), values.get("hub.topic", "")
        is_ours = topic in self.options.topics
        if mode == "denied" and is_ours:
            said = values.get("hub.reason", "")[:_MOST_OF_A_REASON]
            denied = (
                deliveries.denied(topic=topic, because=said)
                if said
                else deliveries.denied_silently(topic=topic)
            )
            raise RejectedDelivery(denied, status=200)
        if mode not in ("subscribe", "unsubscribe") or is_ours != (mode == "subscribe"):
            raise bad_handshake(
                deliveries.not_asked_for(mode=(mode or "")[:_MOST_OF_A_REASON]), status=404
            )
        return echo(values.get("hub.challenge"))

    def verify(self, request: InboundRequest) -> None:
        """Checks X-Hub-Signature over the raw bytes, with the hash that the header names.

        Raises:
            RejectedDelivery: the header is missing or doubled, or the signature is wrong.
        """
        method, _, digest = request.single_header(_SIGNATURE).partition("=")
        algorithm = _ALGORITHMS.get(method)
        if algorithm is None or not hmac_matches(
            self._keys, request.body, digest, algorithm=algorithm
        ):
            raise RejectedDelivery(
                deliveries.bad_signature(header="X-Hub-Signature", advice=websub_secret())
            )

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Makes an event for each entry and each deleted entry of an Atom or RSS feed.

        Raises:
            UnparsableDelivery: not XML, or with a DTD.
        """
        data = read_xml(request.body, request.headers.get("content-type", ""))
        feed = as_dict(data.get("feed"))
        channel = as_dict(as_dict(data.get("rss")).get("channel"))
        envelope = Envelope.of(self, request)
        digest = body_digest(request.body)
        entries = [*_listed(feed.get("entry")), *_listed(channel.get("item"))]
        deleted = _listed(feed.get("deleted-entry"))
        found = [
            _event(envelope, entry, kind, join_key(digest, kind, index))
            for kind, items in (("websub.entry", entries), ("websub.entry.deleted", deleted))
            for index, entry in enumerate(items[:MAX_ENTRIES])
        ]
        feed_key = join_key(digest, "websub.feed", 0)
        return found or [_event(envelope, data, "websub.feed", feed_key)]

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:  # noqa: ARG002 - Neither is signed.
        """Returns the headers with which YouTube's hub would send `body`."""
        digest = encoded_hmac(self._keys[0], body, "sha1").decode()
        return {"content-type": "application/atom+xml", _SIGNATURE: f"sha1={digest}"}


def _event(envelope: Envelope, entry: Mapping[str, Any], kind: str, otherwise: str) -> ParsedEvent:
    """Makes the event of one entry; `otherwise` is its dedupe key if it has neither id nor time."""
    # An entry has an `id` in Atom and a `guid` in RSS; a deleted entry has a `@ref`.
    entry_id = as_id(entry.get("id")) or as_id(_text(entry.get("guid"))) or as_id(entry.get("@ref"))
    published = as_text(entry.get("pubDate"))
    moment = as_text(entry.get("updated")) or as_text(entry.get("@when")) or published
    author = as_dict(entry.get("author") or entry.get("by"))
    person = as_id(entry.get("channelId")) or as_id(author.get("uri"))
    title = _text(entry.get("title"))
    return envelope.event(
        kind,
        join_key(kind, entry_id, moment) if entry_id and moment else otherwise,
        entry,
        text=title,
        actor=actor_of(person, as_text(author.get("name"))),
        lane_id=entry_id,
        occurred_at=as_time(moment) or _mail_time(moment),
        post=part(
            entry_id,
            title=title,
            url=_link(entry.get("link")),
            published_at=as_text(entry.get("published")) or published,
        ),
    )


def _listed(value: Any) -> list[dict[str, Any]]:
    """Returns the elements of one name as a list, also if the parser found only one."""
    return [item for item in (as_list(value) or [value]) if isinstance(item, dict)]


def _text(value: Any) -> str | None:
    """Returns the text of an element, with or without attributes."""
    return as_text(value) or as_text(as_dict(value).get("#text"))


def _mail_time(value: str | None) -> int | None:
    """Reads a time in RSS's form (`Tue, 24 Nov 2026 06:01:01 +0700`) as milliseconds since 1970."""
    if not value or len(value) > _MAX_MAIL_TIME:
        return None
    try:
        return as_time(parsedate_to_datetime(value).isoformat())
    except (ValueError, OverflowError):
        return None


def _link(value: Any) -> str | None:
    """Returns the address of the entry's page; an entry may also link to a feed."""
    if isinstance(value, str):
        return value
    links = [item for item in _listed(value) if item.get("@rel", "alternate") == "alternate"]
    return as_text(links[0].get("@href")) if links else None
