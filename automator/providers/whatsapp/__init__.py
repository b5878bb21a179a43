"""WhatsApp's Cloud API: messages of business accounts, and the statuses of messages.

`provider.py` reads the fields of the webhook, sends messages, and turns errors into step errors.
Open it first.
"""

from automator.providers.whatsapp.provider import WhatsAppProvider

__all__ = ["WhatsAppProvider"]
