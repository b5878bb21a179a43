"""The profile of an account: parts that Messenger and Instagram show around a conversation.

`options.py` has the parts that a connection can describe, with their limits; `graph_profile.py`
reads and writes them through the Graph API. Open `options.py` first.
"""
