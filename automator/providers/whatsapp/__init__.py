"""WhatsApp's Cloud API: entries of business accounts, with messages and their statuses.

`provider.py` reads what each field of a webhook brings, sends, and says what a refusal means. Open
it first.
"""

from automator.providers.whatsapp.provider import WhatsAppProvider

__all__ = ["WhatsAppProvider"]
