"""X: posts, mentions, likes, followers and direct messages of accounts, as events."""

from automator.providers.x.provider import XProvider

__all__ = ["XProvider"]
