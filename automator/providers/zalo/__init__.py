"""Zalo Official Accounts: the signature, the console's test, and which account an event is of.

`signature.py` verifies, `webhook_event.py`, `events.py` and `attachments.py` read, `send.py` and
`api.py` act, and `tokens.py` renews the access, which ends after 25 hours. `errors.py` says what a
refusal means. Open `provider.py` first.
"""

from automator.providers.zalo.provider import ZaloProvider

__all__ = ["ZaloProvider"]
