"""The common parts of Meta's products: the webhook, the Graph API and the messages."""
