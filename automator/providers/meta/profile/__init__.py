"""The parts that Messenger and Instagram show people before and beside a conversation.

`options.py` has what a connection can name, with its limits; `graph_profile.py` reads it from the
Graph API and sets it there. Open `options.py` first.
"""
