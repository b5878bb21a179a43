"""Slack apps: events, slash commands and buttons, and messages as the answer.

`events.py` reads events, commands and what was pressed, and `send.py` posts messages. Open
`provider.py` first.
"""

from automator.providers.slack.provider import SlackProvider

__all__ = ["SlackProvider"]
