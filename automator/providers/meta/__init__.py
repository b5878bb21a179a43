"""The common parts of Meta's products: the webhook, the Graph API and the messages.

`webhook.py` is the base class of the three providers. `entry.py`, `changes.py` and `messages.py`
read entries; `send.py`, `moderate.py` and `graph.py` act through the Graph API, whose errors and
quota are in `graph.py` and `quota.py`. `echo.py` recognises the echo of a message that was sent.
Open `webhook.py` first.
"""
