"""One call of the Graph API: as whom, how it is signed, and what its answer means for a step."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from automator.plugins import Http, Outgoing
from automator.providers.facebook_errors import error_of
from automator.providers.reading import as_dict


@dataclass(frozen=True, slots=True)
class GraphAccount:
    """Where to send, and as whom."""

    url: str
    token: str
    app_secret: str
    connection: str

    @property
    def proof(self) -> str:
        """The HMAC of the token under the app secret, which apps may require."""
        key, token = self.app_secret.encode(), self.token.encode()
        return hmac.new(key, token, hashlib.sha256).hexdigest()


async def call_graph(
    http: Http,
    account: GraphAccount,
    path: str,
    outgoing: Outgoing,
    body: Mapping[str, Any] | None = None,
    *,
    method: str = "POST",
) -> dict[str, Any]:
    """What the API answered; empty when it says that this was done before.

    Raises:
        StepError: by the class of the API's error.
    """
    reply = await http.request(
        method,
        f"{account.url}/{path}?appsecret_proof={account.proof}",
        headers={
            "authorization": f"Bearer {account.token}",
            "content-type": "application/json",
            # Facebook ignores it; whoever reads a record of the exchange finds the step by it.
            "idempotency-key": outgoing.idempotency_key,
        },
        body=orjson.dumps(body) if body is not None else b"",
    )
    if 200 <= reply.status < 300:
        # Facebook has done it: an answer that cannot be read must not make it be done again.
        return as_dict(reply.json()) or {"id": None}
    error = error_of(reply, account.connection)
    if error is None:
        return {}
    raise error
