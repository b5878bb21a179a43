"""Zalo Official Accounts: verifies and reads their events, writes to people, renews the access.

Open `provider.py` first. `api.py` calls Zalo, and says what a refusal means.
"""

from automator.providers.zalo.provider import ZaloProvider

__all__ = ["ZaloProvider"]
