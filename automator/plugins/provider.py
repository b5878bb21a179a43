"""The contract of a provider: how one kind of sender is verified, read and answered.

An instance is one configured connection, with its tokens for an account at the platform.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, ClassVar, Protocol
from urllib.parse import parse_qsl, quote, urlsplit

from automator.configuration.secrets import Secret, names_secret
from automator.configuration.values import StrictModel
from automator.http.types import Answer, Http, InboundRequest, QuotaReport
from automator.model import (
    Echo,
    EventPart,
    MessagingPolicy,
    ParsedEvent,
    PermanentError,
    Reason,
    RejectedDelivery,
    hook_of,
    record,
)
from automator.plugins.access_tokens import AccessTokens, TokenPair
from automator.plugins.connection_options import AccountKeys, ConnectionOptions
from automator.plugins.outgoing import Outgoing, OutgoingKind, Sent
from automator.plugins.profiles import AccountProfile, Press
from automator.reasons.attempts.sending import not_offered
from automator.reasons.deliveries import foreign_address, unknown_address


class Wanted(Protocol):
    """Whether a rule names a type of event of the connection, and takes one of some actions."""

    def __call__(self, event_type: str, *actions: str) -> bool:
        """Answers it; without `actions`, the rule may take any."""


@record(kw_only=False)
class ChatAddress:
    """The address that opens a conversation with an account."""

    address: str
    #: The text between the address and a `ref`; "" if the platform has no `ref`. The platform sends
    #: the `ref` back as event.referral.ref.
    before_ref: str = ""
    #: The maximum length of a `ref`, and its allowed characters besides plain letters and digits.
    most_ref: int = 0
    ref_marks: str = ""
    #: The beginning of an address that opens a conversation with a text already typed; "" if the
    #: platform has none.
    before_text: str = ""

    def takes(self, ref: str) -> bool:
        """Whether the platform accepts this `ref` and sends it back."""
        letters = f"[A-Za-z0-9{re.escape(self.ref_marks)}]"
        return re.fullmatch(f"{letters}{{0,{self.most_ref}}}", ref) is not None

    def with_ref(self, ref: str) -> str:
        """Returns the address that carries this `ref`."""
        return f"{self.address}{self.before_ref}{quote(ref, safe='')}" if ref else self.address

    def with_text(self, text: str) -> str:
        """Returns the address that opens a conversation with this text already typed."""
        return f"{self.before_text}{quote(text, safe='')}" if text else self.address


# --- The access of a connection to an account: tokens, subscription, and profile ---


class AccountAccess:
    """The access of a connection to an account at the platform. The methods here assume that there
    is none.
    """

    name: ClassVar[str]
    #: The options that name a connection's accounts; None if it always has one.
    account_keys: ClassVar[AccountKeys | None] = None

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        self.connection = connection
        self.options = options
        #: The access tokens, if they have to be renewed; see `first_tokens`.
        self.tokens: AccessTokens | None = None

    @property
    def account_id(self) -> str | None:
        """Returns the id of its account at the platform; None if the settings do not name it."""
        return None

    @property
    def account_name(self) -> str:
        """Returns the name of its account for people, if the settings give one."""
        return ""

    @property
    def can_answer(self) -> bool:
        """Whether it has the token that sending needs."""
        keys = self.account_keys
        return keys is None or getattr(self.options, keys.token) is not None

    @property
    def names_accounts(self) -> bool:
        """Whether the settings name its accounts, so that other accounts can be told apart."""
        return False

    def take_unnamed(self) -> Sequence[str]:
        """Returns the accounts that have sent something since the last call but are not named."""
        return ()

    def first_tokens(self) -> TokenPair | None:
        """Returns the tokens in the settings, if tokens have to be renewed; else None."""
        return None

    async def renew_tokens(self, tokens: TokenPair, http: Http) -> TokenPair:
        """Gets the next pair of tokens for the refresh token in `tokens`, which works once.

        Raises:
            RetryableError, TargetUnavailable: the refresh token was not used.
            StepError: the refresh token is refused, or it is unknown whether it was used.
        """
        raise NotImplementedError(f"the access of {self.name} is not renewed")

    def consent_address(self, callback: str, state: str, challenge: str) -> str:
        """Returns the address at which an admin of the account grants this server its rights; "" if
        there is none.

        The provider sends the browser back to `callback`, with `state` and a code in its query.
        `challenge` is the S256 challenge of https://www.rfc-editor.org/rfc/rfc7636.
        """
        return ""

    async def tokens_of_consent(
        self, answer: Mapping[str, str], verifier: str, http: Http
    ) -> TokenPair:
        """Gets the first tokens, for the query with which the provider sent the browser back.

        Raises:
            UsageError: nobody has agreed, or a person of another account has.
            StepError: the provider refuses or does not answer.
        """
        raise NotImplementedError(f"the consent of {self.name} is not asked for")

    @property
    def can_check_subscription(self) -> bool:
        """Whether `check_subscription` can be called: the provider has an API for it, and the
        connection has a token.
        """
        return False

    @property
    def can_subscribe(self) -> bool:
        """Whether `subscribe` can be called."""
        return False

    async def check_subscription(self, http: Http, is_wanted: Wanted) -> Reason | None:
        """Asks the provider whether it still sends here, and lets this server do what rules need;
        returns the reason if not.

        Only called if `can_check_subscription` is True, at most every few hours.

        Raises:
            StepError: it cannot be asked now.
        """
        return None

    async def subscribe(self, http: Http, is_wanted: Wanted) -> None:
        """Subscribes to the events that most rules need, and to the events that a rule names.

        Only called if `can_subscribe` is True, when a person asks for it.

        Raises:
            StepError: the provider refuses or does not answer.
        """
        raise NotImplementedError(f"{self.name} cannot be told what to send")

    @property
    def profile(self) -> AccountProfile | None:
        """Returns the profile of its account; None if this server cannot set one."""
        return None

    @property
    def presses(self) -> Sequence[Press]:
        """Returns the items of the configured profile that people can tap, with or
        without a token.
        """
        return ()


#: Headers that rules see of every delivery.
_ALWAYS_SEEN = ("content-type", "user-agent")
#: Headers that every HTTP client sends.
_ANYBODYS_HEADERS = frozenset({"content-type", "user-agent", "accept"})
#: JSON, and every format that is written as JSON.
JSON_TYPES = frozenset({"application/json", "+json"})
FORM_TYPE = "application/x-www-form-urlencoded"
#: XML, and every format that is written as XML.
XML_TYPES = frozenset({"application/xml", "text/xml", "+xml"})


@record(kw_only=False)
class Suspicion:
    """A frequent mistake in setting up a provider.

    `provider` is the same connection with the mistake corrected: if it accepts the delivery,
    somebody has made this mistake. None means that the delivery itself proves the mistake.
    """

    reason: Reason
    provider: "Provider | None" = None


class Provider(AccountAccess, ABC):
    """A kind of sender: how to verify, read and answer it. Each connection is one instance."""

    name: ClassVar[str]
    #: Its name for people, in headings.
    title: ClassVar[str] = ""
    options_model: ClassVar[type[ConnectionOptions]]
    #: The options of the demo's connection, without its secrets and API addresses; None for a
    #: secret that the demo does not need.
    demo_options: ClassVar[Mapping[str, Any]] = {}
    #: The account ids in the samples, each by the option that holds a connection's own id. The
    #: simulator replaces them by the connection's own ids.
    sample_accounts: ClassVar[Mapping[str, str]] = {}
    #: Whether customers of a shop write through it, so that the inbox lists their messages.
    customers_write: ClassVar[bool] = False
    #: The kinds of messages that `send` supports.
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset()
    #: The form of receivers' ids; None if they have no single form.
    receivers: ClassVar[re.Pattern[str] | None] = None
    #: The times at which the platform allows messages; None if it always does.
    policy: ClassVar[MessagingPolicy | None] = None
    #: How many bytes a body from its sender may have, if the settings name no limit.
    largest_body: ClassVar[int] = 1_048_576
    #: The Content-Types of its sender, without parameters; "+json" means all that end so. Empty
    #: means any.
    content_types: ClassVar[frozenset[str]] = frozenset()
    #: An answer of the API to an accepted message, which a try uses because it sends nothing.
    answer_when_sent: ClassVar[Mapping[str, Any]] = {}
    #: The headers of a delivery that rules see, in small letters; content-type and user-agent
    #: always are.
    seen_headers: Sequence[str] = ()
    #: Names that the sender has for events without a sample, without the provider's name before
    #: them; each with its shared name here, or "". The names of one subject are complete.
    event_names: ClassVar[Mapping[str, str]] = {}
    #: Whether its sender chooses the names of its events. If not, an event has a shared name, or a
    #: name that begins with the provider's.
    sender_names_events: ClassVar[bool] = False
    #: Whether only the sender makes the secret, so that this server cannot offer a new one.
    issues_secret: ClassVar[bool] = False
    #: The parts that its events only name by an id. Rules can read such a part if an earlier event
    #: has carried it or `find` returns it.
    finds: ClassVar[frozenset[EventPart]] = frozenset()
    #: Frequent mistakes, to show for a delivery that fails verification without a visible reason.
    common_mistakes: ClassVar[tuple[Reason, ...]] = ()

    @staticmethod
    def read_quota(headers: Mapping[str, str]) -> QuotaReport | None:  # noqa: ARG004 - for overriding
        """Reads the used part of the platform's quota from the headers of an answer; None if they
        have none.
        """
        return None

    @property
    def hook(self) -> str:
        """Returns the connection whose address receives its deliveries: its own name. For one of
        several accounts, the name of the connection that lists them.
        """
        return hook_of(self.connection)

    @property
    def accounts(self) -> Sequence["Provider"]:
        """Returns the connections of its named accounts, if the settings name several."""
        return ()

    @property
    def of_first_account(self) -> "Provider":
        """Returns the connection for an event that this server makes up: itself, or its first
        account's connection if it has no token of its own.
        """
        return self

    @property
    def sample_values(self) -> Mapping[str, str]:
        """Maps the account ids in the samples to the connection's own account ids."""
        own = {number: getattr(self.options, key) for key, number in self.sample_accounts.items()}
        return {number: value for number, value in own.items() if value is not None}

    @cached_property
    def shown_headers(self) -> tuple[str, ...]:
        """Returns the headers of a delivery that rules see: the usual ones, and the headers that
        the options name unless they prove the sender.
        """
        usual = (*_ALWAYS_SEEN, *self.seen_headers)
        if not self.options.headers:
            return usual
        signed, other = (
            self.sign(body, now_ms=0, delivery_key="0") for body in (b"{}", b'{"a":1}')
        )
        texts = [text for secret in self.secrets() if (text := secret.reveal())]
        proofs = {
            name
            for name, value in signed.items()
            if value != other.get(name) or any(text in value for text in texts)
        }
        shown = [
            name for name in self.options.headers if name not in proofs and not names_secret(name)
        ]
        return tuple(dict.fromkeys((*usual, *shown)))

    @property
    def chat_address(self) -> ChatAddress | None:
        """Returns the address that opens a conversation with its account, if known."""
        return None

    @property
    def policy_by_hand(self) -> MessagingPolicy | None:
        """Returns the platform's rules for messages by hand; None if it allows them at any time."""
        return self.policy

    @property
    def plain_value(self) -> Callable[[str], str] | None:
        """Returns the function that removes markup from a value for a message; None if the platform
        has no markup that could hide an address or notify people.
        """
        return None

    @property
    def observes(self) -> bool:
        """Whether a delivery that fails verification is accepted, and the failure
        stored with it.
        """
        return getattr(self.options, "verify", "enforce") == "observe"

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts of all addresses among its options: the provider calls no other hosts."""
        addresses = (value for _, value in self.options if isinstance(value, str))
        return frozenset(
            host
            for address in addresses
            if address.startswith(("https://", "http://")) and (host := urlsplit(address).hostname)
        )

    @property
    def checks_nothing(self) -> bool:
        """Whether nothing about a request is verified: anybody who knows the address may send."""
        return False

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Returns the answer to a handshake, by which the sender checks this address; None if the
        request is a delivery.

        Raises:
            RejectedDelivery: it is a handshake, but not for this connection.
        """
        return None

    def authenticate(self, request: InboundRequest) -> Reason | None:
        """Verifies the sender by its address, if the options have `allow_from`, and by `verify`.

        Raises:
            RejectedDelivery: with the reason; its status is 403 if it is the address.
        """
        if self.options.allow_from:
            self._check_address(request.remote)
        return self.verify(request)

    def _check_address(self, remote: str) -> None:
        try:
            address = ip_address(remote)
        except ValueError:
            address = None
        # A socket for both IPv4 and IPv6 shows an IPv4 address inside an IPv6 address.
        mapped = getattr(address, "ipv4_mapped", None)
        if address is None or not any((mapped or address) in item for item in self._networks):
            foreign = foreign_address(address=remote) if remote else unknown_address()
            raise RejectedDelivery(foreign, status=403)

    @cached_property
    def _networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(ip_network(text) for text in self.options.allow_from)

    @abstractmethod
    def verify(self, request: InboundRequest) -> Reason | None:
        """Verifies the sender over the raw bytes of a request.

        It may return a remark, which is stored with the accepted delivery.

        Raises:
            RejectedDelivery: with the reason.
        """

    @abstractmethod
    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads all events of a delivery, including events of an unknown kind.

        Raises:
            UnparsableDelivery: the body cannot be read at all.
        """

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        """Returns the answer to a stored delivery, if the sender expects a special one; None for
        the usual answer.
        """
        return None

    def is_private(self, outgoing: Outgoing) -> bool:
        """Whether only the receiver sees the message, unlike a reply under a comment."""
        return outgoing.kind != "reply" or not outgoing.event.get("comment")

    def receiver_id(self, to: str) -> str | None:
        """Returns a receiver's id as events write it; None if `to` cannot be an id."""
        is_fit = self.receivers is None or self.receivers.fullmatch(to) is not None
        return to if is_fit else None

    def receiver_in(self, template: Mapping[str, Any]) -> str | None:
        """Returns the receiver that a template names itself, if the step names none.

        Raises:
            PermanentError: it cannot be an id.
        """
        return None

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Sends a message, or does an operation, through the provider's API.

        Raises:
            StepError: one of its classes, with the reason.
        """
        reason = not_offered(
            provider=self.title or self.name, action=outgoing.kind, connection=self.connection
        )
        raise PermanentError(reason, code="not_possible")

    def can_name(self, event: Mapping[str, Any]) -> bool:
        """Whether `name_of` can be asked for the person of an event that does not name them."""
        return False

    async def name_of(self, event: Mapping[str, Any], http: Http, now_ms: int) -> str | None:
        """Asks the provider's API for the name of an event's person; None if it knows none.

        This is only called if `can_name` allows it, and `event` is in the form that rules see.

        Raises:
            StepError: the provider refuses or fails.
        """
        raise NotImplementedError(f"{self.name} cannot be asked for names")

    def can_find(self, part: EventPart, event: Mapping[str, Any]) -> bool:
        """Whether `find` can be asked for a part of an event that the event only names."""
        return False

    async def find(
        self, part: EventPart, event: Mapping[str, Any], http: Http
    ) -> Mapping[str, Any]:
        """Asks the provider for a part that an event only names. For a post, returns its text as
        `message`, which may be null. For a lead, returns its `answers` by the names of the
        questions, and its other data.

        Only called if `can_find` is True.

        Raises:
            StepError: the provider refuses or fails.
        """
        raise NotImplementedError(f"{self.name} cannot be asked for a {part}")

    def echo_of(self, outgoing: Outgoing) -> Echo | None:
        """Returns the key by which the provider's echo of `outgoing` is recognised; None if the
        provider sends no echo.

        `parse` puts the same key into `ParsedEvent.echo` of the echo.
        """
        return None

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:
        """Returns the headers with which this provider's sender would send `body`, for the
        simulator.

        `delivery_key` identifies the delivery, if the provider has a header for it.
        """
        return {}

    def encrypted(self, body: bytes) -> bytes:
        """Returns `body` as this provider's sender would write it: encrypted, or with a signature.

        The result is always the same for a body: the simulator also makes it to sign a query.
        """
        return body

    def sign_query(self, body: bytes, *, now_ms: int, delivery_key: str) -> str:
        """Returns the query with the signature, for a sender that signs in the query; else ""."""
        return ""

    def resembles(self, request: InboundRequest) -> bool:
        """Whether a refused request looks like a request of this sender.

        By default, a request resembles the sender's if it has a header or parameter that the sender
        uses for signatures. If the sender uses none, every request does.
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
        """Returns this provider's own mistakes that may explain a refused delivery."""
        return ()

    def secrets(self) -> tuple[Secret, ...]:
        """Returns every secret of the connection, for redaction."""
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
