"""Discord apps: commands, buttons, forms and webhook events, and messages as the answer.

`provider.py` verifies, gives the immediate answers, and reads webhook events. `interactions.py`
reads commands, buttons and forms; `send.py` sends later messages. Open `provider.py` first.
"""

from automator.providers.discord.provider import DiscordProvider

__all__ = ["DiscordProvider"]
