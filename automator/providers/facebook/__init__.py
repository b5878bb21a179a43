"""Facebook Pages and Messenger: entries of Pages, with changes of the feed or messages.

`feed.py` reads the changes of the feed. `provider.py` also checks whether the Page still sends its
events. Facebook shares the rest with Instagram, in `meta/`. Open `provider.py` first.
"""

from automator.providers.facebook.provider import FacebookProvider

__all__ = ["FacebookProvider"]
