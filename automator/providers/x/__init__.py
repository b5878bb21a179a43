"""X: posts, mentions, likes, followers and direct messages of accounts, as events.

`activity.py` reads the webhooks of the Account Activity API, and `provider.py` the webhooks of the
newer X Activity API. Open `provider.py` first.
"""

from automator.providers.x.provider import XProvider

__all__ = ["XProvider"]
