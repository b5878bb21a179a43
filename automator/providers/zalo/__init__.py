"""Zalo Official Accounts: the signature, the console's test, and which account an event is of.

`provider.py` verifies, `webhook_event.py`, `events.py` and `events.py` read, `send.py` and
`api.py` act, and `provider.py` renews the access, which ends after 25 hours. `api.py` says what a
refusal means. Open `provider.py` first.
"""

from automator.providers.zalo.provider import ZaloProvider

__all__ = ["ZaloProvider"]
