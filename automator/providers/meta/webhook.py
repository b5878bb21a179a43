"""The base class of Meta's providers: handshake, signature, and entries of several accounts.

A delivery has entries of several accounts. The signature covers the raw bytes, and proves which app
has sent them, not which account.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import starmap
from json.encoder import encode_basestring_ascii
from typing import Any, ClassVar

from pydantic import Field

from automator.configuration.values import SecretOne
from automator.http.signing import equals_any
from automator.http.types import Answer, Http, InboundRequest
from automator.model import (
    N_,
    ParsedEvent,
    PermanentError,
    Reason,
    RejectedDelivery,
    StepError,
    UnparsableDelivery,
)
from automator.model.event import account_connection
from automator.plugins import (
    FORM_TYPE,
    JSON_TYPES,
    ConnectionOptions,
    Outgoing,
    Provider,
    Suspicion,
    Wanted,
)
from automator.providers.meta.entry import AccountEntry
from automator.providers.meta.graph import GraphAccount, call_graph, read_quota
from automator.providers.meta.several_accounts import UnnamedAccounts, options_of_accounts
from automator.providers.shared.data_deletion import (
    DeletionOptions,
    answer_to,
    asks_to_delete,
    read_request,
    signed_body,
    verify_signed_request,
)
from automator.providers.shared.envelope import Envelope
from automator.providers.shared.handshakes import bad_handshake, echo, query_once
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_milliseconds,
    as_text,
    content_key,
    id_in,
)
from automator.providers.shared.signed import HmacScheme, SignedProvider
from automator.providers.shared.step_errors import token_of
from automator.reasons.attempts.platform import account_not_named
from automator.reasons.bodies import no_list
from automator.reasons.connections import permissions_missing
from automator.reasons.deliveries import not_a_subscription, wrong_verify_token
from automator.reasons.secrets import meta_secret
from automator.reasons.setup_mistakes import meta_escaped_letters, meta_instagram_secret

#: Permissions, each with types of events and the actions that need it there; without actions, even
#: reading such an event does.
Permissions = Mapping[str, Sequence[Sequence[str]]]
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


class MetaWebhookOptions(DeletionOptions):
    """The webhook options that the connections to all products of Meta share."""

    app_secret: SigningSecrets = Field(
        description=N_("The app's secret, under App settings → Basic; a list while it is rotated.")
    )
    verify_token: SecretOne = Field(
        description=N_("A text of your own, repeated in the app's webhook settings.")
    )
    accept_escaped: bool = Field(
        default=False,
        description=N_("Also accept a signature over the body with its letters as \\uXXXX."),
    )


class MetaProvider(SignedProvider):
    """An app of Meta; a subclass for each product reads the entries."""

    read_quota = staticmethod(read_quota)

    options: MetaWebhookOptions
    #: The field `object` in this product's deliveries.
    webhook_object: ClassVar[str]
    #: The permissions that rules need of the token.
    permissions: Permissions
    content_types = JSON_TYPES | {FORM_TYPE}
    scheme = HmacScheme(
        header="x-hub-signature-256",
        shown="X-Hub-Signature-256",
        prefix="sha256=",
        advice=meta_secret(),
    )
    secret_option = "app_secret"  # noqa: S105 - the name of an option.
    sent_headers: ClassVar[Mapping[str, str]] = {
        "content-type": "application/json",
        "user-agent": "facebookexternalua",
    }
    common_mistakes: ClassVar[tuple[Reason, ...]] = (meta_instagram_secret(),)

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        keys = self.account_keys
        several = options_of_accounts(options, keys) if keys else {}
        self._by_account: Mapping[str, MetaProvider] = {
            number: type(self)(account_connection(connection, number), of_account)
            for number, of_account in several.items()
        }
        #: The id of the account that the connection's own token is for; None if unknown.
        self._account_id: str | None = getattr(options, keys.id) if keys else None
        self._account_name: str = getattr(options, keys.name) if keys else ""
        self._names_accounts = self._account_id is not None or bool(several)
        self._unnamed = UnnamedAccounts()

    @property
    def accounts(self) -> Sequence[Provider]:
        """Returns the connections of its named accounts, if the settings name several."""
        return tuple(self._by_account.values())

    @property
    def account_id(self) -> str | None:
        """Returns the id of its account at the platform, if the settings name the account."""
        return self._account_id

    @property
    def of_first_account(self) -> Provider:
        """Returns its first account's connection, if the connection has no token of its own."""
        return next(iter(self.accounts), self) if self.account_id is None else self

    @property
    def account_name(self) -> str:
        """Returns the name of its account for people, if the settings give one."""
        return self._account_name

    @property
    def names_accounts(self) -> bool:
        """Whether it names its accounts: entries of other accounts are not taken for theirs."""
        return self._names_accounts

    def take_unnamed(self) -> Sequence[str]:
        """Returns the unnamed accounts that have sent something since the last call."""
        return self._unnamed.take()

    @property
    def sample_values(self) -> Mapping[str, str]:
        """Returns the account ids in the samples, each with the id of its own or its
        first account.
        """
        own = self.account_id or next(iter(self._by_account), None)
        if self.account_keys is None or own is None:
            return super().sample_values
        return dict.fromkeys(self.account_keys.in_samples, own)

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Repeats the challenge of a subscription that has the connection's verify token.

        Raises:
            RejectedDelivery: a wrong token, an unexpected challenge, or repeated parameters.
        """
        if request.method != "GET" or "hub." not in request.query:
            return None
        values = query_once(request)
        if values.get("hub.mode") != "subscribe":
            raise bad_handshake(not_a_subscription())
        expected = self.options.verify_token.reveal().encode()
        if not expected or not equals_any([expected], values.get("hub.verify_token", "")):
            raise RejectedDelivery(wrong_verify_token(), status=403)
        return echo(values.get("hub.challenge"))

    def verify(self, request: InboundRequest) -> Reason | None:
        """Verifies the raw bytes; with `accept_escaped`, also the body with its letters escaped."""
        if asks_to_delete(request):
            verify_signed_request(self._keys, request, meta_secret())
            return None
        try:
            return super().verify(request)
        except RejectedDelivery:
            if not self.options.accept_escaped or request.body.isascii():
                raise
            return super().verify(replace(request, body=escaped(request.body)))

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the events of all entries, or the event of a request to delete a person's data."""
        if asks_to_delete(request):
            address = self.options.public_url
            return [read_request(self, self._keys[0], request, address)]
        body = request.json()
        entries = body.get("entry") if isinstance(body, dict) else None
        if not isinstance(entries, list):
            raise UnparsableDelivery(no_list(name="entry"))
        envelope = Envelope.of(self, request)
        # An app has one address per object, and somebody may have entered a wrong one.
        about = body.get("object")
        is_ours = about is None or about == self.webhook_object
        events: list[ParsedEvent] = []
        for raw in entries:
            item = as_dict(raw)
            entry = AccountEntry(
                provider=self.name,
                envelope=envelope,
                account_id=as_id(item.get("id")) or "",
                time=item.get("time"),
                time_ms=as_milliseconds(item.get("time")),
                account_name=self._account_name,
            )
            if not is_ours:
                events.append(_other_object(entry, about, raw))
            elif self._names_accounts:
                events += self._read_named(entry, raw)
            else:
                events += self.read_entry(entry, raw)
        return events

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        """Returns the answer to a request to delete data; Meta reads no other answer."""
        if not asks_to_delete(request):
            return None
        return answer_to(self.connection, self._keys[0], request, self.options.public_url)

    def encrypted(self, body: bytes) -> bytes:
        """Signs the form of a request to delete data; returns any other body unchanged."""
        return signed_body(self._keys[0], body)

    def _read_named(self, entry: AccountEntry, raw: Any) -> Sequence[ParsedEvent]:
        """Reads the events of one entry through the connection of its account.

        An entry of an unnamed account is stored unread, so that no rule answers it with the token
        of another account.
        """
        number = entry.account_id
        reader = self if number == self.account_id else self._by_account.get(number)
        if reader is None:
            self._unnamed.add(number)
            key = content_key(number, "unnamed_account", entry.time, value=raw)
            parts = {"page": {"id": number or None, "is_named": False}}
            return [entry.event(entry.type("unnamed_account"), key, raw, parts)]
        entry = replace(entry, account_name=reader.account_name)
        if reader is self:
            return self.read_entry(entry, raw)
        name = reader.connection
        entry = replace(entry, envelope=replace(entry.envelope, connection=name))
        return [replace(event, connection=name) for event in reader.read_entry(entry, raw)]

    @property
    def can_check_subscription(self) -> bool:
        """Whether the Graph API can be asked: the connection has a token."""
        return getattr(self.options, self._token_key) is not None

    async def check_subscription(self, http: Http, is_wanted: Wanted) -> Reason | None:
        """Asks which permissions the token has; no answer says nothing about them.

        Meta answers the app itself, and in most cases a token that asks about itself:
        https://developers.facebook.com/docs/graph-api/reference/debug_token
        """
        account = self.account(self.title, self._token_key, "")
        app, secret = getattr(self.options, "app_id", None), self.options.app_secret[0].reveal()
        caller = replace(account, token=f"{app}|{secret}") if app else account
        query = {"input_token": account.token}
        try:
            answer = await call_graph(http, caller, "debug_token", method="GET", query=query)
        except StepError:
            return None
        has = as_dict(answer.get("data")).get("scopes")
        if not isinstance(has, list):
            return None
        missing = [
            name
            for name, uses in self.permissions.items()
            if name not in has and any(starmap(is_wanted, uses))
        ]
        return permissions_missing(names=missing) if missing else None

    @property
    def _token_key(self) -> str:
        return self.account_keys.token if self.account_keys else "access_token"

    @abstractmethod
    def read_entry(self, entry: AccountEntry, raw: Any) -> Sequence[ParsedEvent]:
        """Reads the events of one entry, at least one; `raw` is the entry as it came."""

    def check_account(self, outgoing: Outgoing) -> None:
        """Checks that an event came from the account that the connection's token is for.

        Raises:
            PermanentError: the event came from another account, which the connection does not name.
        """
        account = id_in(outgoing.event, "page") if self._names_accounts else None
        if account is not None and account != self.account_id:
            reason = account_not_named(account=account, connection=self.connection)
            raise PermanentError(reason)

    def account(self, product: str, token_option: str, permissions: str) -> GraphAccount:
        """Returns the sending account with the token of the option `token_option`.

        Raises:
            PermanentError: the connection has no token.
        """
        token = getattr(self.options, token_option)
        is_proved = getattr(self.options, "appsecret_proof", True)
        name = f" ({self.account_name})" if self.account_name else ""
        if self.account_keys is not None and self.connection != self.hook:
            token_option = f"{self.account_keys.several}.{self.account_id}.access_token"
        return GraphAccount(
            product=product,
            connection=f"{self.connection}{name}",
            url=getattr(self.options, "graph_url", ""),
            token=token_of(token, self.connection, token_option),
            permissions=permissions,
            app_secret=self.options.app_secret[0].reveal() if is_proved else None,
        )

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:  # noqa: ARG002 - it is tried on whatever came.
        """Suspects that the signature was made over a body with escaped letters."""
        options = self.options.model_copy(update={"accept_escaped": True})
        return [
            Suspicion(
                meta_escaped_letters(),
                type(self)(self.connection, options),
            )
        ]


def _other_object(entry: AccountEntry, about: Any, raw: Any) -> ParsedEvent:
    """Makes the event of an entry about another product, which is stored unread."""
    key = content_key(entry.account_id, "other_object", as_text(about), value=raw)
    parts = {"object": {"id": entry.account_id or None, "type": as_text(about)}}
    return entry.event(entry.type("other_object"), key, raw, parts)


def escaped(body: bytes) -> bytes:
    """Writes every code unit beyond ASCII as a lower-case \\uXXXX escape."""
    text = body.decode("utf-8", "replace")
    return _BEYOND_ASCII.sub(lambda run: encode_basestring_ascii(run[0])[1:-1], text).encode()
