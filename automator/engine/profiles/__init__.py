"""Sets the profiles of accounts: the texts and menus that platforms show beside a conversation.

`profiles.py` compares the profiles with automator.yaml, and sets parts that differ.
`profile_notes.py` stores which parts were set. Each provider knows how its platform receives a
profile. Open `profiles.py` first.
"""
