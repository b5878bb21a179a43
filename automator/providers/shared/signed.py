"""The base class of providers whose senders sign in a header, or send a secret in one."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from automator.http.signing import equals_any
from automator.http.types import InboundRequest
from automator.model import Reason, RejectedDelivery, record
from automator.plugins import ConnectionOptions, Provider
from automator.providers.shared.hmac_scheme import HmacScheme
from automator.providers.shared.options import secret_bytes


@record
class SecretHeader:
    """The header in which a kind of sender sends the secret."""

    header: str
    #: The reason for refusing a wrong secret.
    wrong: Reason

    def verify(self, keys: Sequence[bytes], request: InboundRequest) -> None:
        """Compares the header with every key, in constant time.

        Raises:
            RejectedDelivery: it is missing, doubled or wrong.
        """
        if not equals_any(keys, request.single_header(self.header)):
            raise RejectedDelivery(self.wrong)

    def sign(self, key: bytes, body: bytes, *, now_ms: int, message_id: str) -> Mapping[str, str]:  # noqa: ARG002 - as in HmacScheme.
        """Returns the header as such a sender would send it."""
        return {self.header: key.decode()}


class SignedProvider(Provider):
    """A provider that verifies and signs by its `scheme`, with the secrets of one option.

    A provider with another scheme overrides `verify` and `sign`, and uses the same keys.
    """

    scheme: ClassVar[HmacScheme | SecretHeader]
    #: The option that holds the secrets; the first secret signs.
    secret_option: ClassVar[str] = "secret"  # noqa: S105 - the name of an option.
    #: How the key is written in a secret.
    key_written: ClassVar[Literal["text", "hex", "base64"]] = "text"
    #: Headers that every delivery has, signed or not.
    required_headers: ClassVar[tuple[str, ...]] = ()
    #: Headers that the simulator adds to the proof, as the sender does.
    sent_headers: ClassVar[Mapping[str, str]] = {"content-type": "application/json"}

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._keys = secret_bytes(getattr(options, self.secret_option), self.key_written)

    def verify(self, request: InboundRequest) -> Reason | None:
        """Verifies the raw bytes by the scheme."""
        for name in self.required_headers:
            request.single_header(name)
        self.scheme.verify(self._keys, request)
        return None

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:
        """Returns the headers with which the sender would send `body`."""
        proof = self.scheme.sign(self._keys[0], body, now_ms=now_ms, message_id=delivery_key)
        return {**self.sent_headers, **proof}
