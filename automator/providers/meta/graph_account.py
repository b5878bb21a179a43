"""The account and the token with which the Graph API is called."""

from automator.http.signing import encoded_hmac
from automator.model import record


@record(kw_only=False)
class GraphAccount:
    """The address of the Graph API, and the account with its token."""

    #: Its name in sentences: `Facebook`.
    product: str
    connection: str
    url: str
    token: str
    #: The option of the connection that holds the token, for the sentence about an expired token.
    token_option: str
    #: The permissions that the calls need, for the sentence about a missing permission.
    permissions: str
    #: The app secret for the proof; None if calls have no proof.
    app_secret: str | None

    @property
    def proof(self) -> str:
        """The HMAC of the token under the app secret, which apps may require; "" without one."""
        if self.app_secret is None:
            return ""
        return encoded_hmac(self.app_secret.encode(), self.token.encode()).decode()
