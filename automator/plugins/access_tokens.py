"""The contract for access tokens that have to be renewed, between a provider and their keeper."""

from dataclasses import field
from typing import Protocol

from automator.model import record


@record
class TokenPair:
    """An access token, and the refresh token that gets the next pair, once."""

    #: Empty when only the refresh token is known.
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    #: The number of seconds after its issue for which the access token is valid.
    lives_s: int


class AccessTokens(Protocol):
    """The access of one connection, the same on all nodes."""

    async def access(self) -> str:
        """The access token to use now.

        Raises:
            StepError: there is none, and none could be had.
        """
        ...

    async def renewed(self, refused: str) -> str:
        """A token other than the refused one: renewed once, however many callers ask.

        Raises:
            RescheduledStep: somebody else is renewing it right now.
            PermanentError: it cannot be renewed any more, and a person is needed.
        """
        ...
