"""The contract between a provider and the keeper of access tokens that have to be renewed."""

from dataclasses import field
from typing import Protocol

from automator.model import record


@record
class TokenPair:
    """An access token, and the refresh token that gets the next pair and works once."""

    #: Empty if only the refresh token is known.
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    #: The number of seconds after its issue for which the access token is valid.
    lives_s: int


class AccessTokens(Protocol):
    """The access of one connection, the same on all nodes."""

    async def access(self) -> str:
        """Returns the current access token.

        Raises:
            StepError: there is none, and none could be got.
        """
        ...

    async def renewed(self, refused: str) -> str:
        """Returns another token than the refused one; many callers cause only one renewal.

        Raises:
            RescheduledStep: another process is renewing it right now.
            PermanentError: it cannot be renewed any more, and a person is needed.
        """
        ...
