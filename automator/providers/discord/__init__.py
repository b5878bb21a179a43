"""Discord apps: commands, buttons, forms and webhook events, and messages as the answer.

Open `provider.py` first: it verifies, gives the immediate answer to a command, and reads webhook
events. `interactions.py` reads commands, buttons and forms; `send.py` sends the later answers.
"""

from automator.providers.discord.provider import DiscordProvider

__all__ = ["DiscordProvider"]
