"""Verifies a secret text in a header, for senders that do not sign."""

from collections.abc import Mapping, Sequence

from automator.http.signing import equals_any
from automator.http.types import InboundRequest
from automator.model import Reason, RejectedDelivery, record


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
