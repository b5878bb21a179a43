"""What a provider and an action are: the contracts between the engine and its extensions.

A provider instance is one configured connection. An action instance has no state: everything it
needs comes in its inputs and its StepContext, everything it leaves behind is in its StepResult.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, Protocol, Self, TypeVar
from urllib.parse import parse_qsl

from pydantic import Field

from automator.access_tokens import AccessTokens, TokenPair
from automator.model import (
    Delivery,
    Echo,
    Effect,
    MessagingPolicy,
    ParsedEvent,
    PermanentError,
    Step,
)
from automator.secrets import Secret
from automator.settings import Target
from automator.wire import Answer, Http, InboundRequest, Usage
from automator.written import Expected, StrictModel

# --- Inbound ---

#: What a program that posts just anything sends as well.
_ANYBODYS_HEADERS = frozenset({"content-type", "user-agent", "accept"})
#: In `Provider.demo_options`: the demo puts a secret that it has made in its place.
DEMO_SECRET = "<a secret of the demo>"  # noqa: S105 - a placeholder


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a delivery that is accepted all the same: it is written down with it."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A mistake that is often made with a provider: it was made if `provider` believes a delivery.

    `provider` is the same connection, set up otherwise; None = the mistake shows without a try.
    """

    what: str
    fix: str
    provider: "Provider | None" = None


class ConnectionOptions(StrictModel):
    """The keys that every connection has; each provider adds its own."""

    provider: str = Field(description="Which kind of sender this is.")
    on_invalid: Literal[401, 200] = Field(
        default=401,
        description="The answer to a request that fails verification; 200 drops it in silence.",
    )
    expect: Expected = Field(
        default=None,
        description="How often something should come, as in `every 2h`: longer silence is noticed."
        " If not given it is learnt; `never` does not watch for it.",
    )
    max_body: int | None = Field(
        default=None, ge=1024, description="Bytes of a body, at most; default: the server's limit."
    )

    def reached_at(self, url: str) -> Self:
        """These options for a connection that senders reach at `url`; "" where nobody knows.

        Raises:
            SettingsError: the provider cannot do without that address.
        """
        return self


class VerifiedOptions(ConnectionOptions):
    """The keys of a provider that has one way to verify."""

    verify: Literal["enforce", "observe"] = Field(
        default="enforce",
        description="`observe` accepts what would be rejected and writes down why it would be.",
    )


# --- Outbound ---


OutgoingKind = Literal["reply", "private_reply", "message", "like", "hide", "unhide", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Something to say through a provider, or to do to the comment of an event."""

    kind: OutgoingKind
    event: Mapping[str, Any]
    text: str = ""
    #: The receiver's id for `message`; None = the person of the event.
    to: str | None = None
    attachments: tuple[Mapping[str, Any], ...] = ()
    quick_replies: tuple[str, ...] = ()
    #: A message that the provider has approved before, and what fills it: keys of its own.
    template: Mapping[str, Any] | None = None
    #: The same for every attempt of one step.
    idempotency_key: str = ""
    #: What is known of the person of the event, as rules see it; empty when it goes to another.
    contact: Mapping[str, Any] = field(default_factory=dict)
    #: Milliseconds since 1970.
    now_ms: int = 0
    #: An attempt of the same step that came before may have sent it.
    in_doubt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of it."""

    summary: str
    output: Mapping[str, Any] = field(default_factory=dict)
    #: Another id of the same person that the answer revealed.
    alias: str | None = None


class Provider(ABC):
    """A kind of sender: how to trust it, read it, and act through it. One instance a connection."""

    name: ClassVar[str]
    #: What people call it, for headings.
    title: ClassVar[str] = ""
    options_model: ClassVar[type[ConnectionOptions]]
    #: What a connection of the demo says besides its secrets and the addresses of its API; None for
    #: a secret that it does without.
    demo_options: ClassVar[Mapping[str, Any]] = {}
    #: What `send` can do here.
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset()
    #: When the platform lets messages out; None = whenever one likes.
    policy: ClassVar[MessagingPolicy | None] = None
    #: What to look at when a delivery does not verify and nothing shows why, as sentences.
    common_mistakes: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def read_usage(headers: Mapping[str, str]) -> Usage | None:  # noqa: ARG004 - for overriding
        """How much an answer with these headers says is used of what the platform allows.

        None when it does not say.
        """
        return None

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        self.connection = connection
        self.options = options
        #: Keeps the access where it has to be renewed; see `first_tokens`.
        self.tokens: AccessTokens | None = None

    @property
    def observes(self) -> bool:
        """What fails verification is accepted all the same, and the failure written down."""
        return getattr(self.options, "verify", "enforce") == "observe"

    @property
    def can_check_subscription(self) -> bool:
        """The provider can be asked whether it still sends here; see `check_subscription`."""
        return False

    def handshake(self, request: InboundRequest) -> Answer | None:
        """The answer to a request that only proves who we are; None for an ordinary delivery.

        Raises:
            RejectedDelivery: it is a handshake, but not one for this connection.
        """
        return None

    @abstractmethod
    def verify(self, request: InboundRequest) -> Remark | None:
        """Checks that the sender is who it says, over the raw bytes.

        Raises:
            RejectedDelivery: with a reason and what the operator can do.
        """

    @abstractmethod
    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the events out of a delivery; an unknown kind of event is an event all the same.

        Raises:
            UnparsableDelivery: the body cannot be read at all.
        """

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        """The answer to a delivery that is stored, where the sender reads it; None for our own."""
        return None

    def is_private(self, outgoing: Outgoing) -> bool:
        """What `send` says reaches the person alone, unlike an answer under a comment."""
        return outgoing.kind != "reply" or not outgoing.event.get("comment")

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Says or does something through the provider's API.

        Raises:
            StepError: one of its classes, with a sentence for people and what to do.
        """
        raise PermanentError(
            f"{self.name} has no {outgoing.kind.replace('_', ' ')}",
            fix=f"Use another action for events of {self.connection}, or narrow the trigger.",
            code="not_possible",
        )

    def echo_of(self, outgoing: Outgoing) -> Echo | None:
        """By what the provider's echo of `outgoing` will be known; None = none comes.

        What `parse` reads as that echo has the same key in `ParsedEvent.echo`.
        """
        return None

    def first_tokens(self) -> TokenPair | None:
        """What the settings begin with, where the access of a connection has to be renewed."""
        return None

    async def renew_tokens(self, tokens: TokenPair, http: Http) -> TokenPair:
        """Asks for the next pair. `tokens` asks once and never again.

        Raises:
            RetryableError, PostponedStep: the refresh token was not used.
            StepError: it is refused, or nobody knows whether it was used.
        """
        raise NotImplementedError(f"the access of {self.name} is not renewed")

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:
        """The headers with which this provider would send `body`: the simulator uses them.

        `delivery_key` identifies the delivery where the provider has such a header.
        """
        return {}

    def encrypted(self, body: bytes) -> bytes:
        """`body` as this provider's sender would write it, where it encrypts what it sends.

        The same for the same body: the simulator writes it, and signs what was written.
        """
        return body

    def sign_query(self, body: bytes, *, now_ms: int, delivery_key: str) -> str:
        """The query that this provider would put behind the address, where it signs there."""
        return ""

    async def check_subscription(self, http: Http, is_wanted: Callable[[str], bool]) -> str:
        """Asks the provider whether it still sends here: what is wrong, in a sentence, or "".

        `is_wanted` says whether a rule asks for a type of event of this connection. It is only
        called where `can_check_subscription` says so, at most every few hours.

        Raises:
            StepError: it cannot be asked now.
        """
        return ""

    def resembles(self, request: InboundRequest) -> bool:
        """Whether a refused request looks like one of this sender, and not like anybody's.

        By default it has one of the headers or parameters that the sender signs with. Where it has
        none of its own, nobody can tell.
        """
        signed = self.sign(b"{}", now_ms=0, delivery_key="0")
        headers = {name for name in signed if name not in _ANYBODYS_HEADERS}
        query = self.sign_query(b"{}", now_ms=0, delivery_key="0")
        parameters = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
        given = request.query.split("&")
        return (
            not (headers or parameters)
            or any(name in request.headers for name in headers)
            or any(pair.partition("=")[0] in parameters for pair in given)
        )

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:
        """Mistakes of this provider's own that may explain a refused delivery."""
        return ()

    def secrets(self) -> tuple[Secret, ...]:
        """Every secret of the connection, for redaction."""
        found: list[Secret] = []
        for value in dict(self.options).values():
            found += [item for item in _flat(value) if isinstance(item, Secret)]
        return tuple(found)


def _flat(value: Any) -> Sequence[Any]:
    if isinstance(value, tuple | list):
        return [inner for item in value for inner in _flat(item)]
    if isinstance(value, StrictModel):
        return [inner for item in dict(value).values() for inner in _flat(item)]
    return [value]


# --- Actions ---


class MaySpeak(Protocol):
    """Asked just before something is said to a person."""

    async def __call__(
        self, to: str | None, *, is_private: bool, only_reply_to: str | None = None
    ) -> None:
        """Returns when it may be said now to whom the provider calls `to`, and counts it.

        `only_reply_to` is the comment whose only private reply this is: it is claimed for this
        step, over all rules, runs and nodes, before this returns.

        Raises:
            SkippedStep: it is not to be said: an opt-out, too much for one person, or another step
                has the reply.
            PutOff: not now: too much for the connection.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """The ports of one attempt."""

    run_id: int
    event_id: int
    rule: str
    step: Step
    attempt: int
    now_ms: int
    #: What conditions and templates see: event, contact, connection, vars, steps, now.
    scope: Mapping[str, Any]
    #: The connection that the event came through.
    provider: Provider
    http: Http
    targets: Mapping[str, Target]
    may_speak: MaySpeak
    #: The delivery that carried the event, byte for byte.
    load_delivery: Callable[[], Awaitable[Delivery]]
    #: An attempt of this step that came before may have worked.
    in_doubt: bool = False

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this step of this run, and for no other."""
        return f"run-{self.run_id}-{self.step.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What a step did: a line for the log, a value for later steps, effects for our own records."""

    summary: str
    output: Mapping[str, Any] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()


InputsT = TypeVar("InputsT", bound=StrictModel)


class Action(ABC, Generic[InputsT]):
    """A kind of thing that can be done. Its inputs model is what a rule file may write."""

    name: ClassVar[str]
    inputs_model: type[InputsT]
    #: The input that a plain text stands for, as in `reply: "Hello"`; "" = a mapping is needed.
    shorthand: ClassVar[str] = ""
    #: Inputs that are not templates: JMESPath texts and nested structure.
    literal_inputs: ClassVar[frozenset[str]] = frozenset()
    #: Inputs that are addresses: what fills them is percent-encoded, and their host is literal.
    address_inputs: ClassVar[frozenset[str]] = frozenset()
    #: Inputs that name a rule by its id.
    rule_inputs: ClassVar[frozenset[str]] = frozenset()
    #: It has to do with the person of the event, and fails where an event has none.
    needs_person: ClassVar[bool] = False
    #: False when it only writes our own records: then no attempt can be left in doubt.
    reaches_out: ClassVar[bool] = True

    @abstractmethod
    async def run(self, inputs: InputsT, context: StepContext) -> StepResult:
        """Does it once.

        Raises:
            StepError: one of its classes.
        """

    def echo(self, inputs: InputsT, context: StepContext) -> Echo | None:
        """By what is known that an attempt has worked whose answer was lost; None = by nothing.

        Raises:
            StepError: the attempt cannot have got anywhere.
        """
        return None

    def confirmed(self, event: Mapping[str, Any]) -> StepResult:
        """What such an attempt has come to, as the event that has brought its echo shows."""
        raise NotImplementedError(f"the action {self.name} has no echo")


AnyAction = Action[Any]
