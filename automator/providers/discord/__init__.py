"""Discord apps: commands, buttons, forms and webhook events, and messages as the answer."""

from automator.providers.discord.provider import DiscordProvider

__all__ = ["DiscordProvider"]
