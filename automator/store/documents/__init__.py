"""Sets of documents that people edit: published rule sets, sessions, notes about contacts, others.

Open `documents.py` first.
"""
