"""LINE Official Accounts: webhook events, and messages as replies or pushes.

`provider.py` reads the events, and chooses between a reply and a push. Open `provider.py` first.
"""

from automator.providers.line.provider import LineProvider

__all__ = ["LineProvider"]
