"""The options of a generic connection: how to verify, and where the parts of an event are."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from automator.conditions import ExpressionError, compile_expression
from automator.configuration.values import Duration, NetworkText, StrictModel
from automator.http.signing import TOLERANCE_S
from automator.model import N_, WrongValue
from automator.plugins import ConnectionOptions
from automator.providers.shared.options import SigningSecrets
from automator.reasons.problems.configuration.connections import (
    NOT_A_CHECK,
    NOT_A_PART,
    NOT_A_SIGNATURE_HEADER,
    SIGNED_WITHOUT_BODY,
    SIGNED_WITHOUT_HEADER,
    TIMESTAMP_UNSIGNED,
)
from automator.reasons.problems.shape import WRONG_INSIDE

_HEADER = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,64}")
#: The names that such an expression can read.
_PARTS = frozenset({"body", "item", "headers", "query"})
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def _header_name(text: str) -> str:
    name = text.strip().lower()
    if not _HEADER.fullmatch(name):
        raise WrongValue(NOT_A_SIGNATURE_HEADER(text=text))
    return name


def _query(text: str) -> str:
    if text:
        try:
            roots = compile_expression(text).roots
        except ExpressionError as error:
            raise WrongValue(WRONG_INSIDE(problem=error.finding.reason)) from error
        for name in sorted(roots - _PARTS - {"null"}):
            raise WrongValue(NOT_A_PART(name=name, text=text))
    return text


#: A JMESPath expression, or None.
Query = Annotated[str, AfterValidator(_query)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
Mode = Literal["enforce", "observe"]


class HmacCheck(StrictModel):
    """An HMAC in a header."""

    hmac: Literal["sha256", "sha1", "sha512"] = Field(description=N_("The hash function."))
    header: HeaderName = Field(description=N_("Where the signature stands."))
    secret: SigningSecrets = Field(description=N_("The shared secret, or a list of them."))
    encoding: Literal["hex", "base64"] = Field(default="hex", description=N_("How it is written."))
    prefix: str = Field(default="", description=N_('The prefix of the signature, as in "sha256=".'))
    timestamp_header: HeaderName | None = Field(
        default=None, description=N_("A time in seconds or milliseconds that is signed as well.")
    )
    tolerance: Duration = Field(
        default=float(TOLERANCE_S),
        gt=0,
        le=86_400,
        description=N_("How far that time may be from ours, to either side."),
    )
    mode: Mode = Field(default="enforce", description=N_("`observe` accepts and writes down."))


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
        raise WrongValue(NOT_A_CHECK())
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
    """The places of the parts of an event: JMESPath over body, item, headers and query."""

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
    allow_from: tuple[NetworkText, ...] = Field(
        default=(),
        description=N_(
            "Addresses and networks that may send, in addition to verify. Behind a"
            " proxy, `trusted_proxies` in automator.yaml must name it."
        ),
    )
    signed: str = Field(
        default="{body}",
        description='The signed bytes, as in "{timestamp}.{body}".',
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
    headers: tuple[HeaderName, ...] = Field(
        default=(),
        description=N_("Headers that rules may see, beside content-type and user-agent."),
    )

    @model_validator(mode="after")
    def _signs_what_it_checks(self) -> "GenericOptions":
        found = _PLACEHOLDER.findall(self.signed)
        if found.count("{body}") != 1 or not set(found) <= {"{body}", "{timestamp}"}:
            raise WrongValue(SIGNED_WITHOUT_BODY(text=self.signed), at=("signed",))
        has_header = isinstance(self.verify, HmacCheck) and self.verify.timestamp_header
        if "{timestamp}" in found and not has_header:
            raise WrongValue(SIGNED_WITHOUT_HEADER(), at=("signed",))
        if has_header and "{timestamp}" not in found:
            raise WrongValue(TIMESTAMP_UNSIGNED(), at=("verify", "timestamp_header"))
        return self
