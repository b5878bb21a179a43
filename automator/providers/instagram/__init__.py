"""Instagram: entries of professional accounts, with comments, mentions and messages."""

from automator.providers.instagram.provider import InstagramProvider

__all__ = ["InstagramProvider"]
