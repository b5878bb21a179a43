"""The generic provider: its options describe how a sender signs, and where its values are."""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from automator.conditions import CompiledExpression, ExpressionError, compile_expression
from automator.configuration.values import Duration, StrictModel
from automator.http.json_body import dump_json
from automator.http.signing import TOLERANCE_S, body_digest, equals_any
from automator.http.types import InboundRequest
from automator.model import N_, ParsedEvent, RejectedDelivery, UnparsableDelivery, WrongValue
from automator.plugins import DEMO_SECRET, ConnectionOptions, HeaderName, Provider, Suspicion
from automator.providers.shared.bodies import body_kind, read_body
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.options import HookAddress, SigningSecrets, secret_bytes
from automator.providers.shared.payloads import as_id, as_text, as_time, join_key, protocol_type
from automator.providers.shared.signed import FORM, PLACEHOLDER, SIGNABLE, HmacScheme
from automator.reasons import deliveries
from automator.reasons.bodies import no_items, parent_too_large
from automator.reasons.problems.configuration import connections
from automator.reasons.problems.shape import shape_wrong_inside
from automator.reasons.secrets import same_secret
from automator.reasons.setup_mistakes import signed_address

#: The names that the JMESPath expressions of the options can read.
_PARTS = frozenset({"body", "item", "headers", "query", "request"})


def _query(text: str) -> str:
    if text:
        try:
            roots = compile_expression(text).roots
        except ExpressionError as error:
            raise WrongValue(shape_wrong_inside(problem=error.finding.reason)) from error
        for name in sorted(roots - _PARTS - {"null"}):
            raise WrongValue(connections.option_not_a_part(name=name, text=text))
    return text


#: A JMESPath expression, or None.
Query = Annotated[str, AfterValidator(_query)]
Mode = Literal["enforce", "observe"]


class HmacCheck(StrictModel):
    """An HMAC in a header."""

    hmac: Literal["sha256", "sha1", "sha512"] = Field(description=N_("The hash function."))
    header: HeaderName | None = Field(
        default=None, description=N_("The header that has the signature.")
    )
    field: str = Field(
        default="",
        pattern=r"^[\w.@#-]{0,200}$",
        description=N_("The place of the signature in the body, as in data.mac, without a header."),
    )
    secret: SigningSecrets = Field(description=N_("The shared secret, or a list of them."))
    secret_as: Literal["text", "hex", "base64"] = Field(
        default="text",
        description=N_("Whether the secret itself is the key, or the key is written in it."),
    )
    encoding: Literal["hex", "base64"] = Field(default="hex", description=N_("How it is written."))
    prefix: str = Field(default="", description=N_('The prefix of the signature, as in "sha256=".'))
    format: str = Field(
        default="",
        description=N_(
            "The form of a header that has more than a signature, as in"
            " `t={timestamp},v1={signature}`. It may have up to 8 signatures, one of which must be"
            " right."
        ),
    )
    timestamp_header: HeaderName | None = Field(
        default=None,
        description=N_("A signed time: in seconds, in milliseconds, or in ISO 8601."),
    )
    id_header: HeaderName | None = Field(
        default=None, description=N_("The id of the delivery that is signed as well.")
    )
    tolerance: Duration = Field(
        default=float(TOLERANCE_S),
        gt=0,
        le=86_400,
        description=N_("How far that time may be from ours, to either side."),
    )
    mode: Mode = Field(default="enforce", description=N_("`observe` accepts and writes down."))

    @model_validator(mode="after")
    def _has_a_place(self) -> "HmacCheck":
        if bool(self.header) == bool(self.field):
            raise WrongValue(connections.option_signature_without_place())
        is_form = FORM.fullmatch(self.format) and self.format.count("{signature}") == 1
        if self.format and (not is_form or self.prefix or self.field):
            raise WrongValue(connections.option_not_a_format(text=self.format), at=("format",))
        return self

    @property
    def sent_along(self) -> dict[str, str]:
        """The parts that come beside the signature, with the option that names their place."""
        found = {name: "format" for name in ("timestamp", "id") if f"{{{name}}}" in self.format}
        found |= {"timestamp": "timestamp_header"} if self.timestamp_header else {}
        return found | ({"id": "id_header"} if self.id_header else {})


class TokenCheck(StrictModel):
    """A secret text in a header, without a signature."""

    token: SigningSecrets = Field(description=N_("The token, or a list of them."))
    header: HeaderName = Field(
        default="authorization",
        description=N_("Its place; `authorization` takes Bearer too."),
    )
    mode: Mode = Field(default="enforce", description=N_("`observe` accepts and writes down."))


class BasicCheck(StrictModel):
    """A name and a password, as browsers send them."""

    basic: str = Field(min_length=1, pattern="^[^:]+$", description=N_("The name; no colon in it."))
    password: SigningSecrets = Field(description=N_("The password, or a list of them."))
    mode: Mode = Field(default="enforce", description=N_("`observe` accepts and writes down."))


class NoCheck(StrictModel):
    """Anyone who knows the address may send."""

    none: Literal[True] = Field(
        description=N_("It has to be written out, so that it is never an accident.")
    )
    mode: Mode = Field(default="enforce", description=N_("Has no effect here."))


def _kind_of_check(value: Any) -> str | None:
    for kind, model in (
        ("hmac", HmacCheck),
        ("token", TokenCheck),
        ("basic", BasicCheck),
        ("none", NoCheck),
    ):
        if isinstance(value, model) or (isinstance(value, dict) and kind in value):
            return kind
    return None


def _is_a_check(value: Any) -> Any:
    if _kind_of_check(value) is None:
        raise WrongValue(connections.option_not_a_check())
    return value


Check = Annotated[
    Annotated[HmacCheck, Tag("hmac")]
    | Annotated[TokenCheck, Tag("token")]
    | Annotated[BasicCheck, Tag("basic")]
    | Annotated[NoCheck, Tag("none")],
    Discriminator(_kind_of_check),
    BeforeValidator(_is_a_check),
]


class EventFields(StrictModel):
    """JMESPath expressions over body, item, headers, query and request, one for each part of an
    event.
    """

    type: Query = Field(default="", description=N_("The event's type."))
    id: Query = Field(
        default="",
        description=N_(
            "The value that stays the same when the event is sent again; events of different types"
            " differ even with the same id."
        ),
    )
    text: Query = Field(default="", description=N_("What a person wrote."))
    occurred_at: Query = Field(default="", description=N_("Seconds, milliseconds or ISO 8601."))
    actor_id: Query = Field(default="", description=N_("Who did it: the contact."))
    actor_name: Query = Field(default="", description=N_("That person's name."))
    conversation_id: Query = Field(default="", description=N_("Within it, order is kept."))


class GenericOptions(ConnectionOptions):
    """A sender of JSON, forms or XML that no other provider knows."""

    verify: Check = Field(description=N_("How the sender proves itself."))
    signed: str = Field(
        default="{body}",
        max_length=1000,
        description='The signed bytes, as in "{timestamp}.{body}".',
    )
    url: HookAddress | None = Field(
        default=None,
        description=N_(
            "For a sender that signs the address that it calls: the address exactly as the sender"
            " has it, without a query, if it is not that of `public_url`."
        ),
    )
    event: EventFields = Field(
        default_factory=EventFields, description=N_("The places of the parts of an event.")
    )
    split: Query = Field(
        default="",
        description=N_(
            "JMESPath of a list: each `item` of it is an event of its own. XML and forms do not"
            " write a list of one or none as a list; it is read as one."
        ),
    )
    parent: Query = Field(
        default="",
        description=N_(
            "JMESPath of what the events of a `split` share, as in `body.{id: id, shop: shop}`:"
            " rules see it in `event.parent`."
        ),
    )

    @model_validator(mode="after")
    def _signs_what_it_checks(self) -> "GenericOptions":
        if self.parent and not self.split:
            raise WrongValue(connections.option_parent_without_split(), at=("parent",))
        check = self.verify
        if self.redact and isinstance(check, NoCheck):
            raise WrongValue(connections.option_redact_without_secret(), at=("redact",))
        if not isinstance(check, HmacCheck):
            return self
        signed = PLACEHOLDER.findall(self.signed)
        for name in signed:
            if not SIGNABLE.fullmatch(name):
                raise WrongValue(
                    connections.option_not_signable(placeholder=f"{{{name}}}"), at=("signed",)
                )
            if name in ("timestamp", "id") and name not in check.sent_along:
                raise WrongValue(
                    connections.option_signed_without_header(name=name), at=("signed",)
                )
        of_body = [name for name in signed if name.startswith("body.")]
        if signed.count("body") + bool(of_body) != 1:
            raise WrongValue(
                connections.option_signed_without_body(text=self.signed), at=("signed",)
            )
        for name, option in check.sent_along.items():
            if name not in signed:
                raise WrongValue(connections.option_part_unsigned(name=name), at=("verify", option))
        return self

    def reached_at(self, url: str) -> "GenericOptions":
        """Returns these options with the server's own address, if it is signed and not known.

        Raises:
            WrongValue: the address is neither configured nor known.
        """
        if self.url is not None or "{url}" not in self.signed:
            return self
        if not url:
            raise WrongValue(connections.option_address_unknown())
        return self.model_copy(update={"url": url})


#: Bytes of what the events of one delivery share, in all copies together, at most.
MOST_OF_PARENT = 4_194_304
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})
_NAMES_ITEM = re.compile(r"\bitem\b")
_BEARER = "bearer "
_AUTHORIZATION = "authorization"


class GenericProvider(Provider):
    """One sender, described by its options."""

    name = "generic"
    sender_names_events: ClassVar[bool] = True
    title = N_("Any other sender")
    options_model = GenericOptions
    demo_options: ClassVar[Mapping[str, Any]] = {
        "verify": {
            "hmac": "sha256",
            "header": "x-signature",
            "encoding": "hex",
            "prefix": "sha256=",
            "secret": DEMO_SECRET,
        },
        # The samples are JSON, a form, and XML, so each expression tries all three.
        "event": {
            "type": "body.event || body.order.event",
            "id": 'body.id || body.order."@id"',
            "text": "body.note || body.order.note",
            "actor_id": "body.customer.id || body.customer_id || body.order.customer.id",
            "actor_name": "body.customer.name || body.customer_name || body.order.customer.name",
        },
    }
    options: GenericOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        check = self.options.verify
        self._keys: tuple[bytes, ...] = ()
        self._scheme: HmacScheme | None = None
        if isinstance(check, HmacCheck):
            self._keys = secret_bytes(check.secret, check.secret_as)
            self._scheme = _scheme_of(check, self.options)
        elif isinstance(check, TokenCheck):
            self._keys = secret_bytes(check.token)
        elif isinstance(check, BasicCheck):
            pairs = (f"{check.basic}:{item.reveal()}" for item in check.password)
            self._keys = tuple(base64.b64encode(pair.encode()) for pair in pairs)
        #: Whether a request may lack a body: a signature of the body does not cover its query.
        self._opens = self._scheme is None or "{url}" in self.options.signed
        self._hidden = _SECRET_HEADERS | {getattr(check, "header", "")}
        split = self.options.split
        # In XML, a list of one item looks like the item: it is read without the `[]`.
        spread = split.removesuffix("[]").removesuffix("[*]")
        self._splits = [compile_expression(text) for text in dict.fromkeys((split, spread)) if text]
        self._fields = {
            name: compiled
            for name, text in dict(self.options.event).items()
            if (compiled := _compiled(text))
        }
        self._parent = _compiled(self.options.parent)
        self._id_names_item = bool(_NAMES_ITEM.search(self.options.event.id))

    @property
    def observes(self) -> bool:
        """Whether a delivery that fails verification is accepted, and the failure
        stored with it.
        """
        return self.options.verify.mode == "observe"

    @property
    def checks_nothing(self) -> bool:
        """Whether the options have `none: true`, and no `allow_from`."""
        return isinstance(self.options.verify, NoCheck) and not self.options.allow_from

    def verify(self, request: InboundRequest) -> None:
        """Checks the signature or the token that the options describe.

        Raises:
            RejectedDelivery: a header is missing, doubled, stale or does not match.
        """
        check = self.options.verify
        if self._scheme is not None:
            self._scheme.verify(self._keys, request)
        elif isinstance(check, TokenCheck):
            given = request.single_header(check.header)
            if check.header == _AUTHORIZATION and given.lower().startswith(_BEARER):
                given = given[len(_BEARER) :].strip()
            if not equals_any(self._keys, given):
                raise RejectedDelivery(deliveries.header_mismatch(header=check.header))
        elif isinstance(check, BasicCheck):
            kind, _, given = request.single_header(_AUTHORIZATION).partition(" ")
            if kind.lower() != "basic" or not equals_any(self._keys, given.strip()):
                raise RejectedDelivery(deliveries.header_mismatch(header=_AUTHORIZATION))

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the body, and makes one event per item if the options say `split`."""
        # A sender that can only open an address puts everything into its query.
        is_opened = self._opens and request.method == "GET" and not request.body
        body = None if is_opened else read_body(request)
        shown = {name: value for name, value in request.headers.items() if name not in self._hidden}
        envelope = Envelope.of(self, request)
        seen = envelope.shared
        scope = {"body": body, "headers": shown, "query": seen["query"]}
        scope["request"] = seen.get("request", {})
        digest = body_digest(request.query.encode() if is_opened else request.body)
        if not self._splits:
            return [self._event(envelope, scope, body, digest, None, {})]
        named = (split.evaluate(scope).value for split in self._splits)
        items = next((value for value in named if value is not None), None)
        # XML and forms leave out an empty list, and write a list of one item as the item alone.
        if items is None and body_kind(request) == "json":
            raise UnparsableDelivery(no_items())
        listed = items if isinstance(items, list) else [items]
        shared = {}
        if self._parent is not None:
            shared["parent"] = self._parent.evaluate(scope).value
            size = len(dump_json(shared["parent"])) * len(listed)
            if size > MOST_OF_PARENT:
                raise UnparsableDelivery(parent_too_large(size=size, limit=MOST_OF_PARENT))
        return [
            self._event(envelope, {**scope, "item": item}, item, digest, index, shared)
            for index, item in enumerate(listed)
            if item is not None
        ]

    def _event(
        self,
        envelope: Envelope,
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
        kind = protocol_type(self.name, found.get("type"), "received")
        # Events about an order often all have the order's id, so the type belongs to the key too.
        parts = [kind, given_id] if given_id and "type" in self._fields else [given_id or digest]
        # Unless the id is an item's own, all items of a delivery have the same id.
        if index is not None and not (given_id and self._id_names_item):
            parts.append(str(index))
        return envelope.event(
            kind,
            join_key(*parts),
            data,
            text=as_text(found.get("text")),
            actor=actor_of(person, as_text(found.get("actor_name"))),
            lane_id=conversation or person,
            occurred_at=as_time(found.get("occurred_at")),
            conversation=part(conversation),
            **shared,
        )

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:  # noqa: ARG002 - each variant is tried with it.
        """Returns the mistakes in the address that the described sender signs."""
        known = self.options.url or ""
        if "{url}" not in self.options.signed or not known:
            return ()
        rest = known.partition("://")[2].rstrip("/")
        addresses = [f"{start}://{rest}{end}" for start in ("https", "http") for end in ("", "/")]
        return [
            Suspicion(
                signed_address(address=address, known=known),
                type(self)(self.connection, self.options.model_copy(update={"url": address})),
            )
            for address in addresses
            if address != known
        ]

    def encrypted(self, body: bytes) -> bytes:
        """Returns `body` with the described sender's signature, if it is a part of the body."""
        return body if self._scheme is None else self._scheme.signed_body(self._keys[0], body)

    def sign_query(self, body: bytes, *, now_ms: int, delivery_key: str) -> str:  # noqa: ARG002 - the scheme signs it in a header.
        """Returns the parameters of the query that the described sender signs."""
        return "" if self._scheme is None else self._scheme.sign_query(delivery_key)

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:
        """Returns the headers with which the described sender would send `body`."""
        check = self.options.verify
        if self._scheme is not None:
            key = self._keys[0]
            return self._scheme.sign(key, body, now_ms=now_ms, message_id=delivery_key)
        if isinstance(check, TokenCheck):
            token = check.token[0].reveal()
            return {check.header: f"Bearer {token}" if check.header == _AUTHORIZATION else token}
        if isinstance(check, BasicCheck):
            return {_AUTHORIZATION: f"Basic {self._keys[0].decode()}"}
        return {}


def _scheme_of(check: HmacCheck, options: GenericOptions) -> HmacScheme:
    return HmacScheme(
        header=check.header or "",
        field=check.field,
        prefix=check.prefix,
        form=check.format,
        algorithm=check.hmac,
        encoding=check.encoding,
        signed=options.signed,
        id_header=check.id_header or "",
        timestamp_header=check.timestamp_header or "",
        tolerance_s=check.tolerance,
        url=options.url or "",
        advice=same_secret(),
    )


def _compiled(text: str) -> CompiledExpression | None:
    return compile_expression(text) if text else None
