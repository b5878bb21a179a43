"""Pages of people: the list of contacts, and one person's conversation, data and limits.

What rules did for a person is told as in the log. Open `contacts.py` first.
"""
