"""Telegram bots: every kind of update; sends messages through the Bot API.

`updates.py` reads updates and their files, and `send.py` calls the Bot API. Open `provider.py`
first.
"""

from automator.providers.telegram.provider import TelegramProvider

__all__ = ["TelegramProvider"]
