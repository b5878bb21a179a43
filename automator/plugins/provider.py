"""The contract of a provider: how one kind of sender is verified, read and answered.

An instance is one configured connection, with its access to an account.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from automator.configuration.secrets import Secret
from automator.configuration.values import StrictModel
from automator.http.types import Answer, Http, InboundRequest, QuotaReport
from automator.model import (
    Echo,
    EventPart,
    MessagingPolicy,
    ParsedEvent,
    PermanentError,
    Reason,
    hook_of,
    record,
)
from automator.plugins.access_tokens import AccessTokens, TokenPair
from automator.plugins.chat_address import ChatAddress
from automator.plugins.options import AccountKeys, ConnectionOptions
from automator.plugins.outgoing import Outgoing, OutgoingKind, Sent
from automator.plugins.profiles import AccountProfile, Press
from automator.reasons.attempts.sending import NOT_OFFERED

# --- The access of a connection to an account: tokens, subscription, and profile ---


class AccountAccess:
    """A connection as the owner of an account sees it. By default it has no access to one."""

    name: ClassVar[str]
    #: The options that say which accounts a connection has; None where it has only one.
    account_keys: ClassVar[AccountKeys | None] = None

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        self.connection = connection
        self.options = options
        #: The access tokens, where they have to be renewed; see `first_tokens`.
        self.tokens: AccessTokens | None = None

    @property
    def account_id(self) -> str | None:
        """The id of its account at the platform, where the settings say which it is."""
        return None

    @property
    def account_name(self) -> str:
        """The name of its account for people, where the settings give it one."""
        return ""

    @property
    def can_answer(self) -> bool:
        """It has the token that its kind of account answers with."""
        keys = self.account_keys
        return keys is None or getattr(self.options, keys.token) is not None

    @property
    def names_accounts(self) -> bool:
        """It says which accounts it is for: what others send is not taken for theirs."""
        return False

    def take_unnamed(self) -> Sequence[str]:
        """The accounts that it does not name and that have sent something since the last call."""
        return ()

    def first_tokens(self) -> TokenPair | None:
        """The tokens in the settings, where the access of a connection has to be renewed."""
        return None

    async def renew_tokens(self, tokens: TokenPair, http: Http) -> TokenPair:
        """Asks for the next pair. The refresh token in `tokens` can be used once only.

        Raises:
            RetryableError, TargetUnavailable: the refresh token was not used.
            StepError: it is refused, or nobody knows whether it was used.
        """
        raise NotImplementedError(f"the access of {self.name} is not renewed")

    def consent_address(self, callback: str, state: str, challenge: str) -> str:
        """The address at which an admin of the account grants this server its rights, or "".

        The provider sends the browser back to `callback`, with `state` and a code in its query.
        `challenge` is the S256 challenge of https://www.rfc-editor.org/rfc/rfc7636.
        """
        return ""

    async def tokens_of_consent(
        self, answer: Mapping[str, str], verifier: str, http: Http
    ) -> TokenPair:
        """The first tokens, for the query with which the provider sent the browser back.

        Raises:
            UsageError: nobody has agreed, or somebody of another account.
            StepError: the provider refuses it, or does not answer.
        """
        raise NotImplementedError(f"the consent of {self.name} is not asked for")

    @property
    def can_check_subscription(self) -> bool:
        """The provider can be asked whether it still sends here, and can be told to: see
        `check_subscription` and `subscribe`.
        """
        return False

    async def check_subscription(
        self, http: Http, is_wanted: Callable[[str], bool]
    ) -> Reason | None:
        """Asks the provider whether it still sends here; gives the reason if it does not.

        `is_wanted` says whether a rule asks for a type of event of this connection. It is only
        called where `can_check_subscription` says so, at most every few hours.

        Raises:
            StepError: it cannot be asked now.
        """
        return None

    async def subscribe(self, http: Http, is_wanted: Callable[[str], bool]) -> None:
        """Subscribes to the events that most rules need, and to those that a rule names.

        It is only called where `can_check_subscription` says so, when a person wants it.

        Raises:
            StepError: the provider refuses it, or does not answer.
        """
        raise NotImplementedError(f"{self.name} cannot be told what to send")

    @property
    def profile(self) -> AccountProfile | None:
        """The profile of its account, which this server can set; None where it cannot."""
        return None

    @property
    def presses(self) -> Sequence[Press]:
        """The items that people can tap in the configured profile, with a token or without."""
        return ()


#: Headers that any HTTP client sends.
_ANYBODYS_HEADERS = frozenset({"content-type", "user-agent", "accept"})
#: JSON, and all formats that are written in it.
JSON_TYPES = frozenset({"application/json", "+json"})
FORM_TYPE = "application/x-www-form-urlencoded"
#: XML, and all formats that are written in it.
XML_TYPES = frozenset({"application/xml", "text/xml", "+xml"})


@record(kw_only=False)
class Suspicion:
    """A frequent mistake in setting up a provider.

    `provider` is the same connection with corrected settings: if it accepts the delivery, the
    mistake was made. None = the delivery itself shows the mistake.
    """

    reason: Reason
    provider: "Provider | None" = None


class Provider(AccountAccess, ABC):
    """A kind of sender: how to verify, read and answer it. One instance a connection."""

    name: ClassVar[str]
    #: Its name for people, in headings.
    title: ClassVar[str] = ""
    options_model: ClassVar[type[ConnectionOptions]]
    #: The options of the demo's connection beside its secrets and API addresses; None for a secret
    #: that it does not need.
    demo_options: ClassVar[Mapping[str, Any]] = {}
    #: The account ids in the samples, by the option that names a connection's own account: the
    #: simulator replaces them by that account.
    sample_accounts: ClassVar[Mapping[str, str]] = {}
    #: The kinds of messages that `send` supports.
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset()
    #: The form of the ids of receivers; None = they have no single form.
    receivers: ClassVar[re.Pattern[str] | None] = None
    #: When the platform allows messages; None = always.
    policy: ClassVar[MessagingPolicy | None] = None
    #: Bytes of the largest body that its sender may send, where the settings say nothing.
    largest_body: ClassVar[int] = 1_048_576
    #: The Content-Types of its sender, without parameters; "+json" stands for all with that ending.
    #: Empty = any.
    content_types: ClassVar[frozenset[str]] = frozenset()
    #: The answer of the platform's API to an accepted message, for tries that send nothing.
    answer_when_sent: ClassVar[Mapping[str, Any]] = {}
    #: Headers of a delivery that rules see beside content-type and user-agent, in small letters.
    seen_headers: Sequence[str] = ()
    #: Whether its sender names events freely; otherwise the names are the shared ones, or begin
    #: with the provider's.
    sender_names_events: ClassVar[bool] = False
    #: Whether its sender makes the secret itself, so that one made here could never be right.
    issues_secret: ClassVar[bool] = False
    #: The parts of which its events have the id alone and that rules may read: as far as they are
    #: known from the event of a post, or `find` says them.
    finds: ClassVar[frozenset[EventPart]] = frozenset()
    #: Frequent mistakes, for a delivery that does not verify for no visible reason.
    common_mistakes: ClassVar[tuple[Reason, ...]] = ()

    @staticmethod
    def read_quota(headers: Mapping[str, str]) -> QuotaReport | None:  # noqa: ARG004 - for overriding
        """The used part of the platform's quota, as the headers of an answer say.

        None when they do not say it.
        """
        return None

    @property
    def hook(self) -> str:
        """The connection at whose address its deliveries arrive: its own, unless it is that of one
        of several accounts.
        """
        return hook_of(self.connection)

    @property
    def accounts(self) -> Sequence["Provider"]:
        """The connections of the accounts that it names, if it names several."""
        return ()

    @property
    def of_first_account(self) -> "Provider":
        """The connection that an event made up here comes through: its own, or that of the first
        account where it has only several.
        """
        return self

    @property
    def sample_values(self) -> Mapping[str, str]:
        """The account ids in the samples, each with the id of the connection's own account."""
        own = {number: getattr(self.options, key) for key, number in self.sample_accounts.items()}
        return {number: value for number, value in own.items() if value is not None}

    @property
    def chat_address(self) -> ChatAddress | None:
        """The address that opens a conversation with its account; None where none is known."""
        return None

    @property
    def policy_by_hand(self) -> MessagingPolicy | None:
        """The times at which the platform allows a message by hand; None = always."""
        return self.policy

    @property
    def plain_value(self) -> Callable[[str], str] | None:
        """Takes the markup out of a value that a template fills into a message; None where the
        platform reads no markup that could hide an address or call people.
        """
        return None

    @property
    def observes(self) -> bool:
        """A delivery that fails verification is accepted, and the failure is stored with it."""
        return getattr(self.options, "verify", "enforce") == "observe"

    @property
    def checks_nothing(self) -> bool:
        """Nothing about a request is verified: anybody who knows the address may send."""
        return False

    def handshake(self, request: InboundRequest) -> Answer | None:
        """The answer to a handshake, which only proves who we are; None for a delivery.

        Raises:
            RejectedDelivery: it is a handshake, but not one for this connection.
        """
        return None

    @abstractmethod
    def verify(self, request: InboundRequest) -> Reason | None:
        """Verifies the sender over the raw bytes of a request.

        It may return a remark, which is stored with the accepted delivery.

        Raises:
            RejectedDelivery: with the reason.
        """

    @abstractmethod
    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the events of a delivery; an event of an unknown kind is an event, too.

        Raises:
            UnparsableDelivery: the body cannot be read at all.
        """

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        """The answer to a stored delivery, where the sender reads it; None for the default."""
        return None

    def is_private(self, outgoing: Outgoing) -> bool:
        """Only the receiver sees the message, unlike a reply under a comment."""
        return outgoing.kind != "reply" or not outgoing.event.get("comment")

    def receiver_id(self, to: str) -> str | None:
        """An id to write to, in the form that events have; None = nobody can be called so."""
        is_fit = self.receivers is None or self.receivers.fullmatch(to) is not None
        return to if is_fit else None

    def receiver_in(self, template: Mapping[str, Any]) -> str | None:
        """The receiver that a template names itself, in place of an id beside it.

        Raises:
            PermanentError: nobody can be called so.
        """
        return None

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Sends a message, or does an operation, through the provider's API.

        Raises:
            StepError: one of its classes, with the reason.
        """
        reason = NOT_OFFERED(
            provider=self.title or self.name, action=outgoing.kind, connection=self.connection
        )
        raise PermanentError(reason, code="not_possible")

    def can_name(self, event: Mapping[str, Any]) -> bool:
        """Whether `name_of` can be asked for the person of an event, who has no name there."""
        return False

    async def name_of(self, event: Mapping[str, Any], http: Http, now_ms: int) -> str | None:
        """The name of the person of an event, as the provider's API knows it; None = it has none.

        It is only called where `can_name` says so, and `event` is as rules see it.

        Raises:
            StepError: the provider does not give it.
        """
        raise NotImplementedError(f"{self.name} cannot be asked for names")

    def can_find(self, part: EventPart, event: Mapping[str, Any]) -> bool:
        """Whether `find` can be asked for a part of an event, which only names it."""
        return False

    async def find(
        self, part: EventPart, event: Mapping[str, Any], http: Http
    ) -> Mapping[str, Any]:
        """The content of a part that an event only names: of a post its text as `message`, which
        may be null; of a lead its `answers`, by the names of the questions, and its other data.

        It is only called where `can_find` says so.

        Raises:
            StepError: the provider does not give it.
        """
        raise NotImplementedError(f"{self.name} cannot be asked for a {part}")

    def echo_of(self, outgoing: Outgoing) -> Echo | None:
        """The key by which the provider's echo of `outgoing` is recognised; None = no echo comes.

        `parse` gives that echo the same key in `ParsedEvent.echo`.
        """
        return None

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:
        """The headers with which this provider's sender would send `body`, for the simulator.

        `delivery_key` identifies the delivery where the provider has such a header.
        """
        return {}

    def encrypted(self, body: bytes) -> bytes:
        """`body` as this provider's sender would write it, where it encrypts what it sends.

        The same for the same body: the simulator writes it, and signs what was written.
        """
        return body

    def sign_query(self, body: bytes, *, now_ms: int, delivery_key: str) -> str:
        """The query with which this provider's sender would sign, if it signs there."""
        return ""

    def resembles(self, request: InboundRequest) -> bool:
        """Whether a refused request looks like one of this sender.

        By default it does if it has a header or parameter that the sender uses for signatures. A
        sender without such headers cannot be told from others, and every request looks like its
        own.
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
    if isinstance(value, dict):
        return [inner for item in value.values() for inner in _flat(item)]
    return [value]
