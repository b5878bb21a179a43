"""Discord apps: commands, buttons, forms and webhook events, and messages as the answer.

`provider.py` verifies, and gives the immediate answer to a command; `send.py` sends the later ones.
`interactions.py` reads commands, buttons and forms, and `webhook_events.py` the other events. Open
`provider.py` first.
"""

from automator.providers.discord.provider import DiscordProvider

__all__ = ["DiscordProvider"]
