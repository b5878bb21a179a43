"""Telegram bots: every kind of update, and messages through the Bot API as the answer."""

from automator.providers.telegram.provider import TelegramProvider

__all__ = ["TelegramProvider"]
