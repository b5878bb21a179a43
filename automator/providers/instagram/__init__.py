"""Instagram: entries of professional accounts, with comments, mentions and messages.

`provider.py` reads comments and mentions; messages and sending are in `meta/`. Open `provider.py`
first.
"""

from automator.providers.instagram.provider import InstagramProvider

__all__ = ["InstagramProvider"]
