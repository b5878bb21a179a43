"""Any sender that can be described: how it signs, what it sends, and where things stand in it."""

from automator.providers.generic.provider import GenericProvider

__all__ = ["GenericProvider"]
