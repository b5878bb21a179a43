"""The profile of an account: texts and menus beside conversations in Messenger and Instagram.

`options.py` has the parts that a connection can describe, with their limits; `graph_profile.py`
reads and writes them through the Graph API. Open `options.py` first.
"""
