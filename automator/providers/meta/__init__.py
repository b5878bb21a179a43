"""The common parts of Meta's products: the webhook, the Graph API and the messages.

`webhook.py` is the base class of the three providers. `entry.py`, `changes.py` and `messages.py`
read entries; `send.py` and `moderate.py` act through the Graph API. `graph.py` calls the Graph API
and sorts its errors, and `quota.py` reads its quota. `echo.py` recognises the echo of a sent
message. Open `webhook.py` first.
"""
