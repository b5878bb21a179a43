"""Discord apps: commands, buttons, forms and webhook events, and messages as the answer.

`provider.py` verifies and answers; `interactions.py` reads commands, buttons and forms,
`webhook_events.py` the other events. `first_answer.py` is what a command gets at once, and
`send.py` sends what comes later. Open `provider.py` first.
"""

from automator.providers.discord.provider import DiscordProvider

__all__ = ["DiscordProvider"]
