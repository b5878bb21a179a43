"""Contacts: the people who write, the values that rules store with them, and the pauses of rules.

Limits on messages to a person are in `limits/`. Open `contacts.py` first.
"""
