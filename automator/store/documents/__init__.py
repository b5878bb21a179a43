"""Documents that people keep: published rule sets, sessions, and small sets of documents.

Open `documents.py` first.
"""
