"""LINE Official Accounts: webhook events, and replies and pushes as the answer."""

from automator.providers.line.provider import LineProvider

__all__ = ["LineProvider"]
