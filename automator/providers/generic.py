"""Any sender that can be described: how it signs, what it sends, and where things stand in it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from automator.conditions import CompiledExpression, compile_expression
from automator.model import ParsedEvent, RejectedDelivery, UnparsableDelivery
from automator.plugins import ConnectionOptions, InboundRequest, Provider
from automator.providers.bodies import read_body
from automator.providers.generic_options import GenericOptions, HmacCheck, TokenCheck
from automator.providers.options import secret_bytes
from automator.providers.reading import (
    as_id,
    as_text,
    as_time,
    dotted_type,
    join_key,
    pick_headers,
    query_values,
)
from automator.signing import (
    body_digest,
    encoded_hmac,
    equals_any,
    hmac_matches,
    is_recent,
    parse_timestamp,
)

MAX_ITEMS = 1000
_SEEN_HEADERS = ("content-type", "user-agent")
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})
_NAMES_ITEM = re.compile(r"\bitem\b")
_FIRST_MILLISECOND = 1_000_000_000_000
_BEARER = "bearer "


class GenericProvider(Provider):
    """One sender, described by its options."""

    name = "generic"
    options_model = GenericOptions
    options: GenericOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        check = self.options.verify
        self._keys: tuple[bytes, ...] = ()
        if isinstance(check, HmacCheck):
            self._keys = secret_bytes(check.secret)
        elif isinstance(check, TokenCheck):
            self._keys = secret_bytes(check.token)
        self._hidden = _SECRET_HEADERS | {getattr(check, "header", "")}
        before, _, after = self.options.signed.partition("{body}")
        self._signed_before, self._signed_after = before, after
        self._split = _compiled(self.options.split)
        self._fields = {
            name: compiled
            for name, text in dict(self.options.event).items()
            if (compiled := _compiled(text))
        }
        self._id_names_item = bool(_NAMES_ITEM.search(self.options.event.id))

    @property
    def observes(self) -> bool:
        """What fails verification is accepted all the same, and the failure written down."""
        return self.options.verify.mode == "observe"

    def verify(self, request: InboundRequest) -> None:
        """Checks the signature or the token that the options describe.

        Raises:
            RejectedDelivery: a header is missing, doubled, stale or does not match.
        """
        check = self.options.verify
        if isinstance(check, HmacCheck):
            self._verify_hmac(check, request)
        elif isinstance(check, TokenCheck):
            given = request.single_header(check.header)
            if check.header == "authorization" and given.lower().startswith(_BEARER):
                given = given[len(_BEARER) :].strip()
            if not equals_any(self._keys, given):
                raise _mismatch(check.header, "token")

    def _verify_hmac(self, check: HmacCheck, request: InboundRequest) -> None:
        given = request.single_header(check.header)
        timestamp = ""
        if check.timestamp_header:
            timestamp = request.single_header(check.timestamp_header)
            seconds = parse_timestamp(timestamp)
            if seconds is not None and seconds >= _FIRST_MILLISECOND:
                seconds //= 1000
            if seconds is None or not is_recent(seconds, request.received_at, check.tolerance):
                raise RejectedDelivery(
                    f"the time in {check.timestamp_header} is more than {check.tolerance:g} s"
                    " from ours",
                    fix="Check the clocks of both machines, or raise verify.tolerance.",
                    code="stale",
                )
        if not given.startswith(check.prefix) or not hmac_matches(
            self._keys,
            self._signed_bytes(request.body, timestamp),
            given[len(check.prefix) :],
            algorithm=check.hmac,
            encoding=check.encoding,
        ):
            raise _mismatch(check.header, "secret")

    def _signed_bytes(self, body: bytes, timestamp: str) -> bytes:
        if not self._signed_before and not self._signed_after:
            return body
        before = self._signed_before.replace("{timestamp}", timestamp)
        after = self._signed_after.replace("{timestamp}", timestamp)
        return before.encode() + body + after.encode()

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the body, and one event for each item if the options say `split`.

        Raises:
            UnparsableDelivery: not what its content type says, or `split` finds no list.
        """
        body = read_body(request.body, request.headers.get("content-type", ""))
        shown = {name: value for name, value in request.headers.items() if name not in self._hidden}
        scope: dict[str, Any] = {
            "body": body,
            "headers": shown,
            "query": query_values(request.query),
        }
        shared = {
            "headers": pick_headers(request, (*_SEEN_HEADERS, *self.options.headers)),
            "query": scope["query"],
        }
        digest = body_digest(request.body)
        if self._split is None:
            return [self._event(scope, body, digest, None, shared)]
        items = self._split.evaluate(scope).value
        if not isinstance(items, list) or len(items) > MAX_ITEMS:
            raise UnparsableDelivery(
                f"split finds no list of at most {MAX_ITEMS:,} items in the body",
                fix="Look at the delivery and correct `split` of the connection.",
                code="no_items",
            )
        return [
            self._event({**scope, "item": item}, item, digest, index, shared)
            for index, item in enumerate(items)
        ]

    def _event(
        self,
        scope: Mapping[str, Any],
        data: Any,
        digest: str,
        index: int | None,
        shared: Mapping[str, Any],
    ) -> ParsedEvent:
        found = {name: field.evaluate(scope).value for name, field in self._fields.items()}
        person = as_id(found.get("actor_id"))
        conversation = as_id(found.get("conversation_id"))
        given_id = as_id(found.get("id"))
        parts = [given_id or digest]
        # An id of the whole delivery is shared by its items.
        if index is not None and not (given_id and self._id_names_item):
            parts.append(str(index))
        lane = conversation or person
        name = as_text(found.get("actor_name"))
        return ParsedEvent(
            type=dotted_type(found.get("type")) or "generic.received",
            dedupe_key=join_key(*parts),
            lane=f"{self.connection}:{lane}" if lane else None,
            actor_id=person,
            is_self=False,
            occurred_at=as_time(found.get("occurred_at")),
            body={
                "text": as_text(found.get("text")),
                "actor": {"id": person, "name": name, "is_self": False},
                "conversation": {"id": conversation} if conversation else None,
                "data": data,
                **shared,
            },
        )

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:  # noqa: ARG002 - The id of such a sender stands in its body.
        """The headers with which the described sender would send `body`."""
        check = self.options.verify
        if isinstance(check, TokenCheck):
            token = check.token[0].reveal()
            return {check.header: f"Bearer {token}" if check.header == "authorization" else token}
        if not isinstance(check, HmacCheck):
            return {}
        timestamp = str(now_ms // 1000)
        signed = self._signed_bytes(body, timestamp)
        digest = encoded_hmac(self._keys[0], signed, check.hmac, check.encoding).decode()
        times = {check.timestamp_header: timestamp} if check.timestamp_header else {}
        return {check.header: check.prefix + digest, **times}


def _compiled(text: str) -> CompiledExpression | None:
    return compile_expression(text) if text else None


def _mismatch(header: str, what: str) -> RejectedDelivery:
    return RejectedDelivery(
        f"the header {header} does not match",
        fix=f"Use the same {what} here and at the sender, and check verify and signed.",
        code="bad_signature",
    )
