"""Facebook Pages and Messenger: entries of Pages, with changes of the feed or messages.

`feed.py` reads the changes of the feed, and `provider.py` checks whether the Page still sends
its events; what Facebook has in common with Instagram is in `meta/`. Open `provider.py` first.
"""

from automator.providers.facebook.provider import FacebookProvider

__all__ = ["FacebookProvider"]
