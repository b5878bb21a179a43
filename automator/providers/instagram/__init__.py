"""Instagram: comments, mentions and messages of professional accounts.

`provider.py` reads comments and mentions; messages and sending are in `meta/`. Open `provider.py`
first.
"""

from automator.providers.instagram.provider import InstagramProvider

__all__ = ["InstagramProvider"]
