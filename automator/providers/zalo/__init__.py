"""Zalo Official Accounts: the signature, the console's test, and which account an event is of."""

from automator.providers.zalo.provider import ZaloProvider

__all__ = ["ZaloProvider"]
