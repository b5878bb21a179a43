"""WhatsApp's Cloud API: entries of business accounts, with messages and their statuses.

`changes.py` reads what each field of a webhook brings; `messages.py` and `statuses.py` read the
largest of them, with `parts.py` for persons and numbers. `send.py` sends, and `errors.py` says what
a refusal means. Open `provider.py` first.
"""

from automator.providers.whatsapp.provider import WhatsAppProvider

__all__ = ["WhatsAppProvider"]
