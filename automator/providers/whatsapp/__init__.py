"""WhatsApp's Cloud API: entries of business accounts, with messages and their statuses."""

from automator.providers.whatsapp.provider import WhatsAppProvider

__all__ = ["WhatsAppProvider"]
