"""Zalo Official Accounts: checks and reads their events, writes to people, renews the tokens.

Open `provider.py` first. `api.py` calls Zalo and sorts its errors.
"""

from automator.providers.zalo.provider import ZaloProvider

__all__ = ["ZaloProvider"]
