"""WhatsApp's Cloud API: entries of business accounts, with messages and their statuses.

`changes.py` reads what each field of a webhook brings. `provider.py` sends, and says what a refusal
means. Open `provider.py` first.
"""

from automator.providers.whatsapp.provider import WhatsAppProvider

__all__ = ["WhatsAppProvider"]
