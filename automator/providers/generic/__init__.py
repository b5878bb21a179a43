"""Any sender that can be described: how it signs, what it sends, and where its values are.

`provider.py` has the description, as automator.yaml writes it, and the provider that works by it.
Open `provider.py` first.
"""

from automator.providers.generic.provider import GenericProvider

__all__ = ["GenericProvider"]
