"""The account that calls the Graph API."""

from automator.http.signing import encoded_hmac
from automator.model import record


@record(kw_only=False)
class GraphAccount:
    """The address of the API, and the account that sends."""

    #: Its name in sentences: `Facebook`.
    product: str
    connection: str
    url: str
    token: str
    #: The option of the connection that holds the token, for the sentence about a dead one.
    token_option: str
    #: The permissions that acting needs, for the sentence about a missing one.
    permissions: str
    #: None = calls go without a proof.
    app_secret: str | None

    @property
    def proof(self) -> str:
        """The HMAC of the token under the app secret, which apps may require; "" without one."""
        if self.app_secret is None:
            return ""
        return encoded_hmac(self.app_secret.encode(), self.token.encode()).decode()
