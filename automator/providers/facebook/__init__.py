"""Facebook Pages and Messenger: entries about Pages, with changes of the feed or messages.

`feed.py` reads the changes of the feed. `provider.py` also checks whether the Page still sends its
events. `meta/` has the parts that Facebook shares with Instagram. Open `provider.py` first.
"""

from automator.providers.facebook.provider import FacebookProvider

__all__ = ["FacebookProvider"]
