"""What people keep in the store: published rule sets, sessions, and small sets of documents.

Open `documents.py` first.
"""
