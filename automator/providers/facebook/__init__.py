"""Facebook Pages and Messenger: entries of Pages, with changes of the feed or messages."""

from automator.providers.facebook.provider import FacebookProvider

__all__ = ["FacebookProvider"]
