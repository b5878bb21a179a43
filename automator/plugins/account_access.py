"""The access of a connection to an account at its platform: tokens, subscription, and profile."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from automator.http.types import Http
from automator.model import Reason
from automator.plugins.access_tokens import AccessTokens, TokenPair
from automator.plugins.options import AccountKeys, ConnectionOptions
from automator.plugins.profiles import AccountProfile, Press


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
