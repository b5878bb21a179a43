"""Any sender that can be described: how it signs, what it sends, and where its values are.

`provider.py` has the options with which automator.yaml describes such a sender, and the provider
that follows them. Open `provider.py` first.
"""

from automator.providers.generic.provider import GenericProvider

__all__ = ["GenericProvider"]
