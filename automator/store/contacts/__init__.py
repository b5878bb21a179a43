"""Contacts: the people who write, the values that rules keep with them, and the pauses of rules.

How often a person may be written to is in `limits/`. Open `contacts.py` first.
"""
