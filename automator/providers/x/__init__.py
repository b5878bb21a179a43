"""X: posts, mentions, likes, followers and direct messages of accounts, as events.

`provider.py` reads the webhooks of the Account Activity API and of the newer X Activity API. Open
it first.
"""

from automator.providers.x.provider import XProvider

__all__ = ["XProvider"]
