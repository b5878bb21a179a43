"""Slack apps: events, slash commands and buttons, and messages as the answer."""

from automator.providers.slack.provider import SlackProvider

__all__ = ["SlackProvider"]
