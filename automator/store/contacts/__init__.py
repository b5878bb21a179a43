"""The people who write: what is remembered of them, the pauses of rules for them, and the echoes
of what was said to them.

How often something may be said to a person is in `limits/`. Open `contacts.py` first.
"""
