"""The people who write: what is remembered of them, and the pauses of rules for them.

How often something may be said to a person is in `limits/`. Open `contacts.py` first.
"""
