"""The interface through which a provider gets access tokens that have to be renewed."""

from dataclasses import field
from typing import Protocol

from automator.model import record


@record
class TokenPair:
    """An access token, and the refresh token, which works once and gets the next pair."""

    #: The access token; "" if only the refresh token is known.
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    #: For how many seconds after its issue the access token is valid.
    lives_s: int


class AccessTokens(Protocol):
    """The access tokens of one connection. All nodes use the same token."""

    async def access(self) -> str:
        """Returns the current access token.

        Raises:
            StepError: there is none, and none could be got.
        """
        ...

    async def renewed(self, refused: str) -> str:
        """Returns a token in place of the refused one; many calls at once cause one renewal.

        Raises:
            RescheduledStep: another process is renewing it right now.
            PermanentError: it cannot be renewed any more, and a person is needed.
        """
        ...
