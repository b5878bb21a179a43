"""Twilio: messages, calls and their states, as forms that are signed with the address.

`provider.py` verifies, and reads forms and JSON. Open `provider.py` first.
"""

from automator.providers.twilio.provider import TwilioProvider

__all__ = ["TwilioProvider"]
