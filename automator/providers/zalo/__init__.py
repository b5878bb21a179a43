"""Zalo Official Accounts: verifies and reads events, sends messages, and renews tokens.

`api.py` calls Zalo's API and turns its errors into step errors. Open `provider.py` first.
"""

from automator.providers.zalo.provider import ZaloProvider

__all__ = ["ZaloProvider"]
