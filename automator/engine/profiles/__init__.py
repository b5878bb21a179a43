"""The profiles of accounts: what platforms show people before and beside a conversation.

`profiles.py` compares them with automator.yaml and sets what differs; `notes.py` keeps what was
set. How a platform receives a profile is up to its provider. Open `profiles.py` first.
"""
