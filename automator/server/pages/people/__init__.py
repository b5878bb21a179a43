"""Pages of people: the list of contacts, and a person's conversation, data and limits.

The pages show runs for a person with the rows of the log. Open `contacts.py` first.
"""
