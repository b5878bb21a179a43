"""Slack apps: events, slash commands and buttons; sends messages.

`events.py` reads events, commands and clicks, and `send.py` posts messages. Open `provider.py`
first.
"""

from automator.providers.slack.provider import SlackProvider

__all__ = ["SlackProvider"]
