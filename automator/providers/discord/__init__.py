"""Discord apps: commands, buttons, forms and webhook events, and messages as the answer.

`provider.py` verifies and answers; `interactions.py` reads commands, buttons and forms,
`webhook_events.py` the other events. `provider.py` has the immediate answer to a command, and
`send.py` sends the later ones. Open `provider.py` first.
"""

from automator.providers.discord.provider import DiscordProvider

__all__ = ["DiscordProvider"]
