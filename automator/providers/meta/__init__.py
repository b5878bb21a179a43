"""Common parts for Facebook, Instagram and WhatsApp: webhook, Graph API, messages.

`webhook.py` has the base class of the three providers, and `account_provider.py` the one of
Facebook and Instagram. `entry.py` and `messages.py` read entries. `send.py` acts through the
Graph API, which `graph.py` calls. `echo.py` recognises the echo of a sent message. Open
`webhook.py` first.
"""
