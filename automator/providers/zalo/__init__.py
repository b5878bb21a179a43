"""Zalo Official Accounts: the signature, the console's test, and which account an event is of.

`provider.py` verifies, renews the access, which ends after 25 hours, reads events and sends.
`webhook_event.py` has the shape of what comes in. `api.py` calls Zalo and says what a refusal
means. Open `provider.py` first.
"""

from automator.providers.zalo.provider import ZaloProvider

__all__ = ["ZaloProvider"]
