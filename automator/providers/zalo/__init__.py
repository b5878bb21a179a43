"""Zalo Official Accounts: the signature, the console's test, and which account an event is of.

`provider.py` verifies, and renews the access, which ends after 25 hours. `webhook_event.py` and
`events.py` read, `send.py` sends, and `api.py` calls Zalo and says what a refusal means. Open
`provider.py` first.
"""

from automator.providers.zalo.provider import ZaloProvider

__all__ = ["ZaloProvider"]
