"""Any sender that can be described: how it signs, what it sends, and where things stand in it.

`provider.py` is the description, as automator.yaml has it, and `provider.py` works by it. Open
`provider.py` first.
"""

from automator.providers.generic.provider import GenericProvider

__all__ = ["GenericProvider"]
