"""Facebook Pages and Messenger: comments, posts, reactions, leads and messages of Pages.

`feed.py` reads the changes of a Page's feed, and `leads.py` the answers of leads. `provider.py`
also checks the subscription. `meta/` has the parts shared with Instagram, such as messages. Open
`provider.py` first.
"""

from automator.providers.facebook.provider import FacebookProvider

__all__ = ["FacebookProvider"]
