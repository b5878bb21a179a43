"""What Meta's products share: the webhook, the Graph API and the messages."""
