"""Pages of people: the list of contacts, and a person's conversation, data and limits.

Runs for a person are shown as in the log. Open `contacts.py` first.
"""
