"""Twilio: messages, calls and their states, as forms that are signed with the address."""

from automator.providers.twilio.provider import TwilioProvider

__all__ = ["TwilioProvider"]
