"""Twilio: messages, calls and their states, in forms whose signature covers the address too.

`provider.py` verifies, and reads forms and JSON. Open `provider.py` first.
"""

from automator.providers.twilio.provider import TwilioProvider

__all__ = ["TwilioProvider"]
